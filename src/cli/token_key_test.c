/* Tests of the token key's file: it is made once, kept, and refused when it is not what it must
 * be. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/token_key.h"

#define KEY_A "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n"
#define KEY_B "ff0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1eff\n"

struct place {
    char directory[64], path[96], fresh[96];
};

static void make_place(struct place *place)
{
    snprintf(place->directory, sizeof place->directory, "/tmp/baton-key-XXXXXX");
    cr_assert(mkdtemp(place->directory));
    snprintf(place->path, sizeof place->path, "%s/token.key", place->directory);
    snprintf(place->fresh, sizeof place->fresh, "%s/token.key.new", place->directory);
}

static void remove_place(const struct place *place)
{
    unlink(place->path);
    unlink(place->fresh);
    cr_assert_eq(rmdir(place->directory), 0, "something else was left in the directory");
}

static void write_file(const char *path, const char *text, mode_t mode)
{
    unlink(path);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
    cr_assert(fd >= 0);
    cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    cr_assert_eq(fchmod(fd, mode), 0);
    close(fd);
}

Test(token_key, is_made_once_and_kept)
{
    struct place place;
    make_place(&place);
    /* What a crash in the middle of making one leaves behind. */
    write_file(place.fresh, "0001", 0600);
    struct token_key first, second;
    struct error err;
    cr_assert(token_key_open(str_from(place.directory), &first, &err), "%s", err.message);
    cr_assert_eq(access(place.fresh, F_OK), -1);
    struct stat info;
    cr_assert_eq(stat(place.path, &info), 0);
    cr_assert_eq(info.st_mode & 07777, 0600);
    cr_assert_eq(info.st_size, 65);
    cr_assert(token_key_open(str_from(place.directory), &second, &err), "%s", err.message);
    cr_assert_eq(memcmp(first.current, second.current, TOKEN_KEY_BYTES), 0);
    cr_assert_not(second.has_previous);
    remove_place(&place);
}

Test(token_key, reads_one_key_or_two)
{
    struct place place;
    make_place(&place);
    struct token_key key;
    struct error err;
    write_file(place.path, KEY_A, 0400);
    cr_assert(token_key_open(str_from(place.directory), &key, &err), "%s", err.message);
    cr_assert_not(key.has_previous);
    for (int i = 0; i < TOKEN_KEY_BYTES; i++)
        cr_assert_eq(key.current[i], i);
    write_file(place.path, KEY_B KEY_A, 0600);
    cr_assert(token_key_open(str_from(place.directory), &key, &err), "%s", err.message);
    cr_assert(key.has_previous);
    cr_assert(key.current[0] == 0xFF && key.previous[0] == 0 && key.previous[31] == 31);
    remove_place(&place);
}

static const struct {
    const char *text;
    mode_t mode;
    const char *message; /* a part of it */
} refused[] = {
    { KEY_A, 0644, "mode 0644" },
    { KEY_A, 0660, "mode 0660" },
    { KEY_A, 0700, "mode 0700" },
    { "", 0600, "damaged" },
    { "00\n", 0600, "damaged" },
    { KEY_A "\n", 0600, "damaged" },
    { KEY_A KEY_B "\n", 0600, "damaged" },
    { KEY_A "00", 0600, "damaged" },
    { "0001020304050607080X0a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n", 0600, "damaged" },
    { "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f ", 0600, "damaged" },
};

Test(token_key, refuses_and_changes_nothing)
{
    struct place place;
    make_place(&place);
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        write_file(place.path, refused[i].text, refused[i].mode);
        struct token_key key;
        struct error err;
        cr_assert_not(token_key_open(str_from(place.directory), &key, &err), "%s", refused[i].text);
        cr_assert_eq(err.code, ERROR_IO);
        cr_assert(strstr(err.message, refused[i].message), "%s", err.message);
        struct stat info;
        cr_assert_eq(stat(place.path, &info), 0);
        cr_assert_eq(info.st_size, (off_t)strlen(refused[i].text));
    }
    unlink(place.path);
    cr_assert_eq(symlink("/dev/null", place.path), 0);
    struct token_key key;
    struct error err;
    cr_assert_not(token_key_open(str_from(place.directory), &key, &err));
    remove_place(&place);
}
