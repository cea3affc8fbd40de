/* The handlers of DynamoDB's operations, for the table of dynamodb.c. */
#ifndef SERVICES_DYNAMODB_OPERATIONS_H
#define SERVICES_DYNAMODB_OPERATIONS_H

#include "services/source.h"

/* item_writes.c */
enum handled handle_put_item(struct txn *txn, struct request *request, struct error *err);
enum handled handle_update_item(struct txn *txn, struct request *request, struct error *err);
enum handled handle_delete_item(struct txn *txn, struct request *request, struct error *err);
/* item_reads.c */
enum handled handle_get_item(const struct reader *reader, struct request *request,
                             struct error *err);
enum handled handle_batch_get_item(const struct reader *reader, struct request *request,
                                   struct error *err);
enum handled handle_transact_get_items(const struct reader *reader, struct request *request,
                                       struct error *err);
/* query.c */
enum handled handle_query(const struct reader *reader, struct request *request, struct error *err);
enum handled handle_scan(const struct reader *reader, struct request *request, struct error *err);
/* batch_write.c, transact_write.c */
enum handled handle_batch_write_item(struct txn *txn, struct request *request, struct error *err);
enum handled handle_transact_write_items(struct txn *txn, struct request *request,
                                         struct error *err);
/* create_table.c, update_table.c, tables.c */
enum handled handle_create_table(struct txn *txn, struct request *request, struct error *err);
enum handled handle_update_table(struct txn *txn, struct request *request, struct error *err);
enum handled handle_delete_table(struct txn *txn, struct request *request, struct error *err);
enum handled handle_describe_table(const struct reader *reader, struct request *request,
                                   struct error *err);
enum handled handle_list_tables(const struct reader *reader, struct request *request,
                                struct error *err);
/* time_to_live.c */
enum handled handle_describe_time_to_live(const struct reader *reader, struct request *request,
                                          struct error *err);
enum handled handle_update_time_to_live(struct txn *txn, struct request *request,
                                        struct error *err);
/* tags.c */
enum handled handle_tag_table(struct txn *txn, struct request *request, struct error *err);
enum handled handle_untag_table(struct txn *txn, struct request *request, struct error *err);
enum handled handle_list_tags_of_table(const struct reader *reader, struct request *request,
                                       struct error *err);
/* account.c */
enum handled handle_describe_limits(const struct reader *reader, struct request *request,
                                    struct error *err);
enum handled handle_describe_endpoints(const struct reader *reader, struct request *request,
                                       struct error *err);
enum handled handle_describe_continuous_backups(const struct reader *reader,
                                                struct request *request, struct error *err);

#endif
