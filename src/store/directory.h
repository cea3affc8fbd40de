/* The directory of an embedded store: who may use it and which schema it holds. Private to store/.
 *
 *   BATON-FORMAT   one line, `baton store, schema N`: written before anything else, replaced whole
 *   BATON-LOCK     held with flock while a process has the store open; its text is that process's
 * id everything else belongs to RocksDB
 *
 * All checks are made before RocksDB sees the directory, because RocksDB already renames its log
 * and writes a new one before it finds out that it may not have the directory. */
#ifndef STORE_DIRECTORY_H
#define STORE_DIRECTORY_H

#include "base/base.h"

struct store_directory {
    int fd;          /* the directory */
    int lock_fd;     /* BATON-LOCK, locked */
    char *path;      /* owned */
    uint32_t schema; /* what BATON-FORMAT says */
};

/* Makes the directory if there is none (its parent must exist), locks it and reads its schema; a
 * new one gets the current schema. False (ERROR_IO) if it is in use, not writable, full, newer than
 * this program or not Baton's; nothing in it is then changed. */
MUST_CHECK bool store_directory_open(struct store_directory *directory, str path,
                                     struct error *err);

/* Makes `schema` the version of the directory, durably. */
MUST_CHECK bool store_directory_set_schema(struct store_directory *directory, uint32_t schema,
                                           struct error *err);

/* Unlocks it. */
void store_directory_close(struct store_directory *directory);

#endif
