/* More than one answer: each responder has one vote; the wait is decided when enough approve, or as
 * soon as that is out of reach. The first vote of a responder counts (promise 2). */
#include "services/callbacks/internal.h"

bool wait_has_quorum(const struct wait *wait)
{
    return json_is_array(wait_get(wait, "responders"));
}

static bool find_vote(const struct wait *wait, str responder, json *out)
{
    json votes = wait_get(wait, "answers");
    for (size_t i = 0; i < json_count(votes); i++) {
        *out = json_at(votes, i);
        if (str_eq(json_str_or(*out, STR("responder"), STR("")), responder)) return true;
    }
    return false;
}

static void tell_earlier(struct attempt *a, json vote)
{
    struct json_fields fields;
    bool repeated = answer_repeats(a->answer, a->digest, vote);
    json_fields_init(&fields, a->source.arena);
    if (repeated) add_str(&fields, "status", STR("recorded"));
    if (!repeated)
        add_str(&fields, "message", STR("This responder has answered otherwise before."));
    add_str(&fields, "outcome", json_str_or(vote, STR("outcome"), STR("")));
    json_fields_add(&fields, STR("decided"), decided_detail(&a->source, vote));
    verdict_set(a->out, repeated ? VERDICT_DUPLICATE : VERDICT_DIFFERENT,
                json_fields_done(&fields));
    attempt_note(a, repeated ? STR("duplicate") : verdict_name(a->out));
    wait_store(a->txn, &a->wait);
}

static void add_vote(struct attempt *a, str responder, int outcome)
{
    struct json_fields vote;
    struct json_list votes;
    json before = wait_get(&a->wait, "answers");
    json_fields_init(&vote, a->source.arena);
    add_str(&vote, "responder", responder);
    add_str(&vote, "outcome", outcome_name(&a->wait, outcome));
    json_fields_add(&vote, STR("approves"), json_bool(!outcome_fails(&a->wait, outcome)));
    answer_describe(&a->source, a->answer, a->digest, &vote);
    if (a->answer->kind != ANSWER_FAILURE && !json_is_null(a->answer->output))
        json_fields_add(&vote, STR("output"), a->answer->output);
    json_list_init(&votes, a->source.arena);
    for (size_t i = 0; i < json_count(before); i++)
        json_list_add(&votes, json_at(before, i));
    json_list_add(&votes, json_fields_done(&vote));
    wait_set(&a->wait, "answers", json_list_done(&votes));
}

/* What the state's output lists: [{"responder","outcome","by","at","comment","output"}]. */
static json shown_votes(struct attempt *a)
{
    static const char *const names[] = { "responder", "outcome", "by", "at", "comment", "output" };
    json votes = wait_get(&a->wait, "answers");
    struct json_list list;
    json_list_init(&list, a->source.arena);
    for (size_t i = 0; i < json_count(votes); i++) {
        struct json_fields shown;
        json vote = shown_entry(&a->source, json_at(votes, i), false);
        json_fields_init(&shown, a->source.arena);
        for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
            const json *value = json_find(vote, str_from(names[k]));
            json_fields_add(&shown, str_from(names[k]), value ? *value : json_null());
        }
        json_list_add(&list, json_fields_done(&shown));
    }
    return json_list_done(&list);
}

enum quorum_state { QUORUM_OPEN, QUORUM_REACHED, QUORUM_OUT_OF_REACH };

static enum quorum_state count_votes(const struct wait *wait)
{
    json votes = wait_get(wait, "answers");
    int64_t approvals = 0, rejections = 0, wanted = wait_get_i64(wait, "approve");
    int64_t all = (int64_t)json_count(wait_get(wait, "responders"));
    for (size_t i = 0; i < json_count(votes); i++) {
        if (json_bool_or(json_at(votes, i), STR("approves"), false))
            approvals++;
        else
            rejections++;
    }
    bool veto = json_bool_or(wait_record(wait), STR("veto"), false);
    if (veto && rejections > 0) return QUORUM_OUT_OF_REACH;
    if (approvals >= wanted) return QUORUM_REACHED;
    return all - rejections < wanted ? QUORUM_OUT_OF_REACH : QUORUM_OPEN;
}

static json decision(struct attempt *a, int outcome)
{
    struct json_fields fields;
    json_fields_from(&fields, a->source.arena, attempt_value(a, outcome_name(&a->wait, outcome)));
    json_fields_add(&fields, STR("answers"), shown_votes(a));
    return json_fields_done(&fields);
}

static void tell_recorded(struct attempt *a, str responder, int outcome)
{
    struct json_fields detail;
    json votes = wait_get(&a->wait, "answers");
    int64_t approvals = 0;
    for (size_t i = 0; i < json_count(votes); i++)
        approvals += json_bool_or(json_at(votes, i), STR("approves"), false);
    json_fields_init(&detail, a->source.arena);
    add_str(&detail, "outcome", outcome_name(&a->wait, outcome));
    add_str(&detail, "responder", responder);
    add_i64(&detail, "approvals", approvals);
    add_i64(&detail, "needed", wait_get_i64(&a->wait, "approve"));
    verdict_set(a->out, VERDICT_RECORDED, json_fields_done(&detail));
}

void quorum_vote(struct attempt *a, str responder, int outcome)
{
    json vote;
    size_t share = shard_payload_bytes_max(a->source.shard) /
                   (json_count(wait_get(&a->wait, "responders")) + 1);
    if (find_vote(&a->wait, responder, &vote)) {
        tell_earlier(a, vote);
        return;
    }
    if (!json_fits(a->answer->output, share)) {
        attempt_refuse(a, VERDICT_TOO_LARGE,
                       STR("The answers of all responders would not fit into the output."));
        return;
    }
    add_vote(a, responder, outcome);
    enum quorum_state state = count_votes(&a->wait);
    if (state == QUORUM_OPEN) {
        tell_recorded(a, responder, outcome);
        attempt_note(a, STR("recorded"));
        wait_store(a->txn, &a->wait);
        return;
    }
    wait_store(a->txn, &a->wait);
    attempt_decide(a, outcome, decision(a, outcome), state == QUORUM_OUT_OF_REACH);
}
