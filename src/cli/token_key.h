/* The key that signs task tokens: the file token.key in the data directory.
 *
 * A line of 64 hexadecimal digits; an optional second one is the previous key, whose tokens stay
 * valid. Whoever has the file can forge tokens, so it must be readable by its owner only. */
#ifndef CLI_TOKEN_KEY_H
#define CLI_TOKEN_KEY_H

#include "engine/token.h"

/* Reads the key, or makes it if the file does not exist. The caller holds the store of the
 * directory open, which keeps other processes out. False (ERROR_IO, a sentence for people) if the
 * file is not what it must be; it is then not changed. */
MUST_CHECK bool token_key_open(str data_directory, struct token_key *out, struct error *err);

/* A key for a store that is not kept. */
void token_key_make(struct token_key *out);

#endif
