/* What the files of secret keys have in common; see key_file.h. */
#include "cli/key_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

bool key_file_fail(struct error *err, const char *what, const char *path, const char *why)
{
    return error_set(err, ERROR_IO, "%s '%s': %s: %s", what, path, why, strerror(errno));
}

static bool check_file(int fd, const char *what, const char *path, struct error *err)
{
    struct stat info;
    if (fstat(fd, &info) != 0) return key_file_fail(err, what, path, "cannot read it");
    if (!S_ISREG(info.st_mode)) return error_set(err, ERROR_IO, "%s '%s' is no file", what, path);
    if (info.st_uid != geteuid())
        return error_set(err, ERROR_IO, "%s '%s' belongs to another user (id %u)", what, path,
                         (unsigned)info.st_uid);
    if (info.st_mode & 0177)
        return error_set(err, ERROR_IO,
                         "%s '%s' has mode %04o, but others must not read it: if nobody else has "
                         "seen it, run chmod 600 on it",
                         what, path, (unsigned)(info.st_mode & 07777));
    return true;
}

bool key_file_read(int fd, const char *what, const char *path, char *text, size_t bytes_max,
                   size_t *len, struct error *err)
{
    *len = 0;
    if (!check_file(fd, what, path, err)) return false;
    while (*len < bytes_max) {
        ssize_t got = read(fd, text + *len, bytes_max - *len);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return key_file_fail(err, what, path, "cannot read it");
        if (got == 0) break;
        *len += (size_t)got;
    }
    return true;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
}

bool key_file_read_hex(str digits, unsigned char *out, size_t bytes)
{
    if (digits.len != 2 * bytes) return false;
    for (size_t i = 0; i < bytes; i++) {
        int high = hex_value(digits.ptr[2 * i]), low = hex_value(digits.ptr[2 * i + 1]);
        if (high < 0 || low < 0) return false;
        out[i] = (unsigned char)(high * 16 + low);
    }
    return true;
}

bool key_file_sync_directory(str directory)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%.*s", STR_ARGS(directory));
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return false;
    bool ok = fsync(fd) == 0;
    close(fd);
    return ok;
}
