/* Naming waits and changing them, one or many; see waits.h. */
#include "cli/waits.h"

#include <stdio.h>

#include "base/timestamp.h"

const struct option_row waits_machine_row = { .name = "machine",
                                              .argument = "NAME",
                                              .help = "only tasks of this state machine" };
const struct option_row waits_state_row = { .name = "state",
                                            .argument = "NAME",
                                            .help = "only tasks of this state" };
const struct option_row waits_name_row = { .name = "name",
                                           .argument = "NAME",
                                           .help = "only tasks of this callback name" };
const struct option_row waits_key_row = { .name = "key",
                                          .argument = "PREFIX",
                                          .help = "only tasks whose key begins so" };
const struct option_row waits_older_row = { .name = "older",
                                            .argument = "AGE",
                                            .help = "only what waits longer: 90s, 15m, 2h, 3d" };
const struct option_row waits_all_row = { .name = "all", .help = "all tasks that wait" };
const struct option_row waits_dry_run_row = { .name = "dry-run",
                                              .help = "only say which tasks it would be" };

/* ---- naming ---- */

int64_t waits_seconds(str text, const char *what)
{
    static const struct {
        char letter;
        int64_t seconds;
    } units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 } };
    int64_t value, factor = 1;
    str digits = text;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (text.len == 0 || text.ptr[text.len - 1] != units[i].letter) continue;
        factor = units[i].seconds;
        digits = str_slice(text, 0, text.len - 1);
    }
    if (!str_to_i64(digits, &value) || value < 0 || value > CALLBACK_SECONDS_MAX / factor)
        quit(2, "%s must be a time like 90s, 15m, 2h or 3d", what);
    return value * factor;
}

static void add_text(const struct command_line *line, struct json_fields *fields, const char *name,
                     str as)
{
    if (option_given(line, name))
        json_fields_add(fields, as, json_string(option_or(line, name, STR(""))));
}

bool waits_add_filter(struct session *session, const struct command_line *line,
                      struct json_fields *params)
{
    struct json_fields filter;
    struct arena *arena = &session->arena;
    json_fields_init(&filter, arena);
    if (option_given(line, "machine")) {
        str arn = client_machine_arn(&session->client, option_or(line, "machine", STR("")));
        json_fields_add(&filter, STR("stateMachineArn"), json_string(arn));
    }
    add_text(line, &filter, "state", STR("stateName"));
    add_text(line, &filter, "name", STR("name"));
    add_text(line, &filter, "key", STR("keyPrefix"));
    if (option_given(line, "older"))
        json_fields_add(
            &filter, STR("olderThanSeconds"),
            json_i64(arena, waits_seconds(option_or(line, "older", STR("")), "--older")));
    if (filter.count == 0) return false;
    json_fields_add(params, STR("filter"), json_fields_done(&filter));
    return true;
}

void waits_add_operand(const struct command_line *line, struct json_fields *params)
{
    str typed = str_trim(line->operands[0]);
    size_t slash = str_find_char(typed, '/', 0);
    if (str_find(typed, STR("/c/"), 0) < typed.len) {
        json_fields_add(params, STR("link"), json_string(typed));
    } else if (option_given(line, "name")) {
        json_fields_add(params, STR("name"), json_string(option_or(line, "name", STR(""))));
        json_fields_add(params, STR("key"), json_string(typed));
    } else if (slash > 0 && slash + 1 < typed.len) {
        json_fields_add(params, STR("name"), json_string(str_slice(typed, 0, slash)));
        json_fields_add(params, STR("key"), json_string(str_skip(typed, slash + 1)));
    } else if (typed.len > 0 && slash == typed.len) {
        json_fields_add(params, STR("taskToken"), json_string(typed));
    } else {
        quit(2, "a wait is named by its token, by NAME/KEY or by its link");
    }
}

/* ---- changing ---- */

static str execution_name(str arn)
{
    size_t at = arn.len;
    while (at > 0 && arn.ptr[at - 1] != ':')
        at--;
    return str_skip(arn, at);
}

/* The new deadline of one that was extended. */
static str deadline_text(struct arena *arena, json wait, const char *said)
{
    const json *until = json_find(wait, STR("until"));
    if (strcmp(said, "extended") != 0 || !until || !json_is_number(*until)) return STR("");
    int64_t until_ms = (int64_t)(json_number(*until) * 1000 + 0.5);
    return arena_printf(arena, ", until %.*s", STR_ARGS(timestamp_text(arena, until_ms)));
}

/* Returns whether the wait took it. */
static bool print_change(struct arena *arena, json wait, const char *said)
{
    str status = json_str_or(wait, STR("status"), STR(""));
    str failure = json_str_or(wait, STR("error"), STR(""));
    str execution = execution_name(json_str_or(wait, STR("executionArn"), STR("")));
    str state = json_str_or(wait, STR("stateName"), STR(""));
    str key = json_str_or(wait, STR("key"), STR(""));
    str which = arena_printf(arena, "%.*s %.*s%s%.*s", STR_ARGS(execution), STR_ARGS(state),
                             key.len ? " " : "", STR_ARGS(key));
    if (failure.len > 0) {
        fprintf(stderr, "error: %.*s: %.*s\n", STR_ARGS(failure),
                STR_ARGS(json_str_or(wait, STR("message"), STR(""))));
        return false;
    }
    if (str_eq(status, STR("matched")))
        printf("would be %s: %.*s\n", said, STR_ARGS(which));
    else if (json_bool_or(wait, STR("duplicate"), false))
        printf("already %s: %.*s\n", said, STR_ARGS(which));
    else
        printf("%s: %.*s%.*s\n", said, STR_ARGS(which), STR_ARGS(deadline_text(arena, wait, said)));
    return true;
}

static bool print_changes(struct arena *arena, json page, const char *said, int64_t *count)
{
    const json *waits = json_find(page, STR("waits"));
    bool good = true;
    for (size_t i = 0; waits && i < json_count(*waits); i++) {
        good &= print_change(arena, json_at(*waits, i), said);
        *count += 1;
    }
    return good;
}

int waits_change(struct session *session, const struct command_line *line, str operation,
                 json params, const char *said)
{
    struct arena *arena = &session->arena;
    str next = STR("");
    int64_t count = 0;
    bool good = true, dry = option_given(line, "dry-run");
    do {
        struct json_fields all;
        json_fields_from(&all, arena, params);
        if (line->operand_count > 0)
            waits_add_operand(line, &all);
        else if (!waits_add_filter(session, line, &all) && !option_given(line, "all"))
            quit(2, "which tasks? A token, NAME/KEY or link, a filter, or --all");
        else if (option_given(line, "all"))
            json_fields_add(&all, STR("all"), json_bool(true));
        if (dry) json_fields_add(&all, STR("dryRun"), json_bool(true));
        if (next.len) json_fields_add(&all, STR("nextToken"), json_string(next));
        json page = client_must(&session->client, operation, json_fields_done(&all));
        good &= print_changes(arena, page, said, &count);
        next = json_str_or(page, STR("nextToken"), STR(""));
    } while (next.len);
    if (count == 0) puts("Nothing waits that fits.");
    return good || line->operand_count == 0 ? 0 : 1;
}
