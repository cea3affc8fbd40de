/* Unpacking arbitrary archives into a directory of its own: nothing is written outside of it, not
 * more than the limits allow, and everything that was written can be removed again. */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "services/lambda/lambda_private.h"

enum { BYTES_MAX = 4096, ENTRIES_MAX = 8 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The entries of a directory; anything but the names given is a bug. */
static void expect_only(const char *path, const char *name)
{
    DIR *directory = opendir(path);
    if (!directory) abort();
    const struct dirent *entry;
    while ((entry = readdir(directory)))
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
            strcmp(entry->d_name, name) != 0)
            abort();
    closedir(directory);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct zip_limits limits = { .bytes = BYTES_MAX, .entries = ENTRIES_MAX };
    char outer[] = "/tmp/baton-zip-fuzz-XXXXXX";
    struct arena arena;
    struct error err = { 0 };
    if (!mkdtemp(outer)) abort();
    arena_init(&arena);
    str inner = arena_printf(&arena, "%s/in", outer);
    if (mkdir(inner.ptr, 0700) != 0) abort();
    /* A copy of the exact size, so that the sanitizer sees any byte read beyond it. */
    str archive = { memcpy(arena_alloc(&arena, size), data, size), size };
    (void)zip_unpack(archive, inner, &limits, &arena, &err);
    expect_only(outer, "in");
    size_t budget = (size_t)ENTRIES_MAX * (LAMBDA_CODE_DEPTH_MAX + 1);
    if (!files_remove(inner, &budget, &arena)) abort();
    if (rmdir(outer) != 0) abort();
    arena_close(&arena);
    return 0;
}
