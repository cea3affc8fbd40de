/* `baton serve`: opens the store, starts the shard and the server, and serves until told to stop.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/log.h"
#include "cli/cli.h"
#include "cli/options.h"
#include "cli/token_key.h"
#include "server/server.h"
#include "services/service.h"
#include "shard/shard.h"

enum {
    PAYLOAD_BYTES_MIN = 1024,
    HISTORY_EVENTS_MIN = 100,
    HISTORY_EVENTS_MAX = 10000000,
    ACCOUNT_DIGITS = 12,
    REGION_CHARS_MAX = 40,
};

struct serve_settings {
    str listen;
    str data; /* a directory, or ":memory:" */
    str region, account;
    size_t payload_bytes_max;
    uint32_t history_events_max;
};

/* Everything that is open while serving, in the order of opening. */
struct serving {
    struct store *store;
    struct shard *shard;
    struct server *server;
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

static void read_settings(struct arena *arena, int argc, char **argv,
                          struct serve_settings *settings)
{
    struct option_row options[] = {
        { "listen",
          "HOST:PORT",
          "where to listen, on loopback (default 127.0.0.1:8083)",
          { 0 },
          0 },
        { "data",
          "DIR",
          "where to keep data (default ~/.local/share/baton); :memory: keeps none",
          { 0 },
          0 },
        { "region", "NAME", "region in ARNs (default us-east-1)", { 0 }, 0 },
        { "account", "DIGITS", "account in ARNs (default 000000000000)", { 0 }, 0 },
        { "max-payload-bytes",
          "N",
          "largest input or output of a state (default 262144)",
          { 0 },
          0 },
        { "max-history-events",
          "N",
          "events after which an execution fails (default 25000)",
          { 0 },
          0 },
        { "log-level", "LEVEL", "debug, info, warn or error (default info)", { 0 }, 0 },
    };
    struct command_line line = {
        .usage = "baton serve [OPTIONS]",
        .description = "Runs the engine and answers AWS Step Functions API calls. Prints one line\n"
                       "when it is ready, and logs to standard error. SIGTERM stops it in order.",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
    };
    options_read(&line, arena, argc, argv);
    *settings = (struct serve_settings){
        .listen = option_or(&line, "listen", STR("127.0.0.1:8083")),
        .data = option_or(&line, "data", (str){ 0 }),
        .region = option_or(&line, "region", STR("us-east-1")),
        .account = option_or(&line, "account", STR("000000000000")),
        /* Six times the payload must fit into a request, as every byte may be escaped. */
        .payload_bytes_max =
            (size_t)option_i64(&line, "max-payload-bytes", ENGINE_PAYLOAD_BYTES_MAX,
                               PAYLOAD_BYTES_MIN, HTTP_BODY_BYTES_MAX / 6),
        .history_events_max =
            (uint32_t)option_i64(&line, "max-history-events", ENGINE_HISTORY_EVENTS_MAX,
                                 HISTORY_EVENTS_MIN, HISTORY_EVENTS_MAX),
    };
    check_names(settings);
    log_set_level(read_log_level(option_or(&line, "log-level", STR("info"))));
    if (option_given(&line, "data") && settings->data.len == 0) quit(2, "--data must not be empty");
    if (settings->data.len) return;
    settings->data = default_data(arena);
    if (!is_in_memory(settings->data)) make_parents(settings->data);
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

static bool open_store(const struct serve_settings *settings, struct token_key *key,
                       struct store **out, struct error *err)
{
    if (is_in_memory(settings->data)) {
        token_key_make(key);
        *out = store_open_memory();
        return true;
    }
    if (!store_open(settings->data, out, err)) return false;
    /* Behind the store, because its lock keeps a second process from making a key too. */
    if (token_key_open(settings->data, key, err)) return true;
    store_close(*out);
    return false;
}

static struct shard *open_shard(const struct serve_settings *settings, struct store *store,
                                const struct token_key *key)
{
    struct shard_options options = {
        .store = store,
        .region = settings->region,
        .account = settings->account,
        .token_key = *key,
        .payload_bytes_max = settings->payload_bytes_max,
        .history_events_max = settings->history_events_max,
        .integrations = states_service.integrations,
        .integration_count = states_service.integration_count,
    };
    return shard_new(&options);
}

static bool open_all(const struct serve_settings *settings, struct serving *serving,
                     struct error *err)
{
    struct token_key key;
    if (!open_store(settings, &key, &serving->store, err)) return false;
    serving->shard = open_shard(settings, serving->store, &key);
    shard_start(serving->shard);
    struct server_options options = {
        .listen = settings->listen,
        .shard = serving->shard,
        .handle_signals = true,
    };
    if (server_open(&options, &serving->server, err)) return true;
    shard_stop(serving->shard);
    shard_free(serving->shard);
    store_close(serving->store);
    return false;
}

int command_serve(int argc, char **argv)
{
    struct arena arena;
    arena_init(&arena);
    struct serve_settings settings;
    read_settings(&arena, argc, argv, &settings);
    prepare_process();

    struct serving serving;
    struct error err;
    if (!open_all(&settings, &serving, &err)) {
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
    server_close(serving.server);
    shard_free(serving.shard);
    store_close(serving.store);
    log_line(LOG_INFO, "stopped", "data=%s", quoted);
    arena_close(&arena);
    return 0;
}
