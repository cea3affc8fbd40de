/* KEY_TABLE_NOTE: small records of the service beside its tables.
 *
 *   NOTE_JOB          at: serial; subject empty        a background task: housekeeping.h
 *   NOTE_TOKEN        at: 0; subject: a client's token {"v":1,"at","digest"}: tokens.h
 *   NOTE_TOKEN_END    at: when it may be forgotten (ms); subject: the token    empty */
#ifndef SERVICES_DYNAMODB_NOTES_H
#define SERVICES_DYNAMODB_NOTES_H

enum note_kind { NOTE_JOB, NOTE_TOKEN, NOTE_TOKEN_END };

#endif
