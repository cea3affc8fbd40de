/* CreateFunction and UpdateFunctionCode on their way to the writer: checks on the I/O thread, the
 * code on a thread of its own (a zip may take seconds), then a write.
 *
 * The checks are made again by the write, as other calls may have come between. */
#include "services/lambda/lambda_private.h"

static const struct operation create_operation = {
    .name = STR_INIT("CreateFunction"),
    .input = &shape_create_function,
    .write = handle_create_function,
};
static const struct operation update_operation = {
    .name = STR_INIT("UpdateFunctionCode"),
    .input = &shape_update_function_code,
    .write = handle_update_function_code,
};

struct upload {
    struct request *request; /* the struct lives in its arena */
    struct shard *shard;
    bool prepared;
};

static void prepare(void *context)
{
    struct upload *upload = context;
    struct request *request = upload->request;
    struct source source = { .shard = upload->shard, .arena = &request->arena };
    upload->prepared = code_prepare(&source, request, &request->error);
}

static void submit(void *context, bool was_run)
{
    struct upload *upload = context;
    struct request *request = upload->request;
    if (upload->prepared) {
        shard_submit(upload->shard, request);
        return;
    }
    if (!was_run) error_set(&request->error, ERROR_LAMBDA_SERVICE, "The server is stopping.");
    request->complete(request);
}

/* Everything has been checked that the records can say. */
static enum handled take_code(const struct reader *reader, struct request *request, bool is_zip,
                              const struct operation *operation, struct error *err)
{
    struct source source = source_from_reader(reader, request);
    struct effects *effects = carrier_effects(reader->shard);
    request->operation = operation;
    if (reader->txn && is_zip) {
        /* Unpacking would hold up the writer. */
        error_set(err, ERROR_UNSUPPORTED_OPERATION, "A workflow cannot upload a zip file.");
        return HANDLED_FAILED;
    }
    if (is_zip && effects) {
        struct upload *upload = ARENA_NEW(&request->arena, struct upload);
        *upload = (struct upload){ .request = request, .shard = reader->shard };
        effects_work(effects, prepare, submit, upload);
        return HANDLED_LATER; /* from here on the request is another thread's */
    }
    if (!code_prepare(&source, request, err)) return HANDLED_FAILED;
    if (reader->txn) return operation->write(reader->txn, request, err);
    shard_submit(reader->shard, request);
    return HANDLED_LATER;
}

enum handled handle_upload_new(const struct reader *reader, struct request *request,
                               struct error *err)
{
    str name;
    json settings;
    struct source source = source_from_reader(reader, request);
    if (!create_check(&source, request->params, &name, &settings, err)) return HANDLED_FAILED;
    const json *code = param(request->params, "Code");
    return take_code(reader, request, code && param(*code, "ZipFile"), &create_operation, err);
}

enum handled handle_upload_changed(const struct reader *reader, struct request *request,
                                   struct error *err)
{
    struct function_record function;
    struct source source = source_from_reader(reader, request);
    if (!update_check(&source, request->params, &function, err)) return HANDLED_FAILED;
    return take_code(reader, request, param(request->params, "ZipFile"), &update_operation, err);
}
