/* ClientRequestToken of TransactWriteItems: for ten minutes the same token means the same call. */
#ifndef SERVICES_DYNAMODB_TOKENS_H
#define SERVICES_DYNAMODB_TOKENS_H

#include "services/source.h"

/* What is known of a token. */
enum client_token_state { TOKEN_NEW, TOKEN_REPEATED, TOKEN_OF_ANOTHER };

/* Looks a token up; `params` is the call, whose digest has to be that of the first one. */
enum client_token_state client_token_look(const struct source *source, str client_token,
                                          json params);
/* Remembers a TOKEN_NEW. */
void client_token_keep(struct txn *txn, const struct source *source, str client_token, json params);

/* Forgets old ones, a bounded number. True if there were any; *next_ms: when the next one is due.
 */
bool client_tokens_forget(struct txn *txn, const struct source *source, int64_t *next_ms);

#endif
