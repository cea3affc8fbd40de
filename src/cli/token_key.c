/* Reading and making the key of the task tokens. */
#include "cli/token_key.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/key_file.h"

enum {
    LINE_BYTES = 2 * TOKEN_KEY_BYTES + 1, /* with its newline */
    FILE_BYTES_MAX = 2 * LINE_BYTES,
};

static const char name[] = "token key";

static bool fail(struct error *err, const char *path, const char *what)
{
    return key_file_fail(err, name, path, what);
}

/* ---- reading ---- */

static bool read_line(str line, unsigned char out[TOKEN_KEY_BYTES])
{
    if (line.len != LINE_BYTES || line.ptr[LINE_BYTES - 1] != '\n') return false;
    return key_file_read_hex(str_slice(line, 0, LINE_BYTES - 1), out, TOKEN_KEY_BYTES);
}

static bool parse_key(str text, struct token_key *out)
{
    struct token_key key = { .has_previous = text.len == FILE_BYTES_MAX };
    if (text.len != LINE_BYTES && !key.has_previous) return false;
    if (!read_line(str_slice(text, 0, LINE_BYTES), key.current)) return false;
    if (key.has_previous && !read_line(str_skip(text, LINE_BYTES), key.previous)) return false;
    *out = key;
    return true;
}

static bool read_key(int fd, const char *path, struct token_key *out, struct error *err)
{
    char text[FILE_BYTES_MAX + 1];
    size_t len;
    if (!key_file_read(fd, name, path, text, sizeof text, &len, err)) return false;
    if (parse_key((str){ text, len }, out)) return true;
    return error_set(err, ERROR_IO,
                     "token key '%s' is damaged: it must be one or two lines of %d hexadecimal "
                     "digits; restore it from a backup (a new key would make the tokens of all "
                     "waiting tasks invalid)",
                     path, LINE_BYTES - 1);
}

/* ---- making ---- */

void token_key_make(struct token_key *out)
{
    *out = (struct token_key){ 0 };
    entropy_fill(out->current, sizeof out->current);
}

static bool write_key(int fd, const struct token_key *key)
{
    static const char digits[] = "0123456789abcdef";
    char text[LINE_BYTES];
    for (size_t i = 0; i < TOKEN_KEY_BYTES; i++) {
        text[2 * i] = digits[key->current[i] >> 4];
        text[2 * i + 1] = digits[key->current[i] & 15];
    }
    text[LINE_BYTES - 1] = '\n';
    return write(fd, text, sizeof text) == (ssize_t)sizeof text && fsync(fd) == 0;
}

/* Written under another name first, so that a crash leaves the whole key or none. */
static bool make_key(str directory, const char *path, struct token_key *out, struct error *err)
{
    char fresh[PATH_MAX];
    int len = snprintf(fresh, sizeof fresh, "%s.new", path);
    if (len < 0 || (size_t)len >= sizeof fresh)
        return error_set(err, ERROR_IO, "the path of the data directory is too long");
    if (unlink(fresh) != 0 && errno != ENOENT) return fail(err, fresh, "cannot replace it");
    int fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) return fail(err, fresh, "cannot make it");
    struct token_key key;
    token_key_make(&key);
    bool written = write_key(fd, &key);
    close(fd);
    if (!written) {
        fail(err, fresh, "cannot write it");
        unlink(fresh);
        return false;
    }
    /* link and not rename: it never replaces a key that is there. */
    if (link(fresh, path) != 0) return fail(err, path, "cannot make it");
    unlink(fresh);
    if (!key_file_sync_directory(directory)) return fail(err, path, "cannot make it durable");
    *out = key;
    return true;
}

bool token_key_open(str data_directory, struct token_key *out, struct error *err)
{
    char path[PATH_MAX];
    int len = snprintf(path, sizeof path, "%.*s/token.key", STR_ARGS(data_directory));
    if (len < 0 || (size_t)len >= sizeof path)
        return error_set(err, ERROR_IO, "the path of the data directory is too long");
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT) return make_key(data_directory, path, out, err);
    if (fd < 0) return fail(err, path, "cannot open it");
    bool ok = read_key(fd, path, out, err);
    close(fd);
    return ok;
}
