/* An answer meets its wait: whether it is open, whether the answer may be given in this way, what
 * it decides; or what to tell somebody who comes twice or late. */
#include "base/timestamp.h"
#include "http/http.h"
#include "services/callbacks/internal.h"

enum { ERROR_BYTES_MAX = 256, CAUSE_BYTES_MAX = 32768 }; /* AWS: of SendTaskFailure */

/* ---- what an answer says ---- */

str answer_digest(const struct answer *answer, struct arena *arena)
{
    static const char *const kinds[] = { "success", "failure", "heartbeat", "outcome" };
    bool has_output = answer->kind == ANSWER_SUCCESS || answer->kind == ANSWER_OUTCOME;
    const str parts[] = {
        str_from(kinds[answer->kind]),
        answer->kind == ANSWER_OUTCOME ? answer->outcome : STR(""),
        has_output ? json_text(arena, answer->output) : STR(""),
        answer->kind == ANSWER_FAILURE ? answer->error : STR(""),
        answer->kind == ANSWER_FAILURE ? answer->cause : STR(""),
        answer->comment.len ? answer->comment : STR(""),
    };
    return hash_hex(arena, parts, sizeof parts / sizeof *parts, ANSWER_DIGEST_CHARS / 2);
}

/* An empty body says something else by each link that has an outcome or a responder. */
static str digest_of(const struct attempt *a)
{
    str digest = a->answer->digest;
    if (digest.len == 0) digest = answer_digest(a->answer, a->source.arena);
    if (!a->link || (a->link->outcome == 0 && a->link->responder == 0)) return digest;
    return arena_printf(a->source.arena, "%u.%u.%.*s", a->link->outcome, a->link->responder,
                        STR_ARGS(digest));
}

bool answer_repeats(const struct answer *answer, str digest, json entry)
{
    str id = json_str_or(entry, STR("messageId"), STR(""));
    if (id.len && str_eq(id, answer->message_id)) return true;
    return str_eq(json_str_or(entry, STR("digest"), STR("")), digest);
}

void answer_describe(const struct source *source, const struct answer *answer, str digest,
                     struct json_fields *out)
{
    add_i64(out, "at", source->now_ms);
    add_str(out, "by", answer->by);
    add_str(out, "via", answer->via);
    add_str(out, "peer", answer->peer);
    add_str(out, "comment", answer->comment);
    add_str(out, "messageId", answer->message_id);
    add_str(out, "digest", digest);
}

/* ---- verdicts ---- */

void verdict_set(struct verdict *out, enum verdict_kind kind, json detail)
{
    *out = (struct verdict){ .kind = kind, .detail = detail };
    out->first_time = kind == VERDICT_ACCEPTED || kind == VERDICT_RECORDED || kind == VERDICT_KEPT;
}

void verdict_message(const struct source *source, struct verdict *out, enum verdict_kind kind,
                     str message)
{
    struct json_fields fields;
    json_fields_init(&fields, source->arena);
    add_str(&fields, "message", message);
    verdict_set(out, kind, json_fields_done(&fields));
}

json decided_detail(const struct source *source, json decided)
{
    struct json_fields fields;
    json_fields_init(&fields, source->arena);
    add_str(&fields, "outcome", json_str_or(decided, STR("outcome"), STR("")));
    add_str(&fields, "at", timestamp_text(source->arena, json_i64_or(decided, STR("at"), 0)));
    add_str(&fields, "by", json_str_or(decided, STR("by"), STR("")));
    add_str(&fields, "via", json_str_or(decided, STR("via"), STR("")));
    add_str(&fields, "comment", json_str_or(decided, STR("comment"), STR("")));
    return json_fields_done(&fields);
}

void attempt_note(struct attempt *a, str verdict)
{
    const struct answer *answer = a->answer;
    struct json_fields note;
    json_fields_init(&note, a->source.arena);
    add_str(&note, "verdict", verdict);
    add_str(&note, "via", answer->via);
    add_str(&note, "by", answer->by);
    add_str(&note, "peer", answer->peer);
    add_str(&note, "outcome",
            answer->kind == ANSWER_OUTCOME   ? answer->outcome
            : answer->kind == ANSWER_FAILURE ? STR("failure")
                                             : STR("success"));
    add_str(&note, "messageId", answer->message_id);
    json responders = wait_get(&a->wait, "responders");
    if (a->link && a->link->responder > 0 && a->link->responder <= json_count(responders))
        json_fields_add(&note, STR("responder"), json_at(responders, a->link->responder - 1));
    wait_note(&a->source, &a->wait, &note);
}

/* Beats are many and change nothing: they leave no trace. */
static void note_and_store(struct attempt *a)
{
    if (!a->wait.found || a->answer->kind == ANSWER_HEARTBEAT) return;
    attempt_note(a, a->out->kind == VERDICT_DUPLICATE ? STR("duplicate") : verdict_name(a->out));
    wait_store(a->txn, &a->wait);
}

void attempt_refuse(struct attempt *a, enum verdict_kind kind, str message)
{
    verdict_message(&a->source, a->out, kind, message);
    note_and_store(a);
}

static void tell_decided(struct attempt *a, enum verdict_kind kind, json decided, str status)
{
    struct json_fields fields;
    json detail = decided_detail(&a->source, decided);
    json_fields_init(&fields, a->source.arena);
    if (kind == VERDICT_DUPLICATE) {
        add_str(&fields, "status", status);
        add_str(&fields, "outcome", json_str_or(decided, STR("outcome"), STR("")));
    } else {
        str by = json_str_or(detail, STR("by"), STR(""));
        add_str(&fields, "message",
                arena_printf(a->source.arena, "This was decided as '%.*s' at %.*s%s%.*s.",
                             STR_ARGS(json_str_or(detail, STR("outcome"), STR(""))),
                             STR_ARGS(json_str_or(detail, STR("at"), STR(""))),
                             by.len ? " by " : "", STR_ARGS(by)));
    }
    json_fields_add(&fields, STR("decided"), detail);
    verdict_set(a->out, kind, json_fields_done(&fields));
    note_and_store(a);
}

/* ---- a wait that is over ---- */

static bool repeats_a_vote(const struct attempt *a)
{
    json votes = wait_get(&a->wait, "answers");
    for (size_t i = 0; i < json_count(votes); i++)
        if (answer_repeats(a->answer, a->digest, json_at(votes, i))) return true;
    return false;
}

static void tell_closed(struct attempt *a)
{
    static const struct {
        str closed;
        enum verdict_kind kind;
        str message;
    } rows[] = {
        { STR_INIT("timedOut"), VERDICT_TIMED_OUT, STR_INIT("Nobody answered in time") },
        { STR_INIT("heartbeatMissed"), VERDICT_TIMED_OUT, STR_INIT("A heartbeat was missed") },
        { STR_INIT("executionTimedOut"), VERDICT_TIMED_OUT,
          STR_INIT("The execution has timed out") },
        { STR_INIT("stopped"), VERDICT_STOPPED, STR_INIT("The execution was stopped") },
        { STR_INIT("callFailed"), VERDICT_CLOSED, STR_INIT("The call of this task failed") },
        { STR_INIT("aborted"), VERDICT_CLOSED,
          STR_INIT("Another part of the execution has failed") },
    };
    str closed = wait_get_str(&a->wait, "closed");
    int64_t at_ms = wait_get_i64(&a->wait, "closedAt");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (!str_eq(rows[i].closed, closed)) continue;
        str message = arena_printf(a->source.arena, "%.*s, at %.*s.", STR_ARGS(rows[i].message),
                                   STR_ARGS(timestamp_text(a->source.arena, at_ms)));
        attempt_refuse(a, rows[i].kind, message);
        return;
    }
    attempt_refuse(a, VERDICT_CLOSED, STR("Nobody waits for this any more."));
}

/* Accepted by an earlier attempt of the same wait (its outcome was a failure, and the state tries
 * again): the message does not count twice. */
static bool was_accepted_before(const struct attempt *a)
{
    json attempts = wait_get(&a->wait, "attempts");
    if (a->answer->message_id.len == 0) return false;
    for (size_t i = 0; i < json_count(attempts); i++) {
        json one = json_at(attempts, i);
        str verdict = json_str_or(one, STR("verdict"), STR(""));
        if (str_eq(json_str_or(one, STR("messageId"), STR("")), a->answer->message_id) &&
            (str_eq(verdict, STR("accepted")) || str_eq(verdict, STR("recorded"))))
            return true;
    }
    return false;
}

static void tell_repeated(struct attempt *a)
{
    verdict_set(a->out, VERDICT_DUPLICATE, (json){ .kind = JSON_OBJECT });
    note_and_store(a);
}

/* Of a wait that is decided. */
static bool repeats_the_decision(const struct attempt *a, json decided)
{
    return a->answer->kind != ANSWER_HEARTBEAT && (answer_repeats(a->answer, a->digest, decided) ||
                                                   repeats_a_vote(a) || was_accepted_before(a));
}

static void answer_late(struct attempt *a)
{
    json decided = wait_get(&a->wait, "decided");
    if (!json_is_object(decided)) {
        tell_closed(a);
        return;
    }
    bool repeated = repeats_the_decision(a, decided);
    tell_decided(a, repeated ? VERDICT_DUPLICATE : VERDICT_DIFFERENT, decided, STR("accepted"));
}

/* ---- a wait that is open ---- */

bool attempt_is_open(struct attempt *a)
{
    if (a->wait.found && !wait_is_open(&a->wait)) return false;
    a->execution = txn_execution_load(a->txn, a->wait.serial);
    a->frame = a->execution ? txn_frame(a->txn, a->execution, a->wait.frame) : NULL;
    return a->frame && a->frame->status == FRAME_WAIT_TASK && a->frame->has_token &&
           a->frame->entered_event == a->wait.entered;
}

bool attempt_is_between(struct attempt *a)
{
    struct execution *execution = txn_execution_load(a->txn, a->wait.serial);
    const struct frame *frame = execution ? txn_frame(a->txn, execution, a->wait.frame) : NULL;
    return frame && frame->status == FRAME_WAIT_RETRY && frame->entered_event == a->wait.entered;
}

void wait_watch(struct txn *txn, struct execution *execution, struct frame *frame,
                struct wait *wait)
{
    struct engine_event event = {
        .kind = ENGINE_TASK_WATCH,
        .frame = frame->number,
        .task_event = frame->task_event,
    };
    bool open = txn_execution_turn(txn, execution, &event);
    ASSERT(open);
    wait_set_str(wait, "machine", execution->id.machine);
    wait_set_str(wait, "execution", execution->id.name);
    wait_set_str(wait, "state", frame->state->name);
    wait_set_i64(wait, "task", frame->task_event);
    wait_set_i64(wait, "first", frame->task_event);
    wait_set_i64(wait, "opened", frame->since_ms);
    wait_set_i64(wait, "since", frame->since_ms);
    wait_set(wait, "open", json_bool(true));
    wait_store(txn, wait);
}

str outcome_name(const struct wait *wait, int outcome)
{
    if (outcome == OUTCOME_SUCCESS) return STR("success");
    if (outcome == OUTCOME_FAILURE) return STR("failure");
    return wait_outcome_at(wait, (size_t)outcome).name;
}

bool outcome_fails(const struct wait *wait, int outcome)
{
    if (outcome < 0) return outcome == OUTCOME_FAILURE;
    return wait_outcome_at(wait, (size_t)outcome).fails;
}

static json text_or_null(str text)
{
    return text.len ? json_string(text) : json_null();
}

json attempt_value(const struct attempt *a, str outcome)
{
    struct json_fields fields;
    json_fields_init(&fields, a->source.arena);
    json_fields_add(&fields, STR("outcome"), json_string(outcome));
    json_fields_add(&fields, STR("output"),
                    a->answer->kind == ANSWER_FAILURE ? json_null() : a->answer->output);
    json_fields_add(&fields, STR("by"), text_or_null(a->answer->by));
    json_fields_add(&fields, STR("comment"), text_or_null(a->answer->comment));
    return json_fields_done(&fields);
}

static struct engine_event event_of(const struct attempt *a, int outcome, json value)
{
    const struct answer *answer = a->answer;
    struct engine_event event = {
        .frame = a->frame->number,
        .task_event = a->frame->task_event,
        .value = json_null(),
    };
    if (outcome >= 0) {
        event.kind = ENGINE_TASK_ANSWERED;
        event.outcome = (uint8_t)outcome;
        event.value = value;
    } else if (outcome == OUTCOME_FAILURE) {
        event.kind = ENGINE_TASK_FAILED;
        event.error = answer->error;
        event.cause = answer->cause;
    } else {
        event.kind = ENGINE_TASK_SUCCEEDED;
        event.value = answer->output;
        event.text = answer->output_text;
    }
    return event;
}

static void give(struct attempt *a, struct engine_event *event, int outcome, bool undo)
{
    struct json_fields by, detail;
    str name = outcome_name(&a->wait, outcome);
    json_fields_init(&by, a->source.arena);
    add_str(&by, "outcome", name);
    answer_describe(&a->source, a->answer, a->digest, &by);
    if (undo) json_fields_add(&by, STR("undo"), json_bool(true));
    event->answered_by = json_fields_done(&by);
    bool open = txn_execution_turn(a->txn, a->execution, event);
    ASSERT(open);
    json_fields_init(&detail, a->source.arena);
    add_str(&detail, "outcome", name);
    verdict_set(a->out, VERDICT_ACCEPTED, json_fields_done(&detail));
    shard_count(a->source.shard, COUNTER_CALLBACKS_ACCEPTED);
}

void attempt_decide(struct attempt *a, int outcome, json value, bool undo)
{
    struct engine_event event = event_of(a, outcome, value);
    /* A quorum's answers stand for what a single answer would have said. */
    if (outcome == OUTCOME_SUCCESS && json_is_object(value)) {
        event.value = value;
        event.text = STR("");
    } else if (outcome == OUTCOME_FAILURE && json_is_object(value)) {
        if (!event.error.ptr) event.error = STR("Rejected");
        event.cause = json_text(a->source.arena, value);
    }
    give(a, &event, outcome, undo);
}

static void beat(struct attempt *a)
{
    struct engine_event event = {
        .kind = ENGINE_TASK_HEARTBEAT,
        .frame = a->frame->number,
        .task_event = a->frame->task_event,
        .value = json_null(),
    };
    struct json_fields detail;
    bool open = txn_execution_turn(a->txn, a->execution, &event);
    ASSERT(open);
    json_fields_init(&detail, a->source.arena);
    add_str(&detail, "status", STR("heartbeat"));
    verdict_set(a->out, VERDICT_ACCEPTED, json_fields_done(&detail));
    shard_count(a->source.shard, COUNTER_HEARTBEATS);
}

/* ---- what a link may say, and what a person must ---- */

static bool read_named(struct attempt *a, int *outcome)
{
    size_t index = wait_outcome(&a->wait, a->answer->outcome);
    *outcome = (int)index;
    if (index != SIZE_MAX) return true;
    attempt_refuse(a, VERDICT_NOT_AN_OUTCOME, STR("This state has no such outcome."));
    return false;
}

/* A link with an outcome stands for it, whatever the body. */
static bool read_fixed(struct attempt *a, int *outcome)
{
    size_t index = (size_t)a->link->outcome - 1;
    if (index >= wait_outcome_count(&a->wait)) {
        attempt_refuse(a, VERDICT_NOT_AN_OUTCOME, STR("This state has no such outcome."));
        return false;
    }
    *outcome = (int)index;
    str name = wait_outcome_at(&a->wait, index).name;
    if (a->answer->kind == ANSWER_SUCCESS) return true;
    if (a->answer->kind == ANSWER_OUTCOME && str_eq(a->answer->outcome, name)) return true;
    attempt_refuse(
        a, VERDICT_NOT_AN_OUTCOME,
        arena_printf(a->source.arena, "This link is for the outcome '%.*s' only.", STR_ARGS(name)));
    a->out->status = 403;
    return false;
}

static bool read_outcome(struct attempt *a, int *outcome)
{
    if (a->link && a->link->outcome > 0) return read_fixed(a, outcome);
    if (a->answer->kind == ANSWER_OUTCOME) return read_named(a, outcome);
    *outcome = a->answer->kind == ANSWER_FAILURE ? OUTCOME_FAILURE : OUTCOME_SUCCESS;
    return true;
}

/* Whoever has the link of an outcome can decide that, and nothing else. */
static bool may_beat(struct attempt *a)
{
    int outcome;
    return !a->link || a->link->outcome == 0 || read_fixed(a, &outcome);
}

static bool check_code(struct attempt *a)
{
    str expected = wait_get_str(&a->wait, "code");
    if (expected.len == 0) return true;
    uint8_t responder = a->link->responder;
    if (wait_code_tries(&a->wait, responder) >= CALLBACK_CODE_TRIES_MAX) {
        attempt_refuse(a, VERDICT_LOCKED, STR("A wrong code was entered too often."));
        return false;
    }
    const str parts[] = { wait_text(a->source.arena, &a->wait), a->answer->code };
    str given = hash_hex(a->source.arena, parts, 2, 32);
    if (a->answer->code.ptr && str_eq_constant_time(given, expected)) return true;
    /* A link that is opened without a code is no try. */
    if (a->answer->code.ptr) wait_count_code_try(&a->wait, responder);
    if (wait_code_tries(&a->wait, responder) >= CALLBACK_CODE_TRIES_MAX)
        attempt_refuse(a, VERDICT_LOCKED, STR("A wrong code was entered too often."));
    else
        attempt_refuse(a, VERDICT_WRONG_CODE, STR("The code is missing or wrong."));
    return false;
}

/* A link may have been forwarded: what the state asks of a person holds for every answer by link,
 * also one that is no form. */
static bool check_person(struct attempt *a)
{
    const struct answer *answer = a->answer;
    if (!a->link) return true;
    if (wait_get_str(&a->wait, "identity").len && answer->by.len == 0) {
        attempt_refuse(a, VERDICT_IDENTITY_MISSING,
                       STR("This answer must say who gives it: the header is missing."));
        return false;
    }
    if (!check_code(a)) return false;
    bool required = str_eq(wait_get_str(&a->wait, "comment"), STR("REQUIRED"));
    if (answer->is_form && required && answer->comment.len == 0) {
        attempt_refuse(a, VERDICT_COMMENT_MISSING, STR("A comment is required."));
        return false;
    }
    return true;
}

static bool check_size(struct attempt *a)
{
    const struct answer *answer = a->answer;
    bool fits = answer->error.len <= ERROR_BYTES_MAX && answer->cause.len <= CAUSE_BYTES_MAX &&
                answer->comment.len <= CALLBACK_COMMENT_BYTES_MAX &&
                answer->by.len <= CALLBACK_BY_BYTES_MAX &&
                answer->message_id.len <= CALLBACK_MESSAGE_ID_BYTES_MAX;
    size_t bytes_max = shard_payload_bytes_max(a->source.shard);
    fits = fits && (answer->output_text.len > 0 ? answer->output_text.len <= bytes_max
                                                : json_fits(answer->output, bytes_max));
    if (fits) return true;
    verdict_message(&a->source, a->out, VERDICT_TOO_LARGE, STR("The answer is too large."));
    return false;
}

/* The responder for whom the answer counts: the link's, or whom the sender names. */
static bool find_responder(struct attempt *a, str *out)
{
    json names = wait_get(&a->wait, "responders");
    str named = a->answer->responder.len ? a->answer->responder : a->answer->by;
    if (a->link) {
        if (a->link->responder == 0 || a->link->responder > json_count(names)) return false;
        *out = json_str(json_at(names, a->link->responder - 1));
        return true;
    }
    for (size_t i = 0; i < json_count(names); i++) {
        *out = json_str(json_at(names, i));
        if (str_eq(*out, named)) return true;
    }
    return false;
}

static void refuse_stranger(struct attempt *a)
{
    attempt_refuse(a, VERDICT_NOT_AN_OUTCOME,
                   STR("Several have to answer this: only their own links count."));
    a->out->status = 403;
}

static void answer_open(struct attempt *a)
{
    int outcome;
    str responder;
    if (a->answer->kind == ANSWER_HEARTBEAT) {
        if (may_beat(a)) beat(a);
        return;
    }
    if (was_accepted_before(a)) {
        tell_repeated(a);
        return;
    }
    if (!check_size(a) || !read_outcome(a, &outcome) || !check_person(a)) return;
    if (wait_has_quorum(&a->wait) && !a->is_operator) {
        if (find_responder(a, &responder)) {
            quorum_vote(a, responder, outcome);
            return;
        }
        refuse_stranger(a);
        return;
    }
    if (!a->wait.found) wait_watch(a->txn, a->execution, a->frame, &a->wait);
    json value = outcome >= 0 ? attempt_value(a, outcome_name(&a->wait, outcome)) : json_null();
    attempt_decide(a, outcome, value, false);
}

void attempt_run(struct attempt *a)
{
    a->digest = digest_of(a);
    if (attempt_is_open(a))
        answer_open(a);
    else
        answer_late(a);
}

/* ---- the door ---- */

static bool is_revoked(const struct wait *wait, const struct link *link)
{
    json revoked = wait_get(wait, "revoked");
    for (size_t i = 0; i < json_count(revoked); i++) {
        json row = json_at(revoked, i);
        double outcome = json_number(json_at(row, 0)), responder = json_number(json_at(row, 1));
        if ((outcome == 0 || outcome == link->outcome) &&
            (responder == 0 || responder == link->responder))
            return true;
    }
    return false;
}

static bool is_expired(const struct source *source, const struct link *link)
{
    return link->expires_s > 0 && (int64_t)link->expires_s * 1000 <= source->now_ms;
}

static bool refuse_void(struct attempt *a)
{
    if (is_revoked(&a->wait, a->link)) {
        attempt_refuse(a, VERDICT_REVOKED, STR("This link has been revoked."));
        return true;
    }
    if (!is_expired(&a->source, a->link)) return false;
    /* Whoever has decided with it is still told so. */
    if (json_is_object(wait_get(&a->wait, "decided")))
        answer_late(a);
    else
        attempt_refuse(a, VERDICT_EXPIRED, STR("This link has expired."));
    return true;
}

bool link_is_valid(const struct source *source, const struct link *link,
                   const struct wait_view *view, struct verdict *out)
{
    struct wait wait;
    (void)wait_load(source, view->serial, view->frame, view->entered, &wait);
    bool revoked = is_revoked(&wait, link);
    if (!revoked && !is_expired(source, link)) return true;
    if (revoked)
        verdict_message(source, out, VERDICT_REVOKED, STR("This link has been revoked."));
    else
        verdict_message(source, out, VERDICT_EXPIRED, STR("This link has expired."));
    return false;
}

/* "by" is what the state's Identity header says, if it is to be believed: text, and not too
 * long. */
static str identity_of(const struct attempt *a)
{
    str header = wait_get_str(&a->wait, "identity"), by;
    size_t chars;
    if (header.len == 0 || !a->answer->http) return a->answer->by;
    if (!http_find_header(a->answer->http, header, &by) || by.len > CALLBACK_BY_BYTES_MAX ||
        !str_utf8_count(by, &chars))
        return STR("");
    return by;
}

/* What the link stands for is part of a kept answer, which has no link any more. */
static struct answer answer_to_keep(const struct attempt *a, int outcome, str responder)
{
    struct answer kept = *a->answer;
    kept.responder = responder;
    if (outcome >= 0) {
        kept.kind = ANSWER_OUTCOME;
        kept.outcome = outcome_name(&a->wait, outcome);
    }
    return kept;
}

/* Between two attempts the answer is kept for the next one, if that would take it. */
static bool keep_for_next(struct attempt *a)
{
    struct callback_name settings;
    struct key_record record;
    int outcome;
    str responder = STR("");
    if (a->answer->kind == ANSWER_HEARTBEAT || !a->wait.found || wait_is_open(&a->wait) ||
        !attempt_is_between(a))
        return false;
    json decided = wait_get(&a->wait, "decided");
    if (json_is_object(decided) && repeats_the_decision(a, decided)) {
        answer_late(a);
        return true;
    }
    if (was_accepted_before(a)) {
        tell_repeated(a);
        return true;
    }
    if (!check_size(a) || !read_outcome(a, &outcome) || !check_person(a)) return true;
    if (wait_has_quorum(&a->wait) && !find_responder(a, &responder)) {
        refuse_stranger(a);
        return true;
    }
    struct answer kept = answer_to_keep(a, outcome, responder);
    (void)callback_name_load(&a->source, STR(""), &settings);
    key_load(&a->source, STR(""), wait_text(a->source.arena, &a->wait), &record);
    mailbox_keep(a->txn, &settings, &record, &kept, a->digest, a->out);
    return true;
}

void answer_by_link(struct txn *txn, const struct link *link, const struct answer *answer,
                    struct verdict *out)
{
    struct attempt a = {
        .txn = txn,
        .source = callbacks_source(txn),
        .answer = answer,
        .link = link,
        .out = out,
    };
    if (link->shard != a.source.number) {
        verdict_message(&a.source, out, VERDICT_UNKNOWN, STR("There is no such wait."));
        return;
    }
    (void)wait_load(&a.source, link->serial, link->frame, link->entered, &a.wait);
    struct answer named = *answer;
    named.by = identity_of(&a);
    a.answer = &named;
    a.digest = digest_of(&a);
    if (refuse_void(&a) || keep_for_next(&a)) return;
    attempt_run(&a);
}

void answer_by_token(struct txn *txn, token to, const struct answer *answer, struct verdict *out)
{
    struct attempt a = {
        .txn = txn,
        .source = callbacks_source(txn),
        .answer = answer,
        .is_operator = true,
        .out = out,
    };
    bool recorded = wait_load_by_token(&a.source, to, &a.wait);
    if (recorded && wait_get_i64(&a.wait, "task") == to.task_event) {
        attempt_run(&a);
        return;
    }
    struct execution *execution = txn_execution_load(txn, to.serial);
    struct frame *frame = execution ? txn_frame(txn, execution, to.frame) : NULL;
    if (!recorded && frame && frame->status == FRAME_WAIT_TASK &&
        frame->task_event == to.task_event) {
        wait_new(&a.source, to.serial, to.frame, frame->entered_event, &a.wait);
        attempt_run(&a);
        return;
    }
    a.digest = answer_digest(answer, a.source.arena);
    if (recorded)
        attempt_refuse(&a, VERDICT_TIMED_OUT, STR("This attempt of the task is over."));
    else
        verdict_message(&a.source, out, VERDICT_CLOSED, STR("Nobody waits for this any more."));
}

str wait_link_url(const struct source *source, const struct link *link)
{
    return arena_printf(source->arena, "%.*s%.*s", STR_ARGS(shard_public_url(source->shard)),
                        STR_ARGS(link_encode(shard_link_keys(source->shard), link, source->arena)));
}
