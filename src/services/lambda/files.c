/* Removing directories of unpacked code, a few files at a time. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "services/lambda/lambda_private.h"

/* Removes what is in the directory behind `fd`, which it closes. True if it is empty now. The depth
 * is the one that zip_unpack lets arise. */
static bool empty_directory(int fd, size_t *budget, int depth)
{
    DIR *directory = fdopendir(fd);
    if (!directory) {
        close(fd);
        return false;
    }
    bool done = depth <= LAMBDA_CODE_DEPTH_MAX + 1;
    const struct dirent *entry;
    while (done && (entry = readdir(directory))) {
        const char *name = entry->d_name;
        if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0) continue;
        if (*budget == 0) {
            done = false;
            break;
        }
        --*budget;
        if (unlinkat(dirfd(directory), name, 0) == 0) continue;
        if (errno != EISDIR && errno != EPERM) {
            done = errno == ENOENT;
            continue;
        }
        int inner = openat(dirfd(directory), name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        done = inner >= 0 && empty_directory(inner, budget, depth + 1) &&
               unlinkat(dirfd(directory), name, AT_REMOVEDIR) == 0;
    }
    closedir(directory);
    return done;
}

bool files_remove(str directory, size_t *budget, struct arena *arena)
{
    const char *path = arena_cstr(arena, directory);
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) return errno == ENOENT;
    return empty_directory(fd, budget, 0) && rmdir(path) == 0;
}
