/* The inputs of EventBridge's operations; private to services/events/. */
#ifndef SERVICES_EVENTS_SHAPES_H
#define SERVICES_EVENTS_SHAPES_H

#include "services/shape.h"

extern const struct shape shape_events_create_event_bus;
extern const struct shape shape_events_delete_event_bus;
extern const struct shape shape_events_describe_event_bus;
extern const struct shape shape_events_list_event_buses;
extern const struct shape shape_events_put_rule;
extern const struct shape shape_events_describe_rule;
extern const struct shape shape_events_delete_rule;
extern const struct shape shape_events_list_rules;
extern const struct shape shape_events_enable_rule;
extern const struct shape shape_events_disable_rule;
extern const struct shape shape_events_put_targets;
extern const struct shape shape_events_remove_targets;
extern const struct shape shape_events_list_targets_by_rule;
extern const struct shape shape_events_list_rule_names_by_target;
extern const struct shape shape_events_put_events;
extern const struct shape shape_events_test_event_pattern;
extern const struct shape shape_events_tag_resource;
extern const struct shape shape_events_untag_resource;
extern const struct shape shape_events_list_tags_for_resource;
extern const struct shape shape_events_create_connection;
extern const struct shape shape_events_update_connection;
extern const struct shape shape_events_describe_connection;
extern const struct shape shape_events_delete_connection;
extern const struct shape shape_events_list_connections;
extern const struct shape shape_events_deauthorize_connection;

#endif
