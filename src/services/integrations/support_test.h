/* Shared by the tests of services/integrations/: values written with single quotes. */
#ifndef SERVICES_INTEGRATIONS_SUPPORT_TEST_H
#define SERVICES_INTEGRATIONS_SUPPORT_TEST_H

#include "services/integrations/call.h"

/* Single quotes in `text` stand for double ones. */
json test_json(struct arena *arena, const char *text);
/* `got` is the same text as `wanted`, single quotes there again: the order of members counts. */
void test_same(struct arena *arena, json got, const char *wanted);
void test_text(str got, const char *wanted);

#endif
