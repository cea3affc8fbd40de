/* The inputs of the operations on routes and deliveries. Settings are not looked into here: they
 * have messages of their own, which never repeat a secret. */
#include "services/callbacks/routes.h"
#include "services/shape.h"

#define FIELDS(array) .fields = (array), .field_count = sizeof(array) / sizeof *(array)

enum { DELIVERY_ID_CHARS_MAX = 20, ROUTE_VERDICTS_MAX = 20 };

static const struct shape_field put_route_fields[] = {
    { .name = STR_INIT("routeName"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = CALLBACK_NAME_CHARS_MAX },
    { .name = STR_INIT("route"), .kind = SHAPE_ANY, .required = true },
};
const struct shape shape_put_route = { FIELDS(put_route_fields), .name = "PutRouteInput" };

static const struct shape_field route_name_fields[] = {
    { .name = STR_INIT("routeName"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = CALLBACK_NAME_CHARS_MAX },
};
const struct shape shape_route_name = { FIELDS(route_name_fields), .name = "RouteInput" };

static const struct shape_field list_routes_fields[] = {
    { .name = STR_INIT("maxResults"), .kind = SHAPE_INTEGER, .min = 0, .max = ROUTE_LIST_MAX },
    { .name = STR_INIT("nextToken"),
      .kind = SHAPE_STRING,
      .min = 1,
      .max = STATES_PAGE_TOKEN_CHARS_MAX },
};
const struct shape shape_list_routes = { FIELDS(list_routes_fields), .name = "ListRoutesInput" };

static const struct shape_field test_route_fields[] = {
    { .name = STR_INIT("routeName"),
      .kind = SHAPE_STRING,
      .min = 1,
      .max = CALLBACK_NAME_CHARS_MAX },
    { .name = STR_INIT("route"), .kind = SHAPE_ANY },
    { .name = STR_INIT("request"), .kind = SHAPE_ANY, .required = true },
};
const struct shape shape_test_route = { FIELDS(test_route_fields), .name = "TestRouteInput" };

static const struct shape_field list_deliveries_fields[] = {
    { .name = STR_INIT("routeName"),
      .kind = SHAPE_STRING,
      .min = 1,
      .max = CALLBACK_NAME_CHARS_MAX },
    { .name = STR_INIT("verdicts"),
      .kind = SHAPE_LIST,
      .item_kind = SHAPE_STRING,
      .min = 1,
      .max = ROUTE_VERDICTS_MAX },
    { .name = STR_INIT("since"), .kind = SHAPE_NUMBER }, /* seconds since the epoch */
    { .name = STR_INIT("until"), .kind = SHAPE_NUMBER },
    { .name = STR_INIT("maxResults"), .kind = SHAPE_INTEGER, .min = 0, .max = ROUTE_LIST_MAX },
    { .name = STR_INIT("nextToken"),
      .kind = SHAPE_STRING,
      .min = 1,
      .max = STATES_PAGE_TOKEN_CHARS_MAX },
};
const struct shape shape_list_deliveries = { FIELDS(list_deliveries_fields),
                                             .name = "ListDeliveriesInput" };

static const struct shape_field describe_delivery_fields[] = {
    { .name = STR_INIT("routeName"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = CALLBACK_NAME_CHARS_MAX },
    { .name = STR_INIT("deliveryId"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = DELIVERY_ID_CHARS_MAX },
};
const struct shape shape_describe_delivery = { FIELDS(describe_delivery_fields),
                                               .name = "DescribeDeliveryInput" };

static const struct shape_field replay_deliveries_fields[] = {
    { .name = STR_INIT("routeName"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = CALLBACK_NAME_CHARS_MAX },
    { .name = STR_INIT("verdicts"),
      .kind = SHAPE_LIST,
      .item_kind = SHAPE_STRING,
      .min = 1,
      .max = ROUTE_VERDICTS_MAX },
    { .name = STR_INIT("since"), .kind = SHAPE_NUMBER }, /* seconds since the epoch */
    { .name = STR_INIT("until"), .kind = SHAPE_NUMBER },
    { .name = STR_INIT("deliveryIds"),
      .kind = SHAPE_LIST,
      .item_kind = SHAPE_STRING,
      .min = 1,
      .max = ROUTE_REPLAY_MAX,
      .item_min = 1,
      .item_max = DELIVERY_ID_CHARS_MAX },
    { .name = STR_INIT("dryRun"), .kind = SHAPE_BOOLEAN },
};
const struct shape shape_replay_deliveries = { FIELDS(replay_deliveries_fields),
                                               .name = "ReplayDeliveriesInput" };
