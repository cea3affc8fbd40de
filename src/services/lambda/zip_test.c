/* Unpacking: what good archives become, and that bad ones write nothing outside and stay within the
 * limits. */
#include "services/lambda/support_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define BROKEN "Could not unzip uploaded file. Please check your file, then try to upload again."

struct place {
    struct arena arena;
    char outer[64];
    str inner; /* outer/in: where it is unpacked */
};

static void place_open(struct place *place)
{
    arena_init(&place->arena);
    strcpy(place->outer, "/tmp/baton-unzip-test-XXXXXX");
    cr_assert_not_null(mkdtemp(place->outer));
    place->inner = arena_printf(&place->arena, "%s/in", place->outer);
    cr_assert(mkdir(place->inner.ptr, 0700) == 0);
}

static void place_close(struct place *place)
{
    size_t budget = SIZE_MAX;
    cr_assert(files_remove(str_from(place->outer), &budget, &place->arena));
    arena_close(&place->arena);
}

static const struct zip_limits wide = { .bytes = 1000, .entries = 10 };

/* "" or the text of the error. */
static const char *unpack(struct place *place, str archive, const struct zip_limits *limits)
{
    struct error *err = ARENA_NEW(&place->arena, struct error);
    if (zip_unpack(archive, place->inner, limits, &place->arena, err)) return "";
    return arena_cstr(&place->arena, error_text(err));
}

static const char *content(struct place *place, const char *name)
{
    char *bytes = arena_zalloc(&place->arena, 1000);
    str path = arena_printf(&place->arena, "%.*s/%s", STR_ARGS(place->inner), name);
    FILE *file = fopen(path.ptr, "rb");
    cr_assert_not_null(file, "%s", path.ptr);
    cr_assert(fread(bytes, 1, 999, file) < 999);
    fclose(file);
    return bytes;
}

static unsigned mode(struct place *place, const char *name)
{
    struct stat status;
    str path = arena_printf(&place->arena, "%.*s/%s", STR_ARGS(place->inner), name);
    cr_assert(lstat(path.ptr, &status) == 0, "%s", path.ptr);
    return status.st_mode;
}

static bool exists(struct place *place, const char *path)
{
    struct stat status;
    return lstat(arena_printf(&place->arena, "%s/%s", place->outer, path).ptr, &status) == 0;
}

Test(zip, files_directories_modes_and_links)
{
    struct place place;
    place_open(&place);
    static const struct zip_entry entries[] = {
        { "index.js", "one", 0 },
        { "bootstrap", "two", S_IFREG | 0755 },
        { "lib/", NULL, 0 },
        { "lib/deep/er.txt", "three", S_IFREG | 0444 },
        { "secret", "four", S_IFREG | 06000 },
        { "lib/deep/link", "../../index.js", S_IFLNK | 0777 },
        { "down", "lib/deep", S_IFLNK | 0777 },
    };
    str archive = zip_of(&place.arena, entries, sizeof entries / sizeof *entries);
    cr_assert_str_eq(unpack(&place, archive, &wide), "");
    cr_assert_str_eq(content(&place, "index.js"), "one");
    cr_assert_str_eq(content(&place, "lib/deep/link"), "one");
    cr_assert_str_eq(content(&place, "down/er.txt"), "three");
    cr_assert_eq(mode(&place, "index.js"), S_IFREG | 0644u);
    cr_assert_eq(mode(&place, "bootstrap"), S_IFREG | 0755u);
    cr_assert_eq(mode(&place, "lib/deep/er.txt"), S_IFREG | 0644u, "we can remove it");
    cr_assert_eq(mode(&place, "secret"), S_IFREG | 0600u, "no set-user-id bits");
    cr_assert(S_ISLNK(mode(&place, "down")));
    place_close(&place);
}

Test(zip, names_that_lead_outside_are_refused)
{
    static const char *const names[] = {
        "../evil", "a/../../evil", "a/..", "/evil", "..", "a/../evil", "./../evil",
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct place place;
        place_open(&place);
        struct zip_entry entry = { names[i], "x", S_IFREG | 0644 };
        cr_assert_str_eq(unpack(&place, zip_of(&place.arena, &entry, 1), &wide), BROKEN, "%s",
                         names[i]);
        cr_assert_not(exists(&place, "evil"));
        cr_assert_not(exists(&place, "in/evil"));
        place_close(&place);
    }
}

Test(zip, links_that_lead_outside_are_refused)
{
    static const struct {
        const char *name, *target;
    } links[] = {
        { "link", ".." },           { "link", "/etc/passwd" },      { "a/link", "../.." },
        { "link", "a/../../evil" }, { "a/b/link", "../c/../../x" }, { "link", "./../x" },
        { "a/./link", "../../x" },
    };
    for (size_t i = 0; i < sizeof links / sizeof *links; i++) {
        struct place place;
        place_open(&place);
        struct zip_entry entry = { links[i].name, links[i].target, S_IFLNK | 0777 };
        cr_assert_str_eq(unpack(&place, zip_of(&place.arena, &entry, 1), &wide), BROKEN, "%s -> %s",
                         links[i].name, links[i].target);
        place_close(&place);
    }
}

/* A file whose directory is a link of the same archive: the link is made last, so the name is that
 * of a directory by then. */
Test(zip, nothing_is_written_through_a_link)
{
    static const struct zip_entry entries[] = {
        { "way", "sub", S_IFLNK | 0777 },
        { "way/evil", "x", S_IFREG | 0644 },
    };
    static const struct zip_entry nested[] = {
        { "way", "sub", S_IFLNK | 0777 },
        { "sub/x", "x", S_IFREG | 0644 },
        { "way/up", "../..", S_IFLNK | 0777 },
    };
    struct place place;
    place_open(&place);
    cr_assert_str_eq(unpack(&place, zip_of(&place.arena, entries, 2), &wide), BROKEN);
    cr_assert_str_eq(unpack(&place, zip_of(&place.arena, nested, 3), &wide), BROKEN);
    cr_assert_not(exists(&place, "in/sub/up"));
    place_close(&place);
}

Test(zip, bytes_are_counted_as_they_come_out)
{
    struct place place;
    place_open(&place);
    char *zeros = arena_zalloc(&place.arena, 100001);
    memset(zeros, '0', 100000);
    struct zip_entry entry = { "zeros", zeros, 0 };
    str archive = zip_of(&place.arena, &entry, 1);
    cr_assert(archive.len < 1000, "it is small while it is packed");
    struct zip_limits limits = { .bytes = 100000, .entries = 1 };
    cr_assert_str_eq(unpack(&place, archive, &limits), "");
    limits.bytes--;
    cr_assert_str_eq(unpack(&place, archive, &limits),
                     "Unzipped size must be smaller than 262144000 bytes");
    place_close(&place);
}

Test(zip, entries_are_counted)
{
    struct place place;
    place_open(&place);
    static const struct zip_entry entries[] = { { "a", "x", 0 }, { "b", "y", 0 } };
    str archive = zip_of(&place.arena, entries, 2);
    struct zip_limits limits = { .bytes = 100, .entries = 2 };
    cr_assert_str_eq(unpack(&place, archive, &limits), "");
    limits.entries = 1;
    cr_assert_str_eq(unpack(&place, archive, &limits),
                     "The zip file must not have more than 1 entries");
    place_close(&place);
}

/* The wide record of Zip64 claims four thousand million entries. */
Test(zip, a_claimed_number_of_entries_takes_no_memory)
{
    struct place place;
    place_open(&place);
    char bytes[56 + 20 + 22] = "PK\x06\x06";
    memset(bytes + 24, 0, 16);
    memset(bytes + 24, 0xFF, 4);
    memset(bytes + 32, 0xFF, 4);
    memcpy(bytes + 56, "PK\x06\x07", 4);
    memcpy(bytes + 76, "PK\x05\x06", 4);
    memset(bytes + 84, 0xFF, 12);
    cr_assert_str_eq(unpack(&place, (str){ bytes, sizeof bytes }, &wide), BROKEN);
    place_close(&place);
}

Test(zip, what_is_no_archive_is_refused)
{
    struct place place;
    place_open(&place);
    static const struct zip_entry entry = { "a", "content of the file", 0 };
    str archive = zip_of(&place.arena, &entry, 1);
    cr_assert_str_eq(unpack(&place, STR("hello"), &wide), BROKEN);
    cr_assert_str_eq(unpack(&place, STR(""), &wide), "Uploaded file must be a non-empty zip");
    cr_assert_str_eq(unpack(&place, str_slice(archive, 0, archive.len - 1), &wide), BROKEN);
    char empty[22] = "PK\x05\x06";
    cr_assert_str_eq(unpack(&place, (str){ empty, sizeof empty }, &wide),
                     "Uploaded file must be a non-empty zip");
    char *damaged = arena_alloc(&place.arena, archive.len);
    memcpy(damaged, archive.ptr, archive.len);
    damaged[34] ^= 1; /* in the content: its checksum is wrong now */
    cr_assert_str_eq(unpack(&place, (str){ damaged, archive.len }, &wide), BROKEN);
    place_close(&place);
}

Test(zip, paths_are_bounded)
{
    struct place place;
    place_open(&place);
    char deep[2 * (LAMBDA_CODE_DEPTH_MAX + 1)];
    for (size_t i = 0; i < sizeof deep; i++)
        deep[i] = i % 2 == 0 ? 'a' : '/';
    deep[sizeof deep - 3] = '\0'; /* a/a/.../a, as deep as may be */
    struct zip_entry entry = { deep, "x", 0 };
    cr_assert_str_eq(unpack(&place, zip_of(&place.arena, &entry, 1), &wide), "");
    deep[sizeof deep - 3] = '/';
    deep[sizeof deep - 1] = '\0';
    cr_assert_str_eq(unpack(&place, zip_of(&place.arena, &entry, 1), &wide), BROKEN);
    char longest[257];
    memset(longest, 'n', 256);
    longest[255] = '\0';
    entry.name = longest;
    cr_assert_str_eq(unpack(&place, zip_of(&place.arena, &entry, 1), &wide), "");
    longest[255] = 'n';
    longest[256] = '\0';
    cr_assert_str_eq(unpack(&place, zip_of(&place.arena, &entry, 1), &wide), BROKEN);
    place_close(&place);
}

Test(zip, removing_goes_on_where_it_stopped)
{
    struct place place;
    place_open(&place);
    static const struct zip_entry entries[] = {
        { "a/b/c", "x", 0 },
        { "a/b/d", "x", 0 },
        { "e", "x", 0 },
        { "l", "a", S_IFLNK | 0777 },
    };
    cr_assert_str_eq(unpack(&place, zip_of(&place.arena, entries, 4), &wide), "");
    size_t budget = 3;
    cr_assert_not(files_remove(place.inner, &budget, &place.arena));
    cr_assert_eq(budget, 0);
    budget = 10;
    cr_assert(files_remove(place.inner, &budget, &place.arena));
    cr_assert_not(exists(&place, "in"));
    cr_assert(files_remove(place.inner, &budget, &place.arena), "it is gone already");
    place_close(&place);
}
