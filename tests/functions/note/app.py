"""A function of tests/crash_services_test.py."""


def handler(event, context):
    return "noted " + event
