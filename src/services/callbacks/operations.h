/* Handlers and shapes of the operations that callbacks.c has in its table, and what they share.
 * The API is Baton's own; docs/callback-reference.md describes it. */
#ifndef CALLBACKS_OPERATIONS_H
#define CALLBACKS_OPERATIONS_H

#include "services/callbacks/door.h"
#include "services/shape.h"

/* ---- which waits ---- */

/* What a walk over the waiting tasks lets through. Empty texts and zeros let all through. */
struct wait_filter {
    str machine, state, name, key_prefix;
    int64_t older_s;
};

/* One waiting task, from its entry in the list (KEY_WAITING) and, as far as there is one, its
 * record. */
struct waiting_task {
    token token;
    str machine, execution, state, resource;
    int64_t since_ms, until_ms; /* until: 0 if there is no deadline */
    str name, key, title;       /* empty: none */
};

/* Reads "filter" of the parameters. ERROR_INVALID_ARN. */
MUST_CHECK bool wait_filter_read(const struct source *source, json params, struct wait_filter *out,
                                 struct error *err);

/* The next waiting tasks that fit, behind the page's position, oldest first (with name and
 * key_prefix: by their keys): at most page->limit,
 * and at most CALLBACK_LOOKED_AT_MAX are looked at. Returns how many; *position is where the next
 * page begins, empty if there is none. */
size_t wait_filter_walk(const struct source *source, const struct wait_filter *filter,
                        const struct page *page, struct waiting_task *out, str *position);

/* Finds the wait that "taskToken", "name" and "key", or "link" names. *view is filled if more is
 * known of it than its token (*known). ERROR_INVALID_TOKEN, ERROR_RESOURCE_NOT_FOUND,
 * ERROR_VALIDATION. */
MUST_CHECK bool wait_find_named(const struct source *source, json params, token *to,
                                struct wait_view *view, bool *known, struct error *err);

/* taskToken, executionArn, stateMachineArn, stateName, resource, name, key, title, since, until. */
void waiting_task_write(const struct source *source, const struct waiting_task *task,
                        struct buf *out);

/* ---- handlers ---- */

enum handled handle_list_waits(const struct reader *reader, struct request *request,
                               struct error *err);
enum handled handle_describe_wait(const struct reader *reader, struct request *request,
                                  struct error *err);

enum handled handle_complete_waits(struct txn *txn, struct request *request, struct error *err);
enum handled handle_fail_waits(struct txn *txn, struct request *request, struct error *err);
enum handled handle_heartbeat_waits(struct txn *txn, struct request *request, struct error *err);
enum handled handle_extend_waits(struct txn *txn, struct request *request, struct error *err);
enum handled handle_resend_waits(struct txn *txn, struct request *request, struct error *err);
enum handled handle_revoke_links(struct txn *txn, struct request *request, struct error *err);

enum handled handle_rotate_link_key(struct txn *txn, struct request *request, struct error *err);
enum handled handle_retire_link_key(struct txn *txn, struct request *request, struct error *err);
enum handled handle_list_link_keys(const struct reader *reader, struct request *request,
                                   struct error *err);

enum handled handle_list_mailbox(const struct reader *reader, struct request *request,
                                 struct error *err);
enum handled handle_rekey_mailbox(struct txn *txn, struct request *request, struct error *err);
enum handled handle_replay_mailbox(struct txn *txn, struct request *request, struct error *err);
enum handled handle_drop_mailbox(struct txn *txn, struct request *request, struct error *err);

enum handled handle_put_callback_name(struct txn *txn, struct request *request, struct error *err);
enum handled handle_delete_callback_name(struct txn *txn, struct request *request,
                                         struct error *err);
enum handled handle_describe_callback_name(const struct reader *reader, struct request *request,
                                           struct error *err);
enum handled handle_list_callback_names(const struct reader *reader, struct request *request,
                                        struct error *err);

/* ---- shapes ---- */

extern const struct shape shape_list_waits, shape_describe_wait, shape_complete_waits,
    shape_fail_waits, shape_change_waits, shape_extend_waits, shape_revoke_links,
    shape_no_callback_input, shape_retire_link_key, shape_list_mailbox, shape_mailbox_entry,
    shape_rekey_mailbox, shape_drop_mailbox, shape_put_callback_name, shape_callback_name,
    shape_list_callback_names;

#endif
