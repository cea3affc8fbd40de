#!/usr/bin/env python3
"""Writes docs/limits.md from src/base/limits.h: one row per limit. With --print: to standard output."""
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
out = ["# Limits", "", "Generated from `src/base/limits.h` by `scripts/limits.py`. Options of `baton serve` raise the two",
       "that AWS's users hit most: `--max-payload-bytes` and `--max-history-events`.", ""]
table = False
text = open(os.path.join(ROOT, "src/base/limits.h")).read()
text = text[text.index("enum {"):text.index("};")]
text = re.sub(r"/\*\s*(.*?)\s*\*/", lambda m: "/* " + re.sub(r"\s*\n\s*\*?\s*", " ", m.group(1)) + " */", text, flags=re.S)
for line in text.splitlines():
    heading = re.match(r"\s*/\* (.*) \*/$", line)
    row = re.match(r"\s*(\w+) = ([^,]+),\s*(?:/\* (.*) \*/)?", line)
    if row:
        if not table:
            out += ["| limit | default | why |", "|---|---|---|"]
            table = True
        value = eval(row.group(2)) if re.fullmatch(r"[\d\s*<()+-]+", row.group(2)) else row.group(2)
        out.append("| %s | %s | %s |" % (row.group(1), "{:,}".format(value) if isinstance(value, int) else value, row.group(3) or ""))
    elif heading:
        out += ["", "## " + heading.group(1), ""]
        table = False
page = "\n".join(out) + "\n"
if "--print" in sys.argv:
    sys.stdout.write(page)
else:
    open(os.path.join(ROOT, "docs/limits.md"), "w").write(page)
