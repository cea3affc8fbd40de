/* `baton serve`: opens the store, starts the shard and the server, and serves until told to stop.
 */
#include <errno.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/log.h"
#include "cli/cli.h"
#include "cli/config.h"
#include "cli/link_keys.h"
#include "cli/options.h"
#include "cli/token_key.h"
#include "server/server.h"
#include "services/callbacks/configure.h"
#include "services/gateway/gateway.h"
#include "services/lambda/lambda.h"

enum {
    PAYLOAD_BYTES_MIN = 1024,
    HISTORY_EVENTS_MIN = 100,
    HISTORY_EVENTS_MAX = 10000000,
    ACCOUNT_DIGITS = 12,
    REGION_CHARS_MAX = 40,
    PROCESSES_MAX = 10000,
};

struct serve_settings {
    str listen;
    str data; /* a directory, or ":memory:" */
    str region, account;
    str public_url; /* empty: the address that is listened on */
    size_t payload_bytes_max;
    uint32_t history_events_max;
    size_t processes_max;
    json endpoints; /* service -> URL */
    json runtimes;  /* runtime -> command, an array of strings */
    json config;    /* what --config names: routes, callbacks; null: nothing */
};

struct serve_keys {
    struct token_key token;
    struct link_keys links; /* none for a store that is not kept: the shard makes one */
};

/* Everything that is open while serving, in the order of opening. */
struct serving {
    struct arena *arena; /* borrowed */
    str files;           /* directory beside the store */
    struct store *store;
    struct shard *shard;
    struct server *server;
    struct effects *effects;
    struct lambda_carrier *carrier;
};

/* ---- settings ---- */

static bool is_in_memory(str data)
{
    return str_eq(data, STR(":memory:"));
}

/* $BATON_DATA, $XDG_DATA_HOME/baton or ~/.local/share/baton. */
static str default_data(struct arena *arena)
{
    str data = str_from(getenv("BATON_DATA"));
    if (data.len) return data;
    str share = str_from(getenv("XDG_DATA_HOME"));
    if (share.len) return arena_printf(arena, "%.*s/baton", STR_ARGS(share));
    str home = str_from(getenv("HOME"));
    if (home.len) return arena_printf(arena, "%.*s/.local/share/baton", STR_ARGS(home));
    quit(1, "there is no place for data: give --data DIR, or set BATON_DATA or HOME");
}

/* Makes the directories above `path`. What fails is reported when the path itself is opened. */
static void make_parents(str path)
{
    char *text = strndup(path.ptr, path.len);
    if (!text) fatal("out of memory");
    for (size_t i = 1; i < path.len; i++) {
        if (text[i] != '/') continue;
        text[i] = '\0';
        (void)mkdir(text, 0700);
        text[i] = '/';
    }
    free(text);
}

static enum log_level read_log_level(str name)
{
    static const struct {
        str name;
        enum log_level level;
    } levels[] = {
        { STR_INIT("debug"), LOG_DEBUG },
        { STR_INIT("info"), LOG_INFO },
        { STR_INIT("warn"), LOG_WARN },
        { STR_INIT("error"), LOG_ERROR },
    };
    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++) {
        if (str_eq(levels[i].name, name)) return levels[i].level;
    }
    quit(2, "--log-level must be debug, info, warn or error");
}

/* Both become parts of ARNs. */
static void check_names(const struct serve_settings *settings)
{
    bool account_is_good = settings->account.len == ACCOUNT_DIGITS;
    for (size_t i = 0; i < settings->account.len; i++)
        account_is_good &= settings->account.ptr[i] >= '0' && settings->account.ptr[i] <= '9';
    if (!account_is_good) quit(2, "--account must be %d digits", ACCOUNT_DIGITS);
    bool region_is_good = settings->region.len > 0 && settings->region.len <= REGION_CHARS_MAX;
    for (size_t i = 0; i < settings->region.len; i++) {
        char c = settings->region.ptr[i];
        region_is_good &= (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    }
    if (!region_is_good) quit(2, "--region must be a name such as us-east-1");
}

/* What links begin with; a link is put behind it as it is. */
static str read_public_url(str url)
{
    if (url.len == 0) return url;
    if (!str_starts_with(url, STR("http://")) && !str_starts_with(url, STR("https://")))
        quit(2, "--public-url must begin with http:// or https://");
    while (url.ptr[url.len - 1] == '/')
        url.len--;
    if (str_ends_with(url, STR(":"))) quit(2, "--public-url needs a host");
    for (size_t i = 0; i < url.len; i++)
        if (url.ptr[i] <= ' ' || url.ptr[i] == '?' || url.ptr[i] == '#' || url.ptr[i] == 127)
            quit(2, "--public-url must be a URL without a query");
    return url;
}

/* Takes the next "NAME=VALUE" line off `lines`; ends the program if it has no such form. */
static bool next_pair(str *lines, const char *option, str *name, str *value)
{
    if (lines->len == 0) return false;
    size_t end = str_find_char(*lines, '\n', 0);
    str line = str_slice(*lines, 0, end);
    *lines = end == lines->len ? STR("") : str_skip(*lines, end + 1);
    size_t equals = str_find_char(line, '=', 0);
    if (equals == 0 || equals + 1 >= line.len)
        quit(2, "--%s must be NAME=VALUE, not '%.*s'", option, STR_ARGS(line));
    *name = str_slice(line, 0, equals);
    *value = str_skip(line, equals + 1);
    return true;
}

static json read_endpoints(struct arena *arena, str lines)
{
    struct json_fields fields;
    str name, url;
    json_fields_init(&fields, arena);
    while (next_pair(&lines, "endpoint", &name, &url)) {
        bool known = str_eq(name, STR("sqs")) || str_eq(name, STR("sns")) ||
                     str_eq(name, STR("dynamodb")) || str_eq(name, STR("lambda"));
        if (!known) quit(2, "--endpoint: the service must be sqs, sns, dynamodb or lambda");
        if (!str_starts_with(url, STR("http://")) && !str_starts_with(url, STR("https://")))
            quit(2, "--endpoint: the URL must begin with http:// or https://");
        if (url.ptr[url.len - 1] == '/') url.len--;
        json_fields_add(&fields, name, json_string(url));
    }
    return json_fields_done(&fields);
}

/* A command is split at spaces: whoever needs more writes a script. */
static json read_runtimes(struct arena *arena, str lines)
{
    struct json_fields fields;
    str name, command;
    json_fields_init(&fields, arena);
    while (next_pair(&lines, "runtime", &name, &command)) {
        struct json_list words;
        json_list_init(&words, arena);
        while (command.len > 0) {
            size_t end = str_find_char(command, ' ', 0);
            if (end > 0) json_list_add(&words, json_string(str_slice(command, 0, end)));
            command = end == command.len ? STR("") : str_skip(command, end + 1);
        }
        json_fields_add(&fields, name, json_list_done(&words));
    }
    return json_fields_done(&fields);
}

/* The file of --config, which may give options that the command line has not; null: none. */
static json read_config(struct arena *arena, struct command_line *line)
{
    if (!option_given(line, "config")) return json_null();
    json config = config_read(arena, option_or(line, "config", STR("")));
    config_to_options(arena, config, line);
    return config;
}

static str read_data(struct arena *arena, const struct command_line *line)
{
    str given = option_or(line, "data", (str){ 0 });
    if (option_given(line, "data") && given.len == 0) quit(2, "--data must not be empty");
    if (given.len) return given;
    str data = default_data(arena);
    if (!is_in_memory(data)) make_parents(data);
    return data;
}

static void read_settings(struct arena *arena, int argc, char **argv,
                          struct serve_settings *settings)
{
    struct option_row options[] = {
        { .name = "config",
          .argument = "FILE",
          .help = "YAML with routes, callbacks, and any of these options" },
        { .name = "listen",
          .argument = "HOST:PORT",
          .help = "where to listen, on loopback (default 127.0.0.1:8083)" },
        { .name = "data",
          .argument = "DIR",
          .help = "where to keep data (default ~/.local/share/baton); :memory: keeps none" },
        { .name = "public-url",
          .argument = "URL",
          .help = "what callback links begin with (default: the address that is listened on)" },
        { .name = "region", .argument = "NAME", .help = "region in ARNs (default us-east-1)" },
        { .name = "account",
          .argument = "DIGITS",
          .help = "account in ARNs (default 000000000000)" },
        { .name = "max-payload-bytes",
          .argument = "N",
          .help = "largest input or output of a state (default 262144)" },
        { .name = "max-history-events",
          .argument = "N",
          .help = "events after which an execution fails (default 25000)" },
        { .name = "endpoint",
          .argument = "SERVICE=URL",
          .help = "Task states reach sqs, sns, dynamodb or lambda there (repeats)",
          .repeats = true },
        { .name = "runtime",
          .argument = "NAME=COMMAND",
          .help = "how functions of a runtime are run, as in java17=/opt/run-java (repeats)",
          .repeats = true },
        { .name = "max-processes",
          .argument = "N",
          .help = "function processes at a time (default 64)" },
        { .name = "log-level",
          .argument = "LEVEL",
          .help = "debug, info, warn or error (default info)" },
    };
    struct command_line line = {
        .usage = "baton serve [OPTIONS]",
        .description = "Runs the engine and answers AWS Step Functions API calls. Prints one line\n"
                       "when it is ready, and logs to standard error. SIGTERM stops it in order.",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
    };
    options_read(&line, arena, argc, argv);
    json config = read_config(arena, &line);
    *settings = (struct serve_settings){
        .config = config,
        .listen = option_or(&line, "listen", STR("127.0.0.1:8083")),
        .data = read_data(arena, &line),
        .public_url = read_public_url(option_or(&line, "public-url", STR(""))),
        .region = option_or(&line, "region", STR("us-east-1")),
        .account = option_or(&line, "account", STR("000000000000")),
        /* Six times the payload must fit into a request, as every byte may be escaped. */
        .payload_bytes_max =
            (size_t)option_i64(&line, "max-payload-bytes", ENGINE_PAYLOAD_BYTES_MAX,
                               PAYLOAD_BYTES_MIN, HTTP_CALL_BYTES_MAX / 6),
        .history_events_max =
            (uint32_t)option_i64(&line, "max-history-events", ENGINE_HISTORY_EVENTS_MAX,
                                 HISTORY_EVENTS_MIN, HISTORY_EVENTS_MAX),
        .processes_max =
            (size_t)option_i64(&line, "max-processes", FUNCTION_PROCESSES_MAX, 1, PROCESSES_MAX),
        .endpoints = read_endpoints(arena, option_or(&line, "endpoint", STR(""))),
        .runtimes = read_runtimes(arena, option_or(&line, "runtime", STR(""))),
    };
    check_names(settings);
    log_set_level(read_log_level(option_or(&line, "log-level", STR("info"))));
}

/* ---- the process ---- */

static void prepare_process(void)
{
    signal(SIGPIPE, SIG_IGN);
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) != 0) return;
    files.rlim_cur = files.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &files); /* Fewer connections are still a service. */
}

static bool open_store(const struct serve_settings *settings, struct serve_keys *keys,
                       struct store **out, struct error *err)
{
    *keys = (struct serve_keys){ 0 };
    if (is_in_memory(settings->data)) {
        token_key_make(&keys->token);
        *out = store_open_memory();
        return true;
    }
    if (!store_open(settings->data, out, err)) return false;
    /* Behind the store, because its lock keeps a second process from making keys too. */
    if (token_key_open(settings->data, &keys->token, err) &&
        link_keys_open(settings->data, &keys->links, err))
        return true;
    store_close(*out);
    return false;
}

/* Where functions' code and logs are: beside the store, or in a directory that goes with the
 * process. */
static bool open_files(const struct serve_settings *settings, struct serving *serving,
                       struct error *err)
{
    if (is_in_memory(settings->data)) {
        str base = str_from(getenv("TMPDIR"));
        if (base.len == 0) base = STR("/tmp");
        str pattern = arena_printf(serving->arena, "%.*s/baton-XXXXXX", STR_ARGS(base));
        const char *name = arena_cstr(serving->arena, pattern);
        char *made = strdup(name);
        if (!made) fatal("out of memory");
        bool good = mkdtemp(made) != NULL;
        serving->files = arena_str(serving->arena, str_from(made));
        free(made);
        if (!good)
            return error_set(err, ERROR_IO, "cannot make a directory in %.*s: %s", STR_ARGS(base),
                             strerror(errno));
        return true;
    }
    serving->files = arena_printf(serving->arena, "%.*s/files", STR_ARGS(settings->data));
    if (mkdir(arena_cstr(serving->arena, serving->files), 0700) == 0 || errno == EEXIST)
        return true;
    return error_set(err, ERROR_IO, "cannot make %.*s: %s", STR_ARGS(serving->files),
                     strerror(errno));
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *at)
{
    (void)status;
    (void)type;
    (void)at;
    (void)remove(path);
    return 0;
}

static void close_files(const struct serve_settings *settings, struct serving *serving)
{
    if (is_in_memory(settings->data))
        (void)nftw(arena_cstr(serving->arena, serving->files), remove_entry, 16,
                   FTW_DEPTH | FTW_PHYS);
}

static struct shard *open_shard(struct serve_settings *settings, const struct serving *serving,
                                const struct serve_keys *keys)
{
    struct shard_options options = {
        .store = serving->store,
        .region = settings->region,
        .account = settings->account,
        .token_key = keys->token,
        .link_keys = keys->links,
        .keep_link_keys = is_in_memory(settings->data) ? NULL : link_keys_keep,
        .keep_link_keys_context = &settings->data,
        .public_url = settings->public_url,
        .payload_bytes_max = settings->payload_bytes_max,
        .history_events_max = settings->history_events_max,
        .endpoints = settings->endpoints,
        .files = serving->files,
    };
    services_register(&options, serving->arena);
    return shard_new(&options);
}

/* The shard first: it stores no outcome any more, so what functions are doing is done again after
 * the next start. */
static void stop(void *context)
{
    struct serving *serving = context;
    shard_stop(serving->shard);
    effects_stop(serving->effects);
}

/* The server listens before the shard starts, because functions must be told where. */
static bool open_server(const struct serve_settings *settings, struct serving *serving,
                        struct error *err)
{
    struct server_options options = {
        .listen = settings->listen,
        .shard = serving->shard,
        .stop = stop,
        .stop_context = serving,
        .handle_signals = true,
    };
    return server_open(&options, &serving->server, err);
}

static void start(const struct serve_settings *settings, struct serving *serving)
{
    struct effects_options options = {
        .directory = serving->files,
        .endpoint = server_url(serving->server),
        .region = settings->region,
        .account = settings->account,
        .processes_max = settings->processes_max,
        .runtimes = settings->runtimes,
    };
    serving->effects = effects_start(&options);
    serving->carrier = lambda_carrier_new(serving->effects);
    lambda_carrier_attach(serving->carrier, serving->shard);
    lambda_carrier_rewrite(serving->carrier, gateway_local_addresses);
    shard_set_outside(serving->shard, server_url(serving->server),
                      lambda_carrier(serving->carrier));
    services_start(serving->shard);
    shard_start(serving->shard);
}

static bool open_all(struct serve_settings *settings, struct serving *serving, struct error *err)
{
    struct serve_keys keys;
    if (!open_store(settings, &keys, &serving->store, err)) return false;
    if (!open_files(settings, serving, err)) {
        store_close(serving->store);
        return false;
    }
    serving->shard = open_shard(settings, serving, &keys);
    if (open_server(settings, serving, err)) {
        start(settings, serving);
        return true;
    }
    shard_free(serving->shard);
    store_close(serving->store);
    close_files(settings, serving);
    return false;
}

static void close_all(const struct serve_settings *settings, struct serving *serving)
{
    server_close(serving->server);
    lambda_carrier_free(serving->carrier);
    shard_free(serving->shard);
    store_close(serving->store);
    close_files(settings, serving);
}

/* What the file says of callbacks: stored before the server says that it listens. */
static bool configure(const struct serve_settings *settings, struct serving *serving,
                      struct error *err)
{
    if (json_is_null(settings->config)) return true;
    struct json_fields fields;
    static const char *const sections[] = { "callbacks", "routes" };
    json_fields_init(&fields, serving->arena);
    for (size_t i = 0; i < 2; i++) {
        const json *section = json_find(settings->config, str_from(sections[i]));
        json_fields_add(&fields, str_from(sections[i]),
                        section ? *section : (json){ .kind = JSON_OBJECT });
    }
    if (callbacks_configure(serving->shard, json_fields_done(&fields), err)) return true;
    stop(serving);
    close_all(settings, serving);
    return error_wrap(err, "--config");
}

int command_serve(int argc, char **argv)
{
    struct arena arena;
    arena_init(&arena);
    struct serve_settings settings;
    read_settings(&arena, argc, argv, &settings);
    prepare_process();

    struct serving serving = { .arena = &arena };
    struct error err;
    if (!open_all(&settings, &serving, &err) || !configure(&settings, &serving, &err)) {
        str text = error_text(&err);
        fprintf(stderr, "baton: %.*s\n", STR_ARGS(text));
        arena_close(&arena);
        return 1;
    }
    char quoted[LOG_QUOTED_BYTES_MAX];
    log_line(LOG_INFO, "ready", "version=%s data=%s", BATON_VERSION,
             log_quote(settings.data, quoted));
    printf("listening on %.*s\n", STR_ARGS(server_url(serving.server)));
    fflush(stdout);

    server_run(serving.server);
    close_all(&settings, &serving);
    log_line(LOG_INFO, "stopped", "data=%s", quoted);
    arena_close(&arena);
    return 0;
}
