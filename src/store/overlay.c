/* A walk over the store and the writes of a batch together: what a transaction sees of a range.
 *
 * The batch's writes within the range are sorted once, when the walk begins; each step takes the
 * nearer of the two heads, and the batch's where both have the key. */
#include <stdlib.h>

#include "store/backend.h"

struct overlay_cursor {
    struct store_cursor cursor;
    struct store_cursor *base; /* owned */
    bool reverse;
    bool base_has_pair;
    bool base_is_used; /* its pair has been handed out or is overwritten: step before the next look
                        */
    str base_key, base_value;
    size_t at, count;
    const struct store_write *writes[]; /* within the range, in the order of the walk */
};

static struct overlay_cursor *overlay_of(struct store_cursor *cursor)
{
    return (struct overlay_cursor *)(void *)cursor;
}

static void step_base(struct overlay_cursor *overlay)
{
    overlay->base_is_used = false;
    overlay->base_has_pair =
        store_cursor_next(overlay->base, &overlay->base_key, &overlay->base_value);
}

/* Negative: the batch's head is first; positive: the store's; 0: the same key. */
static int compare_heads(const struct overlay_cursor *overlay)
{
    if (overlay->at == overlay->count) return 1;
    if (!overlay->base_has_pair) return -1;
    int order = str_compare(overlay->writes[overlay->at]->key, overlay->base_key);
    return overlay->reverse ? -order : order;
}

static bool overlay_next(struct store_cursor *cursor, str *key, str *value)
{
    struct overlay_cursor *overlay = overlay_of(cursor);
    for (;;) {
        if (overlay->base_is_used) step_base(overlay);
        int order = compare_heads(overlay);
        if (order > 0) {
            if (!overlay->base_has_pair) return false;
            *key = overlay->base_key;
            *value = overlay->base_value;
            overlay->base_is_used = true; /* not yet: the pair is valid until the next call */
            return true;
        }
        const struct store_write *write = overlay->writes[overlay->at++];
        if (order == 0) overlay->base_is_used = true;
        if (write->is_delete) continue;
        *key = write->key;
        *value = write->value;
        return true;
    }
}

static void overlay_close(struct store_cursor *cursor)
{
    struct overlay_cursor *overlay = overlay_of(cursor);
    store_cursor_close(overlay->base);
    free(overlay);
}

static const struct store_backend overlay_backend = {
    .cursor_next = overlay_next,
    .cursor_close = overlay_close,
};

static bool is_inside(const struct store_write *write, str from, str to)
{
    return !write->superseded && str_compare(write->key, from) >= 0 &&
           str_compare(write->key, to) < 0;
}

static int by_key(const void *a, const void *b)
{
    return str_compare((*(const struct store_write *const *)a)->key,
                       (*(const struct store_write *const *)b)->key);
}

static void reverse_writes(struct overlay_cursor *overlay)
{
    for (size_t i = 0; i < overlay->count / 2; i++) {
        const struct store_write *first = overlay->writes[i];
        overlay->writes[i] = overlay->writes[overlay->count - 1 - i];
        overlay->writes[overlay->count - 1 - i] = first;
    }
}

struct store_cursor *store_scan_over(struct store *store, const struct store_snapshot *snapshot,
                                     const struct store_batch *batch, str from, str to,
                                     bool reverse)
{
    size_t count = 0;
    for (size_t i = 0; i < batch->count; i++)
        count += is_inside(&batch->writes[i], from, to);
    struct store_cursor *base = store_scan(store, snapshot, from, to, reverse);
    if (count == 0) return base;

    struct overlay_cursor *overlay =
        store_allocate(sizeof *overlay + count * sizeof overlay->writes[0]);
    *overlay = (struct overlay_cursor){
        .cursor = { &overlay_backend },
        .base = base,
        .reverse = reverse,
    };
    for (size_t i = 0; i < batch->count; i++)
        if (is_inside(&batch->writes[i], from, to))
            overlay->writes[overlay->count++] = &batch->writes[i];
    qsort(overlay->writes, count, sizeof overlay->writes[0], by_key);
    if (reverse) reverse_writes(overlay);
    step_base(overlay);
    return &overlay->cursor;
}
