/* The state machines that run here, and what else is there when clients begin. */
#include "sim.h"

#include <stdio.h>

#define ACTIVITY "arn:aws:states:us-east-1:000000000000:activity:work"
#define MACHINE "arn:aws:states:us-east-1:000000000000:stateMachine:"

/* The tasks' inputs say to which execution, which life of it and which place in it they belong. */
#define RUN "\"run.$\":\"$$.Execution.Name\",\"life.$\":\"$$.Execution.RedriveCount\""
#define ASK(place)                                                                                 \
    "\"Type\":\"Task\",\"Resource\":\"" ACTIVITY "\",\"Parameters\":{" RUN ",\"place\":" place "}"
#define CAUGHT                                                                                     \
    "\"Catch\":[{\"ErrorEquals\":[\"States.ALL\"],\"Next\":\"C\"}],\"End\":true},"                 \
    "\"C\":{\"Type\":\"Pass\",\"Result\":\"caught\",\"End\":true}}}"
#define WITH_TOKEN "{" RUN ",\"token.$\":\"$$.Task.Token\"}"
#define WITH_ATTEMPT "{" RUN ",\"attempt.$\":\"$$.State.RetryCount\"}"
#define WITH_BOTH "{" RUN ",\"attempt.$\":\"$$.State.RetryCount\",\"token.$\":\"$$.Task.Token\"}"
#define BUSY(attempts)                                                                             \
    "\"Retry\":[{\"ErrorEquals\":[\"Busy\",\"Lambda.TooManyRequestsException\",\"States."          \
    "Timeout\"],"                                                                                  \
    "\"IntervalSeconds\":3,\"MaxAttempts\":" attempts "}],"

#define FUNCTION(name)                                                                             \
    "{\"FunctionName\":\"" name "\",\"Role\":\"arn:aws:iam::000000000000:role/sim\","              \
    "\"Runtime\":\"python3.12\",\"Handler\":\"a.b\",\"Code\":{\"Directory\":\"/tmp\"}}"

static const struct {
    const char *name, *definition;
} machines[SIM_MACHINES] = {
    [MACHINE_ASK] = { "ask",
                      "{\"StartAt\":\"A\",\"States\":{\"A\":{" ASK(
                          "0") ",\"TimeoutSeconds\":120,\"HeartbeatSeconds\":30,"
                               "\"Retry\":[{\"ErrorEquals\":[\"Busy\"],\"IntervalSeconds\":5,"
                               "\"MaxAttempts\":2}]," CAUGHT },
    [MACHINE_FORK] = { "fork",
                       "{\"StartAt\":\"P\",\"States\":{\"P\":{\"Type\":\"Parallel\",\"Branches\":["
                       "{\"StartAt\":\"A0\",\"States\":{\"A0\":{" ASK(
                           "0") ",\"End\":true}}},"
                                "{\"StartAt\":\"A1\",\"States\":{\"A1\":{" ASK(
                                    "1") ",\"End\":true}}},"
                                         "{\"StartAt\":\"W\",\"States\":{\"W\":{\"Type\":\"Wait\","
                                         "\"Seconds\":10,\"End\":true}}}],\"End\":true}}}" },
    [MACHINE_MAP] = { "map",
                      "{\"StartAt\":\"M\",\"States\":{\"M\":{\"Type\":\"Map\",\"ItemsPath\":"
                      "\"$.items\",\"MaxConcurrency\":2,\"ItemSelector\":{\"i.$\":"
                      "\"$$.Map.Item.Index\"},\"ItemProcessor\":{\"StartAt\":\"A\",\"States\":"
                      "{\"A\":{\"Type\":\"Task\",\"Resource\":\"" ACTIVITY "\",\"Parameters\":"
                      "{" RUN ",\"place.$\":\"$.i\"},\"Retry\":"
                      "[{\"ErrorEquals\":[\"Busy\"],\"IntervalSeconds\":1,\"MaxAttempts\":9}],"
                      "\"End\":true}}},\"End\":true}}}" },
    [MACHINE_WAIT] = { "wait",
                       "{\"StartAt\":\"W\",\"States\":{\"W\":{\"Type\":\"Wait\",\"Seconds\":20,"
                       "\"Next\":\"A\"},\"A\":{" ASK("0") ",\"End\":true}}}" },
    [MACHINE_LIMIT] = { "limit", "{\"TimeoutSeconds\":60,\"StartAt\":\"A\",\"States\":{\"A\":{" ASK(
                                     "0") ",\"End\":true}}}" },
    [MACHINE_NEST] = { "nest",
                       "{\"StartAt\":\"N\",\"States\":{\"N\":{\"Type\":\"Task\",\"Resource\":"
                       "\"arn:aws:states:::states:startExecution.sync:2\",\"Parameters\":"
                       "{\"StateMachineArn\":\"" MACHINE "wait\",\"Name.$\":"
                       "\"States.Format('child-{}', $$.Execution.Name)\"}," CAUGHT },
    [MACHINE_SEND] = { "send",
                       "{\"StartAt\":\"I\",\"States\":{\"I\":{\"Type\":\"Task\",\"Resource\":"
                       "\"arn:aws:states:::dynamodb:putItem\",\"Parameters\":{\"TableName\":"
                       "\"runs\",\"Item\":{\"run\":{\"S.$\":\"$$.Execution.Name\"}}},\"Next\":"
                       "\"S\"},\"S\":{\"Type\":\"Task\",\"Resource\":"
                       "\"arn:aws:states:::sqs:sendMessage.waitForTaskToken\",\"Parameters\":"
                       "{\"QueueUrl\":\"" SIM_QUEUE "\",\"MessageBody\":" WITH_TOKEN "},"
                       "\"TimeoutSeconds\":300," CAUGHT },
    [MACHINE_INVOKE] = { "invoke",
                         "{\"StartAt\":\"F\",\"States\":{\"F\":{\"Type\":\"Task\",\"Resource\":"
                         "\"arn:aws:states:::lambda:invoke\",\"Parameters\":{\"FunctionName\":"
                         "\"f\",\"Payload\":" WITH_ATTEMPT "},"
                         "\"TimeoutSeconds\":60," BUSY("3") CAUGHT },
    [MACHINE_CALLBACK] = { "callback",
                           "{\"StartAt\":\"F\",\"States\":{\"F\":{\"Type\":\"Task\",\"Resource\":"
                           "\"arn:aws:states:::lambda:invoke.waitForTaskToken\",\"Parameters\":"
                           "{\"FunctionName\":\"g\",\"Payload\":" WITH_BOTH "},"
                           "\"TimeoutSeconds\":120," BUSY("1") CAUGHT },
};

const char *machine_name(enum sim_machine machine)
{
    return machines[machine].name;
}

static void must(struct world *world, struct arena *arena, const char *operation, str params)
{
    json answer;
    str error;
    if (!world_ask(world, arena, operation, params, &answer, &error))
        world_fail(world, "%s: %.*s", operation, STR_ARGS(error));
}

static str create_text(struct arena *arena, enum sim_machine machine)
{
    struct buf out;
    buf_init(&out, arena);
    buf_printf(&out, "{\"name\":\"%s\",\"roleArn\":\"arn:aws:iam::000000000000:role/sim\",",
               machines[machine].name);
    buf_add(&out, STR("\"definition\":"));
    json_write_str(&out, str_from(machines[machine].definition));
    buf_add_char(&out, '}');
    return buf_str(&out);
}

void machines_deploy(struct world *world)
{
    struct arena arena;
    arena_init(&arena);
    must(world, &arena, "CreateActivity", STR("{\"name\":\"work\"}"));
    must(world, &arena, "AmazonSQS.CreateQueue", STR("{\"QueueName\":\"work\"}"));
    must(world, &arena, "DynamoDB_20120810.CreateTable",
         STR("{\"TableName\":\"runs\",\"BillingMode\":\"PAY_PER_REQUEST\",\"KeySchema\":"
             "[{\"AttributeName\":\"run\",\"KeyType\":\"HASH\"}],\"AttributeDefinitions\":"
             "[{\"AttributeName\":\"run\",\"AttributeType\":\"S\"}]}"));
    /* Nothing of them is ever run: the carrier answers. */
    for (int i = 0; i < 2; i++)
        must(world, &arena, "Lambda.CreateFunction",
             i == 0 ? STR(FUNCTION("f")) : STR(FUNCTION("g")));
    for (int i = 0; i < SIM_MACHINES; i++)
        must(world, &arena, "CreateStateMachine", create_text(&arena, (enum sim_machine)i));
    arena_close(&arena);
}
