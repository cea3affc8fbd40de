/* The Runtime API as runtimes of others see it: shell scripts with curl. */
#include <criterion/criterion.h>

#include "effects/support_test.h"

static struct world world;

static void set_up(void)
{
    world_init(&world);
    world_start(&world);
}

static void tear_down(void)
{
    world_close(&world);
}

TestSuite(runtime_api, .init = set_up, .fini = tear_down, .timeout = 60);

#define SCRIPT                                                                                     \
    "#!/bin/bash\n"                                                                                \
    "API=http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime\n"                                      \
    "next() { EVENT=$(curl -sS -D $TMPDIR/head $API/invocation/next); "                            \
    "ID=$(header request-id); }\n"                                                                 \
    "header() { grep -i -- \"$1:\" $TMPDIR/head | cut -d' ' -f2- | tr -d '\\r'; }\n"               \
    "answer() { curl -sS -o /dev/null $API/invocation/$ID/response --data-binary \"$1\"; }\n"      \
    "status() { curl -s -w ' %{http_code}' \"$@\" | tr -d '\\n'; echo; }\n"

static struct function_spec script(const char *function, const char *text)
{
    world_write(&world, function, "bootstrap",
                world_text(&world, arena_printf(&world.arena, "%s%s", SCRIPT, text)));
    return world_spec(&world, function, "provided.al2023", "hello.handler");
}

static void expect(const struct effect_result *result, const char *error, const char *body)
{
    cr_assert(result->ok, "%s", world_text(&world, result->cause));
    cr_assert_str_eq(world_text(&world, result->body), body, "%s: log %s",
                     world_text(&world, result->body), world_text(&world, result->log));
    cr_assert_str_eq(world_text(&world, result->error), error);
}

static void expect_line(const struct effect_result *result, const char *line)
{
    str wanted = arena_printf(&world.arena, "\n%s\n", line);
    cr_assert(str_find(result->log, wanted, 0) < result->log.len, "no '%s' in: %s", line,
              world_text(&world, result->log));
}

Test(runtime_api, gives_work_and_takes_answers)
{
    struct function_spec spec =
        script("f", "while next; do answer \"{\\\"event\\\":$EVENT,\\\"arn\\\":\\\"$(header "
                    "function-arn)\\\",\\\"handler\\\":\\\"$_HANDLER\\\"}\"; done\n");
    for (int i = 0; i < 3; i++)
        expect(world_call(&world, &spec, "[1,\"\xC3\xA9\"]"), "",
               "{\"event\":[1,\"\xC3\xA9\"],\"arn\":\"arn:aws:lambda:us-east-1:000000000000:"
               "function:f\",\"handler\":\"hello.handler\"}");
}

Test(runtime_api, refuses_what_is_out_of_place)
{
    struct function_spec spec =
        script("f", "next\n"
                    "status $API/invocation/wrong/response -d 1\n"
                    "status $API/invocation//response -d 1\n"
                    "status $API/invocation/next\n"
                    "status $API/init/error -d 1\n"
                    "status $API/nothing\n"
                    "status -X PUT $API/invocation/$ID/response -d 1\n"
                    "exec 3<>/dev/tcp/${AWS_LAMBDA_RUNTIME_API/://}; printf 'nonsense\\r\\n\\r\\n' "
                    ">&3; head -1 <&3 | tr -d '\\r'\n"
                    "status $API/invocation/$ID/response -d 7\n"
                    "next\n");
    const struct effect_result *result = world_call(&world, &spec, "{}");
    expect(result, "", "7");
    expect_line(result, "{\"errorMessage\":\"Invalid request ID\",\"errorType\":"
                        "\"InvalidRequestID\"} 400");
    expect_line(result, "{\"errorMessage\":\"The invocation at hand is not answered yet\","
                        "\"errorType\":\"InvalidStateTransition\"} 403");
    expect_line(result,
                "{\"errorMessage\":\"The start is over\",\"errorType\":\"InvalidStateTransition\"} "
                "403");
    expect_line(result, "{\"errorMessage\":\"404 page not found\",\"errorType\":\"NotFound\"} 404");
    expect_line(result, "HTTP/1.1 400 Refused");
}

Test(runtime_api, a_second_answer_is_refused)
{
    struct function_spec spec = script("f", "next; OLD=$ID; answer 1; next\n"
                                            "status $API/invocation/$OLD/response -d 2\n"
                                            "answer 3; next\n");
    expect(world_call(&world, &spec, "{}"), "", "1");
    const struct effect_result *result = world_call(&world, &spec, "{}");
    expect(result, "", "3");
    expect_line(result, "{\"errorMessage\":\"Invalid request ID\",\"errorType\":"
                        "\"InvalidRequestID\"} 400");
}

Test(runtime_api, takes_chunked_answers_and_errors)
{
    struct function_spec spec =
        script("f", "next; echo -n '\"chunked\"' | curl -s -H 'Transfer-Encoding: chunked' -d @- "
                    "$API/invocation/$ID/response\n"
                    "next; curl -s $API/invocation/$ID/error -d '{\"errorType\":\"Mine\"}'\n"
                    "next; curl -s -X POST $API/invocation/$ID/error\n"
                    "next; printf '\\xff' | curl -s $API/invocation/$ID/response --data-binary @-\n"
                    "next; answer 'not json'; next\n");
    expect(world_call(&world, &spec, "{}"), "", "\"chunked\"");
    expect(world_call(&world, &spec, "{}"), "Unhandled", "{\"errorType\":\"Mine\"}");
    expect(world_call(&world, &spec, "{}"), "Unhandled",
           "{\"errorType\":\"Runtime.Unknown\",\"errorMessage\":\"RequestId: "
           "00000000-0000-4000-8000-000000000003 Error: Unknown application error occurred\"}");
    expect(world_call(&world, &spec, "{}"), "Unhandled",
           "{\"errorType\":\"Runtime.InvalidResponse\",\"errorMessage\":\"The response of the "
           "function is not well-formed UTF-8.\"}");
    expect(world_call(&world, &spec, "{}"), "", "not json");
}

Test(runtime_api, an_answer_that_is_too_large_is_an_error_of_the_function)
{
    struct function_spec spec =
        script("f", "next; head -c 6291557 /dev/zero | tr '\\0' '1' > $TMPDIR/big\n"
                    "status $API/invocation/$ID/response --data-binary @$TMPDIR/big\n"
                    "next; status -H 'Transfer-Encoding: chunked' $API/invocation/$ID/response "
                    "--data-binary @$TMPDIR/big\n"
                    "next; head -c 6291556 $TMPDIR/big | curl -s $API/invocation/$ID/response "
                    "--data-binary @-; next\n");
    for (int i = 0; i < 2; i++)
        expect(world_call(&world, &spec, "{}"), "Unhandled",
               "{\"errorType\":\"Function.ResponseSizeTooLarge\",\"errorMessage\":\"Response "
               "payload size exceeded maximum allowed payload size (6291556 bytes).\"}");
    const struct effect_result *result = world_call(&world, &spec, "{}");
    cr_assert(result->ok && result->error.len == 0);
    cr_assert_eq(result->body.len, 6291556);
}

Test(runtime_api, a_large_event_arrives_whole)
{
    struct function_spec spec = script("f", "next; answer ${#EVENT}; next\n");
    struct buf event;
    buf_init(&event, &world.arena);
    buf_add_char(&event, '"');
    for (int i = 0; i < 6000000; i++)
        buf_add_char(&event, 'e');
    buf_add(&event, STR("\""));
    expect(world_call(&world, &spec, world_text(&world, buf_str(&event))), "", "6000002");
}

Test(runtime_api, work_is_not_lost_with_a_connection_that_waited)
{
    struct function_spec spec =
        script("f", "next; answer 1; curl -s -m 0.2 $API/invocation/next; touch $TMPDIR/gone\n"
                    "echo gone > $TMPDIR/gone\n"
                    "next; answer \"$EVENT\"; next\n");
    expect(world_call(&world, &spec, "0"), "", "1");
    str path = arena_printf(&world.arena, "%.*s/scratch/ff/gone", STR_ARGS(world.directory));
    world_await_file(&world, world_text(&world, path));
    expect(world_call(&world, &spec, "\"again\""), "", "\"again\"");
}

Test(runtime_api, a_posted_start_error_is_the_answer)
{
    struct function_spec spec =
        script("f", "echo starting; curl -s $API/init/error -d '{\"errorType\":\"Init\","
                    "\"errorMessage\":\"no luck\"}'; exit 5\n");
    const struct effect_result *result = world_call(&world, &spec, "{}");
    expect(result, "Unhandled", "{\"errorType\":\"Init\",\"errorMessage\":\"no luck\"}");
    cr_assert(str_starts_with(result->log, STR("starting\n")));
    expect_line(result, "no luck");
}

Test(runtime_api, many_connections_are_refused)
{
    struct function_spec spec =
        script("f", "next; for i in 1 2 3 4 5 6 7 8 9 10 11 12; do eval \"exec "
                    "$((10 + i))<>/dev/tcp/${AWS_LAMBDA_RUNTIME_API/://}\"; done\n"
                    "exec 11>&- 12>&- 13>&- 14>&- 15>&- 16>&- 17>&- 18>&-\n"
                    "until curl -s $API/invocation/$ID/response -d 5; do :; done; next\n");
    expect(world_call(&world, &spec, "{}"), "", "5");
}
