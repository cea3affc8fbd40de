/* Reading and keeping the keys of callback links. */
#include "cli/link_keys.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/key_file.h"

enum {
    HEX_CHARS = 2 * LINK_KEY_BYTES,
    LINE_BYTES_MAX = HEX_CHARS + 40, /* with the id, the word and the time */
    FILE_BYTES_MAX = LINK_KEYS_MAX * LINE_BYTES_MAX,
};

static const char name[] = "link.keys";

static bool fail(struct error *err, const char *path, const char *what)
{
    return key_file_fail(err, "link keys", path, what);
}

static bool make_path(str directory, const char *suffix, char out[PATH_MAX], struct error *err)
{
    int len = snprintf(out, PATH_MAX, "%.*s/%s%s", STR_ARGS(directory), name, suffix);
    if (len >= 0 && len < PATH_MAX) return true;
    return error_set(err, ERROR_IO, "the path of the data directory is too long");
}

/* ---- reading ---- */

/* The next piece of `rest` up to `end`, which must be there. */
static bool take(str *rest, char end, str *out)
{
    size_t at = str_find_char(*rest, end, 0);
    if (at == rest->len) return false;
    *out = str_slice(*rest, 0, at);
    *rest = str_skip(*rest, at + 1);
    return true;
}

static bool read_line(str *rest, struct link_keys *keys, size_t *signing)
{
    str id_text, word, made_text, hex;
    int64_t id, made_ms;
    if (!take(rest, ' ', &id_text) || !take(rest, ' ', &word) || !take(rest, ' ', &made_text) ||
        !take(rest, '\n', &hex) || !str_to_i64(id_text, &id) || !str_to_i64(made_text, &made_ms) ||
        id < 0 || id >= LINK_KEYS_MAX || keys->keys[id].used)
        return false;
    struct link_key *key = &keys->keys[id];
    *key = (struct link_key){ .made_ms = made_ms, .used = true };
    if (str_eq(word, STR("signing"))) {
        keys->newest = (uint8_t)id;
        (*signing)++;
    } else if (str_eq(word, STR("retired"))) {
        key->retired = true;
    } else if (!str_eq(word, STR("verifying"))) {
        return false;
    }
    return key_file_read_hex(hex, key->bytes, LINK_KEY_BYTES);
}

static bool parse(str text, struct link_keys *out)
{
    struct link_keys keys = { 0 };
    size_t signing = 0;
    while (text.len > 0)
        if (!read_line(&text, &keys, &signing)) return false;
    *out = keys;
    return signing == 1;
}

static bool read_keys(int fd, const char *path, struct link_keys *out, struct error *err)
{
    char text[FILE_BYTES_MAX + 1];
    size_t len;
    if (!key_file_read(fd, "link keys", path, text, sizeof text, &len, err)) return false;
    if (parse((str){ text, len }, out)) return true;
    return error_set(err, ERROR_IO,
                     "link keys '%s' is damaged: restore it from a backup (new keys would make "
                     "all links that have been handed out invalid)",
                     path);
}

/* ---- keeping ---- */

static void write_text(struct buf *out, const struct link_keys *keys)
{
    for (size_t i = 0; i < LINK_KEYS_MAX; i++) {
        const struct link_key *key = &keys->keys[i];
        if (!key->used) continue;
        const char *word = key->retired ? "retired" : "verifying";
        if (i == keys->newest) word = "signing";
        buf_printf(out, "%zu %s %lld ", i, word, (long long)key->made_ms);
        for (size_t k = 0; k < LINK_KEY_BYTES; k++)
            buf_printf(out, "%02x", key->bytes[k]);
        buf_add_char(out, '\n');
    }
}

static bool write_file(const char *path, str text)
{
    if (unlink(path) != 0 && errno != ENOENT) return false;
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) return false;
    bool good = write(fd, text.ptr, text.len) == (ssize_t)text.len && fsync(fd) == 0;
    close(fd);
    return good;
}

bool link_keys_keep(void *context, const struct link_keys *keys, struct error *err)
{
    const str *directory = context;
    char path[PATH_MAX], fresh[PATH_MAX];
    struct buf text;
    if (!make_path(*directory, "", path, err) || !make_path(*directory, ".new", fresh, err))
        return false;
    buf_init(&text, NULL);
    write_text(&text, keys);
    bool written = write_file(fresh, buf_str(&text));
    buf_close(&text);
    if (!written) return fail(err, fresh, "cannot write it");
    if (rename(fresh, path) != 0) return fail(err, path, "cannot replace it");
    if (!key_file_sync_directory(*directory)) return fail(err, path, "cannot make it durable");
    return true;
}

static bool make_first(str directory, struct link_keys *out, struct error *err)
{
    unsigned char bytes[LINK_KEY_BYTES];
    *out = (struct link_keys){ 0 };
    entropy_fill(bytes, sizeof bytes);
    if (!link_keys_add(out, bytes, clock_now_ms())) fatal("no place for the first link key");
    return link_keys_keep(&directory, out, err);
}

bool link_keys_open(str data_directory, struct link_keys *out, struct error *err)
{
    char path[PATH_MAX];
    if (!make_path(data_directory, "", path, err)) return false;
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT) return make_first(data_directory, out, err);
    if (fd < 0) return fail(err, path, "cannot open it");
    bool good = read_keys(fd, path, out, err);
    close(fd);
    return good;
}
