/* The least recently used cache of compiled definitions; see machines.h. */
#include "shard/shard_private.h"

#include <stdlib.h>

struct cached_machine {
    str name; /* in `arena` */
    uint32_t revision;
    bool stale;         /* its record was replaced; nobody finds it any more */
    struct arena arena; /* owned: the compiled machine */
    const struct asl_machine *compiled;
    const struct machine_log *log;        /* NULL: nothing is logged */
    struct cached_machine *next;          /* in the bucket */
    struct cached_machine *newer, *older; /* by last use */
};

/* FNV-1a, over names that somebody with access has chosen: long chains would be their own. */
static size_t bucket_of(str name, uint32_t revision)
{
    uint32_t hash = 2166136261u ^ revision;
    for (size_t i = 0; i < name.len; i++)
        hash = (hash ^ (unsigned char)name.ptr[i]) * 16777619u;
    return (hash ^ hash >> 16) % MACHINES_BUCKETS;
}

static void unlink_use(struct machines *machines, struct cached_machine *m)
{
    if (m->newer)
        m->newer->older = m->older;
    else
        machines->newest = m->older;
    if (m->older)
        m->older->newer = m->newer;
    else
        machines->oldest = m->newer;
}

static void link_newest(struct machines *machines, struct cached_machine *m)
{
    m->newer = NULL;
    m->older = machines->newest;
    if (machines->newest)
        machines->newest->newer = m;
    else
        machines->oldest = m;
    machines->newest = m;
}

static struct cached_machine *find(struct machines *machines, str name, uint32_t revision)
{
    struct cached_machine *m = machines->buckets[bucket_of(name, revision)];
    while (m && (m->stale || m->revision != revision || !str_eq(m->name, name)))
        m = m->next;
    return m;
}

static void drop(struct machines *machines, struct cached_machine *m)
{
    struct cached_machine **at = &machines->buckets[bucket_of(m->name, m->revision)];
    while (*at != m)
        at = &(*at)->next;
    *at = m->next;
    unlink_use(machines, m);
    machines->count--;
    arena_close(&m->arena);
    free(m);
}

/* "arn:aws:logs:REGION:ACCOUNT:log-group:NAME:*" */
static str log_group_name(str arn)
{
    str mark = STR(":log-group:");
    size_t at = str_find(arn, mark, 0);
    if (at == arn.len) return STR("");
    str name = str_skip(arn, at + mark.len);
    return str_slice(name, 0, str_find_char(name, ':', 0));
}

static const struct machine_log *read_log(json revision, struct arena *arena)
{
    const json *logging = json_find(revision, STR("logging"));
    if (!logging) return NULL;
    str level = json_str_or(*logging, STR("level"), STR("OFF"));
    const json *destinations = json_find(*logging, STR("destinations"));
    if (str_eq(level, STR("OFF")) || !destinations || !json_is_array(*destinations) ||
        json_count(*destinations) == 0)
        return NULL;
    const json *group = json_find(json_at(*destinations, 0), STR("cloudWatchLogsLogGroup"));
    if (!group) return NULL;
    struct machine_log *log = ARENA_NEW(arena, struct machine_log);
    log->level = arena_str(arena, level);
    log->group = arena_str(arena, log_group_name(json_str_or(*group, STR("logGroupArn"), STR(""))));
    log->data = json_bool_or(*logging, STR("includeExecutionData"), false);
    return log->group.len > 0 ? log : NULL;
}

static const struct asl_machine *compile(struct txn *txn, str name, uint32_t revision,
                                         struct arena *arena, const struct machine_log **log)
{
    struct key key;
    str record;
    key_revision(&key, shard_number(txn_shard(txn)), name, revision);
    if (!txn_get(txn, &key, &record))
        fatal("state machine %.*s: revision %u is in use but not in the store", STR_ARGS(name),
              revision);
    json value;
    struct error err = { 0 };
    if (!json_parse(record, txn_arena(txn), &value, &err))
        fatal("state machine %.*s: revision %u does not decode: %.*s", STR_ARGS(name), revision,
              STR_ARGS(error_text(&err)));

    *log = read_log(value, arena);
    bool express = str_eq(json_str_or(value, STR("type"), STR("")), STR("EXPRESS"));
    const struct asl_machine *compiled;
    struct asl_diagnostics diagnostics = { 0 };
    if (!asl_compile(json_str_or(value, STR("definition"), STR("")),
                     express ? ASL_EXPRESS : ASL_STANDARD, arena, &compiled, &diagnostics)) {
        str text = asl_diagnostics_text(&diagnostics, arena);
        fatal("state machine %.*s: revision %u does not compile: %.*s", STR_ARGS(name), revision,
              STR_ARGS(text));
    }
    return compiled;
}

void machines_init(struct machines *machines)
{
    *machines = (struct machines){ 0 };
}

void machines_close(struct machines *machines)
{
    while (machines->oldest)
        drop(machines, machines->oldest);
    ASSERT_CMP(machines->count, ==, 0);
}

const struct asl_machine *machines_get(struct machines *machines, struct txn *txn, str name,
                                       uint32_t revision)
{
    struct cached_machine *m = find(machines, name, revision);
    if (m) {
        if (m != machines->newest) {
            unlink_use(machines, m);
            link_newest(machines, m);
        }
        return m->compiled;
    }
    m = calloc(1, sizeof *m);
    if (!m) fatal("out of memory");
    arena_init(&m->arena);
    m->compiled = compile(txn, name, revision, &m->arena, &m->log);
    m->name = arena_str(&m->arena, name);
    m->revision = revision;
    size_t bucket = bucket_of(name, revision);
    m->next = machines->buckets[bucket];
    machines->buckets[bucket] = m;
    link_newest(machines, m);
    machines->count++;
    return m->compiled;
}

const struct machine_log *machines_log(const struct machines *machines)
{
    return machines->newest->log;
}

void machines_forget(struct machines *machines, str name, uint32_t revision)
{
    struct cached_machine *m = find(machines, name, revision);
    if (!m) return;
    /* The running transaction may hold it: machines_trim takes it from the old end. */
    m->stale = true;
    unlink_use(machines, m);
    m->older = NULL;
    m->newer = machines->oldest;
    if (machines->oldest)
        machines->oldest->older = m;
    else
        machines->newest = m;
    machines->oldest = m;
}

void machines_trim(struct machines *machines)
{
    struct cached_machine *m;
    while ((m = machines->oldest) && (m->stale || machines->count > SHARD_MACHINE_CACHE_MAX)) {
        drop(machines, m);
        ASSERT(machines->oldest != m);
    }
}
