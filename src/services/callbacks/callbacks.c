/* Callbacks as a service: its operations and addresses. Baton's own; AWS has nothing like it. */
#include "services/callbacks/internal.h"
#include "services/callbacks/operations.h"
#include "services/callbacks/routes.h"
#include "services/callbacks/web.h"

static const struct effect_handler effect_handlers[] = {
    { STR_INIT("callbacks.hook"), hook_done },
};

static const struct operation operations[] = {
    { .name = STR_INIT("CompleteWaits"),
      .input = &shape_complete_waits,
      .write = handle_complete_waits },
    { .name = STR_INIT("DeleteCallbackName"),
      .input = &shape_callback_name,
      .write = handle_delete_callback_name },
    { .name = STR_INIT("DeleteRoute"), .input = &shape_route_name, .write = handle_delete_route },
    { .name = STR_INIT("DescribeCallbackName"),
      .input = &shape_callback_name,
      .read = handle_describe_callback_name },
    { .name = STR_INIT("DescribeDelivery"),
      .input = &shape_describe_delivery,
      .read = handle_describe_delivery },
    { .name = STR_INIT("DescribeRoute"),
      .input = &shape_route_name,
      .read = handle_describe_route },
    { .name = STR_INIT("DescribeWait"),
      .input = &shape_describe_wait,
      .read = handle_describe_wait },
    { .name = STR_INIT("DropMailbox"), .input = &shape_drop_mailbox, .write = handle_drop_mailbox },
    { .name = STR_INIT("ExtendWaits"), .input = &shape_extend_waits, .write = handle_extend_waits },
    { .name = STR_INIT("FailWaits"), .input = &shape_fail_waits, .write = handle_fail_waits },
    { .name = STR_INIT("HeartbeatWaits"),
      .input = &shape_change_waits,
      .write = handle_heartbeat_waits },
    { .name = STR_INIT("ListCallbackNames"),
      .input = &shape_list_callback_names,
      .read = handle_list_callback_names },
    { .name = STR_INIT("ListDeliveries"),
      .input = &shape_list_deliveries,
      .read = handle_list_deliveries },
    { .name = STR_INIT("ListLinkKeys"),
      .input = &shape_no_callback_input,
      .read = handle_list_link_keys },
    { .name = STR_INIT("ListMailbox"), .input = &shape_list_mailbox, .read = handle_list_mailbox },
    { .name = STR_INIT("ListRoutes"), .input = &shape_list_routes, .read = handle_list_routes },
    { .name = STR_INIT("ListWaits"), .input = &shape_list_waits, .read = handle_list_waits },
    { .name = STR_INIT("PutCallbackName"),
      .input = &shape_put_callback_name,
      .write = handle_put_callback_name },
    { .name = STR_INIT("PutRoute"), .input = &shape_put_route, .write = handle_put_route },
    { .name = STR_INIT("RekeyMailbox"),
      .input = &shape_rekey_mailbox,
      .write = handle_rekey_mailbox },
    { .name = STR_INIT("ReplayDeliveries"),
      .input = &shape_replay_deliveries,
      .write = handle_replay_deliveries,
      .prepare = prepare_replay_deliveries },
    { .name = STR_INIT("ReplayMailbox"),
      .input = &shape_mailbox_entry,
      .write = handle_replay_mailbox },
    { .name = STR_INIT("ResendWaits"), .input = &shape_change_waits, .write = handle_resend_waits },
    { .name = STR_INIT("RetireLinkKey"),
      .input = &shape_retire_link_key,
      .write = handle_retire_link_key },
    { .name = STR_INIT("RevokeLinks"), .input = &shape_revoke_links, .write = handle_revoke_links },
    { .name = STR_INIT("RotateLinkKey"),
      .input = &shape_no_callback_input,
      .write = handle_rotate_link_key },
    { .name = STR_INIT("TestRoute"), .input = &shape_test_route, .read = handle_test_route },
};

static const struct web_route web_routes[] = {
    { .prefix = STR_INIT("/c"), .operation = web_link_operation },
    { .prefix = STR_INIT("/callbacks"), .operation = web_key_operation },
    { .prefix = STR_INIT("/hooks"), .operation = route_operation },
};

static void start(struct shard *shard)
{
    callbacks_expiry_start(shard);
    routes_start(shard);
}

const struct service callbacks_service = {
    .name = STR_INIT("callbacks"),
    .sdk_name = STR_INIT("callbacks"),
    .exception = STR_INIT("Callbacks"),
    .target_prefix = STR_INIT("Baton"),
    .json_version = STR_INIT("1.0"),
    .operations = operations,
    .operation_count = sizeof operations / sizeof *operations,
    .web_routes = web_routes,
    .web_route_count = sizeof web_routes / sizeof *web_routes,
    .web_operations = web_operations,
    .web_operation_count = WEB_OPERATIONS,
    .effect_handlers = effect_handlers,
    .effect_handler_count = sizeof effect_handlers / sizeof *effect_handlers,
    .callbacks = &callbacks_handlers,
    .start = start,
    .metrics = callbacks_metrics,
};
