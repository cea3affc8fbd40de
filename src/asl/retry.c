/* Retry and Catch. */
#include "asl/compile.h"

enum { MAX_DELAY_S_MAX = 31622400 }; /* AWS: 366 days */

static const struct field_rule RETRIER_FIELDS[] = {
    { STR_INIT("ErrorEquals"), FIELD_ANY_TYPE, FIELD_BOTH },
    { STR_INIT("IntervalSeconds"), FIELD_ANY_TYPE, FIELD_BOTH },
    { STR_INIT("MaxAttempts"), FIELD_ANY_TYPE, FIELD_BOTH },
    { STR_INIT("BackoffRate"), FIELD_ANY_TYPE, FIELD_BOTH },
    { STR_INIT("MaxDelaySeconds"), FIELD_ANY_TYPE, FIELD_BOTH },
    { STR_INIT("JitterStrategy"), FIELD_ANY_TYPE, FIELD_BOTH },
    { STR_INIT("Comment"), FIELD_ANY_TYPE, FIELD_BOTH },
};

static const struct field_rule CATCHER_FIELDS[] = {
    { STR_INIT("ErrorEquals"), FIELD_ANY_TYPE, FIELD_BOTH },
    { STR_INIT("Next"), FIELD_ANY_TYPE, FIELD_BOTH },
    { STR_INIT("ResultPath"), FIELD_ANY_TYPE, FIELD_JSONPATH },
    { STR_INIT("Output"), FIELD_ANY_TYPE, FIELD_JSONATA },
    { STR_INIT("Assign"), FIELD_ANY_TYPE, FIELD_BOTH },
    { STR_INIT("Comment"), FIELD_ANY_TYPE, FIELD_BOTH },
};

/* ErrorEquals; `last` says that nothing follows the retrier or catcher. */
static const str *compile_errors(const struct site *site, bool last, size_t *count)
{
    str field = STR("ErrorEquals");
    json array;
    *count = 0;
    if (!site_array(site, field, false, &array)) return NULL;
    size_t length = json_count(array);
    str *errors = arena_array(site->c->arena, length, sizeof(*errors));
    bool all = false;
    for (size_t i = 0; i < length; i++) {
        json item = json_at(array, i);
        if (!json_is_string(item)) {
            site_field_error(site, field, "Expected value of type [STRING]");
            return NULL;
        }
        errors[i] = json_str(item);
        all |= str_eq(errors[i], STR("States.ALL"));
    }
    if (all && (length > 1 || !last)) {
        site_field_error(site, field, "States.ALL must appear alone and at end of list");
    }
    *count = length;
    return errors;
}

static void compile_retrier(const struct site *site, bool last, struct asl_retrier *retrier)
{
    static const str required[] = { STR_INIT("ErrorEquals") };
    static const str jitters[] = { STR_INIT("NONE"), STR_INIT("FULL") };
    int64_t interval_s = 1;
    size_t jitter = 0;
    *retrier = (struct asl_retrier){ .max_attempts = 3, .backoff_rate = 2.0 };
    (void)site_require(site, required, 1);
    retrier->errors = compile_errors(site, last, &retrier->error_count);
    (void)site_integer(site, STR("IntervalSeconds"), 0, ENGINE_TASK_TIMEOUT_S_DEFAULT, &interval_s);
    (void)site_integer(site, STR("MaxAttempts"), 0, ENGINE_TASK_TIMEOUT_S_DEFAULT,
                       &retrier->max_attempts);
    (void)site_integer(site, STR("MaxDelaySeconds"), 1, MAX_DELAY_S_MAX, &retrier->max_delay_s);
    (void)site_decimal(site, STR("BackoffRate"), 1, &retrier->backoff_rate);
    (void)site_enum(site, STR("JitterStrategy"), jitters, COUNT_OF(jitters), &jitter);
    retrier->interval_s = (double)interval_s;
    retrier->full_jitter = jitter == 1;
}

static void compile_catcher(const struct site *site, bool last, struct asl_catcher *catcher)
{
    static const str required[] = { STR_INIT("ErrorEquals"), STR_INIT("Next") };
    *catcher = (struct asl_catcher){ 0 };
    (void)site_require(site, required, COUNT_OF(required));
    catcher->errors = compile_errors(site, last, &catcher->error_count);
    catcher->next = site_target(site, STR("Next"));
    site_path(site, STR("ResultPath"), EXPR_ALLOW_PATH | EXPR_REFERENCE_ONLY, true,
              &catcher->result_path);
    catcher->output = site_template(site, STR("Output"));
    catcher->assign = site_assign(site);
}

void compile_retry(struct site *site)
{
    struct place list = place_key(site->place, STR("Retry")), place;
    struct site below;
    json array;
    if (!site_array(site, list.key, true, &array)) return;
    size_t count = json_count(array);
    struct asl_retrier *retriers = arena_array(site->c->arena, count, sizeof(*retriers));
    for (size_t i = 0; i < count; i++) {
        if (!site_item(site, &list, array, i, &place, &below)) continue;
        site_check_fields(&below, RETRIER_FIELDS, COUNT_OF(RETRIER_FIELDS), site->state->type,
                          true);
        compile_retrier(&below, i + 1 == count, &retriers[i]);
    }
    site->state->retriers = retriers;
    site->state->retrier_count = count;
}

void compile_catch(struct site *site)
{
    struct place list = place_key(site->place, STR("Catch")), place;
    struct site below;
    json array;
    if (!site_array(site, list.key, true, &array)) return;
    size_t count = json_count(array);
    struct asl_catcher *catchers = arena_array(site->c->arena, count, sizeof(*catchers));
    for (size_t i = 0; i < count; i++) {
        if (!site_item(site, &list, array, i, &place, &below)) continue;
        site_check_fields(&below, CATCHER_FIELDS, COUNT_OF(CATCHER_FIELDS), site->state->type,
                          true);
        compile_catcher(&below, i + 1 == count, &catchers[i]);
    }
    site->state->catchers = catchers;
    site->state->catcher_count = count;
}
