/* All services, and what they have in common with the shard. */
#include "services/integrations/integrations.h"
#include "services/service.h"

static const struct service *const services[] = {
    &states_service,       &sqs_service,    &sns_service,       &lambda_service,
    &dynamodb_service,     &events_service, &callbacks_service, &apigateway_service,
    &apigatewayv2_service, &logs_service,   &tagging_service,   &sts_service,
};

enum { SERVICES = sizeof services / sizeof *services };

const struct service *const *services_all(size_t *count)
{
    *count = SERVICES;
    return services;
}

const struct operation *services_find(str target, const struct service **service)
{
    size_t dot = str_find_char(target, '.', 0);
    if (dot == target.len) return NULL;
    str prefix = str_slice(target, 0, dot);
    for (size_t i = 0; i < SERVICES; i++) {
        if (prefix.len == 0 || !str_eq(services[i]->target_prefix, prefix)) continue;
        *service = services[i];
        return service_operation(services[i], str_skip(target, dot + 1));
    }
    return NULL;
}

/* The rows of all services behind each other, in the arena. */
void services_register(struct shard_options *options, struct arena *arena)
{
    size_t integrations = integrations_count, handlers = 0;
    for (size_t i = 0; i < SERVICES; i++) {
        integrations += services[i]->integration_count;
        handlers += services[i]->effect_handler_count;
        if (services[i]->callbacks) options->callbacks = services[i]->callbacks;
    }
    struct integration *rows = arena_array(arena, integrations, sizeof *rows);
    struct effect_handler *origins = arena_array(arena, handlers, sizeof *origins);
    size_t row = 0, origin = 0;
    for (size_t i = 0; i < SERVICES; i++) {
        for (size_t k = 0; k < services[i]->integration_count; k++)
            rows[row++] = services[i]->integrations[k];
        for (size_t k = 0; k < services[i]->effect_handler_count; k++)
            origins[origin++] = services[i]->effect_handlers[k];
    }
    for (size_t i = 0; i < integrations_count; i++)
        rows[row++] = integrations_table[i];
    options->integrations = rows;
    options->integration_count = row;
    options->effect_handlers = origins;
    options->effect_handler_count = origin;
}

void services_start(struct shard *shard)
{
    for (size_t i = 0; i < SERVICES; i++)
        if (services[i]->start) services[i]->start(shard);
}

void services_metrics(struct shard *shard, struct arena *arena, struct buf *out)
{
    struct reader reader;
    shard_read_begin(shard, &reader, arena);
    for (size_t i = 0; i < SERVICES; i++)
        if (services[i]->metrics) services[i]->metrics(&reader, out);
    shard_read_end(&reader);
}
