/* The input shapes of the Lambda API, one per operation. Private to services/lambda/. */
#ifndef SERVICES_LAMBDA_SHAPES_H
#define SERVICES_LAMBDA_SHAPES_H

#include "services/shape.h"

/* shape_patterns.c */
extern const struct shape_pattern account_pattern, action_pattern, alias_pattern, arn_pattern,
    destination_pattern, digits_pattern, function_name_pattern, log_group_pattern,
    namespaced_name_pattern, namespaced_statement_id_pattern, no_space_pattern,
    organization_pattern, qualifier_pattern, resource_arn_pattern, role_pattern,
    statement_id_pattern, taggable_pattern, token_pattern, variable_pattern, version_pattern;

extern const struct shape shape_create_function;
extern const struct shape shape_update_function_code;
extern const struct shape shape_update_function_configuration;
extern const struct shape shape_get_function;
extern const struct shape shape_get_function_configuration;
extern const struct shape shape_get_function_log;
extern const struct shape shape_list_functions;
extern const struct shape shape_delete_function;
extern const struct shape shape_invoke;
extern const struct shape shape_invoke_async;
extern const struct shape shape_publish_version;
extern const struct shape shape_list_versions_by_function;
extern const struct shape shape_create_alias;
extern const struct shape shape_get_alias;
extern const struct shape shape_list_aliases;
extern const struct shape shape_update_alias;
extern const struct shape shape_delete_alias;
extern const struct shape shape_put_function_concurrency;
extern const struct shape shape_get_function_concurrency;
extern const struct shape shape_delete_function_concurrency;
extern const struct shape shape_put_function_event_invoke_config;
extern const struct shape shape_update_function_event_invoke_config;
extern const struct shape shape_get_function_event_invoke_config;
extern const struct shape shape_delete_function_event_invoke_config;
extern const struct shape shape_list_function_event_invoke_configs;
extern const struct shape shape_add_permission;
extern const struct shape shape_remove_permission;
extern const struct shape shape_get_policy;
extern const struct shape shape_lambda_tag_resource;
extern const struct shape shape_lambda_untag_resource;
extern const struct shape shape_list_tags;
extern const struct shape shape_create_event_source_mapping;
extern const struct shape shape_get_event_source_mapping;
extern const struct shape shape_list_event_source_mappings;
extern const struct shape shape_update_event_source_mapping;
extern const struct shape shape_delete_event_source_mapping;
extern const struct shape shape_get_account_settings;

#endif
