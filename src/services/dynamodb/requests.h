/* The tables of members of every operation's request (requests_items.c, requests_tables.c). */
#ifndef SERVICES_DYNAMODB_REQUESTS_H
#define SERVICES_DYNAMODB_REQUESTS_H

#include "services/dynamodb/members.h"

extern const struct members request_batch_get_item;
extern const struct members request_batch_write_item;
extern const struct members request_delete_item;
extern const struct members request_get_item;
extern const struct members request_put_item;
extern const struct members request_query;
extern const struct members request_scan;
extern const struct members request_transact_get_items;
extern const struct members request_transact_write_items;
extern const struct members request_update_item;

extern const struct members request_create_table;
extern const struct members request_list_tables;
extern const struct members request_tag_resource;
extern const struct members request_table;    /* only TableName: DescribeTable, DeleteTable ... */
extern const struct members request_resource; /* only ResourceArn: ListTagsOfResource */
extern const struct members request_untag_resource;
extern const struct members request_update_table;
extern const struct members request_update_time_to_live;

#endif
