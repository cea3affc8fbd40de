/* One service calls another inside a transaction; see service_call in service.h. */
#include "services/service.h"
#include "services/shape.h"

const struct operation *service_operation(const struct service *service, str name)
{
    for (size_t i = 0; i < service->operation_count; i++)
        if (str_eq(service->operations[i].name, name)) return &service->operations[i];
    return NULL;
}

static enum handled run(struct txn *txn, const struct operation *operation, struct request *request,
                        struct error *err)
{
    struct shard *shard = txn_shard(txn);
    struct reader reader = {
        .shard = shard,
        .arena = &request->arena,
        .now_ms = txn_now_ms(txn),
        .txn = txn,
    };
    if (operation->prepare) {
        enum handled prepared = operation->prepare(&reader, request, err);
        if (prepared != HANDLED) return prepared;
    }
    return operation->write ? operation->write(txn, request, err)
                            : operation->read(&reader, request, err);
}

bool service_call(struct txn *txn, const struct service *service, str operation, json params,
                  json *reply, struct error *err)
{
    const struct operation *row = service_operation(service, operation);
    if (!row)
        return error_set(err, ERROR_UNKNOWN_OPERATION, "Unknown operation: %.*s",
                         (int)(operation.len < 200 ? operation.len : 200), operation.ptr);
    if (row->waits)
        return error_set(err, ERROR_UNSUPPORTED_OPERATION,
                         "%.*s cannot be called inside a transaction.", STR_ARGS(operation));
    struct txn_mark mark = txn_mark(txn);
    struct request *request = txn_call_begin(txn);
    request->operation = row;
    request->params = params;
    bool good = shape_check(row->input, params, &request->arena, err);
    if (good) {
        enum handled handled = run(txn, row, request, err);
        ASSERT(handled != HANDLED_LATER);
        good = handled == HANDLED;
    }
    txn_call_end(txn);
    if (!good) {
        ASSERT(err->code != ERROR_NONE);
        txn_rewind(txn, &mark);
        return false;
    }
    if (request->reply.len == 0)
        *reply = (json){ .kind = JSON_OBJECT };
    else if (!json_parse(buf_str(&request->reply), txn_arena(txn), reply, err))
        fatal("the answer of %.*s does not decode", STR_ARGS(operation));
    return true;
}
