/* Reminders and undo hooks: a message to a topic, a queue, a function or a web address. To Baton's
 * own services it goes in the transaction that causes it; a web address is tried again a few times.
 * What cannot be sent is noted in the wait's record and logged; it never fails the wait. */
#include "base/log.h"
#include "base/timestamp.h"
#include "services/callbacks/internal.h"
#include "services/lambda/lambda.h"

enum { HOOK_TRIES_MAX = 5, HOOK_DELAY_MS = 10 * 1000, HOOK_TIMEOUT_MS = 15 * 1000 };

/* ---- what is sent ---- */

static str link_of(const struct source *source, const struct wait *wait, size_t outcome)
{
    struct link link = {
        .shard = source->number,
        .serial = wait->serial,
        .frame = wait->frame,
        .entered = wait->entered,
        .outcome = (uint8_t)outcome,
    };
    int64_t expiry_s = wait_get_i64(wait, "linkExpiry");
    if (expiry_s > 0) {
        int64_t expires_s = wait_get_i64(wait, "since") / 1000 + expiry_s;
        link.expires_s = expires_s < UINT32_MAX ? (uint32_t)expires_s : UINT32_MAX;
    }
    return wait_link_url(source, &link);
}

static json outcome_links(const struct source *source, const struct wait *wait)
{
    struct json_fields fields;
    json_fields_init(&fields, source->arena);
    for (size_t i = 0; i < wait_outcome_count(wait); i++)
        json_fields_add(&fields, wait_outcome_at(wait, i).name,
                        json_string(link_of(source, wait, i + 1)));
    return json_fields_done(&fields);
}

/* What a hook without a Message sends. */
static json default_message(const struct source *source, const struct wait *wait, str type,
                            str reason)
{
    static const char *const copied[] = { "title", "state", "name", "key", "show" };
    struct json_fields fields;
    json_fields_init(&fields, source->arena);
    add_str(&fields, "type", type);
    add_str(&fields, "reason", reason);
    add_str(&fields, "executionArn", wait_execution_arn(source, wait));
    for (size_t i = 0; i < sizeof copied / sizeof *copied; i++) {
        json value = wait_get(wait, copied[i]);
        if (!json_is_null(value)) json_fields_add(&fields, str_from(copied[i]), value);
    }
    add_str(&fields, "since", timestamp_text(source->arena, wait_get_i64(wait, "since")));
    if (reason.len) return json_fields_done(&fields);
    if (!wait_has_quorum(wait)) {
        add_str(&fields, "callbackUrl", link_of(source, wait, 0));
        json_fields_add(&fields, STR("callbackUrls"), outcome_links(source, wait));
    }
    return json_fields_done(&fields);
}

/* ---- sending ---- */

static json two_texts(struct arena *arena, str first, str first_value, str second, str second_value)
{
    struct json_fields fields;
    json_fields_init(&fields, arena);
    json_fields_add(&fields, first, json_string(first_value));
    json_fields_add(&fields, second, json_string(second_value));
    return json_fields_done(&fields);
}

static void plan_request(struct txn *txn, json request, int64_t tries, int64_t delay_ms)
{
    struct json_fields context;
    json_fields_init(&context, txn_arena(txn));
    add_i64(&context, "tries", tries);
    struct effect_plan plan = {
        .kind = STR("http"),
        .request = request,
        .origin = STR("callbacks.hook"),
        .context = json_fields_done(&context),
    };
    (void)txn_effect(txn, false, &plan, delay_ms);
}

static void send_to_url(struct txn *txn, str url, str text)
{
    struct arena *arena = txn_arena(txn);
    struct json_fields request;
    json_fields_init(&request, arena);
    add_str(&request, "method", STR("POST"));
    add_str(&request, "url", url);
    json_fields_add(&request, STR("headers"),
                    two_texts(arena, STR("Content-Type"), STR("application/json"),
                              STR("User-Agent"), STR("Baton")));
    add_str(&request, "body", text);
    add_i64(&request, "timeoutMs", HOOK_TIMEOUT_MS);
    json_fields_add(&request, STR("allowLocal"), json_bool(true));
    plan_request(txn, json_fields_done(&request), 1, 0);
}

void hook_done(struct txn *txn, const struct effect_record *record,
               const struct effect_result *result)
{
    int64_t tries = json_i64_or(record->context, STR("tries"), 1);
    bool done = result->ok && result->status >= 200 && result->status < 300;
    bool final = result->ok && result->status >= 400 && result->status < 500 &&
                 result->status != 429 && result->status != 408;
    if (done) return;
    if (!final && tries < HOOK_TRIES_MAX) {
        plan_request(txn, record->request, tries + 1, HOOK_DELAY_MS * tries);
        return;
    }
    char quoted[LOG_QUOTED_BYTES_MAX];
    log_line(LOG_WARN, "a reminder or undo hook could not be delivered", "url=%s status=%d",
             log_quote(json_str_or(record->request, STR("url"), STR("")), quoted), result->status);
}

static bool send(struct txn *txn, json hook, str text, struct error *err)
{
    struct arena *arena = txn_arena(txn);
    str target = json_str_or(hook, STR("target"), STR(""));
    str address = json_str_or(hook, STR("address"), STR(""));
    json reply;
    if (str_eq(target, STR("topic")))
        return service_call(txn, &sns_service, STR("Publish"),
                            two_texts(arena, STR("TopicArn"), address, STR("Message"), text),
                            &reply, err);
    if (str_eq(target, STR("queue")))
        return service_call(txn, &sqs_service, STR("SendMessage"),
                            two_texts(arena, STR("QueueUrl"), address, STR("MessageBody"), text),
                            &reply, err);
    if (str_eq(target, STR("function")))
        return lambda_invoke_async(txn, address, STR(""), text, err);
    if (!str_starts_with(address, STR("http://")) && !str_starts_with(address, STR("https://")))
        return error_set(err, ERROR_VALIDATION,
                         "The address begins with neither http:// nor "
                         "https://.");
    send_to_url(txn, address, text);
    return true;
}

/* A function gets JSON; others a text as it is. */
static str text_of(struct arena *arena, json hook, json message)
{
    bool to_function = str_eq(json_str_or(hook, STR("target"), STR("")), STR("function"));
    if (json_is_string(message) && !to_function) return json_str(message);
    return json_text(arena, message);
}

static void call_hook(struct txn *txn, struct wait *wait, json hook, str type, str reason)
{
    struct source source = callbacks_source(txn);
    struct json_fields note;
    struct error err = { 0 };
    const json *given = json_find(hook, STR("message"));
    json message = given ? *given : default_message(&source, wait, type, reason);
    bool sent = send(txn, hook, text_of(source.arena, hook, message), &err);
    json_fields_init(&note, source.arena);
    add_str(&note, "hook", type);
    add_str(&note, "target", json_str_or(hook, STR("address"), STR("")));
    if (!sent) add_str(&note, "error", arena_str(source.arena, error_text(&err)));
    wait_note(&source, wait, &note);
    if (!sent)
        log_line(LOG_WARN, "a reminder or undo hook could not be sent", "state=%.*s error=%.*s",
                 STR_ARGS(wait_get_str(wait, "state")), STR_ARGS(error_name(err.code)));
}

void undo_call(struct txn *txn, struct wait *wait, str reason)
{
    json hook = wait_get(wait, "undo");
    if (json_is_object(hook)) call_hook(txn, wait, hook, STR("baton.callback.undo"), reason);
}

/* ---- reminders ---- */

static json with_next(struct arena *arena, json reminder, int64_t next_ms)
{
    struct json_fields fields;
    json_fields_from(&fields, arena, reminder);
    add_i64(&fields, "next", next_ms);
    return json_fields_done(&fields);
}

/* The timer stands for the earliest. */
static void set_timer(struct txn *txn, struct wait *wait, json reminders)
{
    int64_t earliest_ms = 0;
    for (size_t i = 0; i < json_count(reminders); i++) {
        int64_t next_ms = json_i64_or(json_at(reminders, i), STR("next"), 0);
        if (next_ms > 0 && (earliest_ms == 0 || next_ms < earliest_ms)) earliest_ms = next_ms;
    }
    wait_set(wait, "remind", reminders);
    wait_set_i64(wait, "remindAt", earliest_ms);
    if (earliest_ms) txn_wait_timer_set(txn, earliest_ms, wait->serial, wait->frame);
}

void reminders_begin(struct txn *txn, struct wait *wait)
{
    json reminders = wait_get(wait, "remind");
    struct json_list list;
    if (json_count(reminders) == 0) return;
    json_list_init(&list, txn_arena(txn));
    for (size_t i = 0; i < json_count(reminders); i++) {
        json one = json_at(reminders, i);
        int64_t next_ms = wait_get_i64(wait, "since") + json_i64_or(one, STR("afterMs"), 0);
        json_list_add(&list, with_next(txn_arena(txn), one, next_ms));
    }
    set_timer(txn, wait, json_list_done(&list));
}

void reminders_end(struct txn *txn, struct wait *wait)
{
    int64_t at_ms = wait_get_i64(wait, "remindAt");
    if (at_ms) txn_wait_timer_clear(txn, at_ms, wait->serial, wait->frame);
    wait_set(wait, "remindAt", json_null());
}

/* After a long stop the missed ones are one. */
static int64_t next_time(json reminder, int64_t due_ms, int64_t now_ms)
{
    int64_t every_ms = json_i64_or(reminder, STR("everyMs"), 0);
    if (every_ms <= 0) return 0;
    return due_ms + every_ms * (1 + (now_ms - due_ms) / every_ms);
}

void reminders_fire(struct txn *txn, struct wait *wait)
{
    struct source source = callbacks_source(txn);
    json reminders = wait_get(wait, "remind");
    struct json_list list;
    json_list_init(&list, source.arena);
    for (size_t i = 0; i < json_count(reminders); i++) {
        json one = json_at(reminders, i);
        int64_t due_ms = json_i64_or(one, STR("next"), 0);
        if (due_ms > 0 && due_ms <= source.now_ms) {
            call_hook(txn, wait, one, STR("baton.callback.reminder"), STR(""));
            one = with_next(source.arena, one, next_time(one, due_ms, source.now_ms));
        }
        json_list_add(&list, one);
    }
    set_timer(txn, wait, json_list_done(&list));
}
