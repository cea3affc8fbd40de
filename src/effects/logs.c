/* Logs: two files per log group, "NAME.0" (older) and "NAME.1" (newer).
 *
 * A line of a file is one line of the log, as the API shows it:
 *     {"id":17,"timestamp":1700000000000,"stream":"2024/...","message":"..."}
 * When the newer file has reached half of FUNCTION_LOG_BYTES_MAX (of a function's group) or of
 * LOG_GROUP_BYTES_MAX (of any other) it becomes the older one. Ids
 * count up and are taken up again from the files after a restart. The loop's thread gathers lines
 * and appends them once per pass. Whoever reads makes sure that they are written, opens the files
 * under the lock, and then reads what they had at that moment without it. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "effects/private.h"

enum {
    PENDING_BYTES_MAX = 64 << 10, /* gathered before they are written at once */
    PENDING_BYTES_KEPT_MAX = 128 << 10,
    READ_BYTES_MAX = 2 * LOG_GROUP_BYTES_MAX, /* of one file; it has less */
};

struct log_group {
    struct log_group *next;
    char *name;         /* owned */
    uint64_t next_id;   /* of the next line; 0: the files have not been looked at */
    size_t newer_bytes; /* of the newer file */
    struct buf pending; /* on the heap: lines that are not written */
};

struct logs {
    const char *directory;
    uv_mutex_t lock; /* for all below, and the names of the files */
    struct log_group *groups;
    bool has_pending;
    size_t group_count;
    struct buf decoded; /* on the heap: the line at hand as text */
};

/* ---- files ---- */

static const char *segment_path(struct arena *arena, const struct logs *logs, str group,
                                int segment)
{
    struct buf path;
    buf_init(&path, arena);
    buf_printf(&path, "%s/", logs->directory);
    text_add_file_name(&path, group);
    buf_printf(&path, ".%d", segment);
    return arena_cstr(arena, buf_str(&path));
}

/* The number behind {"id": or 0. */
static uint64_t line_id(str line)
{
    str start = STR("{\"id\":");
    if (!str_starts_with(line, start)) return 0;
    uint64_t id = 0;
    for (size_t i = start.len; str_at(line, i) >= '0' && str_at(line, i) <= '9' && i < 25; i++)
        id = id * 10 + (uint64_t)(line.ptr[i] - '0');
    return id;
}

/* What a file has now, in the arena. A last line that is not complete (a crash) is left out. */
static str read_segment(struct arena *arena, int file)
{
    struct stat status;
    if (file < 0 || fstat(file, &status) != 0 || status.st_size <= 0) return (str){ NULL, 0 };
    size_t bytes = (size_t)status.st_size;
    if (bytes > READ_BYTES_MAX) bytes = READ_BYTES_MAX;
    char *text = arena_alloc(arena, bytes);
    size_t len = 0;
    while (len < bytes) {
        ssize_t got = pread(file, text + len, bytes - len, (off_t)len);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        len += (size_t)got;
    }
    while (len > 0 && text[len - 1] != '\n')
        len--;
    return (str){ text, len };
}

/* The id of the last line of a text of whole lines. */
static uint64_t last_id(str text)
{
    if (text.len == 0) return 0;
    size_t start = text.len - 1;
    while (start > 0 && text.ptr[start - 1] != '\n')
        start--;
    return line_id(str_skip(text, start));
}

/* ---- groups ---- */

static void look_at_files(struct logs *logs, struct log_group *group)
{
    struct arena arena;
    arena_init(&arena);
    group->next_id = 1;
    for (int segment = 0; segment < 2; segment++) {
        const char *path = segment_path(&arena, logs, str_from(group->name), segment);
        int file = open(path, O_RDWR | O_CLOEXEC);
        str text = read_segment(&arena, file);
        uint64_t id = last_id(text);
        if (id >= group->next_id) group->next_id = id + 1;
        if (segment == 1) group->newer_bytes = text.len;
        /* Without the half line of a crash, which the next line would be glued to. */
        if (file >= 0 && ftruncate(file, (off_t)text.len) != 0) group->newer_bytes = text.len;
        if (file >= 0) close(file);
    }
    arena_close(&arena);
}

static void free_group(struct log_group *group)
{
    buf_close(&group->pending);
    free(group->name);
    free(group);
}

/* Forgets the group that was not used for longest and has nothing to write. */
static void drop_oldest(struct logs *logs)
{
    struct log_group **found = NULL;
    for (struct log_group **at = &logs->groups; *at; at = &(*at)->next) {
        if ((*at)->pending.len == 0) found = at;
    }
    if (!found) return;
    struct log_group *group = *found;
    *found = group->next;
    free_group(group);
    logs->group_count--;
}

/* Finds or makes it, and moves it to the front. */
static struct log_group *find_group(struct logs *logs, str name)
{
    struct log_group **at = &logs->groups;
    while (*at && !str_eq(str_from((*at)->name), name))
        at = &(*at)->next;
    struct log_group *group = *at;
    if (group) {
        *at = group->next;
    } else {
        if (logs->group_count >= FUNCTION_LOG_GROUPS_HELD_MAX) drop_oldest(logs);
        group = calloc(1, sizeof *group);
        if (!group || !(group->name = strndup(name.ptr ? name.ptr : "", name.len)))
            fatal("out of memory");
        logs->group_count++;
    }
    group->next = logs->groups;
    logs->groups = group;
    return group;
}

/* ---- writing ---- */

static size_t segment_bytes_max(const struct log_group *group)
{
    bool of_function = str_starts_with(str_from(group->name), STR("/aws/lambda/"));
    size_t bytes_max = of_function ? FUNCTION_LOG_BYTES_MAX : LOG_GROUP_BYTES_MAX;
    return bytes_max / 2;
}

static void rotate(struct logs *logs, struct log_group *group, struct arena *arena)
{
    str name = str_from(group->name);
    const char *newer = segment_path(arena, logs, name, 1);
    const char *older = segment_path(arena, logs, name, 0);
    if (rename(newer, older) != 0 && errno != ENOENT) unlink(newer);
    group->newer_bytes = 0;
}

/* A log that cannot be written is not worth a function's failure: its lines are lost. */
static void write_group(struct logs *logs, struct log_group *group)
{
    struct arena arena;
    arena_init(&arena);
    if (group->newer_bytes >= segment_bytes_max(group)) rotate(logs, group, &arena);
    const char *path = segment_path(&arena, logs, str_from(group->name), 1);
    int file = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    str pending = buf_str(&group->pending);
    group->newer_bytes += pending.len;
    while (file >= 0 && pending.len > 0) {
        ssize_t wrote = write(file, pending.ptr, pending.len);
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote <= 0) break;
        pending = str_skip(pending, (size_t)wrote);
    }
    if (pending.len) log_line(LOG_WARN, "cannot write a function's log", "error=%d", errno);
    if (file >= 0) close(file);
    group->pending.len = 0;
    if (group->pending.capacity > PENDING_BYTES_KEPT_MAX) buf_close(&group->pending);
    arena_close(&arena);
}

/* In the log a line may have further lines: runtimes print them with CR in place of LF. */
static void decode_line(struct buf *out, str line)
{
    out->len = 0;
    if (str_ends_with(line, STR("\r"))) line.len--;
    text_add_utf8(out, line);
    for (size_t i = 0; i < out->len; i++) {
        if (out->ptr[i] == '\r') out->ptr[i] = '\n';
    }
}

/* Under the lock. */
static void add_event(struct logs *logs, str name, str stream, int64_t now_ms, str message)
{
    struct log_group *group = find_group(logs, name);
    if (group->next_id == 0) look_at_files(logs, group);
    struct buf *out = &group->pending;
    buf_printf(out,
               "{\"id\":%llu,\"timestamp\":%lld,\"stream\":", (unsigned long long)group->next_id++,
               (long long)now_ms);
    json_write_str(out, stream);
    buf_add(out, STR(",\"message\":"));
    json_write_str(out, message);
    buf_add(out, STR("}\n"));
    logs->has_pending = true;
    if (out->len >= PENDING_BYTES_MAX) write_group(logs, group);
}

void logs_add(struct logs *logs, str name, str stream, int64_t now_ms, str line)
{
    uv_mutex_lock(&logs->lock);
    decode_line(&logs->decoded, line);
    add_event(logs, name, stream, now_ms, buf_str(&logs->decoded));
    uv_mutex_unlock(&logs->lock);
}

void logs_add_message(struct logs *logs, str name, str stream, int64_t time_ms, str message)
{
    uv_mutex_lock(&logs->lock);
    add_event(logs, name, stream, time_ms, message);
    uv_mutex_unlock(&logs->lock);
}

static void flush(struct logs *logs)
{
    if (!logs->has_pending) return;
    logs->has_pending = false;
    for (struct log_group *group = logs->groups; group; group = group->next) {
        if (group->pending.len) write_group(logs, group);
    }
}

void logs_flush(struct logs *logs)
{
    uv_mutex_lock(&logs->lock);
    flush(logs);
    uv_mutex_unlock(&logs->lock);
}

/* ---- reading ---- */

/* Where the first line with an id above `after` begins: lines are in the order of their ids. */
static size_t find_line(str text, uint64_t after)
{
    size_t low = 0, high = text.len;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        size_t start = middle;
        while (start > low && text.ptr[start - 1] != '\n')
            start--;
        size_t end = str_find_char(text, '\n', middle) + 1;
        if (line_id(str_slice(text, start, end)) <= after)
            low = end;
        else
            high = start;
    }
    return low;
}

/* Appends lines; false when there are enough. */
static bool add_lines(str text, uint64_t *after, size_t *count, struct buf *out)
{
    size_t at = find_line(text, *after);
    while (at<text.len && * count> 0) {
        size_t end = str_find_char(text, '\n', at);
        str line = str_slice(text, at, end);
        if (out->len) buf_add_char(out, ',');
        buf_add(out, line);
        *after = line_id(line);
        (*count)--;
        at = end + 1;
    }
    return *count > 0;
}

/* Opens both files as they are at one moment; -1 for one that is not there. */
static void open_segments(struct logs *logs, struct arena *arena, str group, int files[2])
{
    const char *paths[] = { segment_path(arena, logs, group, 0),
                            segment_path(arena, logs, group, 1) };
    uv_mutex_lock(&logs->lock);
    flush(logs);
    for (int i = 0; i < 2; i++)
        files[i] = open(paths[i], O_RDONLY | O_CLOEXEC);
    uv_mutex_unlock(&logs->lock);
}

void logs_read(struct logs *logs, str group, uint64_t after, size_t count, struct buf *out,
               uint64_t *next)
{
    struct arena arena;
    arena_init(&arena);
    struct buf lines;
    buf_init(&lines, &arena);
    int files[2];
    open_segments(logs, &arena, group, files);
    bool more = true;
    for (int i = 0; i < 2; i++) {
        if (more) more = add_lines(read_segment(&arena, files[i]), &after, &count, &lines);
        if (files[i] >= 0) close(files[i]);
    }
    buf_add(out, buf_str(&lines));
    *next = after;
    arena_close(&arena);
}

str logs_text(struct logs *logs, str group, struct arena *arena)
{
    int files[2];
    str texts[2];
    open_segments(logs, arena, group, files);
    for (int i = 0; i < 2; i++) {
        texts[i] = read_segment(arena, files[i]);
        if (files[i] >= 0) close(files[i]);
    }
    if (texts[0].len == 0) return texts[1];
    struct buf all;
    buf_init(&all, arena);
    buf_reserve(&all, texts[0].len + texts[1].len);
    buf_add(&all, texts[0]);
    buf_add(&all, texts[1]);
    return buf_str(&all);
}

uint64_t logs_bytes(struct logs *logs, str group)
{
    struct arena arena;
    struct stat status;
    uint64_t bytes = 0;
    int files[2];
    arena_init(&arena);
    open_segments(logs, &arena, group, files);
    for (int i = 0; i < 2; i++) {
        if (files[i] < 0) continue;
        if (fstat(files[i], &status) == 0 && status.st_size > 0) bytes += (uint64_t)status.st_size;
        close(files[i]);
    }
    arena_close(&arena);
    return bytes;
}

/* Ids go on where they were, as long as the process lives: a page token never means two lines. */
void logs_delete(struct logs *logs, str name)
{
    struct arena arena;
    arena_init(&arena);
    uv_mutex_lock(&logs->lock);
    struct log_group *group = find_group(logs, name);
    if (group->next_id == 0) look_at_files(logs, group);
    group->pending.len = 0;
    group->newer_bytes = 0;
    for (int segment = 0; segment < 2; segment++)
        unlink(segment_path(&arena, logs, name, segment));
    uv_mutex_unlock(&logs->lock);
    arena_close(&arena);
}

/* ---- opening and closing ---- */

struct logs *logs_new(struct arena *arena, str directory)
{
    struct logs *logs = calloc(1, sizeof *logs);
    if (!logs || uv_mutex_init(&logs->lock) != 0) fatal("out of memory");
    logs->directory = arena_cstr(arena, directory);
    if (mkdir(logs->directory, 0700) != 0 && errno != EEXIST)
        log_line(LOG_WARN, "cannot make the directory of functions' logs", "error=%d", errno);
    return logs;
}

void logs_free(struct logs *logs)
{
    logs_flush(logs);
    while (logs->groups) {
        struct log_group *group = logs->groups;
        logs->groups = group->next;
        free_group(group);
    }
    buf_close(&logs->decoded);
    uv_mutex_destroy(&logs->lock);
    free(logs);
}
