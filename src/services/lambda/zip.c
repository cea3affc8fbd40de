/* Unpacks a zip that somebody has sent.
 *
 * Nothing about the archive is believed. Sizes are counted as bytes are inflated. A name is walked
 * part by part from the directory's own descriptor, and no part may be a link, so an entry lands
 * below the directory whatever else the archive holds. Links are made last, so that no file is
 * written through one, and only with targets that begin with "..", at most as often as the link is
 * deep, or lead down: a ".." behind another name could climb out through a second link. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zip.h>

#include "services/lambda/lambda_private.h"

enum {
    ZIP_CHUNK_BYTES = 64 << 10,
    ZIP_LINK_BYTES_MAX = 1024,
    ZIP_END_BYTES = 22, /* the record at the end of an archive, without its comment */
    ZIP_COMMENT_BYTES_MAX = 65535,
    ZIP64_LOCATOR_BYTES = 20, /* before that record: where the one with wide counts is */
    ZIP64_END_BYTES = 56,
};

struct unpack {
    zip_t *zip;
    int root;   /* the directory */
    int parent; /* the directory of the last entry; -1: none */
    str parent_path;
    uint64_t bytes_left;
    struct arena *arena;
    char *chunk;
    struct error *err;
};

static bool broken(struct error *err)
{
    return error_set(err, ERROR_LAMBDA_INVALID_PARAMETER_VALUE,
                     "Could not unzip uploaded file. Please check your file, then try to upload "
                     "again.");
}

static bool failed(struct error *err, const char *what)
{
    int code = errno;
    return error_set(err, ERROR_LAMBDA_SERVICE, "cannot %s the function's code: %s", what,
                     strerror(code));
}

/* ---- names ---- */

static bool take_part(str *rest, str *part)
{
    while (str_at(*rest, 0) == '/')
        *rest = str_skip(*rest, 1);
    if (rest->len == 0) return false;
    *part = str_slice(*rest, 0, str_find_char(*rest, '/', 0));
    *rest = str_skip(*rest, part->len);
    return true;
}

/* Relative, without "..", and bounded. "." is skipped where parts are walked. */
static bool name_is_safe(str name)
{
    str rest = name, part;
    size_t depth = 0;
    if (name.len == 0 || name.len > LAMBDA_CODE_PATH_BYTES_MAX || name.ptr[0] == '/') return false;
    while (take_part(&rest, &part))
        if (str_eq(part, STR("..")) || part.len > 255 || ++depth > LAMBDA_CODE_DEPTH_MAX)
            return false;
    return depth > 0;
}

static bool link_is_safe(str name, str target)
{
    str rest = name, part;
    size_t depth = 0, up = 0;
    bool down = false;
    while (take_part(&rest, &part))
        if (!str_eq(part, STR("."))) depth++;
    if (target.len == 0 || target.ptr[0] == '/' || str_find_char(target, '\0', 0) < target.len)
        return false;
    for (rest = target; take_part(&rest, &part);) {
        bool climbs = str_eq(part, STR(".."));
        if (climbs && down) return false;
        if (climbs) up++;
        if (!climbs && !str_eq(part, STR("."))) down = true;
    }
    return up < depth; /* the link's own name is one of its depth */
}

/* ---- directories ---- */

/* The directory `part` of `at`, made if need be. Closes `at` unless it is the root. */
static int enter(const struct unpack *unpack, int at, str part)
{
    const char *name = arena_cstr(unpack->arena, part);
    if (mkdirat(at, name, 0755) != 0 && errno != EEXIST) {
        if (at != unpack->root) close(at);
        return -1;
    }
    int next = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (at != unpack->root) close(at);
    return next;
}

/* Opens the directory that `path` names below the root and keeps it for the next entry, which is
 * most often in the same one. */
static bool open_parent(struct unpack *unpack, str path)
{
    str rest = path, part;
    if (unpack->parent >= 0 && str_eq(path, unpack->parent_path)) return true;
    if (unpack->parent >= 0 && unpack->parent != unpack->root) close(unpack->parent);
    unpack->parent = unpack->root;
    while (take_part(&rest, &part)) {
        if (str_eq(part, STR("."))) continue;
        unpack->parent = enter(unpack, unpack->parent, part);
        if (unpack->parent < 0) return broken(unpack->err);
    }
    unpack->parent_path = path;
    return true;
}

/* The part behind the last slash, and what stands before it. */
static str split_name(str name, str *directory)
{
    size_t end = name.len;
    while (end > 0 && name.ptr[end - 1] != '/')
        end--;
    *directory = str_slice(name, 0, end);
    return str_skip(name, end);
}

/* ---- entries ---- */

/* The mode that the archive gives if it was made on Unix, else an ordinary one. Never more than
 * permissions, and the server itself can always read and remove. */
static mode_t mode_of(const struct unpack *unpack, zip_uint64_t index, mode_t *type)
{
    zip_uint8_t system = 0;
    zip_uint32_t attributes = 0;
    *type = 0;
    if (zip_file_get_external_attributes(unpack->zip, index, 0, &system, &attributes) != 0 ||
        system != ZIP_OPSYS_UNIX || attributes >> 16 == 0)
        return 0644;
    *type = (mode_t)(attributes >> 16) & S_IFMT;
    return ((mode_t)(attributes >> 16) & 0777) | 0600;
}

static bool write_all(int fd, const char *bytes, size_t count)
{
    while (count > 0) {
        ssize_t done = write(fd, bytes, count);
        if (done < 0 && errno == EINTR) continue;
        if (done <= 0) return false;
        bytes += done;
        count -= (size_t)done;
    }
    return true;
}

static bool copy_file(struct unpack *unpack, zip_file_t *file, int fd)
{
    for (;;) {
        zip_int64_t count = zip_fread(file, unpack->chunk, ZIP_CHUNK_BYTES);
        if (count == 0) return true;
        if (count < 0) return broken(unpack->err);
        if ((uint64_t)count > unpack->bytes_left)
            return error_set(unpack->err, ERROR_LAMBDA_INVALID_PARAMETER_VALUE,
                             "Unzipped size must be smaller than %d bytes", LAMBDA_CODE_BYTES_MAX);
        unpack->bytes_left -= (uint64_t)count;
        if (!write_all(fd, unpack->chunk, (size_t)count)) return failed(unpack->err, "write");
    }
}

static bool unpack_file(struct unpack *unpack, zip_uint64_t index, str name, mode_t mode)
{
    str directory, base = split_name(name, &directory);
    if (str_eq(base, STR(".")) || !open_parent(unpack, directory)) return broken(unpack->err);
    zip_file_t *file = zip_fopen_index(unpack->zip, index, 0);
    if (!file) return broken(unpack->err);
    /* A name that is there twice: the last one counts, as with other programs. */
    int fd = openat(unpack->parent, arena_cstr(unpack->arena, base),
                    O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, mode);
    bool done = fd >= 0 ? copy_file(unpack, file, fd) : broken(unpack->err);
    /* Again, because the process's umask has had its say. */
    if (done && fchmod(fd, mode) != 0) done = failed(unpack->err, "write");
    if (fd >= 0) close(fd);
    zip_fclose(file);
    return done;
}

static bool unpack_link(struct unpack *unpack, zip_uint64_t index, str name)
{
    char target[ZIP_LINK_BYTES_MAX + 1];
    str directory, base = split_name(name, &directory);
    zip_file_t *file = zip_fopen_index(unpack->zip, index, 0);
    if (!file) return broken(unpack->err);
    zip_int64_t count = zip_fread(file, target, sizeof target);
    zip_fclose(file);
    if (count <= 0 || count > ZIP_LINK_BYTES_MAX) return broken(unpack->err);
    target[count] = '\0';
    if (!link_is_safe(name, (str){ target, (size_t)count }) || !open_parent(unpack, directory))
        return broken(unpack->err);
    const char *base_name = arena_cstr(unpack->arena, base);
    if (unlinkat(unpack->parent, base_name, 0) != 0 && errno != ENOENT) return broken(unpack->err);
    return symlinkat(target, unpack->parent, base_name) == 0 || broken(unpack->err);
}

/* One entry; links in the second pass, everything else in the first. */
static bool unpack_entry(struct unpack *unpack, zip_uint64_t index, bool links)
{
    mode_t type;
    const char *text = zip_get_name(unpack->zip, index, 0);
    if (!text) return broken(unpack->err);
    str name = arena_str(unpack->arena, str_from(text));
    mode_t mode = mode_of(unpack, index, &type);
    bool is_directory = str_ends_with(name, STR("/"));
    bool is_link = type == S_IFLNK && !is_directory;
    if (is_link != links) return true;
    if (!name_is_safe(name)) return broken(unpack->err);
    if (is_link) return unpack_link(unpack, index, name);
    return is_directory ? open_parent(unpack, name) : unpack_file(unpack, index, name, mode);
}

static bool unpack_all(struct unpack *unpack, const struct zip_limits *limits)
{
    zip_int64_t count = zip_get_num_entries(unpack->zip, 0);
    if (count < 0) return broken(unpack->err);
    if (count == 0)
        return error_set(unpack->err, ERROR_LAMBDA_INVALID_PARAMETER_VALUE,
                         "Uploaded file must be a non-empty zip");
    if ((uint64_t)count > limits->entries)
        return error_set(unpack->err, ERROR_LAMBDA_INVALID_PARAMETER_VALUE,
                         "The zip file must not have more than %llu entries",
                         (unsigned long long)limits->entries);
    for (int pass = 0; pass < 2; pass++)
        for (zip_int64_t i = 0; i < count; i++)
            if (!unpack_entry(unpack, (zip_uint64_t)i, pass == 1)) return false;
    return true;
}

/* ---- the archive ---- */

static uint64_t little_endian(str bytes, size_t at)
{
    uint64_t value = 0;
    for (size_t i = 8; i-- > 0;)
        value = value << 8 | (unsigned char)bytes.ptr[at + i];
    return value;
}

/* True if a record at the end, wherever a comment lets it begin, has a Zip64 record that counts
 * more entries than the limit: libzip makes room for all of them before it has seen one. */
static bool counts_too_many(str archive, uint64_t limit)
{
    size_t window = ZIP_END_BYTES + ZIP_COMMENT_BYTES_MAX + ZIP64_LOCATOR_BYTES;
    size_t first = archive.len > window ? archive.len - window : 0;
    for (size_t at = archive.len; at-- > first;) {
        if (at < ZIP64_LOCATOR_BYTES || !str_starts_with(str_skip(archive, at), STR("PK\x05\x06")))
            continue;
        size_t locator = at - ZIP64_LOCATOR_BYTES;
        if (!str_starts_with(str_skip(archive, locator), STR("PK\x06\x07"))) continue;
        uint64_t end = little_endian(archive, locator + 8);
        if (archive.len < ZIP64_END_BYTES || end > archive.len - ZIP64_END_BYTES) return true;
        if (little_endian(archive, (size_t)end + 24) > limit ||
            little_endian(archive, (size_t)end + 32) > limit)
            return true;
    }
    return false;
}

static zip_t *open_archive(str archive)
{
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t *source = zip_source_buffer_create(archive.ptr, archive.len, 0, &error);
    zip_t *zip = source ? zip_open_from_source(source, ZIP_RDONLY, &error) : NULL;
    if (source && !zip) zip_source_free(source);
    zip_error_fini(&error);
    return zip;
}

bool zip_unpack(str archive, str directory, const struct zip_limits *limits, struct arena *arena,
                struct error *err)
{
    struct unpack unpack = {
        .parent = -1,
        .bytes_left = limits->bytes,
        .arena = arena,
        .err = err,
    };
    if (archive.len == 0)
        return error_set(err, ERROR_LAMBDA_INVALID_PARAMETER_VALUE,
                         "Uploaded file must be a non-empty zip");
    if (counts_too_many(archive, limits->entries)) return broken(err);
    unpack.zip = open_archive(archive);
    if (!unpack.zip) return broken(err);
    unpack.root = open(arena_cstr(arena, directory), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (unpack.root < 0) {
        zip_discard(unpack.zip);
        return failed(err, "open the directory of");
    }
    unpack.chunk = arena_alloc(arena, ZIP_CHUNK_BYTES);
    bool done = unpack_all(&unpack, limits);
    if (unpack.parent >= 0 && unpack.parent != unpack.root) close(unpack.parent);
    close(unpack.root);
    zip_discard(unpack.zip);
    return done;
}
