/* The input shapes of the Step Functions API, one per operation. Private to services/states/. */
#ifndef SERVICES_STATES_SHAPES_H
#define SERVICES_STATES_SHAPES_H

#include "services/shape.h"

extern const struct shape_pattern alias_name_pattern, printable_pattern, ascii_pattern;

extern const struct shape shape_create_activity;
extern const struct shape shape_create_state_machine;
extern const struct shape shape_create_state_machine_alias;
extern const struct shape shape_delete_activity;
extern const struct shape shape_delete_state_machine;
extern const struct shape shape_delete_state_machine_alias;
extern const struct shape shape_delete_state_machine_version;
extern const struct shape shape_describe_activity;
extern const struct shape shape_describe_execution;
extern const struct shape shape_describe_map_run;
extern const struct shape shape_describe_state_machine;
extern const struct shape shape_describe_state_machine_alias;
extern const struct shape shape_describe_state_machine_for_execution;
extern const struct shape shape_get_activity_task;
extern const struct shape shape_get_execution_history;
extern const struct shape shape_list_activities;
extern const struct shape shape_list_executions;
extern const struct shape shape_list_map_runs;
extern const struct shape shape_list_state_machine_aliases;
extern const struct shape shape_list_state_machine_versions;
extern const struct shape shape_list_state_machines;
extern const struct shape shape_list_tags_for_resource;
extern const struct shape shape_publish_state_machine_version;
extern const struct shape shape_redrive_execution;
extern const struct shape shape_send_task_failure;
extern const struct shape shape_send_task_heartbeat;
extern const struct shape shape_send_task_success;
extern const struct shape shape_start_execution;
extern const struct shape shape_start_sync_execution;
extern const struct shape shape_stop_execution;
extern const struct shape shape_tag_resource;
extern const struct shape shape_test_state;
extern const struct shape shape_untag_resource;
extern const struct shape shape_update_map_run;
extern const struct shape shape_update_state_machine;
extern const struct shape shape_update_state_machine_alias;
extern const struct shape shape_validate_state_machine_definition;
extern const struct shape shape_list_waiting_tasks;

#endif
