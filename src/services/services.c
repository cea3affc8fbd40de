/* All services, and the operation that a call names. */
#include "services/service.h"

static const struct service *const services[] = { &states_service };

const struct service *const *services_all(size_t *count)
{
    *count = sizeof services / sizeof *services;
    return services;
}

static const struct operation *find_operation(const struct service *service, str name)
{
    for (size_t i = 0; i < service->operation_count; i++)
        if (str_eq(service->operations[i].name, name)) return &service->operations[i];
    return NULL;
}

const struct operation *services_find(str target)
{
    size_t dot = str_find_char(target, '.', 0);
    if (dot == target.len) return NULL;
    str prefix = str_slice(target, 0, dot);
    for (size_t i = 0; i < sizeof services / sizeof *services; i++)
        if (str_eq(services[i]->target_prefix, prefix))
            return find_operation(services[i], str_skip(target, dot + 1));
    return NULL;
}
