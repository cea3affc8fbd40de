/* The mailboxes' figures, by callback name. */
#include "services/callbacks/internal.h"

/* What a figure shows of the counts of a name. */
struct figure {
    const char *name, *type;
    size_t offset; /* of an int64_t in struct mailbox_counts */
};

static const struct figure figures[] = {
    { "baton_mailbox_entries", "gauge", offsetof(struct mailbox_counts, entries) },
    { "baton_mailbox_bytes", "gauge", offsetof(struct mailbox_counts, bytes) },
    { "baton_mailbox_dropped_total", "counter", offsetof(struct mailbox_counts, dropped) },
    { "baton_callbacks_unknown_keys_total", "counter", offsetof(struct mailbox_counts, unknown) },
};

/* The names that have counts. */
static size_t list_names(const struct source *source, str *names)
{
    struct key from, to;
    struct key_reader fields;
    uint8_t section;
    uint64_t number;
    str key, value;
    size_t count = 0;
    key_begin(&from, source->number, KEY_CALLBACK_NOTE);
    key_add_u8(&from, NOTE_COUNTS);
    to = from;
    key_range_end(&to);
    struct store_cursor *cursor = source_scan(source, &from, &to, false);
    while (count < CALLBACK_FIGURES_MAX && store_cursor_next(cursor, &key, &value)) {
        if (!key_read_begin(&fields, key) || !key_read_u8(&fields, &section) ||
            !key_read_u64(&fields, &number) || !key_read_text(&fields, &names[count]))
            fatal("the key of a mailbox's counts does not decode");
        names[count] = arena_str(source->arena, names[count]);
        count++;
    }
    store_cursor_close(cursor);
    return count;
}

void callbacks_metrics(const struct reader *reader, struct buf *out)
{
    struct source source = {
        .reader = reader,
        .shard = reader->shard,
        .arena = reader->arena,
        .now_ms = reader->now_ms,
        .number = shard_number(reader->shard),
    };
    str *names = arena_array(source.arena, CALLBACK_FIGURES_MAX, sizeof *names);
    size_t count = list_names(&source, names);
    struct mailbox_counts *counts = arena_array(source.arena, count + 1, sizeof *counts);
    for (size_t i = 0; i < count; i++)
        counts_load(&source, names[i], &counts[i]);
    for (size_t f = 0; f < sizeof figures / sizeof *figures; f++) {
        buf_printf(out, "# TYPE %s %s\n", figures[f].name, figures[f].type);
        for (size_t i = 0; i < count; i++) {
            int64_t value;
            memcpy(&value, (const char *)&counts[i] + figures[f].offset, sizeof value);
            buf_printf(out, "%s{name=\"%.*s\"} %lld\n", figures[f].name, STR_ARGS(names[i]),
                       (long long)value);
        }
    }
}
