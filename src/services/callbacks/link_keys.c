/* RotateLinkKey, RetireLinkKey, ListLinkKeys: the keys that callback links are signed with. Keys
 * change on the writer, so that two changes cannot meet. */
#include "services/callbacks/operations.h"

static void write_keys(struct source *source, struct buf *out)
{
    const struct link_keys *keys = shard_link_keys(source->shard);
    reply_name(out, "keys");
    buf_add_char(out, '[');
    for (size_t i = 0; i < LINK_KEYS_MAX; i++) {
        const struct link_key *key = &keys->keys[i];
        if (!key->used) continue;
        if (out->ptr[out->len - 1] != '[') buf_add_char(out, ',');
        reply_open(out);
        reply_i64(out, "keyId", (int64_t)i);
        reply_time(out, "creationDate", key->made_ms);
        reply_str(out, "status",
                  key->retired        ? STR("RETIRED")
                  : i == keys->newest ? STR("SIGNING")
                                      : STR("VERIFYING"));
        reply_close(out);
    }
    buf_add_char(out, ']');
    reply_close(out);
}

enum handled handle_rotate_link_key(struct txn *txn, struct request *request, struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    if (!shard_link_keys_rotate(source.shard, source.now_ms, err)) return HANDLED_FAILED;
    write_keys(&source, reply_begin(request));
    return HANDLED;
}

enum handled handle_retire_link_key(struct txn *txn, struct request *request, struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    int64_t id = json_i64_or(request->params, STR("keyId"), 0);
    if (!shard_link_keys_retire(source.shard, (uint8_t)id, err)) return HANDLED_FAILED;
    write_keys(&source, reply_begin(request));
    return HANDLED;
}

enum handled handle_list_link_keys(const struct reader *reader, struct request *request,
                                   struct error *err)
{
    struct source source = source_from_reader(reader, request);
    (void)err;
    write_keys(&source, reply_begin(request));
    return HANDLED;
}
