/* The store in memory: a balanced tree whose nodes never change once they can be seen.
 *
 * A batch copies the nodes on its way (path copying) and shares all others with the tree before it,
 * so a version costs what was written, and a snapshot is one more reference to a root. The version
 * after each batch since the last sync is kept: a crash goes back to one of them. Nodes and their
 * bytes are counted; counts are atomic because the last reader of a version may be any thread.
 *
 *   versions[0]        what the last sync made durable
 *   versions[i]        after the i-th batch since then; the last one is what reads see */
#include <stdatomic.h>
#include <stdlib.h>

#include <pthread.h>

#include "store/backend.h"

/* An AVL tree of n keys is at most 1.44 log2(n + 2) deep: 64 levels are 2^44 keys. */
enum { DEPTH_MAX = 64 };

struct entry {
    atomic_uint references;
    size_t key_bytes;
    size_t value_bytes;
    char bytes[]; /* the key, then the value */
};

struct node {
    atomic_uint references;
    int height;          /* 1 for a leaf */
    struct entry *entry; /* counted */
    struct node *left;   /* counted */
    struct node *right;  /* counted */
};

struct memory_store {
    struct store store;
    pthread_mutex_t mutex;  /* guards the fields below; trees need none */
    struct node **versions; /* owned; each counted */
    size_t version_count;   /* at least 1 */
    size_t version_capacity;
    uint64_t batches_applied;
};

struct store_snapshot {
    struct node *root; /* counted */
};

struct memory_cursor {
    struct store_cursor cursor;
    struct node *root; /* counted */
    bool reverse;
    char *bound; /* owned: `to` upwards, `from` downwards */
    size_t bound_bytes;
    int depth;
    const struct node *path[DEPTH_MAX]; /* the next node is the last one */
};

/* ---- entries and nodes ---- */

static struct entry *entry_new(str key, str value)
{
    struct entry *entry = store_allocate(sizeof *entry + key.len + value.len);
    atomic_init(&entry->references, 1);
    entry->key_bytes = key.len;
    entry->value_bytes = value.len;
    memcpy(entry->bytes, key.ptr, key.len);
    if (value.len > 0) memcpy(entry->bytes + key.len, value.ptr, value.len);
    return entry;
}

static str entry_key(const struct entry *entry)
{
    return (str){ entry->bytes, entry->key_bytes };
}

static str entry_value(const struct entry *entry)
{
    return (str){ entry->bytes + entry->key_bytes, entry->value_bytes };
}

static struct entry *entry_retain(struct entry *entry)
{
    atomic_fetch_add_explicit(&entry->references, 1, memory_order_relaxed);
    return entry;
}

static void entry_release(struct entry *entry)
{
    if (atomic_fetch_sub_explicit(&entry->references, 1, memory_order_acq_rel) == 1) free(entry);
}

static struct node *node_retain(struct node *node)
{
    if (node) atomic_fetch_add_explicit(&node->references, 1, memory_order_relaxed);
    return node;
}

/* Recursive, as deep as the tree is high. */
static void node_release(struct node *node)
{
    if (!node || atomic_fetch_sub_explicit(&node->references, 1, memory_order_acq_rel) > 1) return;
    ASSERT_CMP(node->height, <=, DEPTH_MAX);
    node_release(node->left);
    node_release(node->right);
    entry_release(node->entry);
    free(node);
}

static int height(const struct node *node)
{
    return node ? node->height : 0;
}

static void set_height(struct node *node)
{
    int left = height(node->left);
    int right = height(node->right);
    node->height = 1 + (left > right ? left : right);
    ASSERT_CMP(node->height, <=, DEPTH_MAX);
}

static struct node *node_new(struct entry *entry)
{
    struct node *node = store_allocate(sizeof *node);
    *node = (struct node){ .height = 1, .entry = entry };
    atomic_init(&node->references, 1);
    return node;
}

/* The node, if nobody else can see it, or else a copy of it in its place. A published root always
 * has a second reference (its version's), so nothing below it counts as ours: its copy shares the
 * children, whose counts then rise, and so on down the path. */
static struct node *node_own(struct node *node)
{
    if (atomic_load_explicit(&node->references, memory_order_acquire) == 1) return node;
    struct node *copy = node_new(entry_retain(node->entry));
    copy->left = node_retain(node->left);
    copy->right = node_retain(node->right);
    copy->height = node->height;
    node_release(node);
    return copy;
}

/* ---- the tree; every function takes over the reference it is given and returns one ---- */

static struct node *rotate_right(struct node *node)
{
    struct node *up = node_own(node->left);
    node->left = up->right;
    up->right = node;
    set_height(node);
    set_height(up);
    return up;
}

static struct node *rotate_left(struct node *node)
{
    struct node *up = node_own(node->right);
    node->right = up->left;
    up->left = node;
    set_height(node);
    set_height(up);
    return up;
}

/* Restores the balance of an owned node one of whose subtrees grew or shrank by one level. */
static struct node *balance(struct node *node)
{
    int lean = height(node->left) - height(node->right);
    if (lean > 1) {
        node->left = node_own(node->left);
        if (height(node->left->left) < height(node->left->right))
            node->left = rotate_left(node->left);
        return rotate_right(node);
    }
    if (lean < -1) {
        node->right = node_own(node->right);
        if (height(node->right->right) < height(node->right->left))
            node->right = rotate_right(node->right);
        return rotate_left(node);
    }
    set_height(node);
    return node;
}

static struct node *tree_put(struct node *node, struct entry *entry, int depth)
{
    ASSERT_CMP(depth, <, DEPTH_MAX);
    if (!node) return node_new(entry);
    node = node_own(node);
    int order = str_compare(entry_key(entry), entry_key(node->entry));
    if (order == 0) {
        entry_release(node->entry);
        node->entry = entry;
        return node;
    }
    if (order < 0)
        node->left = tree_put(node->left, entry, depth + 1);
    else
        node->right = tree_put(node->right, entry, depth + 1);
    return balance(node);
}

/* Takes the first entry out of a tree that is not empty. */
static struct node *tree_take_first(struct node *node, struct entry **out, int depth)
{
    ASSERT_CMP(depth, <, DEPTH_MAX);
    node = node_own(node);
    if (node->left) {
        node->left = tree_take_first(node->left, out, depth + 1);
        return balance(node);
    }
    struct node *right = node_retain(node->right);
    *out = entry_retain(node->entry);
    node_release(node);
    return right;
}

/* The key must be there: a path that is copied for nothing would be harmless, but slow. */
static struct node *tree_delete(struct node *node, str key, int depth)
{
    ASSERT_CMP(depth, <, DEPTH_MAX);
    ASSERT(node);
    node = node_own(node);
    int order = str_compare(key, entry_key(node->entry));
    if (order < 0) {
        node->left = tree_delete(node->left, key, depth + 1);
        return balance(node);
    }
    if (order > 0) {
        node->right = tree_delete(node->right, key, depth + 1);
        return balance(node);
    }
    if (node->left && node->right) {
        entry_release(node->entry);
        node->right = tree_take_first(node->right, &node->entry, depth + 1);
        return balance(node);
    }
    struct node *child = node_retain(node->left ? node->left : node->right);
    node_release(node);
    return child;
}

static const struct entry *tree_find(const struct node *node, str key)
{
    while (node) {
        int order = str_compare(key, entry_key(node->entry));
        if (order == 0) return node->entry;
        node = order < 0 ? node->left : node->right;
    }
    return NULL;
}

/* ---- versions ---- */

static struct memory_store *memory_of(struct store *store)
{
    return (struct memory_store *)(void *)store;
}

/* The root that reads see, with a reference of its own. */
static struct node *current_root(struct memory_store *memory)
{
    pthread_mutex_lock(&memory->mutex);
    struct node *root = node_retain(memory->versions[memory->version_count - 1]);
    pthread_mutex_unlock(&memory->mutex);
    return root;
}

static struct node *root_of(struct store *store, const struct store_snapshot *snapshot)
{
    return snapshot ? node_retain(snapshot->root) : current_root(memory_of(store));
}

/* Called with the mutex held; takes over the reference. */
static void push_version(struct memory_store *memory, struct node *root)
{
    if (memory->version_count == memory->version_capacity) {
        memory->version_capacity = memory->version_capacity ? memory->version_capacity * 2 : 16;
        memory->versions =
            realloc(memory->versions, memory->version_capacity * sizeof *memory->versions);
        if (!memory->versions) fatal("out of memory");
    }
    memory->versions[memory->version_count++] = root;
}

/* Called with the mutex held: forgets all versions but the one at `kept`, which becomes durable. */
static void keep_version(struct memory_store *memory, size_t kept)
{
    ASSERT_CMP(kept, <, memory->version_count);
    for (size_t i = 0; i < memory->version_count; i++)
        if (i != kept) node_release(memory->versions[i]);
    memory->versions[0] = memory->versions[kept];
    memory->version_count = 1;
}

static struct node *apply_writes(struct node *root, const struct store_batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        const struct store_write *write = &batch->writes[i];
        if (write->superseded) continue;
        if (!write->is_delete)
            root = tree_put(root, entry_new(write->key, write->value), 0);
        else if (tree_find(root, write->key))
            root = tree_delete(root, write->key, 0);
    }
    return root;
}

static void memory_apply(struct store *store, const struct store_batch *batch)
{
    /* The whole step under the mutex: several shards may share a store. Readers wait for as long as
     * one batch takes, which is what the simulator and tests can bear. */
    struct memory_store *memory = memory_of(store);
    pthread_mutex_lock(&memory->mutex);
    struct node *root = node_retain(memory->versions[memory->version_count - 1]);
    push_version(memory, apply_writes(root, batch));
    memory->batches_applied++;
    pthread_mutex_unlock(&memory->mutex);
}

static void memory_sync(struct store *store)
{
    struct memory_store *memory = memory_of(store);
    pthread_mutex_lock(&memory->mutex);
    keep_version(memory, memory->version_count - 1);
    pthread_mutex_unlock(&memory->mutex);
}

static void memory_crash(struct store *store, size_t keep)
{
    struct memory_store *memory = memory_of(store);
    pthread_mutex_lock(&memory->mutex);
    size_t last = memory->version_count - 1;
    keep_version(memory, keep < last ? keep : last);
    pthread_mutex_unlock(&memory->mutex);
}

static size_t memory_unsynced(struct store *store)
{
    struct memory_store *memory = memory_of(store);
    pthread_mutex_lock(&memory->mutex);
    size_t count = memory->version_count - 1;
    pthread_mutex_unlock(&memory->mutex);
    return count;
}

static void memory_close(struct store *store)
{
    struct memory_store *memory = memory_of(store);
    for (size_t i = 0; i < memory->version_count; i++)
        node_release(memory->versions[i]);
    free(memory->versions);
    pthread_mutex_destroy(&memory->mutex);
    free(memory);
}

/* ---- reads ---- */

static struct store_snapshot *memory_snapshot_new(struct store *store)
{
    struct store_snapshot *snapshot = store_allocate(sizeof *snapshot);
    snapshot->root = current_root(memory_of(store));
    return snapshot;
}

static void memory_snapshot_free(struct store *store, struct store_snapshot *snapshot)
{
    (void)store;
    node_release(snapshot->root);
    free(snapshot);
}

static bool memory_get(struct store *store, const struct store_snapshot *snapshot, str key,
                       struct arena *arena, str *out)
{
    struct node *root = root_of(store, snapshot);
    const struct entry *entry = tree_find(root, key);
    if (entry) *out = arena_str(arena, entry_value(entry));
    node_release(root);
    return entry != NULL;
}

static void cursor_push(struct memory_cursor *cursor, const struct node *node)
{
    ASSERT_CMP(cursor->depth, <, DEPTH_MAX);
    cursor->path[cursor->depth++] = node;
}

/* Leaves on the path the nodes that are still to be visited on the way to the first key at or after
 * `from` (upwards), or to the last one before `to` (downwards). */
static void cursor_seek(struct memory_cursor *cursor, str from, str to)
{
    const struct node *node = cursor->root;
    while (node) {
        str key = entry_key(node->entry);
        bool wanted = cursor->reverse ? str_compare(key, to) < 0 : str_compare(key, from) >= 0;
        if (wanted) cursor_push(cursor, node);
        node = wanted == cursor->reverse ? node->right : node->left;
    }
}

static struct store_cursor *memory_scan(struct store *store, const struct store_snapshot *snapshot,
                                        str from, str to, bool reverse)
{
    struct memory_cursor *cursor = store_allocate(sizeof *cursor);
    str bound = reverse ? from : to;
    cursor->cursor.backend = store->backend;
    cursor->root = root_of(store, snapshot);
    cursor->reverse = reverse;
    cursor->bound = store_allocate(bound.len);
    cursor->bound_bytes = bound.len;
    cursor->depth = 0;
    if (bound.len > 0) memcpy(cursor->bound, bound.ptr, bound.len);
    if (str_compare(from, to) < 0) cursor_seek(cursor, from, to);
    return &cursor->cursor;
}

static struct memory_cursor *memory_cursor_of(struct store_cursor *cursor)
{
    return (struct memory_cursor *)(void *)cursor;
}

static bool memory_cursor_next(struct store_cursor *base, str *key, str *value)
{
    struct memory_cursor *cursor = memory_cursor_of(base);
    if (cursor->depth == 0) return false;
    const struct node *node = cursor->path[--cursor->depth];
    str found = entry_key(node->entry);
    int order = str_compare(found, (str){ cursor->bound, cursor->bound_bytes });
    if (cursor->reverse ? order < 0 : order >= 0) {
        cursor->depth = 0;
        return false;
    }
    *key = found;
    *value = entry_value(node->entry);

    const struct node *next = cursor->reverse ? node->left : node->right;
    for (; next; next = cursor->reverse ? next->right : next->left)
        cursor_push(cursor, next);
    return true;
}

static void memory_cursor_close(struct store_cursor *base)
{
    struct memory_cursor *cursor = memory_cursor_of(base);
    node_release(cursor->root);
    free(cursor->bound);
    free(cursor);
}

/* ---- for operators ---- */

static uint64_t memory_disk_bytes(struct store *store)
{
    (void)store;
    return 0;
}

static str memory_statistics(struct store *store, struct arena *arena)
{
    struct memory_store *memory = memory_of(store);
    pthread_mutex_lock(&memory->mutex);
    str text = arena_printf(arena,
                            "baton_store_batches_applied_total %llu\n"
                            "baton_store_batches_unsynced %zu\n",
                            (unsigned long long)memory->batches_applied, memory->version_count - 1);
    pthread_mutex_unlock(&memory->mutex);
    return text;
}

static void memory_compact(struct store *store)
{
    (void)store; /* what is deleted is freed at once */
}

static const struct store_backend memory_backend = {
    .close = memory_close,
    .apply = memory_apply,
    .sync = memory_sync,
    .snapshot_new = memory_snapshot_new,
    .snapshot_free = memory_snapshot_free,
    .get = memory_get,
    .scan = memory_scan,
    .cursor_next = memory_cursor_next,
    .cursor_close = memory_cursor_close,
    .disk_bytes = memory_disk_bytes,
    .statistics = memory_statistics,
    .compact = memory_compact,
    .crash = memory_crash,
    .unsynced = memory_unsynced,
};

struct store *store_open_memory(void)
{
    struct memory_store *memory = store_allocate(sizeof *memory);
    *memory = (struct memory_store){ .store = { .backend = &memory_backend } };
    if (pthread_mutex_init(&memory->mutex, NULL) != 0) fatal("cannot make a mutex");
    push_version(memory, NULL);
    return &memory->store;
}
