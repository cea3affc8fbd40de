/* The checks before RocksDB may touch a directory; see directory.h. */
#include "store/directory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "store/backend.h"

#define FORMAT_NAME "BATON-FORMAT"
#define FORMAT_NAME_NEW "BATON-FORMAT.new"
#define LOCK_NAME "BATON-LOCK"

enum { FORMAT_BYTES_MAX = 128 };

static bool fail(struct error *err, const char *path, const char *what)
{
    int number = errno;
    if (number == ENOSPC || number == EDQUOT)
        return error_set(err, ERROR_IO, "data directory '%s': the disk is full (%s)", path, what);
    if (number == EACCES || number == EPERM || number == EROFS)
        return error_set(err, ERROR_IO, "data directory '%s' is not writable: %s: %s", path, what,
                         strerror(number));
    return error_set(err, ERROR_IO, "data directory '%s': %s: %s", path, what, strerror(number));
}

/* ---- what is there ---- */

static bool make_directory(const char *path, struct error *err)
{
    if (mkdir(path, 0700) == 0 || errno == EEXIST) return true;
    if (errno == ENOENT)
        return error_set(err, ERROR_IO,
                         "data directory '%s' cannot be made: its parent directory does not exist",
                         path);
    if (errno == ENOTDIR)
        return error_set(
            err, ERROR_IO,
            "data directory '%s' cannot be made: a part of the path is not a directory", path);
    return fail(err, path, "cannot make it");
}

/* Baton's own files and what a fresh file system holds do not make a directory foreign. */
static bool is_ours(const char *name)
{
    return strncmp(name, "BATON-", 6) == 0 || strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
           strcmp(name, "lost+found") == 0;
}

/* Without BATON-FORMAT the directory must be empty: Baton does not write among the files of others,
 * and RocksDB would delete those whose names look like its own. */
static bool check_contents(const struct store_directory *directory, struct error *err)
{
    if (faccessat(directory->fd, FORMAT_NAME, F_OK, 0) == 0) return true;
    int fd = openat(directory->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *listing = fd >= 0 ? fdopendir(fd) : NULL;
    if (!listing) {
        bool failed = fail(err, directory->path, "cannot list it");
        if (fd >= 0) close(fd);
        return failed;
    }
    bool ok = true;
    for (struct dirent *entry = readdir(listing); entry && ok; entry = readdir(listing)) {
        if (is_ours(entry->d_name)) continue;
        ok = error_set(err, ERROR_IO,
                       "data directory '%s' is not empty and was not made by Baton (it holds "
                       "'%.100s' and no " FORMAT_NAME "): name an empty or a new directory",
                       directory->path, entry->d_name);
    }
    closedir(listing);
    return ok;
}

/* Starting on a nearly full disk would end in the middle of RocksDB's own start. */
static bool check_space(const struct store_directory *directory, struct error *err)
{
    struct statvfs space;
    if (fstatvfs(directory->fd, &space) != 0) return fail(err, directory->path, "cannot read it");
    uint64_t free_bytes = (uint64_t)space.f_bavail * space.f_frsize;
    if (free_bytes >= STORE_FREE_BYTES_MIN) return true;
    return error_set(err, ERROR_IO,
                     "data directory '%s': the disk is full (%" PRIu64 " KB are left, Baton needs "
                     "%d KB to start): free some space and start again",
                     directory->path, free_bytes >> 10, STORE_FREE_BYTES_MIN >> 10);
}

/* ---- the lock ---- */

static bool lock(struct store_directory *directory, struct error *err)
{
    directory->lock_fd = openat(directory->fd, LOCK_NAME, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (directory->lock_fd < 0) return fail(err, directory->path, "cannot open " LOCK_NAME);
    /* flock and not fcntl: it belongs to this open file, so it also keeps a second store of the
     * same process out, and no close of another descriptor drops it. */
    if (flock(directory->lock_fd, LOCK_EX | LOCK_NB) == 0) return true;
    if (errno != EWOULDBLOCK) return fail(err, directory->path, "cannot lock " LOCK_NAME);

    char holder[32];
    ssize_t bytes = pread(directory->lock_fd, holder, sizeof holder - 1, 0);
    holder[bytes > 0 ? bytes : 0] = '\0';
    holder[strspn(holder, "0123456789")] = '\0';
    return error_set(err, ERROR_IO,
                     "data directory '%s' is in use by another process%s%s: stop that one first, "
                     "or name another directory",
                     directory->path, holder[0] ? ", id " : "", holder);
}

/* For the message of whoever comes second; nothing depends on it. */
static void sign_lock(const struct store_directory *directory)
{
    char text[32];
    int bytes = snprintf(text, sizeof text, "%ld\n", (long)getpid());
    if (ftruncate(directory->lock_fd, 0) != 0) return;
    if (pwrite(directory->lock_fd, text, (size_t)bytes, 0) != bytes) return;
}

/* ---- the schema ---- */

/* The number in `text`, or 0 if that is not our line. */
static uint32_t parse_format(const char *text)
{
    static const char prefix[] = "baton store, schema ";
    if (strncmp(text, prefix, sizeof prefix - 1) != 0) return 0;
    const char *digits = text + sizeof prefix - 1;
    size_t count = strspn(digits, "0123456789");
    if (count == 0 || count > 9 || strcmp(digits + count, "\n") != 0) return 0;
    return (uint32_t)strtoul(digits, NULL, 10);
}

/* Sets directory->schema, to 0 if there is no BATON-FORMAT yet. */
static bool read_format(struct store_directory *directory, struct error *err)
{
    directory->schema = 0;
    int fd = openat(directory->fd, FORMAT_NAME, O_RDONLY | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT) return true;
    if (fd < 0) return fail(err, directory->path, "cannot open " FORMAT_NAME);
    char text[FORMAT_BYTES_MAX];
    ssize_t bytes = read(fd, text, sizeof text - 1);
    bool read_failed = bytes < 0 && !fail(err, directory->path, "cannot read " FORMAT_NAME);
    close(fd);
    if (read_failed) return false;

    text[bytes] = '\0';
    directory->schema = parse_format(text);
    if (directory->schema == 0)
        return error_set(err, ERROR_IO,
                         "data directory '%s' is damaged: " FORMAT_NAME " does not say 'baton "
                         "store, schema N': restore it from a backup",
                         directory->path);
    if (directory->schema <= STORE_SCHEMA_VERSION) return true;
    return error_set(err, ERROR_IO,
                     "data directory '%s' was written by a newer Baton (schema %" PRIu32
                     ", this one knows up to %d): use that version, or another directory",
                     directory->path, directory->schema, STORE_SCHEMA_VERSION);
}

static bool write_durably(int directory_fd, const char *name, const char *text)
{
    int fd = openat(directory_fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) return false;
    size_t bytes = strlen(text);
    bool ok = write(fd, text, bytes) == (ssize_t)bytes && fsync(fd) == 0;
    int number = errno;
    close(fd);
    errno = number;
    return ok;
}

bool store_directory_set_schema(struct store_directory *directory, uint32_t schema,
                                struct error *err)
{
    char text[FORMAT_BYTES_MAX];
    snprintf(text, sizeof text, "baton store, schema %" PRIu32 "\n", schema);
    errno = ENOSPC; /* what a short write means */
    if (!write_durably(directory->fd, FORMAT_NAME_NEW, text) ||
        renameat(directory->fd, FORMAT_NAME_NEW, directory->fd, FORMAT_NAME) != 0 ||
        fsync(directory->fd) != 0) {
        bool failed = fail(err, directory->path, "cannot write " FORMAT_NAME);
        unlinkat(directory->fd, FORMAT_NAME_NEW, 0);
        return failed;
    }
    directory->schema = schema;
    return true;
}

/* ---- all of it ---- */

static bool open_checked(struct store_directory *directory, struct error *err)
{
    if (!make_directory(directory->path, err)) return false;
    directory->fd = open(directory->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory->fd < 0) return fail(err, directory->path, "cannot open it");
    if (faccessat(directory->fd, ".", W_OK | X_OK, AT_EACCESS) != 0)
        return fail(err, directory->path, "no access");
    if (!check_contents(directory, err) || !check_space(directory, err)) return false;
    /* The schema is read twice: before the lock, so that a newer directory stays untouched, and
     * under it, because another process may just have made this one. */
    if (!read_format(directory, err) || !lock(directory, err) || !read_format(directory, err))
        return false;
    if (directory->schema == 0 && !store_directory_set_schema(directory, STORE_SCHEMA_VERSION, err))
        return false;
    sign_lock(directory);
    return true;
}

bool store_directory_open(struct store_directory *directory, str path, struct error *err)
{
    char *terminated = store_allocate(path.len + 1);
    if (path.len > 0) memcpy(terminated, path.ptr, path.len);
    terminated[path.len] = '\0';
    *directory = (struct store_directory){ .fd = -1, .lock_fd = -1, .path = terminated };
    if (open_checked(directory, err)) return true;
    store_directory_close(directory);
    return false;
}

void store_directory_close(struct store_directory *directory)
{
    if (directory->lock_fd >= 0) close(directory->lock_fd);
    if (directory->fd >= 0) close(directory->fd);
    free(directory->path);
    *directory = (struct store_directory){ .fd = -1, .lock_fd = -1 };
}
