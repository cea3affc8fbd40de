/* Callbacks as a service: its operations and addresses. Baton's own; AWS has nothing like it. */
#include "services/callbacks/internal.h"

static const struct effect_handler effect_handlers[] = {
    { STR_INIT("callbacks.hook"), hook_done },
};

const struct service callbacks_service = {
    .name = STR_INIT("callbacks"),
    .sdk_name = STR_INIT("callbacks"),
    .exception = STR_INIT("Callbacks"),
    .target_prefix = STR_INIT("Baton"),
    .json_version = STR_INIT("1.0"),
    .effect_handlers = effect_handlers,
    .effect_handler_count = sizeof effect_handlers / sizeof *effect_handlers,
    .callbacks = &callbacks_handlers,
    .start = callbacks_expiry_start,
};
