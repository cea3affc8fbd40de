/* Query and Scan: which range of a table or an index is walked. */
#include "services/dynamodb/members.h"
#include "services/dynamodb/operations.h"
#include "services/dynamodb/requests.h"
#include "services/dynamodb/walk.h"

static struct walk *new_walk(const struct source *source, bool is_query)
{
    struct walk *walk = ARENA_NEW(source->arena, struct walk);
    walk->source = source;
    walk->is_query = is_query;
    walk->filter_name = is_query ? "QueryFilter" : "ScanFilter";
    return walk;
}

static enum handled answer(struct walk *walk, struct request *request)
{
    struct buf *out = reply_begin(request);
    walk_answer(walk, request->params, out);
    reply_close(out);
    return HANDLED;
}

/* ---- Query ---- */

static void add_bound(struct arena *arena, struct key *key, json value)
{
    struct buf bytes;
    buf_init(&bytes, arena);
    value_key_bytes(&bytes, value);
    place_add_range(key, buf_str(&bytes));
}

/* The range of all records whose keys fulfil the condition. */
static void set_range(struct walk *walk, const struct key_condition *condition)
{
    enum { KEY_BYTES_END = 2 }; /* what key_add_bytes puts behind the bytes */
    struct arena *arena = walk->source->arena;
    struct key *from = &walk->from, *to = &walk->to;
    struct buf hash;
    buf_init(&hash, arena);
    value_key_bytes(&hash, condition->hash);
    walk_prefix(walk, from);
    place_add_hash(from, buf_str(&hash));
    *to = *from;
    switch (condition->range) {
    case KEY_ANY: key_range_end(to); return;
    case KEY_EQ:
        add_bound(arena, from, condition->bounds[0]);
        *to = *from;
        key_range_end(to);
        return;
    case KEY_LT: add_bound(arena, to, condition->bounds[0]); return;
    case KEY_LE:
        add_bound(arena, to, condition->bounds[0]);
        key_range_end(to);
        return;
    case KEY_GT:
        add_bound(arena, from, condition->bounds[0]);
        key_range_end(from);
        key_range_end(to);
        return;
    case KEY_GE:
        add_bound(arena, from, condition->bounds[0]);
        key_range_end(to);
        return;
    case KEY_BETWEEN:
        add_bound(arena, from, condition->bounds[0]);
        add_bound(arena, to, condition->bounds[1]);
        key_range_end(to);
        return;
    case KEY_BEGINS_WITH:
        add_bound(arena, from, condition->bounds[0]);
        from->len = (uint16_t)(from->len - KEY_BYTES_END);
        *to = *from;
        key_range_end(to);
        return;
    }
    fatal("no such operator of keys: %d", (int)condition->range);
}

/* Goes on behind the start key, which must lie within the range. */
static bool set_start(struct walk *walk, const struct key_condition *condition, struct error *err)
{
    struct key *start = arena_alloc(walk->source->arena, sizeof *start);
    if (!walk_start_key(walk, start, err)) return false;
    const json *hash = value_find(walk->start, walk_schema(walk)->hash.name);
    if (!hash || !attribute_equal(*hash, condition->hash))
        return error_set(err, ERROR_VALIDATION,
                         "The provided starting key is outside query boundaries based on provided "
                         "conditions");
    if (str_compare(key_str(start), key_str(&walk->from)) < 0 ||
        str_compare(key_str(start), key_str(&walk->to)) >= 0)
        return error_set(err, ERROR_VALIDATION,
                         "The provided starting key does not match the range key predicate");
    if (walk->reverse) {
        walk->to = *start;
    } else {
        walk->from = *start;
        key_range_end(&walk->from);
    }
    return true;
}

enum handled handle_query(const struct reader *reader, struct request *request, struct error *err)
{
    struct source source = source_from_reader(reader, request);
    struct walk *walk = new_walk(&source, true);
    json params = request->params;
    const struct condition *keys = NULL;
    struct key_condition condition;
    if (!members_check(&request_query, params, source.arena, err) ||
        !walk_read(walk, params, &keys, err) || !walk_find(walk, params, err))
        return HANDLED_FAILED;
    const struct schema *schema = walk_schema(walk);
    if (!key_condition_resolve(keys, source.arena, schema->hash, schema->range, &condition, err))
        return HANDLED_FAILED;
    walk->reverse = !json_bool_or(params, STR("ScanIndexForward"), true);
    set_range(walk, &condition);
    if (json_is_object(walk->start) && !set_start(walk, &condition, err)) return HANDLED_FAILED;
    if (!walk_check(walk, params, err)) return HANDLED_FAILED;
    return answer(walk, request);
}

/* ---- Scan ---- */

struct segment {
    int64_t number, total; /* total 0: the whole table */
};

static bool read_segment(json params, struct segment *out, struct error *err)
{
    bool number = member_find(params, "Segment") != NULL;
    bool total = member_find(params, "TotalSegments") != NULL;
    out->number = json_i64_or(params, STR("Segment"), 0);
    out->total = json_i64_or(params, STR("TotalSegments"), 0);
    if (number && !total)
        return error_set(err, ERROR_VALIDATION,
                         "The TotalSegments parameter is required but was not present in the "
                         "request when Segment parameter is present");
    if (total && !number)
        return error_set(err, ERROR_VALIDATION,
                         "The Segment parameter is required but was not present in the request "
                         "when parameter TotalSegments is present");
    if (!total || out->number < out->total) return true;
    return error_set(err, ERROR_VALIDATION,
                     "The Segment parameter is zero-based and must be less than parameter "
                     "TotalSegments: Segment: %lld is not less than TotalSegments: %lld",
                     (long long)out->number, (long long)out->total);
}

/* The first partition of a segment: they divide all 2^32 into equal parts. */
static uint64_t first_partition(int64_t number, int64_t total)
{
    uint64_t all = (uint64_t)1 << 32;
    return (all * (uint64_t)number + (uint64_t)total - 1) / (uint64_t)total;
}

static void set_segment(struct walk *walk, const struct segment *segment)
{
    walk_prefix(walk, &walk->from);
    walk->to = walk->from;
    uint64_t end =
        segment->total ? first_partition(segment->number + 1, segment->total) : (uint64_t)1 << 32;
    if (segment->total)
        key_add_u32(&walk->from, (uint32_t)first_partition(segment->number, segment->total));
    if (end >> 32)
        key_range_end(&walk->to);
    else
        key_add_u32(&walk->to, (uint32_t)end);
}

static bool set_scan_start(struct walk *walk, const struct segment *segment, struct error *err)
{
    struct key *start = arena_alloc(walk->source->arena, sizeof *start);
    if (!walk_start_key(walk, start, err)) return false;
    if (str_compare(key_str(start), key_str(&walk->from)) < 0 ||
        str_compare(key_str(start), key_str(&walk->to)) >= 0)
        return error_set(err, ERROR_VALIDATION,
                         "The provided starting key is invalid: Invalid ExclusiveStartKey. Please "
                         "use ExclusiveStartKey with correct Segment. TotalSegments: %lld Segment: "
                         "%lld",
                         (long long)segment->total, (long long)segment->number);
    walk->from = *start;
    key_range_end(&walk->from);
    return true;
}

enum handled handle_scan(const struct reader *reader, struct request *request, struct error *err)
{
    struct source source = source_from_reader(reader, request);
    struct walk *walk = new_walk(&source, false);
    json params = request->params;
    struct segment segment;
    if (!members_check(&request_scan, params, source.arena, err) ||
        !read_segment(params, &segment, err) || !walk_read(walk, params, NULL, err) ||
        !walk_find(walk, params, err))
        return HANDLED_FAILED;
    set_segment(walk, &segment);
    if (json_is_object(walk->start) && !set_scan_start(walk, &segment, err)) return HANDLED_FAILED;
    if (!walk_check(walk, params, err)) return HANDLED_FAILED;
    return answer(walk, request);
}
