"""A few words for test scripts: check(...) counts, done() prints the closing line."""
import sys
import traceback

passed = failed = 0


def check(condition, what, *details):
    global passed, failed
    if condition:
        passed += 1
        return
    failed += 1
    print("FAIL", what, *details, flush=True)


def case(function):
    """Runs a test function; an exception is a failure."""
    global failed
    try:
        function()
    except Exception:
        failed += 1
        print("FAIL", function.__name__)
        traceback.print_exc(file=sys.stdout)


def done():
    print("%d passed, %d failed" % (passed, failed))
    sys.exit(1 if failed else 0)
