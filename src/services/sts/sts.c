/* Who the caller is: GetCallerIdentity, which tools ask before anything else. Everybody is the
 * account's root: signatures are not checked. Source: "AWS Security Token Service API Reference".
 */
#include "services/service.h"
#include "services/shape.h"
#include "services/source.h"

static const struct shape nothing = { .name = "GetCallerIdentityRequest" };

static enum handled handle_get_caller_identity(const struct reader *reader, struct request *request,
                                               struct error *err)
{
    (void)err;
    struct source source = source_from_reader(reader, request);
    str account = shard_account(source.shard);
    struct buf *out = reply_begin(request);
    reply_str(out, "UserId", account);
    reply_str(out, "Account", account);
    reply_str(out, "Arn", arena_printf(source.arena, "arn:aws:iam::%.*s:root", STR_ARGS(account)));
    reply_close(out);
    return HANDLED;
}

static const struct operation operations[] = {
    { .name = STR_INIT("GetCallerIdentity"),
      .input = &nothing,
      .read = handle_get_caller_identity },
};

const struct service sts_service = {
    .name = STR_INIT("sts"),
    .sdk_name = STR_INIT("sts"),
    .exception = STR_INIT("Sts"),
    .query_version = STR_INIT("2011-06-15"),
    .operations = operations,
    .operation_count = sizeof operations / sizeof *operations,
};
