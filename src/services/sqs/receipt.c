/* Receipt handles: which message, and which receive of it. Base64 of
 *
 *     version (u8) | queue (u64) | sent_ms (u64) | serial (u64) | receive (u32) | check (u32)
 *
 * The check is no secret: whoever may call the API may delete messages anyway. It tells a handle
 * from any other text. */
#include "services/sqs/internal.h"

enum { RECEIPT_VERSION = 1, RECEIPT_BYTES = 33, RECEIPT_CHECKED_BYTES = 29, RECEIPT_CHARS = 44 };

static uint32_t checksum(const unsigned char *bytes, size_t count)
{
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (size_t i = 0; i < count; i++)
        hash = (hash ^ bytes[i]) * 16777619u;
    return hash;
}

static void put(unsigned char *out, uint64_t value, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        out[i] = (unsigned char)(value >> (8 * (bytes - 1 - i)));
}

static uint64_t get(const unsigned char *in, size_t bytes)
{
    uint64_t value = 0;
    for (size_t i = 0; i < bytes; i++)
        value = value << 8 | in[i];
    return value;
}

str sqs_receipt_text(struct arena *arena, const struct receipt *receipt)
{
    unsigned char bytes[RECEIPT_BYTES];
    bytes[0] = RECEIPT_VERSION;
    put(bytes + 1, receipt->queue, 8);
    put(bytes + 9, (uint64_t)receipt->sent_ms, 8);
    put(bytes + 17, receipt->serial, 8);
    put(bytes + 25, receipt->receive, 4);
    put(bytes + 29, checksum(bytes, RECEIPT_CHECKED_BYTES), 4);
    return sqs_base64_text(arena, (str){ (const char *)bytes, sizeof bytes });
}

static bool decode(const struct source *source, str text, struct receipt *out)
{
    str decoded;
    if (text.len != RECEIPT_CHARS) return false;
    if (!sqs_base64_bytes(sqs_work_arena(source), text, &decoded) || decoded.len != RECEIPT_BYTES)
        return false;
    const unsigned char *bytes = (const unsigned char *)decoded.ptr;
    if (bytes[0] != RECEIPT_VERSION || get(bytes + 29, 4) != checksum(bytes, RECEIPT_CHECKED_BYTES))
        return false;
    *out = (struct receipt){
        .queue = get(bytes + 1, 8),
        .sent_ms = (int64_t)get(bytes + 9, 8),
        .serial = get(bytes + 17, 8),
        .receive = (uint32_t)get(bytes + 25, 4),
    };
    return out->sent_ms >= 0;
}

bool sqs_receipt_read(const struct source *source, const struct queue *queue, str text,
                      struct receipt *out, struct error *err)
{
    /* Numbers below the queue's own, down to its first, are from before a purge. */
    if (decode(source, text, out) && out->queue >= queue->first && out->queue <= queue->id)
        return true;
    return error_set_long(err, source->arena, ERROR_SQS_RECEIPT_HANDLE_IS_INVALID,
                          "The input receipt handle \"%.*s\" is not a valid receipt handle.",
                          STR_ARGS(text));
}
