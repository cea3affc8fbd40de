/* The keys that sign callback links: the file link.keys in the data directory.
 *
 * A line for each key: its id (0 to LINK_KEYS_MAX - 1), "signing", "verifying" or "retired", when
 * it was made (ms), and 64 hexadecimal digits. Exactly one signs. Whoever has the file can forge
 * links, so it must be readable by its owner only. */
#ifndef CLI_LINK_KEYS_H
#define CLI_LINK_KEYS_H

#include "engine/link.h"

/* Reads the keys, or makes the first one if the file does not exist. The caller holds the store of
 * the directory open, which keeps other processes out. False (ERROR_IO, a sentence for people) if
 * the file is not what it must be; it is then not changed. */
MUST_CHECK bool link_keys_open(str data_directory, struct link_keys *out, struct error *err);

/* Makes changed keys durable, for shard_options; `context` is the data directory as a str, which
 * must stay. A crash leaves the old file or the new one. */
bool link_keys_keep(void *context, const struct link_keys *keys, struct error *err);

#endif
