/* Carrying effects out: functions, HTTP requests and logs go to effects/, with what the records say
 * about the function at that moment.
 *
 * There is no cache of functions: looking one up is one or two reads and the parsing of some
 * hundred bytes, next to a process that answers. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/prng.h"
#include "services/lambda/lambda_private.h"

struct lambda_carrier {
    struct effects *effects; /* borrowed */
    struct shard *shard;     /* borrowed; set before the first effect */
    str (*rewrite)(const struct source *source, str value); /* or NULL */
};

struct lambda_carrier *lambda_carrier_new(struct effects *effects)
{
    struct lambda_carrier *carrier = calloc(1, sizeof *carrier);
    if (!carrier) fatal("out of memory");
    carrier->effects = effects;
    return carrier;
}

void lambda_carrier_attach(struct lambda_carrier *carrier, struct shard *shard)
{
    carrier->shard = shard;
}

void lambda_carrier_rewrite(struct lambda_carrier *carrier,
                            str (*rewrite)(const struct source *source, str value))
{
    carrier->rewrite = rewrite;
}

void lambda_carrier_free(struct lambda_carrier *carrier)
{
    free(carrier);
}

/* ---- functions ---- */

static void finish_failed(struct effect *effect, str error, str cause)
{
    effect->result = (struct effect_result){
        .error = arena_str(&effect->arena, error),
        .cause = arena_str(&effect->arena, cause),
    };
    effect_finish(effect);
}

static json environment_of(const struct lambda_carrier *carrier, const struct source *source,
                           json settings)
{
    struct json_fields fields;
    const json *environment = param(settings, "Environment");
    const json *variables = environment ? param(*environment, "Variables") : NULL;
    if (!variables) return (json){ .kind = JSON_OBJECT };
    if (!carrier->rewrite) return *variables;
    json_fields_init(&fields, source->arena);
    for (size_t i = 0; i < json_count(*variables); i++) {
        json value = json_value_at(*variables, i);
        if (json_is_string(value)) value = json_string(carrier->rewrite(source, json_str(value)));
        json_fields_add(&fields, json_key_at(*variables, i), value);
    }
    return json_fields_done(&fields);
}

static struct function_spec spec_of(const struct lambda_carrier *carrier,
                                    const struct source *source,
                                    const struct function_target *target)
{
    const struct function_config *config = &target->config;
    bool is_url = str_eq(config->code.kind, STR("url"));
    json settings = config->settings;
    str name = target->function.name;
    int64_t timeout_s = json_i64_or(settings, STR("Timeout"), LAMBDA_TIMEOUT_S_DEFAULT);
    return (struct function_spec){
        .name = name,
        .arn = function_arn(source, name, STR("")),
        .version = config->version,
        .revision = arena_printf(source->arena, "%llu", (unsigned long long)config->build),
        .runtime = param_str(settings, "Runtime"),
        .handler = param_str(settings, "Handler"),
        .code_directory = is_url ? STR("") : code_path(source, &config->code),
        .url = is_url ? config->code.place : STR(""),
        .environment = environment_of(carrier, source, settings),
        .timeout_ms = timeout_s * 1000,
        .memory_mb = json_i64_or(settings, STR("MemorySize"), LAMBDA_MEMORY_MB_DEFAULT),
        .concurrency = target->function.reserved,
        .log_group = log_group_of(source, name, settings),
    };
}

static str random_id(struct arena *arena)
{
    uint64_t seed;
    struct prng prng;
    char *text = arena_alloc(arena, PRNG_UUID_CHARS);
    entropy_fill(&seed, sizeof seed);
    prng_seed(&prng, seed);
    prng_uuid(&prng, text);
    return (str){ text, PRNG_UUID_CHARS };
}

/* A function whose concurrency is reserved is throttled when that is used up, as in AWS, unless
 * nobody waits for the answer: AWS would try again and again, here the invocation waits its turn.
 * The others wait for a process, because a machine has fewer of them than AWS. With a reserved
 * concurrency of 0 there is no turn to wait for. */
static bool may_queue(const struct function_spec *spec, const struct function_invocation *call)
{
    return spec->concurrency < 0 || (call->queues && spec->concurrency > 0);
}

static void carry_function(struct lambda_carrier *carrier, struct effect *effect)
{
    struct reader reader;
    struct function_invocation call;
    struct error err = { 0 };
    shard_read_begin(carrier->shard, &reader, &effect->arena);
    struct source source = {
        .reader = &reader,
        .shard = carrier->shard,
        .arena = &effect->arena,
        .now_ms = reader.now_ms,
        .number = shard_number(carrier->shard),
    };
    bool found = invocation_read(&source, effect->request, &call, &err);
    struct function_spec spec = { 0 };
    if (found) spec = spec_of(carrier, &source, &call.target);
    shard_read_end(&reader);
    if (!found) {
        finish_failed(effect,
                      arena_printf(&effect->arena, "Lambda.%.*s", STR_ARGS(error_name(err.code))),
                      error_text(&err));
        return;
    }
    struct invocation invocation = {
        .effect = effect,
        .payload = call.payload,
        .request_id = call.request_id.len > 0 ? call.request_id : random_id(&effect->arena),
        .invoked_arn = call.target.arn,
        .client_context = call.client_context,
        .may_queue = may_queue(&spec, &call),
    };
    functions_invoke(carrier->effects, &spec, &invocation);
}

static void carry(void *context, struct effect *effect)
{
    struct lambda_carrier *carrier = context;
    ASSERT(carrier->shard != NULL);
    if (str_eq(effect->kind, STR("function"))) {
        carry_function(carrier, effect);
    } else if (str_eq(effect->kind, STR("http"))) {
        http_send(carrier->effects, effect);
    } else if (str_eq(effect->kind, STR("log"))) {
        effects_log_history(carrier->effects, effect);
    } else {
        finish_failed(effect, STR("States.Runtime"), STR("There is no carrier for this effect."));
    }
}

struct carrier lambda_carrier(struct lambda_carrier *carrier)
{
    return (struct carrier){ .carry = carry, .context = carrier };
}

struct effects *carrier_effects(struct shard *shard)
{
    const struct carrier *carrier = shard_carrier(shard);
    return carrier->carry == carry ? ((struct lambda_carrier *)carrier->context)->effects : NULL;
}
