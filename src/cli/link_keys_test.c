/* Tests of the file of link keys: made once, kept, changed as a whole, and refused when it is not
 * what it must be. */
#include "cli/link_keys.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEX "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n"

struct place {
    char directory[64], path[96], fresh[96];
    str text; /* of `directory` */
};

static void make_place(struct place *place)
{
    snprintf(place->directory, sizeof place->directory, "/tmp/baton-links-XXXXXX");
    cr_assert(mkdtemp(place->directory));
    snprintf(place->path, sizeof place->path, "%s/link.keys", place->directory);
    snprintf(place->fresh, sizeof place->fresh, "%s/link.keys.new", place->directory);
    place->text = str_from(place->directory);
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

static void open_keys(const struct place *place, struct link_keys *keys)
{
    struct error err;
    cr_assert(link_keys_open(place->text, keys, &err), "%s", err.message);
}

Test(link_keys, are_made_once_and_kept)
{
    struct place place;
    struct link_keys first, second;
    struct stat info;
    make_place(&place);
    write_file(place.fresh, "0 sig", 0600); /* what a crash leaves behind */
    open_keys(&place, &first);
    cr_assert_eq(stat(place.path, &info), 0);
    cr_assert_eq(info.st_mode & 07777, 0600);
    open_keys(&place, &second);
    cr_assert(first.keys[0].used && second.keys[0].used && second.newest == 0);
    cr_assert_eq(memcmp(first.keys[0].bytes, second.keys[0].bytes, LINK_KEY_BYTES), 0);
    cr_assert_eq(first.keys[0].made_ms, second.keys[0].made_ms);
    remove_place(&place);
}

Test(link_keys, a_change_is_kept_as_a_whole)
{
    struct place place;
    struct link_keys keys, again;
    struct error err;
    unsigned char bytes[LINK_KEY_BYTES] = { 7 };
    make_place(&place);
    open_keys(&place, &keys);
    for (int i = 1; i < LINK_KEYS_MAX; i++)
        cr_assert(link_keys_add(&keys, bytes, 1000 + i));
    cr_assert(link_keys_retire(&keys, 2));
    cr_assert(link_keys_keep(&place.text, &keys, &err), "%s", err.message);
    open_keys(&place, &again);
    cr_assert_eq(again.newest, LINK_KEYS_MAX - 1);
    for (int i = 0; i < LINK_KEYS_MAX; i++) {
        cr_expect(again.keys[i].used);
        cr_expect_eq(again.keys[i].retired, i == 2);
        cr_expect_eq(again.keys[i].made_ms, keys.keys[i].made_ms);
        cr_expect_eq(memcmp(again.keys[i].bytes, keys.keys[i].bytes, LINK_KEY_BYTES), 0);
    }
    cr_assert_eq(access(place.fresh, F_OK), -1);
    remove_place(&place);
}

static const struct {
    const char *text;
    mode_t mode;
    const char *message; /* a part of it */
} refused[] = {
    { "0 signing 1 " HEX, 0644, "mode 0644" },
    { "0 signing 1 " HEX, 0660, "mode 0660" },
    { "", 0600, "damaged" },
    { "0 verifying 1 " HEX, 0600, "damaged" },
    { "0 signing 1 " HEX "0 verifying 1 " HEX, 0600, "damaged" },
    { "0 signing 1 " HEX "1 signing 1 " HEX, 0600, "damaged" },
    { "8 signing 1 " HEX, 0600, "damaged" },
    { "-1 signing 1 " HEX, 0600, "damaged" },
    { "0 sings 1 " HEX, 0600, "damaged" },
    { "0 signing x " HEX, 0600, "damaged" },
    { "0 signing 1 00\n", 0600, "damaged" },
    { "0 signing 1 X" HEX, 0600, "damaged" },
    { "0 signing 1 " HEX "1", 0600, "damaged" },
    { "0 signing 1", 0600, "damaged" },
};

Test(link_keys, refuses_and_changes_nothing)
{
    struct place place;
    make_place(&place);
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct link_keys keys;
        struct error err;
        struct stat info;
        write_file(place.path, refused[i].text, refused[i].mode);
        cr_assert_not(link_keys_open(place.text, &keys, &err), "%s", refused[i].text);
        cr_assert_eq(err.code, ERROR_IO);
        cr_assert(strstr(err.message, refused[i].message), "%s", err.message);
        cr_assert_eq(stat(place.path, &info), 0);
        cr_assert_eq(info.st_size, (off_t)strlen(refused[i].text));
    }
    remove_place(&place);
}
