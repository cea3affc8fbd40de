/* Tests of starting on a directory that cannot be used, and of a disk that fills up. */
#include "store/support_test.h"

#include "base/prng.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>

static char directory[TEST_PATH_BYTES];
static char path[TEST_PATH_BYTES + 16];

static void set_up(void)
{
    make_directory(directory);
    snprintf(path, sizeof path, "%s/data", directory);
}

static void tear_down(void)
{
    remove_directory(directory);
}

TestSuite(store_open, .init = set_up, .fini = tear_down);

static struct store *open_store(void)
{
    struct store *store = NULL;
    struct error err = { 0 };
    cr_assert(store_open(str_from(path), &store, &err), "%s", err.message);
    return store;
}

static void write_file(const char *name, const char *text)
{
    char full[sizeof path + 64];
    snprintf(full, sizeof full, "%s/%s", path, name);
    FILE *file = fopen(full, "w");
    cr_assert(file != NULL);
    fputs(text, file);
    fclose(file);
}

static int compare_names(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

/* Names, sizes and times of all files: equal before and after means that nothing was changed. */
static void list_directory(char *out, size_t capacity)
{
    struct dirent **entries;
    int count = scandir(path, &entries, NULL, compare_names);
    cr_assert_geq(count, 0);
    size_t len = 0;
    for (int i = 0; i < count; i++) {
        char full[sizeof path + 300];
        struct stat status;
        snprintf(full, sizeof full, "%s/%s", path, entries[i]->d_name);
        cr_assert_eq(stat(full, &status), 0);
        int added =
            snprintf(out + len, capacity - len, "%s %ld %ld.%ld\n", entries[i]->d_name,
                     (long)status.st_size, (long)status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
        len += (size_t)added;
        cr_assert_lt(len, capacity);
        free(entries[i]);
    }
    free(entries);
}

static void expect_refused_unchanged(const char *text)
{
    static char before[8192];
    static char after[8192];
    list_directory(before, sizeof before);
    expect_refused(path, text);
    list_directory(after, sizeof after);
    cr_assert_str_eq(after, before);
}

Test(store_open, makes_the_directory_but_not_its_parent)
{
    store_close(open_store());
    char deeper[sizeof path + 16];
    snprintf(deeper, sizeof deeper, "%s/no/such", directory);
    expect_refused(deeper, "parent directory does not exist");
}

Test(store_open, takes_an_empty_directory_and_opens_it_again)
{
    cr_assert_eq(mkdir(path, 0700), 0);
    store_close(open_store());
    store_close(open_store());
}

Test(store_open, refuses_a_path_that_is_or_leads_through_a_file)
{
    char deeper[sizeof path + 16];
    int fd = open(path, O_CREAT | O_WRONLY, 0600);
    cr_assert_geq(fd, 0);
    close(fd);
    expect_refused(path, "Not a directory");
    snprintf(deeper, sizeof deeper, "%s/below", path);
    expect_refused(deeper, "not a directory");
}

Test(store_open, refuses_a_directory_that_holds_something_else)
{
    cr_assert_eq(mkdir(path, 0700), 0);
    write_file("holiday.jpg", "sun");
    expect_refused_unchanged("'holiday.jpg'");
}

Test(store_open, refuses_a_newer_schema)
{
    store_close(open_store());
    char newer[64];
    snprintf(newer, sizeof newer, "baton store, schema %d\n", STORE_SCHEMA_VERSION + 1);
    write_file("BATON-FORMAT", newer);
    expect_refused_unchanged("newer Baton");
}

Test(store_open, refuses_a_format_that_it_cannot_read)
{
    static const char *const texts[] = {
        "",
        "hello\n",
        "baton store, schema 0\n",
        "baton store, schema 1",
        "baton store, schema 1\nmore",
        "baton store, schema 12345678901234567890\n",
        "baton store, schema \n",
    };
    cr_assert_eq(mkdir(path, 0700), 0);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        write_file("BATON-FORMAT", texts[i]);
        expect_refused_unchanged("damaged");
    }
}

Test(store_open, refuses_damage_that_rocksdb_finds)
{
    store_close(open_store());
    write_file("CURRENT", "nonsense\n");
    expect_refused(path, "data directory");
}

Test(store_open, refuses_a_second_store_in_this_process)
{
    struct store *store = open_store();
    expect_refused_unchanged("in use");
    store_close(store);
    store_close(open_store());
}

NORETURN static void hold_open(int ready_fd)
{
    struct store *store = open_store();
    if (write(ready_fd, "r", 1) != 1) _exit(1);
    pause();
    store_close(store);
    _exit(0);
}

Test(store_open, refuses_a_directory_that_another_process_holds_and_names_it)
{
    int ready[2];
    cr_assert_eq(pipe(ready), 0);
    pid_t child = fork();
    if (child == 0) hold_open(ready[1]);
    char byte;
    cr_assert_eq(read(ready[0], &byte, 1), 1);
    char holder[64];
    snprintf(holder, sizeof holder, "in use by another process, id %ld", (long)child);
    expect_refused_unchanged(holder);

    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    store_close(open_store()); /* the lock dies with its process */
}

/* Mounts need rights that a test does not always have. */
static bool mount_small(const char *options)
{
    if (mount("tmpfs", directory, "tmpfs", 0, options) == 0) return true;
    cr_log_warn("no rights to mount: the disk of this test is not small");
    return false;
}

static void unmount(void)
{
    cr_assert_eq(umount(directory), 0);
}

Test(store_open, refuses_a_read_only_directory)
{
    if (!mount_small("size=32m")) return;
    store_close(open_store());
    cr_assert_eq(mount(NULL, directory, NULL, MS_REMOUNT | MS_RDONLY, NULL), 0);
    expect_refused_unchanged("is not writable");
    unmount();
}

Test(store_open, refuses_a_full_disk)
{
    if (!mount_small("size=1m")) return;
    cr_assert_eq(mkdir(path, 0700), 0);
    expect_refused_unchanged("the disk is full");
    unmount();
}

enum { BALLAST_BYTES = 128 << 20, CHUNK_BYTES = 256 << 10 };

/* Applies and syncs numbered batches until the process ends; acknowledges each on `fd`. */
NORETURN static void fill_disk(int fd)
{
    struct store *store = open_store();
    struct prng prng;
    prng_seed(&prng, 7);
    static uint64_t chunk[CHUNK_BYTES / sizeof(uint64_t)];
    struct arena arena;
    arena_init(&arena);
    for (uint32_t i = 0; i < 4096; i++) {
        for (size_t n = 0; n < sizeof chunk / sizeof *chunk; n++)
            chunk[n] = prng_next(&prng);
        struct store_batch batch;
        store_batch_init(&batch, &arena);
        store_batch_put(&batch, arena_printf(&arena, "%06u", i),
                        (str){ (const char *)chunk, sizeof chunk });
        store_apply(store, &batch);
        store_sync(store);
        if (write(fd, &i, sizeof i) != sizeof i) _exit(1);
        arena_reset(&arena);
    }
    _exit(0);
}

/* The number of batches that the child acknowledged before it stopped. */
static uint32_t fill_until_it_stops(FILE *last_words)
{
    int acknowledged[2];
    cr_assert_eq(pipe(acknowledged), 0);
    pid_t child = fork();
    if (child == 0) {
        dup2(fileno(last_words), STDERR_FILENO);
        fill_disk(acknowledged[1]);
    }
    close(acknowledged[1]);
    uint32_t count = 0;
    uint32_t i;
    while (read(acknowledged[0], &i, sizeof i) == sizeof i)
        count = i + 1;
    int status = 0;
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT, "status %d", status);
    return count;
}

Test(store_open, stops_when_the_disk_fills_up_and_keeps_what_it_acknowledged)
{
    if (!mount_small("size=256m")) return;
    char ballast[TEST_PATH_BYTES + 16];
    snprintf(ballast, sizeof ballast, "%s/ballast", directory);
    int fd = open(ballast, O_CREAT | O_WRONLY, 0600);
    cr_assert_eq(posix_fallocate(fd, 0, BALLAST_BYTES), 0);
    close(fd);

    FILE *last_words = tmpfile();
    uint32_t count = fill_until_it_stops(last_words);
    char sentence[1024];
    rewind(last_words);
    size_t bytes = fread(sentence, 1, sizeof sentence - 1, last_words);
    sentence[bytes] = '\0';
    cr_assert(strstr(sentence, "The disk is full"), "it said: %s", sentence);

    cr_assert_eq(unlink(ballast), 0);
    struct store *store = open_store();
    struct arena arena;
    arena_init(&arena);
    for (uint32_t i = 0; i < count; i++) {
        str value;
        cr_assert(store_get(store, NULL, arena_printf(&arena, "%06u", i), &arena, &value), "%u", i);
        cr_assert_eq(value.len, (size_t)CHUNK_BYTES);
        arena_reset(&arena);
    }
    arena_close(&arena);
    store_close(store);
    fclose(last_words);
    unmount();
}
