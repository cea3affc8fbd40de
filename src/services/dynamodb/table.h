/* Tables as the operations see them: the record, its indexes, and the counts of what is in them. */
#ifndef SERVICES_DYNAMODB_TABLE_H
#define SERVICES_DYNAMODB_TABLE_H

#include "services/dynamodb/place.h"
#include "services/source.h"

enum {
    TABLE_INDEXES_MAX = DYNAMODB_LOCAL_INDEXES_MAX + DYNAMODB_GLOBAL_INDEXES_MAX,
};

enum index_projection { INDEX_ALL, INDEX_KEYS_ONLY, INDEX_INCLUDE };

/* What is in a table or an index: exact, changed with every write. */
struct counts {
    int64_t items, bytes;
};

struct table_index {
    str name;
    uint32_t id; /* in its table; never used again */
    bool is_global;
    bool is_filling; /* entries of older items are still being made (jobs.h) */
    struct schema schema;
    enum index_projection projection;
    json include;         /* INDEX_INCLUDE: array of names */
    json record;          /* as it stands in the table's record */
    struct counts counts; /* once table->has_counts */
};

struct table {
    str name;
    uint64_t id;
    struct schema schema;
    struct table_index *indexes;
    size_t index_count;
    str expiry;  /* attribute with the time to live; empty: none */
    json record; /* KEY_TABLE, see table.c */
    struct counts counts;
    bool has_counts;     /* counts have been read */
    bool counts_changed; /* and have to be written back: table_flush */
};

/* The name in a table's name or ARN; an ARN of another account or region gives no name that a table
 * can have (empty). */
str table_name_of(const struct source *source, str name_or_arn);

/* Reads a table by its name; false if there is none. */
bool table_find(const struct source *source, str name, struct table *out);

/* The same by name or ARN; false with ERROR_DYNAMODB_RESOURCE_NOT_FOUND and DynamoDB's text. The
 * operations on items have one text, those on tables one that names the table. */
MUST_CHECK bool table_load(const struct source *source, str name_or_arn, struct table *out,
                           struct error *err);
MUST_CHECK bool table_load_named(const struct source *source, str name_or_arn, struct table *out,
                                 struct error *err);

/* Makes a table of a record (fatal if it is none). */
void table_decode(struct arena *arena, str name, json record, struct table *out);
/* Writes a record: the fields are table.c's. */
void table_store(struct txn *txn, const struct source *source, str name, json record);

/* NULL if there is none of that name. */
struct table_index *table_index_find(const struct table *table, str name);

/* True if the index holds that attribute of every item. */
bool index_holds(const struct table *table, const struct table_index *index, str name);
/* What the index keeps of an item. */
json index_project(struct arena *arena, const struct table *table, const struct table_index *index,
                   json item);

/* Reads the counts, if that has not been done. */
void table_read_counts(const struct source *source, struct table *table);
/* Writes the counts if they have changed. */
void table_flush(struct txn *txn, const struct source *source, struct table *table);

/* arn:aws:dynamodb:REGION:ACCOUNT:table/NAME, in the arena. */
str table_arn(const struct source *source, str name);

/* Appends the TableDescription, as the value of the member `member` of an answer. `status` is
 * "ACTIVE" for all that is there; DeleteTable, CreateTable and UpdateTable tell of a transition. */
void table_describe(const struct source *source, struct table *table, const char *status,
                    const char *member, struct buf *out);

/* ---- tables of one request ---- */

/* Every table is read once, so that its counts add up. */
struct table_set {
    struct arena *arena;
    struct table **tables;
    size_t count, capacity;
};
void table_set_init(struct table_set *set, struct arena *arena);
MUST_CHECK bool table_set_load(struct table_set *set, const struct source *source, str name_or_arn,
                               struct table **out, struct error *err);
void table_set_flush(struct table_set *set, struct txn *txn, const struct source *source);

#endif
