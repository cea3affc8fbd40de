/* The call that never ends; see housekeeping.h. */
#include "services/dynamodb/housekeeping.h"

#include "services/dynamodb/expiry.h"
#include "services/dynamodb/jobs.h"
#include "services/dynamodb/tokens.h"
#include "services/shape.h"

static const char topic[] = "dynamodb:housekeeping";

static enum handled keep_house(struct txn *txn, struct request *request, struct error *err);

static const struct shape no_shape = { .name = "Housekeeping" };
static const struct operation housekeeper = {
    .name = STR_INIT("Housekeeping"),
    .input = &no_shape,
    .write = keep_house,
};

void housekeeping_wake(struct txn *txn)
{
    txn_notify(txn, str_from(topic), 1);
}

static void submit(struct shard *shard)
{
    shard_submit_own(shard, &housekeeper, (json){ .kind = JSON_OBJECT });
}

static enum handled keep_house(struct txn *txn, struct request *request, struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    int64_t expiry_ms, token_ms;
    bool job = jobs_run(txn, &source);
    bool expired = expiry_run(txn, &source, &expiry_ms);
    bool forgot = client_tokens_forget(txn, &source, &token_ms);
    if (!job && !expired && !forgot)
        return txn_wait(txn, request, str_from(topic), expiry_ms < token_ms ? expiry_ms : token_ms,
                        err);
    submit(source.shard);
    return HANDLED;
}

void housekeeping_start(struct shard *shard)
{
    submit(shard);
}
