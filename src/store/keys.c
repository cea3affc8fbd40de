/* The encoding of keys and the one table of their layouts. keys.h draws them. */
#include "store/keys.h"

#include <assert.h>

enum {
    KEY_FIELDS_MAX = 7,
    KEY_HEAD_BYTES = 3, /* the shard's number and the tag */
};

/* Two texts with their NULs and the integers of the longest layout behind them. */
static_assert(sizeof((struct key *)0)->bytes >=
                  KEY_HEAD_BYTES + 2 * (STATES_NAME_CHARS_MAX * 4 + 1) + 2 * 8,
              "every name that passes the API's own checks fits into a key");

/* ---- building ---- */

static void add_integer(struct key *key, uint64_t value, size_t bytes)
{
    ASSERT_CMP(key->len + bytes, <=, sizeof key->bytes);
    for (size_t i = 0; i < bytes; i++)
        key->bytes[key->len + i] = (char)(unsigned char)(value >> (8 * (bytes - 1 - i)));
    key->len = (uint16_t)(key->len + bytes);
}

static void add_time(struct key *key, int64_t ms)
{
    ASSERT_CMP(ms, >=, 0); /* a negative one would sort behind all others */
    add_integer(key, (uint64_t)ms, 8);
}

void key_begin(struct key *key, uint16_t shard, enum key_tag tag)
{
    key->len = 0;
    add_integer(key, shard, 2);
    add_integer(key, (uint64_t)tag, 1);
}

void key_add_u8(struct key *key, uint8_t value)
{
    add_integer(key, value, 1);
}

void key_add_u32(struct key *key, uint32_t value)
{
    add_integer(key, value, 4);
}

void key_add_u64(struct key *key, uint64_t value)
{
    add_integer(key, value, 8);
}

void key_add_text(struct key *key, str text)
{
    /* The NUL sorts a text before its own continuations, so texts keep their order whatever field
     * follows; a NUL inside would break exactly that. */
    ASSERT_CMP(str_find_char(text, '\0', 0), ==, text.len);
    ASSERT_CMP(text.len + 1, <=, sizeof key->bytes - key->len);
    if (text.len > 0) memcpy(key->bytes + key->len, text.ptr, text.len);
    key->bytes[key->len + text.len] = '\0';
    key->len = (uint16_t)(key->len + text.len + 1);
}

void key_add_bytes(struct key *key, str bytes)
{
    size_t at = key->len;
    for (size_t i = 0; i < bytes.len; i++) {
        ASSERT_CMP(at + 2, <=, sizeof key->bytes);
        key->bytes[at++] = bytes.ptr[i];
        if (bytes.ptr[i] == '\0') key->bytes[at++] = (char)0xFF;
    }
    ASSERT_CMP(at + 2, <=, sizeof key->bytes);
    key->bytes[at++] = '\0';
    key->bytes[at++] = '\0';
    key->len = (uint16_t)at;
}

void key_range_end(struct key *key)
{
    /* The next prefix of the same length or shorter: a last byte of 0xFF has no successor, so the
     * byte before it is the one that counts. */
    while (key->len > 0 && (unsigned char)key->bytes[key->len - 1] == 0xFF)
        key->len--;
    ASSERT_CMP(key->len, >, 0);
    key->bytes[key->len - 1] = (char)((unsigned char)key->bytes[key->len - 1] + 1);
}

/* ---- reading ---- */

static bool read_integer(str *rest, size_t bytes, uint64_t *out)
{
    if (rest->len < bytes) return false;
    uint64_t value = 0;
    for (size_t i = 0; i < bytes; i++)
        value = value << 8 | (unsigned char)rest->ptr[i];
    *rest = str_skip(*rest, bytes);
    *out = value;
    return true;
}

bool key_read_begin(struct key_reader *reader, str key)
{
    uint64_t shard = 0;
    uint64_t tag = 0;
    str rest = key;
    if (!read_integer(&rest, 2, &shard) || !read_integer(&rest, 1, &tag)) return false;
    *reader =
        (struct key_reader){ .rest = rest, .shard = (uint16_t)shard, .tag = (enum key_tag)tag };
    return true;
}

bool key_read_u8(struct key_reader *reader, uint8_t *out)
{
    uint64_t value = 0;
    if (!read_integer(&reader->rest, 1, &value)) return false;
    *out = (uint8_t)value;
    return true;
}

bool key_read_u32(struct key_reader *reader, uint32_t *out)
{
    uint64_t value = 0;
    if (!read_integer(&reader->rest, 4, &value)) return false;
    *out = (uint32_t)value;
    return true;
}

bool key_read_u64(struct key_reader *reader, uint64_t *out)
{
    return read_integer(&reader->rest, 8, out);
}

bool key_read_text(struct key_reader *reader, str *out)
{
    size_t end = str_find_char(reader->rest, '\0', 0);
    if (end == reader->rest.len) return false;
    *out = str_slice(reader->rest, 0, end);
    reader->rest = str_skip(reader->rest, end + 1);
    return true;
}

bool key_read_bytes(struct key_reader *reader, struct arena *arena, str *out)
{
    str rest = reader->rest;
    char *bytes = arena_alloc(arena, rest.len);
    size_t count = 0, at = 0;
    while (at < rest.len) {
        char c = rest.ptr[at++];
        if (c != '\0') {
            bytes[count++] = c;
            continue;
        }
        if (at == rest.len) return false;
        unsigned char next = (unsigned char)rest.ptr[at++];
        if (next == 0) {
            *out = (str){ bytes, count };
            reader->rest = str_skip(rest, at);
            return true;
        }
        if (next != 0xFF) return false;
        bytes[count++] = '\0';
    }
    return false;
}

/* ---- in words ---- */

enum field_type {
    FIELD_NONE,
    FIELD_TEXT,
    FIELD_BYTES,
    FIELD_U8,
    FIELD_U32,
    FIELD_U64,
    FIELD_NOT_U32,
    FIELD_NOT_U64
};

struct field {
    enum field_type type;
    const char *name;
};

struct layout {
    enum key_tag tag;
    const char *name;
    struct field fields[KEY_FIELDS_MAX];
};

static const struct layout layouts[] = {
    { KEY_META, "meta", { { FIELD_TEXT, "name" } } },
    { KEY_MACHINE, "machine", { { FIELD_TEXT, "machine" } } },
    { KEY_REVISION, "revision", { { FIELD_TEXT, "machine" }, { FIELD_U32, "revision" } } },
    { KEY_VERSION, "version", { { FIELD_TEXT, "machine" }, { FIELD_NOT_U32, "version" } } },
    { KEY_ALIAS, "alias", { { FIELD_TEXT, "machine" }, { FIELD_TEXT, "alias" } } },
    { KEY_ACTIVITY, "activity", { { FIELD_TEXT, "activity" } } },
    { KEY_ACTIVITY_TASK,
      "activity_task",
      { { FIELD_TEXT, "activity" },
        { FIELD_U64, "since_ms" },
        { FIELD_U64, "serial" },
        { FIELD_U32, "frame" } } },
    { KEY_EXECUTION, "execution", { { FIELD_U64, "serial" } } },
    { KEY_END, "end", { { FIELD_U64, "serial" } } },
    { KEY_REDRIVE, "redrive", { { FIELD_U64, "serial" } } },
    { KEY_FRAME, "frame", { { FIELD_U64, "serial" }, { FIELD_U32, "frame" } } },
    { KEY_FRAME_DATA, "frame_data", { { FIELD_U64, "serial" }, { FIELD_U32, "frame" } } },
    { KEY_HISTORY, "history", { { FIELD_U64, "serial" }, { FIELD_U32, "first_event_id" } } },
    { KEY_NAME, "name", { { FIELD_TEXT, "machine" }, { FIELD_TEXT, "execution" } } },
    { KEY_LIST,
      "list",
      { { FIELD_TEXT, "machine" }, { FIELD_U8, "status" }, { FIELD_NOT_U64, "serial" } } },
    { KEY_TIMER,
      "timer",
      { { FIELD_U64, "due_ms" },
        { FIELD_U64, "serial" },
        { FIELD_U32, "frame" },
        { FIELD_U8, "kind" } } },
    { KEY_WAITING,
      "waiting",
      { { FIELD_U64, "since_ms" }, { FIELD_U64, "serial" }, { FIELD_U32, "frame" } } },
    { KEY_EFFECT, "effect", { { FIELD_U32, "lane" }, { FIELD_U64, "id" } } },
    { KEY_EVENT_BUS, "event_bus", { { FIELD_TEXT, "bus" } } },
    { KEY_EVENT_RULE, "event_rule", { { FIELD_TEXT, "bus" }, { FIELD_TEXT, "rule" } } },
    { KEY_CONNECTION, "connection", { { FIELD_TEXT, "connection" } } },
    { KEY_FUNCTION, "function", { { FIELD_TEXT, "function" } } },
    { KEY_FUNCTION_VERSION,
      "function_version",
      { { FIELD_TEXT, "function" }, { FIELD_U32, "version" } } },
    { KEY_FUNCTION_ALIAS,
      "function_alias",
      { { FIELD_TEXT, "function" }, { FIELD_TEXT, "alias" } } },
    { KEY_FUNCTION_SETTING,
      "function_setting",
      { { FIELD_TEXT, "function" }, { FIELD_U8, "kind" }, { FIELD_TEXT, "qualifier" } } },
    { KEY_FUNCTION_CODE, "function_code", { { FIELD_TEXT, "sha256" } } },
    { KEY_FUNCTION_MAPPING, "function_mapping", { { FIELD_TEXT, "uuid" }, { FIELD_U8, "part" } } },
    { KEY_TABLE, "table", { { FIELD_TEXT, "table" } } },
    { KEY_TABLE_COUNTS, "table_counts", { { FIELD_U64, "table" } } },
    { KEY_ITEM,
      "item",
      { { FIELD_U64, "table" },
        { FIELD_U32, "partition" },
        { FIELD_BYTES, "hash" },
        { FIELD_BYTES, "range" } } },
    { KEY_INDEX_ENTRY,
      "index_entry",
      { { FIELD_U64, "table" },
        { FIELD_U32, "index" },
        { FIELD_U32, "partition" },
        { FIELD_BYTES, "index_hash" },
        { FIELD_BYTES, "index_range" },
        { FIELD_BYTES, "hash" },
        { FIELD_BYTES, "range" } } },
    { KEY_EXPIRY,
      "expiry",
      { { FIELD_U64, "due_s" },
        { FIELD_U64, "table" },
        { FIELD_BYTES, "hash" },
        { FIELD_BYTES, "range" } } },
    { KEY_TABLE_NOTE,
      "table_note",
      { { FIELD_U8, "kind" }, { FIELD_U64, "at" }, { FIELD_BYTES, "subject" } } },
    { KEY_QUEUE, "queue", { { FIELD_TEXT, "queue" }, { FIELD_U8, "part" } } },
    { KEY_QUEUE_NOTE,
      "queue_note",
      { { FIELD_U64, "queue" },
        { FIELD_U8, "section" },
        { FIELD_U64, "number" },
        { FIELD_TEXT, "text" } } },
    { KEY_QUEUE_GROUP,
      "queue_group",
      { { FIELD_U64, "queue" },
        { FIELD_TEXT, "group" },
        { FIELD_U64, "sent_ms" },
        { FIELD_U64, "serial" } } },
    { KEY_MESSAGE,
      "message",
      { { FIELD_U64, "queue" }, { FIELD_U64, "sent_ms" }, { FIELD_U64, "serial" } } },
    { KEY_MESSAGE_STATE,
      "message_state",
      { { FIELD_U64, "queue" }, { FIELD_U64, "sent_ms" }, { FIELD_U64, "serial" } } },
    { KEY_QUEUE_ORDER,
      "queue_order",
      { { FIELD_U64, "queue" },
        { FIELD_U64, "visible_ms" },
        { FIELD_U64, "sent_ms" },
        { FIELD_U64, "serial" } } },
    { KEY_QUEUE_HIDDEN,
      "queue_hidden",
      { { FIELD_U64, "queue" },
        { FIELD_U64, "visible_ms" },
        { FIELD_U64, "sent_ms" },
        { FIELD_U64, "serial" } } },
    { KEY_TOPIC, "topic", { { FIELD_TEXT, "topic" } } },
    { KEY_SUBSCRIPTION, "subscription", { { FIELD_TEXT, "topic" }, { FIELD_TEXT, "id" } } },
    { KEY_SUBSCRIBED,
      "subscribed",
      { { FIELD_TEXT, "topic" }, { FIELD_TEXT, "protocol" }, { FIELD_BYTES, "endpoint" } } },
    { KEY_PUBLISHED,
      "published",
      { { FIELD_U64, "topic" }, { FIELD_U32, "window" }, { FIELD_BYTES, "id" } } },
    { KEY_OUTBOX, "outbox", { { FIELD_NOT_U64, "id" } } },
    { KEY_WAIT,
      "wait",
      { { FIELD_U64, "serial" }, { FIELD_U32, "frame" }, { FIELD_U32, "entered" } } },
    { KEY_CALLBACK_KEY, "callback_key", { { FIELD_TEXT, "name" }, { FIELD_BYTES, "key" } } },
    { KEY_CALLBACK_NAME, "callback_name", { { FIELD_TEXT, "name" } } },
    { KEY_MAILBOX,
      "mailbox",
      { { FIELD_TEXT, "name" }, { FIELD_BYTES, "key" }, { FIELD_U64, "order" } } },
    { KEY_CALLBACK_NOTE,
      "callback_note",
      { { FIELD_U8, "section" },
        { FIELD_U64, "number" },
        { FIELD_TEXT, "name" },
        { FIELD_BYTES, "id" } } },
    { KEY_ROUTE,
      "route",
      { { FIELD_U8, "section" },
        { FIELD_TEXT, "name" },
        { FIELD_U64, "number" },
        { FIELD_BYTES, "id" } } },
    { KEY_GATEWAY,
      "gateway",
      { { FIELD_TEXT, "owner" }, { FIELD_U8, "kind" }, { FIELD_TEXT, "id" } } },
    { KEY_LOG_GROUP, "log_group", { { FIELD_TEXT, "group" } } },
    { KEY_LOG_STREAM, "log_stream", { { FIELD_TEXT, "group" }, { FIELD_TEXT, "stream" } } },
};

static const struct layout *find_layout(enum key_tag tag)
{
    for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++)
        if (layouts[i].tag == tag) return &layouts[i];
    return NULL;
}

/* A text as it may be shown on a terminal: what is not printable ASCII or well-formed UTF-8 is
 * escaped, because names come from outside. */
static void describe_text(struct buf *out, str text)
{
    size_t count = 0;
    bool well_formed = str_utf8_count(text, &count);
    buf_add_char(out, '"');
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c < 0x20 || c == '"' || c == '\\' || c == 0x7F || (c > 0x7F && !well_formed))
            buf_printf(out, "\\x%02X", c);
        else
            buf_add_char(out, (char)c);
    }
    buf_add_char(out, '"');
}

static size_t integer_bytes(enum field_type type)
{
    switch (type) {
    case FIELD_U8: return 1;
    case FIELD_U32:
    case FIELD_NOT_U32: return 4;
    case FIELD_U64:
    case FIELD_NOT_U64: return 8;
    case FIELD_TEXT:
    case FIELD_BYTES:
    case FIELD_NONE: break;
    }
    fatal("a key field of type %d has no width", (int)type);
}

static bool describe_field(struct buf *out, struct key_reader *reader, const struct field *field)
{
    buf_printf(out, "%s=", field->name);
    if (field->type == FIELD_TEXT) {
        str text;
        if (!key_read_text(reader, &text)) return false;
        describe_text(out, text);
        return true;
    }
    if (field->type == FIELD_BYTES) {
        str bytes;
        if (!key_read_bytes(reader, out->arena, &bytes)) return false;
        describe_text(out, bytes);
        return true;
    }
    uint64_t value = 0;
    if (!read_integer(&reader->rest, integer_bytes(field->type), &value)) return false;
    if (field->type == FIELD_NOT_U32) value = ~value & UINT32_MAX;
    if (field->type == FIELD_NOT_U64) value = ~value;
    buf_add_u64(out, value);
    return true;
}

static bool describe_fields(struct buf *out, str key)
{
    struct key_reader reader;
    if (!key_read_begin(&reader, key)) return false;
    const struct layout *layout = find_layout(reader.tag);
    if (!layout) return false;
    buf_printf(out, "%s(", layout->name);
    /* Nearly everyone has one shard, whose number is then only noise. */
    if (reader.shard != 0) buf_printf(out, "shard=%u, ", (unsigned)reader.shard);
    for (size_t i = 0; i < KEY_FIELDS_MAX && layout->fields[i].type != FIELD_NONE; i++) {
        if (i > 0) buf_add(out, STR(", "));
        if (!describe_field(out, &reader, &layout->fields[i])) return false;
    }
    buf_add_char(out, ')');
    return reader.rest.len == 0;
}

str key_describe(str key, struct arena *arena)
{
    struct buf out;
    buf_init(&out, arena);
    if (describe_fields(&out, key)) return buf_str(&out);

    out.len = 0;
    buf_add(&out, STR("unknown("));
    for (size_t i = 0; i < key.len; i++)
        buf_printf(&out, "%02x", (unsigned char)key.ptr[i]);
    buf_add_char(&out, ')');
    return buf_str(&out);
}

/* ---- one function per layout ---- */

void key_meta(struct key *key, uint16_t shard, str name)
{
    key_begin(key, shard, KEY_META);
    key_add_text(key, name);
}

void key_machine(struct key *key, uint16_t shard, str machine)
{
    key_begin(key, shard, KEY_MACHINE);
    key_add_text(key, machine);
}

void key_revision(struct key *key, uint16_t shard, str machine, uint32_t revision)
{
    key_begin(key, shard, KEY_REVISION);
    key_add_text(key, machine);
    key_add_u32(key, revision);
}

void key_version(struct key *key, uint16_t shard, str machine, uint32_t version)
{
    key_begin(key, shard, KEY_VERSION);
    key_add_text(key, machine);
    key_add_u32(key, ~version);
}

void key_alias(struct key *key, uint16_t shard, str machine, str alias)
{
    key_begin(key, shard, KEY_ALIAS);
    key_add_text(key, machine);
    key_add_text(key, alias);
}

void key_activity(struct key *key, uint16_t shard, str activity)
{
    key_begin(key, shard, KEY_ACTIVITY);
    key_add_text(key, activity);
}

void key_activity_task(struct key *key, uint16_t shard, str activity, int64_t since_ms,
                       uint64_t serial, uint32_t frame)
{
    key_begin(key, shard, KEY_ACTIVITY_TASK);
    key_add_text(key, activity);
    add_time(key, since_ms);
    key_add_u64(key, serial);
    key_add_u32(key, frame);
}

void key_execution(struct key *key, uint16_t shard, uint64_t serial)
{
    key_begin(key, shard, KEY_EXECUTION);
    key_add_u64(key, serial);
}

void key_end(struct key *key, uint16_t shard, uint64_t serial)
{
    key_begin(key, shard, KEY_END);
    key_add_u64(key, serial);
}

void key_redrive(struct key *key, uint16_t shard, uint64_t serial)
{
    key_begin(key, shard, KEY_REDRIVE);
    key_add_u64(key, serial);
}

void key_frame(struct key *key, uint16_t shard, uint64_t serial, uint32_t frame)
{
    key_begin(key, shard, KEY_FRAME);
    key_add_u64(key, serial);
    key_add_u32(key, frame);
}

void key_frame_data(struct key *key, uint16_t shard, uint64_t serial, uint32_t frame)
{
    key_begin(key, shard, KEY_FRAME_DATA);
    key_add_u64(key, serial);
    key_add_u32(key, frame);
}

void key_history(struct key *key, uint16_t shard, uint64_t serial, uint32_t first_event_id)
{
    key_begin(key, shard, KEY_HISTORY);
    key_add_u64(key, serial);
    key_add_u32(key, first_event_id);
}

void key_name(struct key *key, uint16_t shard, str machine, str execution)
{
    key_begin(key, shard, KEY_NAME);
    key_add_text(key, machine);
    key_add_text(key, execution);
}

void key_list(struct key *key, uint16_t shard, str machine, uint8_t status, uint64_t serial)
{
    key_begin(key, shard, KEY_LIST);
    key_add_text(key, machine);
    key_add_u8(key, status);
    key_add_u64(key, ~serial);
}

void key_timer(struct key *key, uint16_t shard, int64_t due_ms, uint64_t serial, uint32_t frame,
               uint8_t kind)
{
    key_begin(key, shard, KEY_TIMER);
    add_time(key, due_ms);
    key_add_u64(key, serial);
    key_add_u32(key, frame);
    key_add_u8(key, kind);
}

void key_waiting(struct key *key, uint16_t shard, int64_t since_ms, uint64_t serial, uint32_t frame)
{
    key_begin(key, shard, KEY_WAITING);
    add_time(key, since_ms);
    key_add_u64(key, serial);
    key_add_u32(key, frame);
}

void key_effect(struct key *key, uint16_t shard, uint32_t lane, uint64_t id)
{
    key_begin(key, shard, KEY_EFFECT);
    key_add_u32(key, lane);
    key_add_u64(key, id);
}

void key_event_bus(struct key *key, uint16_t shard, str bus)
{
    key_begin(key, shard, KEY_EVENT_BUS);
    key_add_text(key, bus);
}

void key_event_rule(struct key *key, uint16_t shard, str bus, str rule)
{
    key_begin(key, shard, KEY_EVENT_RULE);
    key_add_text(key, bus);
    key_add_text(key, rule);
}

void key_connection(struct key *key, uint16_t shard, str connection)
{
    key_begin(key, shard, KEY_CONNECTION);
    key_add_text(key, connection);
}

void key_table(struct key *key, uint16_t shard, str table)
{
    key_begin(key, shard, KEY_TABLE);
    key_add_text(key, table);
}

void key_table_counts(struct key *key, uint16_t shard, uint64_t table)
{
    key_begin(key, shard, KEY_TABLE_COUNTS);
    key_add_u64(key, table);
}

void key_item_prefix(struct key *key, uint16_t shard, uint64_t table)
{
    key_begin(key, shard, KEY_ITEM);
    key_add_u64(key, table);
}

void key_index_prefix(struct key *key, uint16_t shard, uint64_t table, uint32_t index)
{
    key_begin(key, shard, KEY_INDEX_ENTRY);
    key_add_u64(key, table);
    key_add_u32(key, index);
}

void key_expiry(struct key *key, uint16_t shard, int64_t due_s, uint64_t table, str hash, str range)
{
    key_begin(key, shard, KEY_EXPIRY);
    add_time(key, due_s);
    key_add_u64(key, table);
    key_add_bytes(key, hash);
    key_add_bytes(key, range);
}

void key_table_note(struct key *key, uint16_t shard, uint8_t kind, int64_t at, str subject)
{
    key_begin(key, shard, KEY_TABLE_NOTE);
    key_add_u8(key, kind);
    add_time(key, at);
    key_add_bytes(key, subject);
}

void key_function(struct key *key, uint16_t shard, str function)
{
    key_begin(key, shard, KEY_FUNCTION);
    key_add_text(key, function);
}

void key_function_version(struct key *key, uint16_t shard, str function, uint32_t version)
{
    key_begin(key, shard, KEY_FUNCTION_VERSION);
    key_add_text(key, function);
    key_add_u32(key, version);
}

void key_function_alias(struct key *key, uint16_t shard, str function, str alias)
{
    key_begin(key, shard, KEY_FUNCTION_ALIAS);
    key_add_text(key, function);
    key_add_text(key, alias);
}

void key_function_setting(struct key *key, uint16_t shard, str function, uint8_t kind,
                          str qualifier)
{
    key_begin(key, shard, KEY_FUNCTION_SETTING);
    key_add_text(key, function);
    key_add_u8(key, kind);
    key_add_text(key, qualifier);
}

void key_function_code(struct key *key, uint16_t shard, str sha256)
{
    key_begin(key, shard, KEY_FUNCTION_CODE);
    key_add_text(key, sha256);
}

void key_function_mapping(struct key *key, uint16_t shard, str uuid, uint8_t part)
{
    key_begin(key, shard, KEY_FUNCTION_MAPPING);
    key_add_text(key, uuid);
    key_add_u8(key, part);
}

/* ---- SQS ---- */

void key_queue(struct key *key, uint16_t shard, str queue, uint8_t part)
{
    key_begin(key, shard, KEY_QUEUE);
    key_add_text(key, queue);
    key_add_u8(key, part);
}

void key_queue_note(struct key *key, uint16_t shard, uint64_t queue, uint8_t section,
                    uint64_t number, str text)
{
    key_begin(key, shard, KEY_QUEUE_NOTE);
    key_add_u64(key, queue);
    key_add_u8(key, section);
    key_add_u64(key, number);
    key_add_text(key, text);
}

void key_queue_group_prefix(struct key *key, uint16_t shard, uint64_t queue, str group)
{
    key_begin(key, shard, KEY_QUEUE_GROUP);
    key_add_u64(key, queue);
    key_add_text(key, group);
}

void key_message(struct key *key, uint16_t shard, enum key_tag tag, uint64_t queue, int64_t sent_ms,
                 uint64_t serial)
{
    key_begin(key, shard, tag);
    key_add_u64(key, queue);
    add_time(key, sent_ms);
    key_add_u64(key, serial);
}

void key_queue_place(struct key *key, uint16_t shard, enum key_tag tag, uint64_t queue,
                     int64_t visible_ms, int64_t sent_ms, uint64_t serial)
{
    key_begin(key, shard, tag);
    key_add_u64(key, queue);
    add_time(key, visible_ms);
    add_time(key, sent_ms);
    key_add_u64(key, serial);
}

void key_topic(struct key *key, uint16_t shard, str topic)
{
    key_begin(key, shard, KEY_TOPIC);
    key_add_text(key, topic);
}

void key_subscription(struct key *key, uint16_t shard, str topic, str id)
{
    key_begin(key, shard, KEY_SUBSCRIPTION);
    key_add_text(key, topic);
    if (id.len > 0) key_add_text(key, id);
}

void key_subscribed(struct key *key, uint16_t shard, str topic, str protocol, str endpoint)
{
    key_begin(key, shard, KEY_SUBSCRIBED);
    key_add_text(key, topic);
    if (protocol.len == 0) return;
    key_add_text(key, protocol);
    key_add_bytes(key, endpoint);
}

void key_published(struct key *key, uint16_t shard, uint64_t topic, uint32_t window, str id)
{
    key_begin(key, shard, KEY_PUBLISHED);
    key_add_u64(key, topic);
    key_add_u32(key, window);
    if (id.len > 0) key_add_bytes(key, id);
}

void key_outbox(struct key *key, uint16_t shard, uint64_t id)
{
    key_begin(key, shard, KEY_OUTBOX);
    key_add_u64(key, ~id);
}

void key_wait(struct key *key, uint16_t shard, uint64_t serial, uint32_t frame, uint32_t entered)
{
    key_wait_prefix(key, shard, serial, frame);
    key_add_u32(key, entered);
}

void key_wait_prefix(struct key *key, uint16_t shard, uint64_t serial, uint32_t frame)
{
    key_begin(key, shard, KEY_WAIT);
    key_add_u64(key, serial);
    key_add_u32(key, frame);
}

void key_callback_key(struct key *key, uint16_t shard, str name, str callback_key)
{
    key_begin(key, shard, KEY_CALLBACK_KEY);
    key_add_text(key, name);
    key_add_bytes(key, callback_key);
}

/* Without the two bytes that end a field of bytes. */
void key_callback_key_prefix(struct key *key, uint16_t shard, str name, str beginning)
{
    key_callback_key(key, shard, name, beginning);
    key->len = (uint16_t)(key->len - 2);
}

void key_callback_name(struct key *key, uint16_t shard, str name)
{
    key_begin(key, shard, KEY_CALLBACK_NAME);
    key_add_text(key, name);
}

void key_mailbox_prefix(struct key *key, uint16_t shard, str name, str callback_key)
{
    key_begin(key, shard, KEY_MAILBOX);
    key_add_text(key, name);
    key_add_bytes(key, callback_key);
}

void key_mailbox(struct key *key, uint16_t shard, str name, str callback_key, uint64_t order)
{
    key_mailbox_prefix(key, shard, name, callback_key);
    key_add_u64(key, order);
}

void key_callback_note(struct key *key, uint16_t shard, uint8_t section, uint64_t number, str name,
                       str id)
{
    key_begin(key, shard, KEY_CALLBACK_NOTE);
    key_add_u8(key, section);
    key_add_u64(key, number);
    key_add_text(key, name);
    key_add_bytes(key, id);
}

void key_route(struct key *key, uint16_t shard, uint8_t section, str name, uint64_t number, str id)
{
    key_begin(key, shard, KEY_ROUTE);
    key_add_u8(key, section);
    key_add_text(key, name);
    key_add_u64(key, number);
    key_add_bytes(key, id);
}

void key_gateway(struct key *key, uint16_t shard, str owner, uint8_t kind, str id)
{
    key_begin(key, shard, KEY_GATEWAY);
    key_add_text(key, owner);
    key_add_u8(key, kind);
    if (id.len > 0) key_add_text(key, id);
}
