/* Jobs of the housekeeper: records with what is left to do, done piece by piece.
 *
 * NOTE_JOB: {"v":1,"do": "remove" | "fill" | "expiries","table": id,"index": id (-1 in a
 * "remove" of a whole table),"name": of the table,"expiry": the attribute of its time to live (in
 * such a "remove"),"after": the last key that has been done, in hexadecimal digits}. */
#ifndef SERVICES_DYNAMODB_JOBS_H
#define SERVICES_DYNAMODB_JOBS_H

#include "services/source.h"

/* Does a piece of the oldest job; false if there is none. */
bool jobs_run(struct txn *txn, const struct source *source);

#endif
