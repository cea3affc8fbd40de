/* What processes there are below another, and how much memory they have: from /proc.
 *
 * The whole table is read, since Linux tells the children of a process only where it was built with
 * CONFIG_PROC_CHILDREN, and a function may have begun processes of processes. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "effects/private.h"

enum {
    STAT_BYTES_MAX = 1024,
    ROWS_MAX = 1 << 20, /* more than Linux has process ids by default */
    DEPTH_MAX = 4096,   /* processes below each other that are counted */
};

/* Reads a small file of /proc; the length, or 0. */
static size_t read_small(const char *path, char *out, size_t room)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return 0;
    ssize_t got = read(file, out, room - 1);
    close(file);
    if (got <= 0) return 0;
    out[got] = '\0';
    return (size_t)got;
}

/* proc(5): after the name in parentheses, which may itself have parentheses, come the state, the
 * parent (field 4), ... the threads (20), ... the resident pages (24). */
static bool read_row(int id, struct memory_row *row)
{
    char path[64], text[STAT_BYTES_MAX];
    snprintf(path, sizeof path, "/proc/%d/stat", id);
    if (!read_small(path, text, sizeof text)) return false;
    const char *behind = strrchr(text, ')');
    if (!behind) return false;
    char state;
    int parent;
    long long threads, pages;
    int got = sscanf(behind + 1,
                     " %c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %lld %*d "
                     "%*u %*u %lld",
                     &state, &parent, &threads, &pages);
    if (got != 4) return false;
    *row = (struct memory_row){
        .id = id,
        .parent = parent,
        .threads = state == 'Z' ? 0 : (int64_t)threads,
        .rss_bytes = state == 'Z' ? 0 : (int64_t)pages * sysconf(_SC_PAGESIZE),
    };
    return true;
}

static int compare_rows(const void *a, const void *b)
{
    const struct memory_row *x = a, *y = b;
    return (x->parent > y->parent) - (x->parent < y->parent);
}

struct memory_row *memory_read(size_t *count)
{
    struct memory_row *rows = NULL;
    size_t capacity = 0;
    *count = 0;
    DIR *directory = opendir("/proc");
    if (!directory) return NULL;
    struct dirent *entry;
    while (*count < ROWS_MAX && (entry = readdir(directory))) {
        int64_t id;
        if (!str_to_i64(str_from(entry->d_name), &id) || id <= 0 || id > INT32_MAX) continue;
        if (*count == capacity) {
            capacity = capacity ? capacity * 2 : 256;
            rows = realloc(rows, capacity * sizeof *rows);
            if (!rows) fatal("out of memory");
        }
        if (read_row((int)id, &rows[*count])) (*count)++;
    }
    closedir(directory);
    if (*count) qsort(rows, *count, sizeof *rows, compare_rows);
    return rows;
}

/* The first row whose parent is `parent`; rows are in the order of their parents. */
static size_t first_child(const struct memory_row *rows, size_t count, int parent)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (rows[middle].parent < parent)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

size_t memory_below(const struct memory_row *rows, size_t count, int root, int *ids, size_t room)
{
    size_t found = 0, looked_at = 0;
    int parent = root;
    for (;;) {
        for (size_t i = first_child(rows, count, parent);
             i < count && rows[i].parent == parent && found < room; i++)
            ids[found++] = rows[i].id;
        if (looked_at == found) return found;
        parent = ids[looked_at++];
    }
}

void memory_sum(const struct memory_row *rows, size_t count, int root, int64_t *rss_bytes,
                int64_t *tasks)
{
    int parents[DEPTH_MAX];
    size_t found = 0, looked_at = 0;
    int parent = root;
    *rss_bytes = *tasks = 0;
    for (;;) {
        for (size_t i = first_child(rows, count, parent); i < count && rows[i].parent == parent;
             i++) {
            *rss_bytes += rows[i].rss_bytes;
            *tasks += rows[i].threads;
            if (found < DEPTH_MAX) parents[found++] = rows[i].id;
        }
        if (looked_at == found) return;
        parent = parents[looked_at++];
    }
}

int64_t memory_of(int id)
{
    char path[64], text[STAT_BYTES_MAX];
    snprintf(path, sizeof path, "/proc/%d/statm", id);
    long long pages;
    if (!read_small(path, text, sizeof text) || sscanf(text, "%*u %lld", &pages) != 1) return 0;
    return (int64_t)pages * sysconf(_SC_PAGESIZE);
}
