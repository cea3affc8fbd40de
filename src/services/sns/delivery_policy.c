/* Delivery policies: how often and when deliveries over HTTP are tried again, and their content
 * type. A topic's policy:
 *
 *     {"http":{"defaultHealthyRetryPolicy":{"minDelayTarget":20,"maxDelayTarget":20,
 *      "numRetries":3,"numMaxDelayRetries":0,"numNoDelayRetries":0,"numMinDelayRetries":0,
 *      "backoffFunction":"linear"},"disableSubscriptionOverrides":false,
 *      "defaultRequestPolicy":{"headerContentType":"text/plain; charset=UTF-8"}}}
 *
 * A subscription's has healthyRetryPolicy, throttlePolicy and requestPolicy at its top. Source:
 * "Amazon SNS message delivery retries", shown forms as recorded. Throttling is kept and shown
 * only. */
#include <math.h>
#include <stdio.h>

#include "services/sns/internal.h"

static const struct {
    const char *name;
    int64_t fallback, min, max;
} retry_members[] = {
    { "minDelayTarget", 20, 1, SNS_HTTP_RETRY_S_MAX },
    { "maxDelayTarget", 20, 1, SNS_HTTP_RETRY_S_MAX },
    { "numRetries", 3, 0, SNS_HTTP_RETRIES_MAX },
    { "numMaxDelayRetries", 0, 0, SNS_HTTP_RETRIES_MAX },
    { "numNoDelayRetries", 0, 0, SNS_HTTP_RETRIES_MAX },
    { "numMinDelayRetries", 0, 0, SNS_HTTP_RETRIES_MAX },
};
enum { RETRY_MEMBERS = sizeof retry_members / sizeof *retry_members };

static const char *const backoff_names[] = { "linear", "arithmetic", "geometric", "exponential" };

/* Where a fault is: "Invalid parameter: DeliveryPolicy: http.defaultHealthyRetryPolicy.". */
struct place {
    const char *prefix, *path;
    struct error *err;
};

static bool fail(const struct place *place, const char *name, const char *why)
{
    return error_set(place->err, ERROR_SNS_INVALID_PARAMETER, "%sDeliveryPolicy: %s%s%s",
                     place->prefix, place->path, name, why);
}

static bool unexpected(const struct place *place, str name)
{
    return error_set(place->err, ERROR_SNS_INVALID_PARAMETER,
                     "%sDeliveryPolicy: Unexpected JSON member: %.*s", place->prefix,
                     (int)(name.len < 100 ? name.len : 100), name.ptr);
}

/* ---- checks ---- */

static bool check_retry_member(const struct place *place, size_t member, json value)
{
    int64_t number;
    char why[64];
    const char *name = retry_members[member].name;
    if (!json_is_number(value) || !json_to_i64(value, &number))
        return fail(place, name, " must be an integer");
    if (number < retry_members[member].min) {
        snprintf(why, sizeof why, " must be greater than or equal to %lld",
                 (long long)retry_members[member].min);
        return fail(place, name, why);
    }
    if (number > retry_members[member].max) {
        snprintf(why, sizeof why, " must be less than or equal to %lld",
                 (long long)retry_members[member].max);
        return fail(place, name, why);
    }
    return true;
}

static bool check_backoff(const struct place *place, json value)
{
    for (size_t i = 0; i < sizeof backoff_names / sizeof *backoff_names; i++)
        if (json_is_string(value) && str_eq(json_str(value), str_from(backoff_names[i])))
            return true;
    return fail(place, "backoffFunction",
                " must be one of linear, arithmetic, geometric, "
                "exponential");
}

static int64_t member_of(json policy, size_t member)
{
    return json_i64_or(policy, str_from(retry_members[member].name),
                       retry_members[member].fallback);
}

static bool check_retries(const struct place *place, json policy)
{
    if (!json_is_object(policy)) return fail(place, "", "must be an object");
    for (size_t i = 0; i < json_count(policy); i++) {
        size_t member = 0;
        str name = json_key_at(policy, i);
        while (member < RETRY_MEMBERS && !str_eq(name, str_from(retry_members[member].name)))
            member++;
        if (member < RETRY_MEMBERS) {
            if (!check_retry_member(place, member, json_value_at(policy, i))) return false;
        } else if (!str_eq(name, STR("backoffFunction"))) {
            return unexpected(place, name);
        } else if (!check_backoff(place, json_value_at(policy, i))) {
            return false;
        }
    }
    if (member_of(policy, 0) > member_of(policy, 1))
        return fail(place, "maxDelayTarget", " must be greater than or equal to minDelayTarget");
    if (member_of(policy, 3) + member_of(policy, 4) + member_of(policy, 5) > member_of(policy, 2))
        return fail(place, "numRetries",
                    " must be greater than or equal to the sum of numNoDelayRetries, "
                    "numMinDelayRetries and numMaxDelayRetries");
    return true;
}

static bool check_request(const struct place *place, json policy)
{
    static const char *const types[] = {
        "text/css",
        "text/csv",
        "text/html",
        "text/plain",
        "text/xml",
        "application/atom+xml",
        "application/json",
        "application/octet-stream",
        "application/soap+xml",
        "application/x-www-form-urlencoded",
        "application/xhtml+xml",
        "application/xml",
    };
    if (!json_is_object(policy)) return fail(place, "", "must be an object");
    for (size_t i = 0; i < json_count(policy); i++)
        if (!str_eq(json_key_at(policy, i), STR("headerContentType")))
            return unexpected(place, json_key_at(policy, i));
    str type = json_str_or(policy, STR("headerContentType"), STR("text/plain"));
    str media = str_trim(str_slice(type, 0, str_find_char(type, ';', 0)));
    for (size_t i = 0; i < type.len; i++)
        if ((unsigned char)type.ptr[i] < 0x20 || type.ptr[i] == 0x7F) media = STR("");
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (str_eq(media, str_from(types[i]))) return true;
    return fail(place, "headerContentType", " is not supported");
}

static bool is_set(json object, str name, json *out)
{
    const json *value = json_find(object, name);
    if (!value || json_is_null(*value)) return false;
    *out = *value;
    return true;
}

static bool check_known(const struct place *place, json object, const char *const *names)
{
    for (size_t i = 0; i < json_count(object); i++) {
        size_t at = 0;
        while (names[at] && !str_eq(str_from(names[at]), json_key_at(object, i)))
            at++;
        if (!names[at]) return unexpected(place, json_key_at(object, i));
    }
    return true;
}

static bool parse(const struct source *source, str text, const char *prefix, json *out,
                  struct error *err)
{
    struct error fault = { 0 };
    if (!json_parse(text, source->arena, out, &fault))
        return error_set_long(err, source->arena, ERROR_SNS_INVALID_PARAMETER,
                              "%sDeliveryPolicy: failed to parse JSON. %.*s", prefix,
                              STR_ARGS(sns_json_fault(source, text, &fault)));
    return json_is_object(*out) || error_set(err, ERROR_SNS_INVALID_PARAMETER,
                                             "%sDeliveryPolicy: must be a JSON object", prefix);
}

/* ---- topics ---- */

bool topic_delivery_policy(const struct source *source, str text, const char *prefix, json *out,
                           struct error *err)
{
    static const char *const names[] = { "defaultHealthyRetryPolicy",    "defaultSicklyRetryPolicy",
                                         "disableSubscriptionOverrides", "defaultThrottlePolicy",
                                         "defaultRequestPolicy",         NULL };
    static const char *const outer[] = { "http", NULL };
    struct place place = { prefix, "http.", err };
    struct place retries = { prefix, "http.defaultHealthyRetryPolicy.", err };
    struct place requests = { prefix, "http.defaultRequestPolicy.", err };
    struct json_fields shown, whole;
    json policy, http, part;
    *out = json_null();
    if (text.len == 0) return true;
    if (!parse(source, text, prefix, &policy, err)) return false;
    if (!check_known(&place, policy, outer)) return false;
    if (!is_set(policy, STR("http"), &http)) return true;
    if (!json_is_object(http)) return fail(&place, "", "must be an object");
    if (!check_known(&place, http, names)) return false;
    json_fields_init(&shown, source->arena);
    for (const char *const *name = names; *name; name++) {
        bool flag = str_eq(str_from(*name), STR("disableSubscriptionOverrides"));
        bool there = is_set(http, str_from(*name), &part);
        if (flag) part = json_bool(there && json_equal(part, json_bool(true)));
        if (there || flag) json_fields_add(&shown, str_from(*name), part);
    }
    if (is_set(http, STR("defaultHealthyRetryPolicy"), &part) && !check_retries(&retries, part))
        return false;
    if (is_set(http, STR("defaultRequestPolicy"), &part) && !check_request(&requests, part))
        return false;
    json_fields_init(&whole, source->arena);
    json_fields_add(&whole, STR("http"), json_fields_done(&shown));
    *out = json_fields_done(&whole);
    return true;
}

/* All members, with their defaults. */
static json whole_retries(const struct source *source, json policy)
{
    struct json_fields fields;
    json_fields_init(&fields, source->arena);
    for (size_t i = 0; i < RETRY_MEMBERS; i++)
        json_fields_add(&fields, str_from(retry_members[i].name),
                        json_i64(source->arena, member_of(policy, i)));
    json_fields_add(&fields, STR("backoffFunction"),
                    json_string(json_str_or(policy, STR("backoffFunction"), STR("linear"))));
    return json_fields_done(&fields);
}

static json default_request(const struct source *source)
{
    struct json_fields fields;
    json_fields_init(&fields, source->arena);
    json_fields_add(&fields, STR("headerContentType"),
                    json_string(STR("text/plain; charset=UTF-8")));
    return json_fields_done(&fields);
}

static json http_of(const struct source *source, const struct topic *topic)
{
    json policy, http;
    struct error err;
    str text = topic_attribute(topic, "DeliveryPolicy", STR(""));
    if (text.len == 0 || !json_parse(text, source->arena, &policy, &err)) return json_null();
    return is_set(policy, STR("http"), &http) ? http : json_null();
}

json topic_effective_policy(const struct source *source, const struct topic *topic)
{
    struct json_fields fields, whole;
    json http = http_of(source, topic), part;
    json retries = is_set(http, STR("defaultHealthyRetryPolicy"), &part) ? part : json_null();
    json_fields_init(&fields, source->arena);
    json_fields_add(&fields, STR("defaultHealthyRetryPolicy"), whole_retries(source, retries));
    json_fields_add(&fields, STR("disableSubscriptionOverrides"),
                    json_bool(json_bool_or(http, STR("disableSubscriptionOverrides"), false)));
    if (is_set(http, STR("defaultThrottlePolicy"), &part))
        json_fields_add(&fields, STR("defaultThrottlePolicy"), part);
    json_fields_add(&fields, STR("defaultRequestPolicy"),
                    is_set(http, STR("defaultRequestPolicy"), &part) ? part
                                                                     : default_request(source));
    json_fields_init(&whole, source->arena);
    json_fields_add(&whole, STR("http"), json_fields_done(&fields));
    return json_fields_done(&whole);
}

/* ---- subscriptions ---- */

bool subscription_delivery_policy(const struct source *source, str text, const char *prefix,
                                  json *out, struct error *err)
{
    static const char *const names[] = { "healthyRetryPolicy", "sicklyRetryPolicy",
                                         "throttlePolicy",     "requestPolicy",
                                         "guaranteed",         NULL };
    struct place place = { prefix, "", err };
    struct place retries = { prefix, "healthyRetryPolicy.", err };
    struct place requests = { prefix, "requestPolicy.", err };
    struct json_fields fields;
    json policy, part;
    *out = json_null();
    if (text.len == 0) return true;
    if (!parse(source, text, prefix, &policy, err) || !check_known(&place, policy, names))
        return false;
    json_fields_init(&fields, source->arena);
    if (!is_set(policy, STR("healthyRetryPolicy"), &part))
        part = json_null();
    else if (!check_retries(&retries, part))
        return false;
    else
        part = whole_retries(source, part);
    json_fields_add(&fields, STR("healthyRetryPolicy"), part);
    json_fields_add(&fields, STR("sicklyRetryPolicy"), json_null());
    if (!is_set(policy, STR("throttlePolicy"), &part)) part = json_null();
    json_fields_add(&fields, STR("throttlePolicy"), part);
    if (!is_set(policy, STR("requestPolicy"), &part))
        part = json_null();
    else if (!check_request(&requests, part))
        return false;
    json_fields_add(&fields, STR("requestPolicy"), part);
    json_fields_add(&fields, STR("guaranteed"),
                    json_bool(json_bool_or(policy, STR("guaranteed"), false)));
    *out = json_fields_done(&fields);
    return true;
}

json subscription_effective_policy(const struct source *source, const struct topic *topic,
                                   const struct subscription *subscription)
{
    struct json_fields fields;
    json own = json_null(), part;
    struct error err;
    json http = *json_find(topic_effective_policy(source, topic), STR("http"));
    str text = json_str_or(subscription->attributes, STR("DeliveryPolicy"), STR(""));
    bool overrides = !json_bool_or(http, STR("disableSubscriptionOverrides"), false);
    if (overrides && text.len > 0 && !json_parse(text, source->arena, &own, &err))
        own = json_null();
    json_fields_init(&fields, source->arena);
    json_fields_add(&fields, STR("healthyRetryPolicy"),
                    is_set(own, STR("healthyRetryPolicy"), &part)
                        ? part
                        : *json_find(http, STR("defaultHealthyRetryPolicy")));
    json_fields_add(&fields, STR("sicklyRetryPolicy"), json_null());
    if (!is_set(own, STR("throttlePolicy"), &part) &&
        !is_set(http, STR("defaultThrottlePolicy"), &part))
        part = json_null();
    json_fields_add(&fields, STR("throttlePolicy"), part);
    json_fields_add(&fields, STR("requestPolicy"),
                    is_set(own, STR("requestPolicy"), &part)
                        ? part
                        : *json_find(http, STR("defaultRequestPolicy")));
    json_fields_add(&fields, STR("guaranteed"), json_bool(false));
    return json_fields_done(&fields);
}

/* ---- when to try again ---- */

struct retry_policy sns_retry_policy_of(json effective)
{
    json policy = *json_find(effective, STR("healthyRetryPolicy"));
    str backoff = json_str_or(policy, STR("backoffFunction"), STR("linear"));
    struct retry_policy out = {
        .min_delay_s = member_of(policy, 0),
        .max_delay_s = member_of(policy, 1),
        .retries = member_of(policy, 2),
        .max_delay_retries = member_of(policy, 3),
        .no_delay_retries = member_of(policy, 4),
        .min_delay_retries = member_of(policy, 5),
    };
    for (size_t i = 0; i < sizeof backoff_names / sizeof *backoff_names; i++)
        if (str_eq(backoff, str_from(backoff_names[i]))) out.backoff = (enum backoff)i;
    return out;
}

str sns_content_type_of(json effective)
{
    json policy;
    if (!is_set(effective, STR("requestPolicy"), &policy)) return STR("text/plain; charset=UTF-8");
    return json_str_or(policy, STR("headerContentType"), STR("text/plain; charset=UTF-8"));
}

/* Four phases: without a delay, with the shortest, between the two, with the longest. AWS gives no
 * formulas for the third; these run from the shortest to the longest delay and have the shapes
 * that AWS's guide draws. */
int64_t sns_retry_delay_ms(const struct retry_policy *policy, int64_t n)
{
    if (n < 1 || n > policy->retries) return -1;
    if (n <= policy->no_delay_retries) return 0;
    n -= policy->no_delay_retries;
    if (n <= policy->min_delay_retries) return policy->min_delay_s * 1000;
    n -= policy->min_delay_retries;
    int64_t steps = policy->retries - policy->no_delay_retries - policy->min_delay_retries -
                    policy->max_delay_retries;
    if (n > steps) return policy->max_delay_s * 1000;
    double low = (double)policy->min_delay_s, high = (double)policy->max_delay_s;
    double part = steps > 1 ? (double)(n - 1) / (double)(steps - 1) : 0;
    double seconds;
    switch (policy->backoff) {
    case BACKOFF_LINEAR:
    default: seconds = low + (high - low) * part; break;
    case BACKOFF_ARITHMETIC: seconds = low + (high - low) * part * (part + 1) / 2; break;
    case BACKOFF_GEOMETRIC: seconds = low * pow(high / low, part); break;
    case BACKOFF_EXPONENTIAL: seconds = low + (high - low) * (pow(2, 8 * part) - 1) / 255; break;
    }
    return (int64_t)(seconds * 1000);
}
