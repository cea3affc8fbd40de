/* GetFunction, GetFunctionConfiguration, ListFunctions, GetAccountSettings. */
#include "services/lambda/lambda_private.h"

enum handled handle_get_function_configuration(const struct reader *reader, struct request *request,
                                               struct error *err)
{
    struct source source = source_from_reader(reader, request);
    struct function_ref ref;
    struct function_target target;
    if (!ref_params(&source, request->params, &ref, err) ||
        !target_find(&source, &ref, &target, err))
        return HANDLED_FAILED;
    reply_function(request, &source, ref.name, &target.config, target.arn);
    return HANDLED;
}

/* AWS gives a link to the zip, which is not kept here: the place of the unpacked code. */
static str location_of(const struct source *source, const struct function_code *code)
{
    str path = code_path(source, code);
    return str_eq(code->kind, STR("url"))
               ? path
               : arena_printf(source->arena, "file://%.*s", STR_ARGS(path));
}

enum handled handle_get_function(const struct reader *reader, struct request *request,
                                 struct error *err)
{
    struct source source = source_from_reader(reader, request);
    struct function_ref ref;
    struct function_target target;
    if (!ref_params(&source, request->params, &ref, err) ||
        !target_find(&source, &ref, &target, err))
        return HANDLED_FAILED;
    struct buf *out = reply_begin(request);
    reply_name(out, "Configuration");
    reply_open(out);
    reply_configuration(out, &source, ref.name, &target.config, target.arn, false);
    reply_close(out);
    reply_name(out, "Code");
    reply_open(out);
    reply_str(out, "RepositoryType", STR("S3"));
    reply_str(out, "Location", location_of(&source, &target.config.code));
    reply_close(out);
    if (json_count(target.function.tags) > 0) reply_json(out, "Tags", target.function.tags);
    if (target.function.reserved >= 0) {
        reply_name(out, "Concurrency");
        reply_open(out);
        reply_i64(out, "ReservedConcurrentExecutions", target.function.reserved);
        reply_close(out);
    }
    reply_close(out);
    return HANDLED;
}

/* ---- ListFunctions ---- */

/* A list of functions, or of all their versions: after each function its versions from 1 on. The
 * position is "NAME" or "NAME:VERSION" of the last one shown. */
struct listing {
    const struct source *source;
    const struct page *page;
    struct buf *out;
    bool all;
    size_t count;
    str last; /* position */
    bool more;
};

static bool add(struct listing *listing, str name, const struct function_config *config)
{
    bool is_latest = str_eq(config->version, LATEST);
    if (listing->count == listing->page->limit) {
        listing->more = true;
        return false;
    }
    if (listing->count++ > 0) buf_add_char(listing->out, ',');
    reply_open(listing->out);
    reply_configuration(
        listing->out, listing->source, name, config,
        function_arn(listing->source, name, listing->all ? config->version : STR("")), true);
    reply_close(listing->out);
    listing->last = arena_printf(listing->source->arena, "%.*s:%.*s", STR_ARGS(name),
                                 STR_ARGS(is_latest ? STR("0") : config->version));
    return true;
}

static bool add_versions(struct listing *listing, str name, uint32_t after)
{
    struct function_config config;
    bool done = true;
    if (!listing->all) return true;
    struct store_cursor *cursor = versions_scan(listing->source, name, after);
    while (done && versions_next(listing->source, cursor, &config))
        done = add(listing, name, &config);
    store_cursor_close(cursor);
    return done;
}

static bool read_name(str key, struct arena *arena, str *name)
{
    struct key_reader fields;
    if (!key_read_begin(&fields, key) || !key_read_text(&fields, name))
        fatal("the key of a function does not decode");
    *name = arena_str(arena, *name);
    return name->len > 0;
}

static void list_functions(struct listing *listing)
{
    struct key from, to;
    str key, value, name, position = listing->page->position;
    struct function_record function;
    size_t colon = str_find_char(position, ':', 0);
    int64_t version = 0;
    str first = str_slice(position, 0, colon);
    key_function(&from, listing->source->number, first);
    key_range_end(&from); /* behind that one; without a position, behind the totals */
    key_begin(&to, listing->source->number, KEY_FUNCTION);
    key_range_end(&to);
    if (first.len > 0 && colon < position.len) {
        if (!str_to_i64(str_skip(position, colon + 1), &version)) version = 0;
        if (!add_versions(listing, first, (uint32_t)version)) return;
    }
    struct store_cursor *cursor = source_scan(listing->source, &from, &to, false);
    while (store_cursor_next(cursor, &key, &value)) {
        if (!read_name(key, listing->source->arena, &name) ||
            !function_load(listing->source, name, &function))
            continue;
        if (!add(listing, name, &function.latest) || !add_versions(listing, name, 0)) break;
    }
    store_cursor_close(cursor);
}

enum handled handle_list_functions(const struct reader *reader, struct request *request,
                                   struct error *err)
{
    struct source source = source_from_reader(reader, request);
    struct page page;
    bool all = str_eq(param_str(request->params, "FunctionVersion"), STR("ALL"));
    str scope = all ? STR("ListFunctions ALL") : STR("ListFunctions");
    if (!list_begin(&source, request->params, scope, &page, err)) return HANDLED_FAILED;
    struct listing listing = {
        .source = &source, .page = &page, .out = reply_begin(request), .all = all
    };
    reply_name(listing.out, "Functions");
    buf_add_char(listing.out, '[');
    list_functions(&listing);
    buf_add_char(listing.out, ']');
    if (listing.more) list_next(&source, &page, listing.out, listing.last);
    reply_close(listing.out);
    return HANDLED;
}

/* ---- GetAccountSettings ---- */

enum handled handle_get_account_settings(const struct reader *reader, struct request *request,
                                         struct error *err)
{
    (void)err;
    struct source source = source_from_reader(reader, request);
    struct function_totals totals = totals_load(&source);
    struct buf *out = reply_begin(request);
    reply_name(out, "AccountLimit");
    reply_open(out);
    reply_i64(out, "TotalCodeSize", 80530636800); /* AWS: 75 GB; not enforced here */
    reply_i64(out, "CodeSizeUnzipped", LAMBDA_CODE_BYTES_MAX);
    reply_i64(out, "CodeSizeZipped", LAMBDA_CODE_ZIPPED_BYTES_MAX);
    reply_i64(out, "ConcurrentExecutions", LAMBDA_CONCURRENCY_MAX);
    reply_i64(out, "UnreservedConcurrentExecutions", LAMBDA_CONCURRENCY_MAX - totals.reserved);
    reply_close(out);
    reply_name(out, "AccountUsage");
    reply_open(out);
    reply_i64(out, "TotalCodeSize", totals.code_bytes);
    reply_i64(out, "FunctionCount", totals.functions);
    reply_close(out);
    reply_close(out);
    return HANDLED;
}
