/* How fast JSON is read and written: one document of about 1 MB, as an API would answer, built from
 * a fixed seed; the best of several runs on one core. */
#include "base/prng.h"
#include "json/json.h"

#include <stdio.h>
#include <time.h>

enum {
    DOCUMENT_BYTES = 1000 * 1000,
    RUNS = 60,
};

static const char *const names[] = { "id",        "orderId",   "status",   "customerName",
                                     "createdAt", "amount",    "currency", "isActive",
                                     "notes",     "productId", "quantity", "updatedAt",
                                     "region",    "address",   "tags" };
static const char *const words[] = { "pending",
                                     "shipped to the customer",
                                     "eu-central-1",
                                     "EUR",
                                     "Anna Schmidt",
                                     "12 \\\"High\\\" Street\\nSpringfield",
                                     "2024-05-17T09:30:00.000Z",
                                     "arn:aws:states:us-east-1:000000000000:execution:orders:42",
                                     "M\xC3\xBCller",
                                     "ok" };

static void add_value(struct buf *buf, struct prng *prng, int depth);

static void add_object(struct buf *buf, struct prng *prng, int depth)
{
    size_t members = 5 + prng_below(prng, 11);
    for (size_t i = 0; i < members; i++) {
        buf_printf(buf, "%s\"%s\":", i ? "," : "{", names[i]);
        add_value(buf, prng, depth + 1);
    }
    buf_add_char(buf, '}');
}

static void add_array(struct buf *buf, struct prng *prng, int depth)
{
    size_t items = 1 + prng_below(prng, 6);
    for (size_t i = 0; i < items; i++) {
        buf_add_char(buf, i ? ',' : '[');
        add_value(buf, prng, depth + 1);
    }
    buf_add_char(buf, ']');
}

static void add_value(struct buf *buf, struct prng *prng, int depth)
{
    size_t kind = prng_below(prng, 100);
    if (kind < 8 && depth < 4) {
        add_object(buf, prng, depth);
    } else if (kind < 14 && depth < 4) {
        add_array(buf, prng, depth);
    } else if (kind < 30) {
        buf_add_u64(buf, prng_below(prng, 1000000));
    } else if (kind < 36) {
        buf_printf(buf, "%d.%02d", (int)prng_below(prng, 5000), (int)prng_below(prng, 100));
    } else if (kind < 44) {
        buf_add(buf, kind < 40 ? STR("true") : STR("null"));
    } else {
        size_t word = prng_below(prng, sizeof words / sizeof *words);
        buf_printf(buf, "\"%s\"", words[word]);
    }
}

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double parse_s(str text, struct arena *arena, json *value)
{
    struct error err;
    arena_reset(arena);
    double start = now_s();
    if (!json_parse(text, arena, value, &err)) fatal("%s", err.message);
    return now_s() - start;
}

static double write_s(struct buf *out, json value)
{
    out->len = 0;
    double start = now_s();
    json_write(out, value);
    return now_s() - start;
}

static double count_s(json value, size_t expected)
{
    double start = now_s();
    if (json_text_bytes(value) != expected) fatal("json_text_bytes is wrong");
    return now_s() - start;
}

static double min(double a, double b)
{
    return a < b ? a : b;
}

int main(void)
{
    struct prng prng;
    prng_seed(&prng, 1);
    struct buf text;
    buf_init(&text, NULL);
    buf_add_char(&text, '[');
    while (text.len < DOCUMENT_BYTES) {
        if (text.len > 1) buf_add_char(&text, ',');
        add_object(&text, &prng, 1);
    }
    buf_add_char(&text, ']');
    struct arena arena;
    arena_init(&arena);
    struct buf out;
    buf_init(&out, NULL);
    double parsed = 1, written = 1, counted = 1;
    for (int run = 0; run < RUNS; run++) {
        json value;
        parsed = min(parsed, parse_s(buf_str(&text), &arena, &value));
        written = min(written, write_s(&out, value));
        counted = min(counted, count_s(value, out.len));
    }
    if (!str_eq(buf_str(&out), buf_str(&text))) fatal("what was written is not what was read");
    double mb = (double)text.len / 1e6;
    printf("json parse 1 MB: %.0f MB/s\n", mb / parsed);
    printf("json write 1 MB: %.0f MB/s\n", mb / written);
    printf("json text_bytes 1 MB: %.0f MB/s\n", mb / counted);
    arena_close(&arena);
    buf_close(&text);
    buf_close(&out);
    return 0;
}
