/* What compilation gives besides its diagnostics: the machine, references, timestamps, limits. */
#include "asl/asl.h"
#include "asl/compile.h"

#include <criterion/criterion.h>

static struct arena arena;

static void setup(void)
{
    arena_init(&arena);
}

static void teardown(void)
{
    arena_close(&arena);
}

TestSuite(asl, .init = setup, .fini = teardown);

static const struct asl_machine *compile(const char *definition)
{
    const struct asl_machine *machine = NULL;
    struct asl_diagnostics diagnostics = { 0 };
    bool ok = asl_compile(str_from(definition), ASL_STANDARD, &arena, &machine, &diagnostics);
    cr_assert(ok, "%.*s", STR_ARGS(asl_diagnostics_text(&diagnostics, &arena)));
    return machine;
}

static str errors_of(str definition)
{
    const struct asl_machine *machine = NULL;
    struct asl_diagnostics diagnostics = { 0 };
    if (asl_compile(definition, ASL_STANDARD, &arena, &machine, &diagnostics)) return STR("");
    cr_assert_null(machine);
    cr_assert_leq(diagnostics.count, ASL_DIAGNOSTICS_MAX);
    return asl_diagnostics_text(&diagnostics, &arena);
}

static void expect_str(str got, const char *expected)
{
    cr_expect(str_eq(got, str_from(expected)), "expected %s, got %.*s", expected, STR_ARGS(got));
}

/* ---- the machine ---- */

Test(asl, resolves_transitions_and_scopes)
{
    const struct asl_machine *machine = compile(
        "{\"Comment\": \"c\", \"TimeoutSeconds\": 7, \"StartAt\": \"A\", \"States\": {"
        "\"Z\": {\"Type\": \"Succeed\"},"
        "\"A\": {\"Type\": \"Parallel\", \"Next\": \"M\", \"Branches\": ["
        "{\"StartAt\": \"B\", \"States\": {\"B\": {\"Type\": \"Pass\", \"End\": true}}},"
        "{\"StartAt\": \"C\", \"States\": {\"C\": {\"Type\": \"Pass\", \"End\": true}}}]},"
        "\"M\": {\"Type\": \"Map\", \"Next\": \"Z\", \"Iterator\": "
        "{\"StartAt\": \"D\", \"States\": {\"D\": {\"Type\": \"Pass\", \"End\": true}}}}}}");
    cr_assert_eq(machine->scope_count, 4);
    cr_expect_eq(machine->timeout_s, 7);
    expect_str(machine->comment, "c");
    const struct asl_scope *top = machine->scopes[0];
    const struct asl_state *a = asl_find_state(top, STR("A"));
    cr_assert_eq(top->start, a);
    cr_expect_null(top->owner);
    cr_expect_null(asl_find_state(top, STR("B")));
    cr_assert_eq(a->parallel.branch_count, 2);
    for (uint32_t i = 0; i < machine->scope_count; i++) {
        cr_expect_eq(machine->scopes[i]->number, i);
    }
    cr_expect_eq(a->parallel.branches[1], machine->scopes[2]);
    cr_expect_eq(a->parallel.branches[1]->owner, a);
    expect_str(a->parallel.branches[1]->start->name, "C");
    expect_str(a->next->name, "M");
    cr_expect_eq(a->next->map.processor, machine->scopes[3]);
    expect_str(a->next->map.processor_field, "Iterator");
    cr_expect(!a->next->map.distributed);
    cr_expect_null(a->next->next->next);
}

Test(asl, fills_in_defaults)
{
    const struct asl_machine *machine =
        compile("{\"StartAt\": \"A\", \"States\": {\"A\": {\"Type\": \"Task\", \"End\": true,"
                "\"Resource\": \"arn:aws:lambda:us-east-1:123456789012:function:f\","
                "\"ResultPath\": null, \"OutputPath\": \"$.x\","
                "\"Retry\": [{\"ErrorEquals\": [\"E\"]}, {\"ErrorEquals\": [\"States.ALL\"],"
                "\"IntervalSeconds\": 4, \"MaxAttempts\": 0, \"BackoffRate\": 1.5,"
                "\"MaxDelaySeconds\": 9, \"JitterStrategy\": \"FULL\"}]}}}");
    const struct asl_state *state = machine->scopes[0]->start;
    cr_expect_eq(state->input_path.kind, ASL_PATH_DEFAULT);
    cr_expect_eq(state->result_path.kind, ASL_PATH_NULL);
    cr_expect_eq(state->output_path.kind, ASL_PATH_EXPR);
    cr_expect(!state->task.timeout_s.present);
    cr_assert_eq(state->retrier_count, 2);
    const struct asl_retrier *first = &state->retriers[0], *second = &state->retriers[1];
    cr_expect_eq(first->interval_s, 1);
    cr_expect_eq(first->max_attempts, 3);
    cr_expect_eq(first->backoff_rate, 2.0);
    cr_expect_eq(first->max_delay_s, 0);
    cr_expect(!first->full_jitter);
    cr_expect_eq(second->interval_s, 4);
    cr_expect_eq(second->max_attempts, 0);
    cr_expect_eq(second->backoff_rate, 1.5);
    cr_expect_eq(second->max_delay_s, 9);
    cr_expect(second->full_jitter);
}

/* The definition's text may go when asl_compile has returned. */
Test(asl, copies_what_it_needs)
{
    char text[] = "{\"StartAt\": \"A\", \"States\": {\"A\": {\"Type\": \"Succeed\"}}}";
    const struct asl_machine *machine = compile(text);
    memset(text, 'x', sizeof(text) - 1);
    expect_str(machine->scopes[0]->start->name, "A");
}

Test(asl, compiles_a_single_state)
{
    const struct asl_machine *machine;
    struct asl_diagnostics diagnostics = { 0 };
    str good = STR("{\"Type\": \"Pass\", \"Next\": \"Elsewhere\"}");
    cr_assert(asl_compile_state(good, &arena, &machine, &diagnostics));
    expect_str(machine->scopes[0]->start->name, "StateName");
    expect_str(machine->scopes[0]->start->next->name, "Elsewhere");
    str bad = STR("{\"Type\": \"Pass\",\n  \"Next\": 1}");
    cr_assert(!asl_compile_state(bad, &arena, &machine, &diagnostics));
    expect_str(diagnostics.items[0].location, "/States/StateName/Next");
    cr_expect_eq(diagnostics.items[0].line, 2);
    cr_expect_eq(diagnostics.items[0].column, 3);
}

Test(asl, says_line_and_column)
{
    const struct asl_machine *machine;
    struct asl_diagnostics diagnostics = { 0 };
    str text = STR("{\n  \"StartAt\": \"X\",\n  \"States\": {\n    \"X\": { \"Type\": \"Fail\",\n"
                   "           \"Nonsense\": 1, \"Error\": 5 }\n  }\n}");
    cr_assert(!asl_compile(text, ASL_STANDARD, &arena, &machine, &diagnostics));
    cr_assert_eq(diagnostics.error_count, 2);
    cr_expect_eq(diagnostics.items[0].line, 4); /* the state */
    cr_expect_eq(diagnostics.items[0].column, 5);
    cr_expect_eq(diagnostics.items[1].line, 5); /* "Error" */
    cr_expect_eq(diagnostics.items[1].column, 27);
}

/* ---- resources ---- */

Test(asl, reads_resources)
{
    static const struct {
        const char *arn;
        enum asl_resource_kind kind;
        enum asl_pattern pattern;
        const char *type, *name, *service, *action;
    } rows[] = {
        /* Types and names as in recorded TaskScheduled events. */
        { "arn:aws:states:::sqs:sendMessage.waitForTaskToken", ASL_RESOURCE_SERVICE,
          ASL_WAIT_FOR_TASK_TOKEN, "sqs", "sendMessage.waitForTaskToken", "sqs", "sendMessage" },
        { "arn:aws:states:::states:startExecution.sync:2", ASL_RESOURCE_SERVICE, ASL_SYNC_2,
          "states", "startExecution.sync:2", "states", "startExecution" },
        { "arn:aws:states:::states:startExecution.sync", ASL_RESOURCE_SERVICE, ASL_SYNC, "states",
          "startExecution.sync", "states", "startExecution" },
        { "arn:aws-cn:states:::lambda:invoke", ASL_RESOURCE_SERVICE, ASL_REQUEST_RESPONSE, "lambda",
          "invoke", "lambda", "invoke" },
        { "arn:aws:states:::aws-sdk:sfn:sendTaskFailure", ASL_RESOURCE_SDK, ASL_REQUEST_RESPONSE,
          "aws-sdk:sfn", "sendTaskFailure", "sfn", "sendTaskFailure" },
        { "arn:aws:states:::aws-sdk:s3:listBuckets.waitForTaskToken", ASL_RESOURCE_SDK,
          ASL_WAIT_FOR_TASK_TOKEN, "aws-sdk:s3", "listBuckets.waitForTaskToken", "s3",
          "listBuckets" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct asl_task task = { 0 };
        cr_assert_eq(resource_parse(str_from(rows[i].arn), &task), RESOURCE_OK, "%s", rows[i].arn);
        cr_expect_eq(task.kind, rows[i].kind);
        cr_expect_eq(task.pattern, rows[i].pattern);
        expect_str(task.resource, rows[i].arn);
        expect_str(task.resource_type, rows[i].type);
        expect_str(task.resource_name, rows[i].name);
        expect_str(task.service, rows[i].service);
        expect_str(task.action, rows[i].action);
    }
}

Test(asl, refuses_what_is_no_resource)
{
    static const struct {
        const char *arn;
        enum resource_fault fault;
    } rows[] = {
        { "", RESOURCE_NO_ARN },
        { "arn", RESOURCE_NO_ARN },
        { "arn:aws:states:::", RESOURCE_NO_ARN },
        { "arn:aws:states:::sqs", RESOURCE_NO_ARN },
        { "arn:aws:states:::sqs:", RESOURCE_NOT_KNOWN },
        { "arn:aws:states:::sqs:.waitForTaskToken", RESOURCE_NOT_KNOWN },
        { "arn:aws:states:::sqs:sendMessage.waitforTaskToken", RESOURCE_NOT_KNOWN },
        { "arn:aws:states:::sqs:sendMessage.sync", RESOURCE_NOT_KNOWN },
        { "arn:aws:states:::sqs:deleteQueue", RESOURCE_NOT_KNOWN },
        { "arn:aws:states:::nothing:act", RESOURCE_NOT_KNOWN },
        { "arn:aws:states:::aws-sdk:s3", RESOURCE_NO_ARN },
        { "arn:aws:states:::aws-sdk:s3:GetObject", RESOURCE_NOT_KNOWN },
        { "arn:aws:states:us-east-1:123456789012:stateMachine:m", RESOURCE_NO_ARN },
        { "arn:aws:states:us-east-1:123456789012:activity:", RESOURCE_NO_ARN },
        { "arn:aws:lambda:us-east-1:123456789012:function:", RESOURCE_NO_ARN },
        { "arn:aws:lambda:us-east-1:123456789012:function:f:", RESOURCE_NO_ARN },
        { "arn:aws:lambda:us-east-1:123456789012:function:f:1:2", RESOURCE_NO_ARN },
        { "arn:aws:lambda:us-east-1:123456789012:layer:f", RESOURCE_NO_ARN },
        { "arn:aws:sqs:us-east-1:123456789012:q", RESOURCE_NO_ARN },
        { "arn:azure:lambda:us-east-1:123456789012:function:f", RESOURCE_NO_ARN },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct asl_task task = { 0 };
        cr_expect_eq(resource_parse(str_from(rows[i].arn), &task), rows[i].fault, "%s",
                     rows[i].arn);
    }
}

/* ---- timestamps ---- */

Test(asl, reads_timestamps)
{
    static const struct {
        const char *text;
        bool rfc3339, java;
        int64_t ms;
    } rows[] = {
        /* AWS's record: base_scenarios.wait_timestamp* */
        { "2016-03-14T01:59:00Z", true, true, 1457920740000 },
        { "2016-03-05T21:29:29.243167252Z", true, true, 1457213369243 },
        { "2016-13-05T21:29:29Z", false, false, 0 },
        { "2016-12-05T25:29:29Z", false, false, 0 },
        { "2016-12-05 21:29:29Z", false, false, 0 },
        { "2016-12-05T21:29:29", false, false, 0 },
        { "05-12-2016T21:29:29Z", false, false, 0 },
        { "2023-02-24 12:15:56.832957", false, false, 0 },
        /* RFC 3339, section 5.8 */
        { "1985-04-12T23:20:50.52Z", true, true, 482196050520 },
        { "1996-12-19T16:39:57-08:00", true, true, 851042397000 },
        { "1937-01-01T12:00:27.87+00:20", true, true, -1041337172130 },
        /* calendar */
        { "1970-01-01T00:00:00Z", true, true, 0 },
        { "1969-12-31T23:59:59.999Z", true, true, -1 },
        { "2000-02-29T00:00:00Z", true, true, 951782400000 },
        { "2024-02-29T00:00:00Z", true, true, 1709164800000 },
        { "2023-02-29T00:00:00Z", false, false, 0 },
        { "1900-02-29T00:00:00Z", false, false, 0 },
        { "2023-04-31T00:00:00Z", false, false, 0 },
        { "0000-01-01T00:00:00Z", true, true, -62167219200000 },
        { "9999-12-31T23:59:59Z", true, true, 253402300799000 },
        { "2016-00-05T21:29:29Z", false, false, 0 },
        { "2016-01-00T21:29:29Z", false, false, 0 },
        { "2016-12-05T24:00:00Z", false, false, 0 },
        { "2016-12-31T23:59:60Z", false, false, 0 },
        /* java.time.format.DateTimeFormatter.ISO_OFFSET_DATE_TIME, as documented */
        { "2016-03-14T01:59Z", false, true, 1457920740000 },
        { "2016-03-14t01:59:00z", false, true, 1457920740000 },
        { "2016-03-14T01:59:00.1234567891Z", true, false, 0 },
        { "+12016-03-14T01:59:00Z", false, true, 317027440740000 },
        { "12016-03-14T01:59:00Z", false, false, 0 },
        { "+2016-03-14T01:59:00Z", false, false, 0 },
        { "2016-03-14T01:59:00+18:00", true, true, 1457855940000 },
        { "2016-03-14T01:59:00+18:01", true, false, 0 },
        { "2016-03-14T01:59:00+0100", false, false, 0 },
        { "2016-03-14T01:59:00", false, false, 0 },
        { "2016-03-14T01:59:00Z ", false, false, 0 },
        { "2016-3-14T01:59:00Z", false, false, 0 },
        { "2016-03-14", false, false, 0 },
        { "", false, false, 0 },
        { "Z", false, false, 0 },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        str text = str_from(rows[i].text);
        int64_t ms = 0;
        cr_expect_eq(timestamp_is_rfc3339(text), rows[i].rfc3339, "%s", rows[i].text);
        cr_expect_eq(asl_parse_timestamp(text, &ms), rows[i].java, "%s", rows[i].text);
        if (rows[i].java) cr_expect_eq(ms, rows[i].ms, "%s: %lld", rows[i].text, (long long)ms);
    }
}

/* ---- limits ---- */

/* `count` Parallel states inside each other. */
static str nested_parallels(size_t count)
{
    struct buf buf;
    buf_init(&buf, &arena);
    for (size_t i = 0; i < count; i++) {
        buf_printf(&buf,
                   "{\"StartAt\":\"P%zu\",\"States\":{\"P%zu\":{\"Type\":\"Parallel\","
                   "\"End\":true,\"Branches\":[",
                   i, i);
    }
    buf_add(&buf, STR("{\"StartAt\":\"Z\",\"States\":{\"Z\":{\"Type\":\"Succeed\"}}}"));
    for (size_t i = 0; i < count; i++)
        buf_add(&buf, STR("]}}}"));
    return buf_str(&buf);
}

Test(asl, bounds_the_nesting_of_scopes)
{
    expect_str(errors_of(nested_parallels(ASL_SCOPE_DEPTH_MAX)), "");
    str errors = errors_of(nested_parallels(ASL_SCOPE_DEPTH_MAX + 1));
    cr_expect(str_starts_with(errors, STR("TOO_DEEPLY_NESTED: Parallel and Map states are nested "
                                          "more than 100 deep at /States/P0/Branches[0]")));
}

static str nested_rules(size_t count)
{
    struct buf buf;
    buf_init(&buf, &arena);
    buf_add(&buf, STR("{\"StartAt\":\"C\",\"States\":{\"Z\":{\"Type\":\"Succeed\"},\"C\":{"
                      "\"Type\":\"Choice\",\"Choices\":[{\"Next\":\"Z\","));
    for (size_t i = 0; i < count; i++)
        buf_add(&buf, STR("\"Not\":{"));
    buf_add(&buf, STR("\"Variable\":\"$.a\",\"IsNull\":true"));
    for (size_t i = 0; i < count; i++)
        buf_add_char(&buf, '}');
    buf_add(&buf, STR("}]}}}"));
    return buf_str(&buf);
}

Test(asl, bounds_the_nesting_of_rules)
{
    expect_str(errors_of(nested_rules(ASL_CHOICE_DEPTH_MAX)), "");
    str errors = errors_of(nested_rules(ASL_CHOICE_DEPTH_MAX + 1));
    cr_expect(str_starts_with(errors, STR("TOO_DEEPLY_NESTED: Choice rules are nested more than "
                                          "100 deep at /States/C/Choices[0]/Not/Not")));
}

static str padded_definition(size_t bytes)
{
    struct buf buf;
    buf_init(&buf, &arena);
    buf_add(&buf, STR("{\"StartAt\":\"Z\",\"States\":{\"Z\":{\"Type\":\"Succeed\"}}}"));
    while (buf.len < bytes)
        buf_add_char(&buf, ' ');
    return buf_str(&buf);
}

Test(asl, bounds_the_size)
{
    expect_str(errors_of(padded_definition(ASL_DEFINITION_BYTES_MAX)), "");
    expect_str(errors_of(padded_definition(ASL_DEFINITION_BYTES_MAX + 1)),
               "SCHEMA_VALIDATION_FAILED: The definition is larger than 1048576 bytes at /");
    expect_str(errors_of(STR("")),
               "MISSING_DESCRIPTION: Received a null or empty workflow input at null");
}

Test(asl, bounds_the_diagnostics)
{
    struct buf buf;
    buf_init(&buf, &arena);
    buf_add(&buf, STR("{\"StartAt\":\"Z\",\"States\":{\"Z\":{\"Type\":\"Succeed\""));
    for (int i = 0; i < ASL_DIAGNOSTICS_MAX + 50; i++)
        buf_printf(&buf, ",\"f%d\":1", i);
    buf_add(&buf, STR("}}}"));
    const struct asl_machine *machine;
    struct asl_diagnostics diagnostics = { 0 };
    cr_assert(!asl_compile(buf_str(&buf), ASL_STANDARD, &arena, &machine, &diagnostics));
    cr_expect_eq(diagnostics.error_count, ASL_DIAGNOSTICS_MAX);
    cr_expect(diagnostics.truncated);
}

/* Fifteen thousand states in a chain: each transition is found without looking at all the others,
 * and the walk over the graph does not recurse. */
Test(asl, compiles_a_megabyte_of_states, .timeout = 60)
{
    enum { STATES = 15000 };
    struct buf buf;
    buf_init(&buf, &arena);
    buf_add(&buf, STR("{\"StartAt\":\"S0\",\"States\":{"));
    for (int i = 0; i < STATES; i++) {
        buf_printf(&buf, "\"S%d\":{\"Type\":\"Pass\",\"Next\":\"S%d\"},", i, i + 1);
    }
    buf_printf(&buf, "\"S%d\":{\"Type\":\"Succeed\"}}}", STATES);
    cr_assert_leq(buf.len, ASL_DEFINITION_BYTES_MAX);
    expect_str(errors_of(buf_str(&buf)), "");
}
