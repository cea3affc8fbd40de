/* JSON documents with their text, made once. */
#include "engine/internal.h"

struct document *document_new(struct arena *arena, json value)
{
    struct document *document = ARENA_NEW(arena, struct document);
    document->value = value;
    return document;
}

struct document *document_new_text(struct arena *arena, json value, str text)
{
    struct document *document = document_new(arena, value);
    if (text.len) document->text = text;
    return document;
}

str document_text(struct document *document, struct arena *arena)
{
    if (!document->text.ptr) document->text = json_text(arena, document->value);
    return document->text;
}

str document_quoted(struct document *document, struct arena *arena)
{
    if (!document->quoted.ptr) {
        struct buf buf;
        buf_init(&buf, arena);
        str text = document_text(document, arena);
        buf_reserve(&buf, text.len + text.len / 4 + 16);
        json_write_str(&buf, text);
        document->quoted = buf_str(&buf);
    }
    return document->quoted;
}

struct document *execution_input(struct execution *x)
{
    if (x->input) return x->input;
    json value;
    struct error err;
    if (!json_parse(x->id.input, x->arena, &value, &err)) /* It was checked at the start. */
        fatal("execution %llu: its input does not decode: %.*s", (unsigned long long)x->id.serial,
              STR_ARGS(error_text(&err)));
    x->input = document_new(x->arena, value);
    return x->input;
}

str execution_status_name(enum execution_status status)
{
    switch (status) {
    case EXECUTION_RUNNING: return STR("RUNNING");
    case EXECUTION_SUCCEEDED: return STR("SUCCEEDED");
    case EXECUTION_FAILED: return STR("FAILED");
    case EXECUTION_TIMED_OUT: return STR("TIMED_OUT");
    case EXECUTION_ABORTED: return STR("ABORTED");
    }
    fatal("no such execution status: %d", (int)status);
}
