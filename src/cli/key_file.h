/* Files of secret keys in the data directory: token.key, link.keys. Private to cli/.
 *
 * `what` names such a file in the errors ("token key"). All errors are ERROR_IO, a sentence for
 * people. */
#ifndef CLI_KEY_FILE_H
#define CLI_KEY_FILE_H

#include "base/base.h"

/* Fills err with what could not be done and errno's reason; returns false. */
bool key_file_fail(struct error *err, const char *what, const char *path, const char *why);

/* Reads an open file into `text` (at most `bytes_max`; *len says how much), if it is a plain file
 * that belongs to this user and that nobody else may read. */
MUST_CHECK bool key_file_read(int fd, const char *what, const char *path, char *text,
                              size_t bytes_max, size_t *len, struct error *err);

/* `bytes` bytes from twice as many hexadecimal digits in lower case; false if they are none. */
MUST_CHECK bool key_file_read_hex(str digits, unsigned char *out, size_t bytes);

/* Makes new names in the directory durable; false with errno set. */
MUST_CHECK bool key_file_sync_directory(str directory);

#endif
