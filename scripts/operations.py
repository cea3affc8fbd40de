#!/usr/bin/env python3
"""The operations of every service, from the tables in the code: served, and answered with
UnsupportedOperation. Writes the lists between the markers of docs/compatibility.md; with --check
only says whether they are true."""
import os, re, sys
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PAGE = os.path.join(ROOT, "docs/compatibility.md")
NAMES = [("states", "Step Functions"), ("sqs", "SQS"), ("sns", "SNS"), ("lambda", "Lambda"),
         ("dynamodb", "DynamoDB"), ("events", "EventBridge"), ("callbacks", "Callbacks, Baton's own"),
         ("gateway/apigateway", "API Gateway, REST APIs"), ("gateway/apigatewayv2", "API Gateway, HTTP APIs"),
         ("logs", "CloudWatch Logs"), ("tagging", "Resource Groups Tagging"), ("sts", "STS")]

def rows(service):
    folder, _, file = service.partition("/")
    text = open(os.path.join(ROOT, "src/services", folder, (file or folder) + ".c")).read()
    table = re.search(r"struct operation \w+\[\] = \{(.*?)\n\};", text, re.S).group(1)
    for row in re.split(r"\n    \{ ", "\n" + table.lstrip("\n")):
        name = re.search(r'\.name = STR_INIT\("(\w+)"\)', row)
        if name:
            yield name.group(1), re.search(r"\.(read|write) = not_\w+|\.read = handle_unsupported", row) is None

def page():
    out = []
    for service, title in NAMES:
        all_rows = list(rows(service))
        served = [n for n, s in all_rows if s]
        refused = [n for n, s in all_rows if not s]
        out.append("**%s** (%d): %s." % (title, len(served), ", ".join(served)))
        if refused:
            out.append("Refused with `UnsupportedOperation`: %s." % ", ".join(refused))
        out.append("")
    return "\n".join(out)
text = open(PAGE).read()
begin, end = "<!-- operations -->\n", "<!-- /operations -->"
if begin not in text: sys.exit("no marker in " + PAGE)
new = text[:text.index(begin) + len(begin)] + page() + text[text.index(end):]
if "--check" in sys.argv: sys.exit(0 if new == text else "docs/compatibility.md: the operations have changed: run scripts/operations.py")
open(PAGE, "w").write(new)
