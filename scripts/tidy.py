#!/usr/bin/env python3
"""What a script can judge of the style, and a report of what it cannot. Ends with N passed, N failed.

Enforced: clang-format; modules include downwards only and other folders' public headers only; the
pure modules import nothing but an allow-list and own no writable data; no name is defined in two
modules; docs/limits.md is
generated; no leftover marks; every .c
says what it is for; clang-tidy (with --clang-tidy, as CI does). Reported: the longest functions and
files.
"""
import argparse
import collections
import glob
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
os.chdir(ROOT)
VARIANT = "build/release"
MODULES = "base json yaml http expr template schema asl store engine shard effects services protocol server cli".split()
# The floors: a module may use those before it. expr, asl, json are below the store but know nothing of it.
PURE = "json expr template schema asl engine".split()
# What the pure modules may take from outside: memory, text and mathematics, hashes, regular expressions.
ALLOWED = re.compile(
    r"^(mem(cpy|cmp|chr|mem|move|set|rchr)|__mem(cpy|move|set)_chk|str(len|chr|cmp|ncmp|tod|tol|toul|spn|cspn|pbrk)|"
    r"__(v|vs|s|sn)?s?n?printf_chk|v?snprintf|__vsnprintf_chk|__snprintf_chk|qsort|qsort_r|bsearch|__isoc99_strto\w+|"
    r"(ceil|floor|fmod|pow|exp|log|log2|log10|sqrt|fabs|trunc|round|rint|nearbyint|isnan|isinf|ldexp|frexp|modf|"
    r"sin|cos|tan|cbrt|hypot|copysign|fmin|fmax|lround|llround|strtod_l|newlocale)f?|__stack_chk_fail|__ctype_\w+|toupper|tolower|"
    r"EVP_\w+|HMAC|SHA\d*|MD5|OPENSSL_\w+|ERR_clear_error|pcre2_\w+|fatal|assert_\w+|error_\w+|arena_\w+|buf_\w+|str_\w+|prng_\w+|timestamp_\w+|"
    r"_GLOBAL_OFFSET_TABLE_|abort)$")

passed = failed = 0


def check(good, what):
    global passed, failed
    if good:
        passed += 1
    else:
        failed += 1
        print("FAIL", what)


def sources(*patterns):
    return sorted(f for p in patterns for f in glob.glob(p, recursive=True) if "node_modules" not in f)


def formatted(files):
    for f in files:
        done = subprocess.run(["clang-format", "--dry-run", "--Werror", f], capture_output=True)
        check(done.returncode == 0, "%s: not as clang-format writes it" % f)


def includes(files):
    for f in files:
        module = f.split("/")[1]
        if module not in MODULES:
            continue
        for line in open(f):
            m = re.match(r'#include "([a-z]+)/(.+)"', line)
            if not m or m.group(1) not in MODULES:
                continue
            other = m.group(1)
            check(MODULES.index(other) <= MODULES.index(module), "%s includes %s, a floor above" % (f, other))
            private = other != module and ("private" in m.group(2) or "internal" in m.group(2))
            check(not private, "%s includes a private header: %s" % (f, line.strip()))


def purity():
    for module in PURE:
        archive = "%s/lib%s.a" % (VARIANT, module)
        if not os.path.exists(archive):
            check(False, "%s has not been built" % archive)
            continue
        own = {line.split()[-1] for m in MODULES[:MODULES.index(module) + 1] for line in
               subprocess.run(["nm", "--defined-only", "%s/lib%s.a" % (VARIANT, m)], capture_output=True, text=True).stdout.splitlines()
               if len(line.split()) == 3 and m != "base" and m != "store"}
        wanted = {line.split()[-1] for line in subprocess.run(["nm", "-u", archive], capture_output=True, text=True).stdout.splitlines()
                  if line.strip().startswith("U ")}
        outside = sorted(w for w in wanted - own if not ALLOWED.match(w))
        check(not outside, "%s is pure, but uses %s" % (module, ", ".join(outside)))
        # By section: tables with pointers are in .data.rel.ro, which is constant once it is loaded.
        symbols = subprocess.run(["nm", "--defined-only", "--format=sysv", archive], capture_output=True, text=True).stdout
        rows = [[cell.strip() for cell in line.split("|")] for line in symbols.splitlines()]
        data = sorted(r[0] for r in rows if len(r) == 7 and r[3] in ("OBJECT", "TLS")
                      and re.match(r"\.(t?data|t?bss)(?!\.rel\.ro)|\*COM\*", r[6]))
        check(not data, "%s has writable globals: %s" % (module, ", ".join(data)))


def one_definition():
    """The linker takes the first of two functions of one name in two archives, and says nothing."""
    where = collections.defaultdict(set)
    for archive in sources(VARIANT + "/lib*.a", VARIANT + "/libservices/*.a"):
        symbols = subprocess.run(["nm", "--defined-only", archive], capture_output=True, text=True).stdout
        for row in (line.split() for line in symbols.splitlines()):
            if len(row) == 3 and row[1] in "TDBRC":
                where[row[2]].add(archive)
    for name, archives in where.items():
        check(len(archives) == 1, "%s is defined in %s" % (name, " and ".join(sorted(archives))))


def operations():
    """docs/compatibility.md lists the operations that are served, as the tables have them."""
    check(subprocess.run([sys.executable, "scripts/operations.py", "--check"], capture_output=True).returncode == 0,
          "docs/compatibility.md is not what scripts/operations.py writes")


def marks(files):
    for f in files:
        text = open(f, errors="replace").read()
        check(not re.search(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b", text), "%s: leftover mark" % f)
        check(max((len(x) for x in text.splitlines()), default=0) <= 100 or not f.endswith((".c", ".h")), "%s: line over 100 columns" % f)
        if f.endswith(".c"):
            check(text.startswith("/*"), "%s: does not begin with what it is for" % f)


def functions(f):
    """(lines, name) of each function, by the style's own shape: `{` and `}` in the first column."""
    start = name = None
    for n, line in enumerate(open(f), 1):
        if line.startswith("{"):
            start = n
        elif line.startswith("}") and start:
            yield n - start - 1, name
            start = None
        elif start is None and re.match(r"[a-z].*\b(\w+)\(", line):
            name = re.match(r"[a-z].*?\b(\w+)\(", line).group(1)


def report(files):
    lengths = sorted(((n, name, f) for f in files for n, name in functions(f)), reverse=True)
    sizes = sorted(((sum(1 for _ in open(f)), f) for f in files), reverse=True)
    print("longest functions:", ", ".join("%s %d" % (name, n) for n, name, f in lengths[:10]))
    print("longest files:", ", ".join("%s %d" % (f, n) for n, f in sizes[:10]))
    by = collections.Counter()
    for n, f in sizes:
        by[f.split("/")[1] if f.startswith("src/") else f.split("/")[0]] += n
    print("lines:", ", ".join("%s %d" % x for x in by.most_common()))


def clang_tidy(files):
    flags = subprocess.run(["pkg-config", "--cflags", "libuv", "libcrypto", "smartcols", "libcurl", "libzip", "libxml-2.0", "yaml-0.1"], capture_output=True, text=True).stdout.split()
    done = subprocess.run(["xargs", "-P2", "-n8", "sh", "-c", 'clang-tidy --quiet "$@" -- -std=c17 -D_GNU_SOURCE -Isrc -DBATON_VERSION=\\"0\\" %s' % " ".join(flags), "tidy"],
                          input="\n".join(files), capture_output=True, text=True)
    faults = [x for x in done.stdout.splitlines() if re.search(r": (error|warning):", x)]
    for x in faults[:40]:
        print(x)
    check(not faults and done.returncode == 0, "clang-tidy: %d findings" % len(faults))


def limits():
    written = subprocess.run([sys.executable, "scripts/limits.py", "--print"], capture_output=True, text=True)
    good = written.returncode == 0 and written.stdout == open("docs/limits.md").read()
    check(good, "docs/limits.md is not what scripts/limits.py writes")


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--clang-tidy", action="store_true")
    options = ap.parse_args()
    every = sources("src/**/*.[ch]", "sim/*.[ch]", "fuzz/*.c", "bench/*.[ch]")
    product = [f for f in every if f.startswith("src/") and not f.endswith("_test.c")]
    formatted(every)
    includes(product)
    purity()
    one_definition()
    limits()
    operations()
    marks(every + sources("tests/**/*.py", "tests/**/*.mjs", "tests/**/*.sh", "scripts/*"))
    if options.clang_tidy or os.environ.get("CI"):
        clang_tidy([f for f in product if f.endswith(".c")])
    report(product)
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
