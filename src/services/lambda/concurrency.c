/* PutFunctionConcurrency, GetFunctionConcurrency, DeleteFunctionConcurrency. */
#include "services/lambda/lambda_private.h"

static bool unqualified(const struct source *source, json params, struct function_record *function,
                        struct error *err)
{
    struct function_ref ref;
    if (!ref_params(source, params, &ref, err)) return false;
    if (ref.qualifier.len > 0)
        return error_set(err, ERROR_LAMBDA_INVALID_PARAMETER_VALUE,
                         "This operation is permitted on Lambda functions only. Aliases and "
                         "versions do not support this operation. Please specify either a function "
                         "name or an unqualified function ARN.");
    return function_find(source, ref.name, STR(""), function, err);
}

static int64_t share(int64_t reserved)
{
    return reserved > 0 ? reserved : 0;
}

static void reserve(struct txn *txn, const struct source *source, struct function_record *function,
                    struct function_totals *totals, int64_t reserved)
{
    totals->reserved += share(reserved) - share(function->reserved);
    function->reserved = reserved;
    totals_store(txn, source, totals);
    function_store(txn, source, function);
}

enum handled handle_put_function_concurrency(struct txn *txn, struct request *request,
                                             struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    struct function_record function = { 0 };
    if (!unqualified(&source, request->params, &function, err)) return HANDLED_FAILED;
    int64_t wanted = json_i64_or(request->params, STR("ReservedConcurrentExecutions"), 0);
    struct function_totals totals = totals_load(&source);
    int64_t others = totals.reserved - share(function.reserved);
    if (LAMBDA_CONCURRENCY_MAX - others - wanted < LAMBDA_CONCURRENCY_UNRESERVED_MIN) {
        error_set(err, ERROR_LAMBDA_INVALID_PARAMETER_VALUE,
                  "Specified ReservedConcurrentExecutions for function decreases account's "
                  "UnreservedConcurrentExecution below its minimum value of [%d].",
                  LAMBDA_CONCURRENCY_UNRESERVED_MIN);
        return HANDLED_FAILED;
    }
    reserve(txn, &source, &function, &totals, wanted);
    struct buf *out = reply_begin(request);
    reply_i64(out, "ReservedConcurrentExecutions", wanted);
    reply_close(out);
    return HANDLED;
}

enum handled handle_get_function_concurrency(const struct reader *reader, struct request *request,
                                             struct error *err)
{
    struct source source = source_from_reader(reader, request);
    struct function_record function = { 0 };
    if (!unqualified(&source, request->params, &function, err)) return HANDLED_FAILED;
    struct buf *out = reply_begin(request);
    if (function.reserved >= 0) reply_i64(out, "ReservedConcurrentExecutions", function.reserved);
    reply_close(out);
    return HANDLED;
}

enum handled handle_delete_function_concurrency(struct txn *txn, struct request *request,
                                                struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    struct function_record function = { 0 };
    if (!unqualified(&source, request->params, &function, err)) return HANDLED_FAILED;
    struct function_totals totals = totals_load(&source);
    reserve(txn, &source, &function, &totals, -1);
    return reply_empty(request, 204);
}
