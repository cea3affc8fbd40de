/* `baton routes` and `baton deliveries`: inbound routes and what has come through them. */
#include <stdio.h>

#include "base/clock.h"
#include "base/timestamp.h"
#include "cli/commands.h"
#include "cli/config.h"
#include "cli/session.h"
#include "cli/table.h"
#include "yaml/yaml.h"

/* ---- parameters and cells ---- */

static json one_param(struct arena *arena, str name, str value)
{
    struct json_fields fields;
    json_fields_init(&fields, arena);
    json_fields_add(&fields, name, json_string(value));
    return json_fields_done(&fields);
}

static str number_cell(struct arena *arena, json entry, str key)
{
    return arena_printf(arena, "%lld", (long long)json_i64_or(entry, key, 0));
}

static str time_cell(struct arena *arena, json entry, str key)
{
    const json *seconds = json_find(entry, key);
    if (!seconds || !json_is_number(*seconds)) return STR("-");
    return timestamp_text(arena, (int64_t)(json_number(*seconds) * 1000));
}

static void print_pretty(struct arena *arena, json value)
{
    struct buf text;
    buf_init(&text, arena);
    json_write_pretty(&text, value);
    printf("%.*s\n", STR_ARGS(buf_str(&text)));
}

/* ---- routes ---- */

static void list_routes(struct session *session, bool as_json)
{
    static const char *const heads[] = { "ROUTE",    "PATH",     "CALLBACK", "VERIFIER",
                                         "RECEIVED", "UNUSABLE", "REFUSED",  NULL };
    struct arena *arena = &session->arena;
    struct libscols_table *table = as_json ? NULL : table_new(heads);
    str next = { 0 };
    do {
        struct json_fields params;
        json_fields_init(&params, arena);
        if (next.len) json_fields_add(&params, STR("nextToken"), json_string(next));
        json page =
            client_must(&session->client, STR("Baton.ListRoutes"), json_fields_done(&params));
        const json *routes = json_find(page, STR("routes"));
        for (size_t i = 0; routes && i < json_count(*routes); i++) {
            json route = json_at(*routes, i);
            if (as_json) {
                printf("%.*s\n", STR_ARGS(json_text(arena, route)));
                continue;
            }
            str cells[] = {
                json_str_or(route, STR("routeName"), STR("")),
                json_str_or(route, STR("path"), STR("")),
                json_str_or(route, STR("name"), STR("")),
                json_str_or(route, STR("verifier"), STR("")),
                number_cell(arena, route, STR("deliveries")),
                number_cell(arena, route, STR("unusable")),
                number_cell(arena, route, STR("refused")),
            };
            table_row(table, arena, cells, sizeof cells / sizeof *cells, NULL);
        }
        next = json_str_or(page, STR("nextToken"), (str){ 0 });
    } while (next.len);
    if (table) table_print(table, "There are no routes.");
}

/* All routes of a file, or those that are named. The first one that is refused ends the command:
 * those before it have been put. */
static void put_routes(struct session *session, const struct command_line *line)
{
    struct arena *arena = &session->arena;
    json config = config_read(arena, line->operands[1]);
    const json *routes = json_find(config, STR("routes"));
    size_t count = 0;
    if (!routes) quit(1, "%.*s has no 'routes'", STR_ARGS(line->operands[1]));
    for (size_t i = 0; i < json_count(*routes); i++) {
        str name = json_key_at(*routes, i);
        bool wanted = line->operand_count == 2;
        for (size_t k = 2; k < line->operand_count; k++)
            wanted |= str_eq(line->operands[k], name);
        if (!wanted) continue;
        struct json_fields params;
        json_fields_init(&params, arena);
        json_fields_add(&params, STR("routeName"), json_string(name));
        json_fields_add(&params, STR("route"), json_value_at(*routes, i));
        json answer =
            client_must(&session->client, STR("Baton.PutRoute"), json_fields_done(&params));
        printf("%.*s  %.*s\n", STR_ARGS(name), STR_ARGS(json_str_or(answer, STR("url"), STR(""))));
        count++;
    }
    if (count == 0) quit(1, "%.*s has no such route", STR_ARGS(line->operands[1]));
}

/* The file: {routeName: NAME or route: {...}, request: {...}}. Returns the exit status. */
static int test_route(struct session *session, str path)
{
    struct arena *arena = &session->arena;
    struct error err;
    json params;
    if (!yaml_parse(read_file(arena, path), arena, &params, &err)) {
        str text = error_text(&err);
        quit(1, "%.*s: %.*s", STR_ARGS(path), STR_ARGS(text));
    }
    json answer = client_must(&session->client, STR("Baton.TestRoute"), params);
    print_pretty(arena, answer);
    bool is_usable = !str_eq(json_str_or(answer, STR("outcome"), STR("")), STR("unusable"));
    return is_usable && json_bool_or(answer, STR("matches"), false) ? 0 : 1;
}

static int with_operands(const struct command_line *line, size_t count)
{
    if (line->operand_count < count) quit(2, "usage: %s", line->usage);
    return 0;
}

int command_routes(int argc, char **argv)
{
    struct option_row options[] = {
        { .name = "json", .help = "one JSON object a line" },
        endpoint_row,
    };
    struct command_line line = {
        .usage = "baton routes [list | put FILE [NAME...] | show NAME | delete NAME | test FILE]",
        .description = "Lists inbound routes, puts those of a YAML or JSON file, shows or deletes "
                       "one, or\ntells what a request would mean without any effect.",
        .options = options,
        .option_count = sizeof options / sizeof *options,
        .operands_max = 100,
    };
    struct session session;
    session_open(&session, &line, argc, argv);
    int status = 0;
    str what = line.operand_count > 0 ? line.operands[0] : STR("list");
    if (str_eq(what, STR("list"))) {
        list_routes(&session, option_given(&line, "json"));
        return session_close(&session, 0);
    }
    with_operands(&line, 2);
    json params = one_param(&session.arena, STR("routeName"), line.operands[1]);
    if (str_eq(what, STR("put"))) {
        put_routes(&session, &line);
    } else if (str_eq(what, STR("show"))) {
        print_pretty(&session.arena,
                     client_must(&session.client, STR("Baton.DescribeRoute"), params));
    } else if (str_eq(what, STR("delete"))) {
        (void)client_must(&session.client, STR("Baton.DeleteRoute"), params);
        puts("deleted");
    } else if (str_eq(what, STR("test"))) {
        status = test_route(&session, line.operands[1]);
    } else {
        quit(2, "usage: %s", line.usage);
    }
    return session_close(&session, status);
}

/* ---- deliveries ---- */

/* "90s", "30m", "2h", "7d": as many seconds ago, as seconds since 1970. */
static json ago(struct arena *arena, str text, const char *option)
{
    static const struct {
        char unit;
        int64_t seconds;
    } units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 } };
    int64_t number;
    for (size_t i = 0; text.len > 1 && i < sizeof units / sizeof *units; i++) {
        if (text.ptr[text.len - 1] != units[i].unit) continue;
        if (!str_to_i64(str_slice(text, 0, text.len - 1), &number)) break;
        if (number < 0 || number > 36500) break;
        return json_i64(arena, clock_now_ms() / 1000 - number * units[i].seconds);
    }
    quit(2, "--%s must be a time ago, such as 30m, 2h or 7d", option);
}

static void add_filter(struct arena *arena, const struct command_line *line,
                       struct json_fields *params)
{
    struct json_list verdicts;
    str lines = option_or(line, "verdict", STR(""));
    json_list_init(&verdicts, arena);
    while (lines.len > 0) {
        size_t end = str_find_char(lines, '\n', 0);
        json_list_add(&verdicts, json_string(str_slice(lines, 0, end)));
        lines = str_skip(lines, end < lines.len ? end + 1 : end);
    }
    if (verdicts.count > 0) json_fields_add(params, STR("verdicts"), json_list_done(&verdicts));
    if (option_given(line, "since"))
        json_fields_add(params, STR("since"),
                        ago(arena, option_or(line, "since", STR("")), "since"));
    if (option_given(line, "until"))
        json_fields_add(params, STR("until"),
                        ago(arena, option_or(line, "until", STR("")), "until"));
}

static void print_delivery(struct arena *arena, struct libscols_table *table, json entry)
{
    if (!table) {
        printf("%.*s\n", STR_ARGS(json_text(arena, entry)));
        return;
    }
    int64_t status = json_i64_or(entry, STR("status"), 0);
    str cells[] = {
        arena_printf(arena, "%.*s/%.*s", STR_ARGS(json_str_or(entry, STR("routeName"), STR(""))),
                     STR_ARGS(json_str_or(entry, STR("deliveryId"), STR("")))),
        time_cell(arena, entry, STR("at")),
        json_str_or(entry, STR("verdict"), STR("")),
        number_cell(arena, entry, STR("status")),
        json_str_or(entry, STR("key"), STR("-")),
        json_str_or(entry, STR("messageId"), STR("-")),
        number_cell(arena, entry, STR("bodyBytes")),
    };
    table_row(table, arena, cells, sizeof cells / sizeof *cells, status >= 400 ? "red" : NULL);
}

static void list_deliveries(struct session *session, const struct command_line *line)
{
    static const char *const heads[] = { "DELIVERY", "AT",         "VERDICT", "STATUS",
                                         "KEY",      "MESSAGE ID", "BYTES",   NULL };
    struct arena *arena = &session->arena;
    int64_t left = option_i64(line, "limit", 100, 1, 1000000000);
    struct libscols_table *table = option_given(line, "json") ? NULL : table_new(heads);
    str next = { 0 };
    do {
        struct json_fields params;
        json_fields_init(&params, arena);
        int64_t size = left < ROUTE_LIST_MAX ? left : ROUTE_LIST_MAX;
        json_fields_add(&params, STR("maxResults"), json_i64(arena, size));
        if (next.len) json_fields_add(&params, STR("nextToken"), json_string(next));
        if (option_given(line, "route"))
            json_fields_add(&params, STR("routeName"),
                            json_string(option_or(line, "route", STR(""))));
        add_filter(arena, line, &params);
        json page =
            client_must(&session->client, STR("Baton.ListDeliveries"), json_fields_done(&params));
        const json *entries = json_find(page, STR("deliveries"));
        for (size_t i = 0; entries && i < json_count(*entries); i++)
            print_delivery(arena, table, json_at(*entries, i));
        left -= entries ? (int64_t)json_count(*entries) : 0;
        next = json_str_or(page, STR("nextToken"), (str){ 0 });
    } while (next.len && left > 0);
    if (table) table_print(table, "There are no deliveries.");
}

/* "ROUTE/ID"; `id` is empty where only the route is named. */
static str split_name(str typed, str *id)
{
    size_t slash = str_find_char(typed, '/', 0);
    *id = slash < typed.len ? str_skip(typed, slash + 1) : STR("");
    return str_slice(typed, 0, slash);
}

static void show_delivery(struct session *session, str typed)
{
    struct json_fields params;
    str id, route = split_name(typed, &id);
    if (id.len == 0) quit(2, "a delivery is named ROUTE/ID, as `baton deliveries` lists it");
    json_fields_init(&params, &session->arena);
    json_fields_add(&params, STR("routeName"), json_string(route));
    json_fields_add(&params, STR("deliveryId"), json_string(id));
    print_pretty(&session->arena, client_must(&session->client, STR("Baton.DescribeDelivery"),
                                              json_fields_done(&params)));
}

static void print_replayed(struct arena *arena, str route, json answer)
{
    const json *list = json_find(answer, STR("deliveries"));
    bool is_dry = json_bool_or(answer, STR("dryRun"), false);
    for (size_t i = 0; list && i < json_count(*list); i++) {
        json entry = json_at(*list, i);
        str message = json_str_or(entry, STR("message"), STR(""));
        printf("%.*s/%.*s  %.*s -> %s%.*s%s%.*s\n", STR_ARGS(route),
               STR_ARGS(json_str_or(entry, STR("deliveryId"), STR(""))),
               STR_ARGS(json_str_or(entry, STR("before"), STR(""))), is_dry ? "would be " : "",
               STR_ARGS(json_str_or(entry, STR("verdict"), STR(""))), message.len ? ": " : "",
               STR_ARGS(message));
    }
    if (!list || json_count(*list) == 0) puts("There is nothing to replay.");
    if (json_bool_or(answer, STR("hasMore"), false)) puts("There are more: repeat the command.");
    (void)arena;
}

static void replay_deliveries(struct session *session, const struct command_line *line)
{
    struct arena *arena = &session->arena;
    struct json_fields params;
    struct json_list ids;
    str id, route = split_name(line->operands[1], &id);
    json_fields_init(&params, arena);
    json_list_init(&ids, arena);
    for (size_t i = 1; i < line->operand_count; i++) {
        str other = split_name(line->operands[i], &id);
        if (!str_eq(other, route)) quit(2, "all deliveries must be of one route");
        if (id.len > 0) json_list_add(&ids, json_string(id));
    }
    json_fields_add(&params, STR("routeName"), json_string(route));
    if (ids.count > 0) json_fields_add(&params, STR("deliveryIds"), json_list_done(&ids));
    add_filter(arena, line, &params);
    json_fields_add(&params, STR("dryRun"), json_bool(option_given(line, "dry-run")));
    print_replayed(
        arena, route,
        client_must(&session->client, STR("Baton.ReplayDeliveries"), json_fields_done(&params)));
}

int command_deliveries(int argc, char **argv)
{
    struct option_row options[] = {
        { .name = "route", .argument = "NAME", .help = "only those of this route" },
        { .name = "verdict",
          .argument = "WORD",
          .help = "only those that came to this, such as unusable or kept (repeats)",
          .repeats = true },
        { .name = "since", .argument = "AGO", .help = "only those since then: 30m, 2h, 7d" },
        { .name = "until", .argument = "AGO", .help = "only those before then" },
        { .name = "limit", .argument = "N", .help = "at most N deliveries (default 100)" },
        { .name = "dry-run", .help = "replay: say what would be, and change nothing" },
        { .name = "json", .help = "one JSON object a line" },
        endpoint_row,
    };
    struct command_line line = {
        .usage = "baton deliveries [list | show ROUTE/ID | replay ROUTE[/ID]...] [OPTIONS]",
        .description =
            "Lists what has come through inbound routes, newest first; shows one with its "
            "headers and\nbody; or gives stored ones to the route again after it has been "
            "corrected: those named,\nor all of a route that could not be used.",
        .options = options,
        .option_count = sizeof options / sizeof *options,
        .operands_max = ROUTE_REPLAY_MAX + 1,
    };
    struct session session;
    session_open(&session, &line, argc, argv);
    str what = line.operand_count > 0 ? line.operands[0] : STR("list");
    if (str_eq(what, STR("list"))) {
        list_deliveries(&session, &line);
        return session_close(&session, 0);
    }
    with_operands(&line, 2);
    if (str_eq(what, STR("show")))
        show_delivery(&session, line.operands[1]);
    else if (str_eq(what, STR("replay")))
        replay_deliveries(&session, &line);
    else
        quit(2, "usage: %s", line.usage);
    return session_close(&session, 0);
}
