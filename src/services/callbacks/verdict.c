/* Verdicts as HTTP answers. */
#include "services/callbacks/record.h"

struct verdict_row {
    enum verdict_kind kind;
    int status;
    str name; /* of a success: "status"; of a refusal: "error" */
};

/* In the order of enum verdict_kind. */
static const struct verdict_row rows[] = {
    { VERDICT_ACCEPTED, 200, STR_INIT("accepted") },
    { VERDICT_RECORDED, 200, STR_INIT("recorded") },
    { VERDICT_DUPLICATE, 200, STR_INIT("accepted") },
    { VERDICT_DIFFERENT, 409, STR_INIT("AlreadyDecided") },
    { VERDICT_TAKEN, 409, STR_INIT("KeyTaken") },
    { VERDICT_TIMED_OUT, 410, STR_INIT("TimedOut") },
    { VERDICT_STOPPED, 410, STR_INIT("Stopped") },
    { VERDICT_CLOSED, 410, STR_INIT("Closed") },
    { VERDICT_REVOKED, 410, STR_INIT("Revoked") },
    { VERDICT_EXPIRED, 410, STR_INIT("Expired") },
    { VERDICT_UNKNOWN, 404, STR_INIT("NotFound") },
    { VERDICT_KEPT, 202, STR_INIT("kept") },
    { VERDICT_FULL, 429, STR_INIT("MailboxFull") },
    { VERDICT_WRONG_CODE, 403, STR_INIT("WrongCode") },
    { VERDICT_LOCKED, 403, STR_INIT("Locked") },
    { VERDICT_COMMENT_MISSING, 400, STR_INIT("CommentMissing") },
    { VERDICT_IDENTITY_MISSING, 403, STR_INIT("IdentityMissing") },
    { VERDICT_NOT_AN_OUTCOME, 404, STR_INIT("NotAnOutcome") },
    { VERDICT_TOO_LARGE, 413, STR_INIT("TooLarge") },
};

static const struct verdict_row *row_of(const struct verdict *verdict)
{
    const struct verdict_row *row = &rows[verdict->kind];
    ASSERT_CMP(row->kind, ==, verdict->kind);
    return row;
}

int verdict_status(const struct verdict *verdict)
{
    return verdict->status ? verdict->status : row_of(verdict)->status;
}

/* A detail's own "status" is the first result, as a repetition is told it. */
str verdict_name(const struct verdict *verdict)
{
    return json_str_or(verdict->detail, STR("status"), row_of(verdict)->name);
}

void verdict_write(const struct verdict *verdict, struct buf *out)
{
    bool refused = verdict_status(verdict) >= 400;
    reply_open(out);
    reply_str(out, refused ? "error" : "status", verdict_name(verdict));
    if (verdict->kind == VERDICT_DUPLICATE) reply_bool(out, "duplicate", true);
    for (size_t i = 0; i < json_count(verdict->detail); i++) {
        str name = json_key_at(verdict->detail, i);
        if (str_eq(name, STR("status"))) continue;
        buf_add_char(out, ',');
        json_write_str(out, name);
        buf_add_char(out, ':');
        json_write(out, json_value_at(verdict->detail, i));
    }
    reply_close(out);
}
