/* PutEvents: each entry becomes an event and goes to the rules of its bus that it matches. Source:
 * EventBridge API Reference, "PutEvents", "PutEventsResultEntry". */
#include <math.h>

#include "base/prng.h"
#include "services/events/internal.h"
#include "services/pattern.h"

static str new_uuid(struct txn *txn)
{
    char *uuid = arena_alloc(txn_arena(txn), PRNG_UUID_CHARS);
    prng_uuid(txn_prng(txn), uuid);
    return (str){ uuid, PRNG_UUID_CHARS };
}

/* ---- entries ---- */

struct refusal {
    str code, message;
};

static bool refuse(struct refusal *refusal, str code, str message)
{
    *refusal = (struct refusal){ code, message };
    return false;
}

static size_t text_bytes(json entry, str field)
{
    return json_str_or(entry, field, STR("")).len;
}

/* AWS counts source, detail-type, detail, resources and 14 bytes of time. */
static size_t entry_bytes(json entry)
{
    size_t bytes = text_bytes(entry, STR("Source")) + text_bytes(entry, STR("DetailType")) +
                   text_bytes(entry, STR("Detail"));
    if (json_find(entry, STR("Time"))) bytes += 14;
    const json *resources = json_find(entry, STR("Resources"));
    for (size_t i = 0; resources && i < json_count(*resources); i++)
        if (json_is_string(json_at(*resources, i))) bytes += json_str(json_at(*resources, i)).len;
    return bytes;
}

static bool read_detail(struct arena *arena, json entry, json *detail, struct refusal *refusal)
{
    static const struct {
        str field, message;
    } needed[] = {
        { STR_INIT("Source"),
          STR_INIT("Parameter Source is not valid. Reason: Source is a required argument.") },
        { STR_INIT("DetailType"), STR_INIT("Parameter DetailType is not valid. Reason: DetailType "
                                           "is a required argument.") },
        { STR_INIT("Detail"),
          STR_INIT("Parameter Detail is not valid. Reason: Detail is a required argument.") },
    };
    struct error err;
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
        if (text_bytes(entry, needed[i].field) == 0)
            return refuse(refusal, STR("InvalidArgument"), needed[i].message);
    if (str_starts_with(json_str_or(entry, STR("Source"), STR("")), STR("aws.")))
        return refuse(refusal, STR("NotAuthorizedForSourceException"),
                      STR("Not authorized for the source."));
    if (!json_parse(json_str_or(entry, STR("Detail"), STR("")), arena, detail, &err) ||
        !json_is_object(*detail))
        return refuse(refusal, STR("MalformedDetail"), STR("Detail is malformed."));
    return true;
}

static str event_time(struct arena *arena, json entry, int64_t now_ms)
{
    const json *time = json_find(entry, STR("Time"));
    int64_t ms = now_ms;
    if (time && json_is_string(*time)) return json_str(*time);
    if (time && json_is_number(*time)) {
        double seconds = json_number(*time);
        if (seconds >= 0 && seconds < 253402300800.0) ms = (int64_t)floor(seconds) * 1000;
    }
    str text = iso_time(arena, ms); /* "2024-01-02T03:04:05.678Z": events have whole seconds */
    return arena_printf(arena, "%.*sZ", 19, text.ptr);
}

static json make_event(struct txn *txn, json entry, json detail, str id)
{
    struct arena *arena = txn_arena(txn);
    struct json_fields fields;
    struct shard *shard = txn_shard(txn);
    const json *resources = json_find(entry, STR("Resources"));
    json_fields_init(&fields, arena);
    json_fields_add(&fields, STR("version"), json_string(STR("0")));
    json_fields_add(&fields, STR("id"), json_string(id));
    json_fields_add(&fields, STR("detail-type"),
                    json_string(json_str_or(entry, STR("DetailType"), STR(""))));
    json_fields_add(&fields, STR("source"),
                    json_string(json_str_or(entry, STR("Source"), STR(""))));
    json_fields_add(&fields, STR("account"), json_string(shard_account(shard)));
    json_fields_add(&fields, STR("time"), json_string(event_time(arena, entry, txn_now_ms(txn))));
    json_fields_add(&fields, STR("region"), json_string(shard_region(shard)));
    json_fields_add(&fields, STR("resources"), resources ? *resources : json_array(NULL, 0));
    json_fields_add(&fields, STR("detail"), detail);
    return json_fields_done(&fields);
}

/* ---- rules ---- */

struct match {
    str rule;
    json targets;
};

static bool rule_matches(const struct source *source, json rule, json event)
{
    json pattern;
    struct pattern_size size;
    struct error err = { 0 };
    if (!str_eq(json_str_or(rule, STR("state"), STR("")), STR("ENABLED"))) return false;
    str text = json_str_or(rule, STR("pattern"), STR(""));
    return pattern_check(text, PATTERN_EVENT, source->arena, &pattern, &size, &err) &&
           pattern_matches(pattern, PATTERN_EVENT, event);
}

/* The walk ends before the first delivery: deliveries may put further events. */
void put_on_bus(struct txn *txn, str bus, json event, int depth)
{
    struct source source = source_from_txn(txn, txn_arena(txn));
    struct match matches[EVENTS_RULES_MAX];
    size_t count = 0;
    struct listing listing;
    struct key from;
    struct error err = { 0 };
    json rule, params = { .kind = JSON_OBJECT };
    str name;
    if (!bus_exists(&source, bus)) return; /* AWS takes such an event and drops it */
    key_begin(&from, source.number, KEY_EVENT_RULE);
    key_add_text(&from, bus);
    if (!listing_begin(&source, params, STR(""), &from, &listing, &err)) return;
    listing.limit = EVENTS_RULES_MAX;
    while (listing_next(&listing, &name, &rule)) {
        const json *targets = json_find(rule, STR("targets"));
        if (targets && json_count(*targets) > 0 && rule_matches(&source, rule, event))
            matches[count++] = (struct match){ name, *targets };
    }
    store_cursor_close(listing.cursor);
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < json_count(matches[i].targets); k++)
            deliver(txn, json_at(matches[i].targets, k), event, bus, matches[i].rule, depth);
}

/* ---- the operation ---- */

static bool check_sizes(json entries, struct error *err)
{
    size_t total = 0;
    for (size_t i = 0; i < json_count(entries); i++)
        total += entry_bytes(json_at(entries, i));
    return total <= EVENTS_ENTRY_BYTES_MAX ||
           error_set(err, ERROR_VALIDATION,
                     "Total size of the entries in the request is over the limit.");
}

enum handled events_put_events(struct txn *txn, struct request *request, struct error *err)
{
    json entries = *json_find(request->params, STR("Entries"));
    if (!check_sizes(entries, err)) return HANDLED_FAILED;
    struct buf results;
    int64_t failed = 0;
    buf_init(&results, &request->arena);
    for (size_t i = 0; i < json_count(entries); i++) {
        json entry = json_at(entries, i), detail;
        struct refusal refusal;
        if (i > 0) buf_add_char(&results, ',');
        reply_open(&results);
        if (read_detail(txn_arena(txn), entry, &detail, &refusal)) {
            str id = new_uuid(txn);
            put_on_bus(txn, bus_name(entry, STR("EventBusName")),
                       make_event(txn, entry, detail, id), 0);
            reply_str(&results, "EventId", id);
        } else {
            failed++;
            reply_str(&results, "ErrorCode", refusal.code);
            reply_str(&results, "ErrorMessage", refusal.message);
        }
        reply_close(&results);
    }
    struct buf *out = reply_begin(request);
    reply_i64(out, "FailedEntryCount", failed);
    reply_name(out, "Entries");
    buf_add_char(out, '[');
    buf_add(out, buf_str(&results));
    buf_add_char(out, ']');
    reply_close(out);
    return HANDLED;
}
