/* `baton mailbox`, `baton links`, `baton callbacks`: answers that nobody has waited for yet, the
 * links of waits and the keys that sign them, and the settings of callback names. */
#include <stdio.h>

#include "base/timestamp.h"
#include "cli/commands.h"
#include "cli/table.h"
#include "cli/waits.h"

/* ---- what the three share ---- */

static str cell(struct arena *arena, json value, str name)
{
    const json *found = json_find(value, name);
    if (!found || json_is_null(*found)) return STR("-");
    return json_is_string(*found) ? json_str(*found) : json_text(arena, *found);
}

static str time_cell(struct arena *arena, json value, str name)
{
    const json *found = json_find(value, name);
    if (!found || !json_is_number(*found)) return STR("-");
    return timestamp_text(arena, (int64_t)(json_number(*found) * 1000));
}

/* The first operand; "list" if there is none. */
static str verb_of(const struct command_line *line)
{
    return line->operand_count > 0 ? line->operands[0] : STR("list");
}

static str operand(const struct command_line *line, size_t index)
{
    if (index >= line->operand_count) quit(2, "usage: %s", line->usage);
    return line->operands[index];
}

static void print_pretty(struct arena *arena, json value)
{
    struct buf text;
    buf_init(&text, arena);
    json_write_pretty(&text, value);
    printf("%.*s\n", STR_ARGS(buf_str(&text)));
}

/* Calls a list page by page and gives each of its items to `row`. */
static void each_item(struct session *session, str operation, json params, str items,
                      void (*row)(struct arena *arena, struct libscols_table *table, json item),
                      struct libscols_table *table)
{
    str next = STR("");
    do {
        struct json_fields all;
        json_fields_from(&all, &session->arena, params);
        if (next.len) json_fields_add(&all, STR("nextToken"), json_string(next));
        json page = client_must(&session->client, operation, json_fields_done(&all));
        const json *found = json_find(page, items);
        for (size_t i = 0; found && i < json_count(*found); i++) {
            if (table)
                row(&session->arena, table, json_at(*found, i));
            else
                printf("%.*s\n", STR_ARGS(json_text(&session->arena, json_at(*found, i))));
        }
        next = json_str_or(page, STR("nextToken"), STR(""));
    } while (next.len);
}

/* ---- mailbox ---- */

static void mailbox_row(struct arena *arena, struct libscols_table *table, json entry)
{
    const json *answer = json_find(entry, STR("answer"));
    json said = answer ? *answer : json_null();
    str cells[] = {
        time_cell(arena, entry, STR("at")), time_cell(arena, entry, STR("until")),
        cell(arena, entry, STR("name")),    cell(arena, entry, STR("key")),
        cell(arena, said, STR("kind")),     cell(arena, said, STR("via")),
        cell(arena, entry, STR("order")),   cell(arena, entry, STR("bytes")),
    };
    table_row(table, arena, cells, sizeof cells / sizeof *cells, NULL);
}

static void mailbox_list(struct session *session, const struct command_line *line, json params)
{
    static const char *const heads[] = { "SINCE", "UNTIL", "NAME",  "KEY", "KIND",
                                         "VIA",   "ORDER", "BYTES", NULL };
    struct libscols_table *table = option_given(line, "json") ? NULL : table_new(heads);
    each_item(session, STR("Baton.ListMailbox"), params, STR("entries"), mailbox_row, table);
    if (table) table_print(table, "The mailbox is empty.");
}

/* "NAME/KEY", or KEY with --name. */
static void add_place(const struct command_line *line, str typed, struct json_fields *params)
{
    size_t slash = str_find_char(typed, '/', 0);
    if (option_given(line, "name")) {
        json_fields_add(params, STR("name"), json_string(option_or(line, "name", STR(""))));
        json_fields_add(params, STR("key"), json_string(typed));
    } else if (slash > 0 && slash + 1 < typed.len) {
        json_fields_add(params, STR("name"), json_string(str_slice(typed, 0, slash)));
        json_fields_add(params, STR("key"), json_string(str_skip(typed, slash + 1)));
    } else {
        quit(2, "an answer that is kept is named by NAME/KEY");
    }
    if (option_given(line, "order"))
        json_fields_add(params, STR("order"), json_string(option_or(line, "order", STR(""))));
}

/* Shows the entries of one key in full. */
static void mailbox_show(struct session *session, json params)
{
    struct json_fields all;
    json_fields_from(&all, &session->arena, params);
    str key = json_str_or(params, STR("key"), STR(""));
    json_fields_add(&all, STR("keyPrefix"), json_string(key));
    json page = client_must(&session->client, STR("Baton.ListMailbox"), json_fields_done(&all));
    const json *entries = json_find(page, STR("entries"));
    size_t shown = 0;
    for (size_t i = 0; entries && i < json_count(*entries); i++) {
        json entry = json_at(*entries, i);
        if (!str_eq(json_str_or(entry, STR("key"), STR("")), key)) continue;
        print_pretty(&session->arena, entry);
        shown++;
    }
    if (shown == 0) puts("Nothing is kept for that key.");
}

static int mailbox_change(struct session *session, const struct command_line *line, str operation,
                          json params, const char *said)
{
    struct json_fields all;
    bool good = true;
    json_fields_from(&all, &session->arena, params);
    if (option_given(line, "dry-run")) json_fields_add(&all, STR("dryRun"), json_bool(true));
    json page = client_must(&session->client, operation, json_fields_done(&all));
    const json *entries = json_find(page, STR("entries"));
    for (size_t i = 0; entries && i < json_count(*entries); i++) {
        json entry = json_at(*entries, i);
        str failure = json_str_or(entry, STR("error"), STR(""));
        str status = json_str_or(entry, STR("status"), STR(""));
        const char *prefix = str_eq(status, STR("matched")) ? "would be " : "";
        printf("%s%s: %.*s/%.*s %.*s%s%.*s\n", prefix, failure.len ? "refused" : said,
               STR_ARGS(json_str_or(entry, STR("name"), STR(""))),
               STR_ARGS(json_str_or(entry, STR("key"), STR(""))),
               STR_ARGS(json_str_or(entry, STR("order"), STR(""))), failure.len ? ": " : "",
               STR_ARGS(failure));
        good &= failure.len == 0;
    }
    return good ? 0 : 1;
}

static int mailbox_run(struct session *session, const struct command_line *line)
{
    struct json_fields params;
    str verb = verb_of(line);
    json_fields_init(&params, &session->arena);
    if (str_eq(verb, STR("list"))) {
        if (line->operand_count > 1)
            json_fields_add(&params, STR("name"), json_string(line->operands[1]));
        else if (option_given(line, "name"))
            json_fields_add(&params, STR("name"), json_string(option_or(line, "name", STR(""))));
        if (option_given(line, "key"))
            json_fields_add(&params, STR("keyPrefix"),
                            json_string(option_or(line, "key", STR(""))));
        mailbox_list(session, line, json_fields_done(&params));
        return 0;
    }
    add_place(line, operand(line, 1), &params);
    if (str_eq(verb, STR("show"))) {
        mailbox_show(session, json_fields_done(&params));
        return 0;
    }
    if (str_eq(verb, STR("rekey"))) {
        json_fields_add(&params, STR("newKey"), json_string(operand(line, 2)));
        return mailbox_change(session, line, STR("Baton.RekeyMailbox"), json_fields_done(&params),
                              "re-keyed");
    }
    if (str_eq(verb, STR("replay")))
        return mailbox_change(session, line, STR("Baton.ReplayMailbox"), json_fields_done(&params),
                              "replayed");
    if (str_eq(verb, STR("drop")))
        return mailbox_change(session, line, STR("Baton.DropMailbox"), json_fields_done(&params),
                              "dropped");
    quit(2, "usage: %s", line->usage);
}

int command_mailbox(int argc, char **argv)
{
    struct option_row options[] = {
        { .name = "name", .argument = "NAME", .help = "the callback name" },
        { .name = "key", .argument = "PREFIX", .help = "list: only keys that begin so" },
        { .name = "order", .argument = "N", .help = "only that one of a key's answers" },
        { .name = "dry-run", .help = "only say which answers it would be" },
        { .name = "json", .help = "one JSON object a line" },
        endpoint_row,
    };
    struct command_line line = {
        .usage = "baton mailbox [list [NAME] | show NAME/KEY | rekey NAME/KEY NEWKEY | replay "
                 "NAME/KEY | drop NAME/KEY] [OPTIONS]",
        .description = "Shows answers that came before anybody waited for them, gives them to "
                       "another key, tries them again, or drops them.",
        .options = options,
        .option_count = sizeof options / sizeof *options,
        .operands_max = 3,
    };
    struct session session;
    session_open(&session, &line, argc, argv);
    return session_close(&session, mailbox_run(&session, &line));
}

/* ---- links ---- */

static void link_key_row(struct arena *arena, struct libscols_table *table, json key)
{
    str cells[] = {
        cell(arena, key, STR("keyId")),
        time_cell(arena, key, STR("creationDate")),
        cell(arena, key, STR("status")),
    };
    table_row(table, arena, cells, sizeof cells / sizeof *cells, NULL);
}

static void print_link_keys(struct session *session, const struct command_line *line, json answer)
{
    static const char *const heads[] = { "KEY", "MADE", "STATUS", NULL };
    const json *keys = json_find(answer, STR("keys"));
    struct libscols_table *table = option_given(line, "json") ? NULL : table_new(heads);
    for (size_t i = 0; keys && i < json_count(*keys); i++) {
        if (table)
            link_key_row(&session->arena, table, json_at(*keys, i));
        else
            printf("%.*s\n", STR_ARGS(json_text(&session->arena, json_at(*keys, i))));
    }
    if (table) table_print(table, "There are no keys.");
}

static int links_revoke(struct session *session, struct command_line *line)
{
    struct json_fields params;
    json_fields_init(&params, &session->arena);
    if (option_given(line, "outcome"))
        json_fields_add(&params, STR("outcome"), json_string(option_or(line, "outcome", STR(""))));
    if (option_given(line, "responder"))
        json_fields_add(&params, STR("responder"),
                        json_string(option_or(line, "responder", STR(""))));
    line->operands++; /* behind the verb stands the wait, as in `baton complete` */
    line->operand_count--;
    return waits_change(session, line, STR("Baton.RevokeLinks"), json_fields_done(&params),
                        "revoked");
}

static int links_run(struct session *session, struct command_line *line)
{
    struct json_fields params;
    str verb = verb_of(line);
    str operation = STR("Baton.ListLinkKeys");
    json_fields_init(&params, &session->arena);
    if (str_eq(verb, STR("revoke"))) return links_revoke(session, line);
    if (str_eq(verb, STR("rotate"))) {
        operation = STR("Baton.RotateLinkKey");
    } else if (str_eq(verb, STR("retire"))) {
        int64_t id;
        if (!str_to_i64(operand(line, 1), &id)) quit(2, "a key is named by its number");
        json_fields_add(&params, STR("keyId"), json_i64(&session->arena, id));
        operation = STR("Baton.RetireLinkKey");
    } else if (!str_eq(verb, STR("list"))) {
        quit(2, "usage: %s", line->usage);
    }
    print_link_keys(session, line,
                    client_must(&session->client, operation, json_fields_done(&params)));
    return 0;
}

int command_links(int argc, char **argv)
{
    struct option_row options[] = {
        { .name = "outcome", .argument = "NAME", .help = "revoke: only links of this outcome" },
        { .name = "responder", .argument = "NAME", .help = "revoke: only this responder's links" },
        waits_machine_row,
        waits_state_row,
        waits_name_row,
        waits_key_row,
        waits_older_row,
        waits_all_row,
        waits_dry_run_row,
        { .name = "json", .help = "one JSON object a line" },
        endpoint_row,
    };
    struct command_line line = {
        .usage =
            "baton links [list | rotate | retire KEY | revoke [TOKEN|NAME/KEY|LINK]] [OPTIONS]",
        .description = "Shows the keys that sign callback links, adds one, retires one (its links "
                       "are void); or voids the links of waits.",
        .options = options,
        .option_count = sizeof options / sizeof *options,
        .operands_max = 2,
    };
    struct session session;
    session_open(&session, &line, argc, argv);
    return session_close(&session, links_run(&session, &line));
}

/* ---- names ---- */

static void name_row(struct arena *arena, struct libscols_table *table, json name)
{
    const json *verifier = json_find(name, STR("verifier"));
    str cells[] = {
        cell(arena, name, STR("name")),
        verifier ? cell(arena, *verifier, STR("type")) : STR("-"),
        cell(arena, name, STR("mailboxTtlSeconds")),
        cell(arena, name, STR("mailboxEntries")),
        cell(arena, name, STR("mailboxBytes")),
        cell(arena, name, STR("mailboxDropped")),
        cell(arena, name, STR("unknownKeys")),
    };
    table_row(table, arena, cells, sizeof cells / sizeof *cells, NULL);
}

static json put_params(struct session *session, const struct command_line *line)
{
    struct json_fields params;
    struct arena *arena = &session->arena;
    json_fields_init(&params, arena);
    json_fields_add(&params, STR("name"), json_string(operand(line, 1)));
    if (option_given(line, "mailbox-ttl"))
        json_fields_add(&params, STR("mailboxTtlSeconds"),
                        json_i64(arena, waits_seconds(option_or(line, "mailbox-ttl", STR("")),
                                                      "--mailbox-ttl")));
    if (option_given(line, "mailbox-entries"))
        json_fields_add(&params, STR("mailboxEntriesMax"),
                        json_i64(arena, option_i64(line, "mailbox-entries", 1, 1,
                                                   CALLBACK_MAILBOX_ENTRIES_MAX)));
    if (option_given(line, "verifier")) {
        json verifier;
        struct error err;
        str text = read_json_argument(arena, option_or(line, "verifier", STR("")), "--verifier");
        if (!json_parse(text, arena, &verifier, &err)) quit(2, "--verifier is not JSON");
        json_fields_add(&params, STR("verifier"), verifier);
    }
    return json_fields_done(&params);
}

static json named(struct session *session, str name)
{
    struct json_fields params;
    json_fields_init(&params, &session->arena);
    json_fields_add(&params, STR("name"), json_string(name));
    return json_fields_done(&params);
}

static void names_list(struct session *session, const struct command_line *line)
{
    static const char *const heads[] = { "NAME",  "VERIFIER", "TTL",          "KEPT",
                                         "BYTES", "DROPPED",  "UNKNOWN KEYS", NULL };
    struct libscols_table *table = option_given(line, "json") ? NULL : table_new(heads);
    each_item(session, STR("Baton.ListCallbackNames"), (json){ .kind = JSON_OBJECT }, STR("names"),
              name_row, table);
    if (table) table_print(table, "No callback name has settings.");
}

static void names_run(struct session *session, const struct command_line *line)
{
    struct client *client = &session->client;
    str verb = verb_of(line);
    if (str_eq(verb, STR("list"))) {
        names_list(session, line);
    } else if (str_eq(verb, STR("put"))) {
        print_pretty(&session->arena,
                     client_must(client, STR("Baton.PutCallbackName"), put_params(session, line)));
    } else if (str_eq(verb, STR("show"))) {
        print_pretty(&session->arena, client_must(client, STR("Baton.DescribeCallbackName"),
                                                  named(session, operand(line, 1))));
    } else if (str_eq(verb, STR("delete"))) {
        (void)client_must(client, STR("Baton.DeleteCallbackName"),
                          named(session, operand(line, 1)));
        puts("deleted");
    } else {
        quit(2, "usage: %s", line->usage);
    }
}

int command_callbacks(int argc, char **argv)
{
    struct option_row options[] = {
        { .name = "verifier",
          .argument = "JSON|@FILE",
          .help = "put: how whoever answers by key proves who they are" },
        { .name = "mailbox-ttl",
          .argument = "TIME",
          .help = "put: how long answers wait for a waiter: 90s, 15m, 2h, 3d; 0: not at all" },
        { .name = "mailbox-entries", .argument = "N", .help = "put: at most N answers are kept" },
        { .name = "json", .help = "one JSON object a line" },
        endpoint_row,
    };
    struct command_line line = {
        .usage = "baton callbacks [list | show NAME | put NAME | delete NAME] [OPTIONS]",
        .description = "The settings of callback names: who may answer at /callbacks/NAME/KEY, and "
                       "how long early answers are kept.",
        .options = options,
        .option_count = sizeof options / sizeof *options,
        .operands_max = 2,
    };
    struct session session;
    session_open(&session, &line, argc, argv);
    names_run(&session, &line);
    return session_close(&session, 0);
}
