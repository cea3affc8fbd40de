/* How to run a function: which program, with which arguments and environment. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "effects/private.h"
#include "effects/runtime/files.h"

enum { NODE_HEAP_MB_MIN = 64, SCRATCH_FILES_OPEN = 16 };

/* What a function's own environment cannot change (AWS: "Reserved environment variables"). */
static const str reserved[] = {
    STR_INIT("_HANDLER"),
    STR_INIT("_X_AMZN_TRACE_ID"),
    STR_INIT("AWS_DEFAULT_REGION"),
    STR_INIT("AWS_REGION"),
    STR_INIT("AWS_EXECUTION_ENV"),
    STR_INIT("AWS_LAMBDA_FUNCTION_NAME"),
    STR_INIT("AWS_LAMBDA_FUNCTION_MEMORY_SIZE"),
    STR_INIT("AWS_LAMBDA_FUNCTION_VERSION"),
    STR_INIT("AWS_LAMBDA_INITIALIZATION_TYPE"),
    STR_INIT("AWS_LAMBDA_LOG_GROUP_NAME"),
    STR_INIT("AWS_LAMBDA_LOG_STREAM_NAME"),
    STR_INIT("AWS_ACCESS_KEY"),
    STR_INIT("AWS_ACCESS_KEY_ID"),
    STR_INIT("AWS_SECRET_ACCESS_KEY"),
    STR_INIT("AWS_SESSION_TOKEN"),
    STR_INIT("AWS_LAMBDA_RUNTIME_API"),
    STR_INIT("LAMBDA_TASK_ROOT"),
    STR_INIT("LAMBDA_RUNTIME_DIR"),
};

static void add_text(struct buf *out, str text)
{
    buf_add(out, text);
    buf_add_char(out, '\0');
}

static bool has_nul(str text)
{
    return text.len > 0 && memchr(text.ptr, '\0', text.len);
}

/* ---- the program ---- */

/* The letters before the digits: "nodejs" of "nodejs20.x". */
static str family(str runtime)
{
    size_t len = 0;
    while (len < runtime.len && !(runtime.ptr[len] >= '0' && runtime.ptr[len] <= '9'))
        len++;
    return str_slice(runtime, 0, len);
}

/* The file of `name` in PATH, as the shell would find it; empty if there is none. */
static str find_program(const struct effects *effects, struct arena *arena, str directory, str name)
{
    if (str_find_char(name, '/', 0) < name.len) {
        str file = name.ptr[0] == '/'
                       ? name
                       : arena_printf(arena, "%.*s/%.*s", STR_ARGS(directory), STR_ARGS(name));
        return access(arena_cstr(arena, file), X_OK) == 0 ? file : (str){ NULL, 0 };
    }
    str path = str_from(effects->path);
    while (path.len > 0) {
        size_t end = str_find_char(path, ':', 0);
        str file =
            arena_printf(arena, "%.*s/%.*s", STR_ARGS(str_slice(path, 0, end)), STR_ARGS(name));
        struct stat status;
        const char *terminated = arena_cstr(arena, file);
        if (end > 0 && access(terminated, X_OK) == 0 && stat(terminated, &status) == 0 &&
            S_ISREG(status.st_mode))
            return file;
        path = end < path.len ? str_skip(path, end + 1) : (str){ NULL, 0 };
    }
    return (str){ NULL, 0 };
}

/* What is being put together. */
struct making {
    const struct effects *effects;
    const struct function_spec *spec;
    struct arena *arena;
    struct command *out;
    struct buf *failure;
};

static bool fail(struct making *m, str type, str message)
{
    struct arena *arena = m->arena;
    outcome_error(m->failure, type,
                  arena_printf(arena, "RequestId: $ID Error: %.*s", STR_ARGS(message)));
    return false;
}

static void add_argument(struct making *m, str text)
{
    add_text(&m->out->bytes, text);
    m->out->argument_count++;
}

static bool add_program(struct making *m, str name)
{
    str file = find_program(m->effects, m->arena, m->spec->code_directory, name);
    if (file.len == 0)
        return fail(m, STR("Runtime.InvalidEntrypoint"),
                    arena_printf(m->arena, "the runtime %.*s needs `%.*s`, which is not installed",
                                 STR_ARGS(m->spec->runtime), STR_ARGS(name)));
    add_argument(m, file);
    return true;
}

/* A command of the options; false without failure set if there is none for this runtime. */
static bool add_configured(struct making *m, bool *failed)
{
    json runtimes = m->effects->options.runtimes;
    const json *found = json_find(runtimes, m->spec->runtime);
    if (!found) found = json_find(runtimes, family(m->spec->runtime));
    if (!found || json_count(*found) == 0) return false;
    for (size_t i = 0; i < json_count(*found); i++) {
        json item = json_at(*found, i);
        if (!json_is_string(item) || has_nul(json_str(item))) continue;
        if (i > 0)
            add_argument(m, json_str(item));
        else if (!add_program(m, json_str(item)))
            *failed = true;
        if (*failed) return false;
    }
    return m->out->argument_count > 0;
}

static str runtime_path(struct making *m, const char *name)
{
    return arena_printf(m->arena, "%.*s/runtime/%s", STR_ARGS(m->effects->options.directory), name);
}

static bool add_node(struct making *m)
{
    int64_t heap_mb = m->spec->memory_mb * 9 / 10; /* AWS's share for the old generation */
    if (heap_mb < NODE_HEAP_MB_MIN) heap_mb = NODE_HEAP_MB_MIN;
    if (!add_program(m, STR("node"))) return false;
    add_argument(m, arena_printf(m->arena, "--max-old-space-size=%lld", (long long)heap_mb));
    add_argument(m, runtime_path(m, "node.cjs"));
    return true;
}

static bool add_python(struct making *m)
{
    if (!add_program(m, STR("python3"))) return false;
    add_argument(m, runtime_path(m, "python.py"));
    return true;
}

/* A program that speaks the Runtime API by itself; for go1.x also under the handler's name. */
static bool add_own_program(struct making *m)
{
    str directory = m->spec->code_directory;
    str file = arena_printf(m->arena, "%.*s/bootstrap", STR_ARGS(directory));
    if (access(arena_cstr(m->arena, file), F_OK) != 0 &&
        str_eq(family(m->spec->runtime), STR("go")))
        file = arena_printf(m->arena, "%.*s/%.*s", STR_ARGS(directory), STR_ARGS(m->spec->handler));
    const char *path = arena_cstr(m->arena, file);
    if (access(path, F_OK) != 0)
        return fail(m, STR("Runtime.InvalidEntrypoint"),
                    STR("Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]"));
    if (access(path, X_OK) != 0)
        return fail(m, STR("Runtime.InvalidEntrypoint"),
                    STR("fork/exec /var/task/bootstrap: permission denied"));
    add_argument(m, file);
    return true;
}

static bool add_arguments(struct making *m)
{
    bool failed = false;
    if (add_configured(m, &failed)) return true;
    if (failed) return false;
    str kind = family(m->spec->runtime);
    if (str_eq(kind, STR("nodejs"))) return add_node(m);
    if (str_eq(kind, STR("python"))) return add_python(m);
    if (str_starts_with(kind, STR("provided")) || str_eq(kind, STR("go")))
        return add_own_program(m);
    return fail(m, STR("Runtime.InvalidRuntime"),
                arena_printf(m->arena,
                             "there is no command for the runtime %.*s; the server's options can "
                             "give one",
                             STR_ARGS(m->spec->runtime)));
}

/* ---- the environment ---- */

static bool is_reserved(str name)
{
    for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++) {
        if (str_eq(name, reserved[i])) return true;
    }
    return false;
}

/* Whether the function's own environment has a variable of this name that counts. */
static bool is_own(const struct function_spec *spec, str name)
{
    const json *value = json_find(spec->environment, name);
    return value && json_is_string(*value) && !is_reserved(name);
}

static void put(struct making *m, str name, str value)
{
    if (is_own(m->spec, name)) return;
    struct buf *out = &m->out->bytes;
    buf_add(out, name);
    buf_add_char(out, '=');
    add_text(out, value);
    m->out->variable_count++;
}

static void put_own(struct making *m)
{
    json own = m->spec->environment;
    for (size_t i = 0; json_is_object(own) && i < json_count(own); i++) {
        str name = json_key_at(own, i);
        json value = json_value_at(own, i);
        if (!json_is_string(value) || is_reserved(name) || name.len == 0 || has_nul(name) ||
            has_nul(json_str(value)) || str_find_char(name, '=', 0) < name.len)
            continue;
        buf_add(&m->out->bytes, name);
        buf_add_char(&m->out->bytes, '=');
        add_text(&m->out->bytes, json_str(value));
        m->out->variable_count++;
    }
}

static void put_identity(struct making *m, const struct command_place *place)
{
    const struct function_spec *spec = m->spec;
    const struct effects_options *options = &m->effects->options;
    put(m, STR("_HANDLER"), spec->handler);
    put(m, STR("LAMBDA_TASK_ROOT"), spec->code_directory);
    put(m, STR("LAMBDA_RUNTIME_DIR"), runtime_path(m, ""));
    put(m, STR("AWS_LAMBDA_FUNCTION_NAME"), spec->name);
    put(m, STR("AWS_LAMBDA_FUNCTION_VERSION"), spec->version);
    put(m, STR("AWS_LAMBDA_FUNCTION_MEMORY_SIZE"),
        arena_printf(m->arena, "%lld", (long long)spec->memory_mb));
    put(m, STR("AWS_LAMBDA_LOG_GROUP_NAME"), spec->log_group);
    put(m, STR("AWS_LAMBDA_LOG_STREAM_NAME"), place->log_stream);
    put(m, STR("AWS_LAMBDA_RUNTIME_API"), arena_printf(m->arena, "127.0.0.1:%u", place->port));
    put(m, STR("AWS_LAMBDA_INITIALIZATION_TYPE"), STR("on-demand"));
    put(m, STR("AWS_EXECUTION_ENV"),
        arena_printf(m->arena, "AWS_Lambda_%.*s", STR_ARGS(spec->runtime)));
    put(m, STR("AWS_REGION"), options->region);
    put(m, STR("AWS_DEFAULT_REGION"), options->region);
    /* Not the server's: the form is AWS's, so that SDKs take them. */
    put(m, STR("AWS_ACCESS_KEY_ID"), STR("ASIABATONFUNCTION000"));
    put(m, STR("AWS_SECRET_ACCESS_KEY"), STR("baton"));
    put(m, STR("AWS_SESSION_TOKEN"), STR("baton"));
}

static void put_system(struct making *m, str scratch)
{
    const struct function_spec *spec = m->spec;
    str root = spec->code_directory;
    put(m, STR("AWS_ENDPOINT_URL"), m->effects->options.endpoint);
    put(m, STR("TZ"), STR(":UTC"));
    put(m, STR("LANG"), STR("en_US.UTF-8"));
    put(m, STR("PATH"), str_from(m->effects->path));
    put(m, STR("LD_LIBRARY_PATH"),
        arena_printf(m->arena, "%.*s:%.*s/lib", STR_ARGS(root), STR_ARGS(root)));
    put(m, STR("HOME"), scratch);
    put(m, STR("TMPDIR"), scratch);
    if (m->effects->node_modules.len) {
        put(m, STR("NODE_PATH"), m->effects->node_modules);
        put(m, STR("BATON_NODE_MODULES"), m->effects->node_modules);
    }
}

/* ---- the whole ---- */

str command_scratch(const struct effects *effects, struct arena *arena, str name)
{
    struct buf path;
    buf_init(&path, arena);
    buf_add(&path, effects->options.directory);
    buf_add(&path, STR("/scratch/"));
    text_add_file_name(&path, name);
    return arena_str(arena, buf_str(&path));
}

static bool has_bad_text(const struct function_spec *spec)
{
    return has_nul(spec->name) || has_nul(spec->handler) || has_nul(spec->code_directory) ||
           has_nul(spec->version) || has_nul(spec->log_group) || has_nul(spec->runtime);
}

static bool make(struct making *m, const struct command_place *place)
{
    if (has_bad_text(m->spec))
        return fail(m, STR("Runtime.InvalidEntrypoint"), STR("a NUL in the configuration"));
    str scratch = command_scratch(m->effects, m->arena, m->spec->name);
    mkdir(arena_cstr(m->arena, scratch), 0700);
    add_text(&m->out->bytes, m->spec->code_directory);
    if (!add_arguments(m)) return false;
    put_identity(m, place);
    put_system(m, scratch);
    put_own(m);
    if (m->out->bytes.len <= FUNCTION_ENVIRONMENT_BYTES_MAX) return true;
    return fail(m, STR("Runtime.InvalidEntrypoint"), STR("the environment is too large"));
}

bool command_make(const struct effects *effects, const struct function_spec *spec,
                  const struct command_place *place, struct command *out, struct buf *failure)
{
    struct arena arena;
    arena_init(&arena);
    *out = (struct command){ 0 };
    struct making m = { effects, spec, &arena, out, failure };
    bool made = make(&m, place);
    if (!made) command_free(out);
    arena_close(&arena);
    return made;
}

void command_free(struct command *command)
{
    buf_close(&command->bytes);
}

str command_program(const struct command *command)
{
    str bytes = buf_str(&command->bytes);
    return str_from(bytes.ptr + str_find_char(bytes, '\0', 0) + 1);
}

/* ---- before the first function ---- */

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status;
    (void)type;
    (void)walk;
    remove(path);
    return 0;
}

static void write_file(const char *path, str text)
{
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    bool written = file >= 0;
    while (written && text.len > 0) {
        ssize_t wrote = write(file, text.ptr, text.len);
        if (wrote < 0 && errno == EINTR) continue;
        written = wrote > 0;
        if (written) text = str_skip(text, (size_t)wrote);
    }
    if (file >= 0) close(file);
    if (!written) fatal("cannot write %s: %s", path, strerror(errno));
}

void command_prepare(const struct effects *effects)
{
    struct arena arena;
    arena_init(&arena);
    str directory = effects->options.directory;
    const char *scratch =
        arena_cstr(&arena, arena_printf(&arena, "%.*s/scratch", STR_ARGS(directory)));
    nftw(scratch, remove_entry, SCRATCH_FILES_OPEN, FTW_DEPTH | FTW_PHYS);
    const char *runtime =
        arena_cstr(&arena, arena_printf(&arena, "%.*s/runtime", STR_ARGS(directory)));
    if (mkdir(scratch, 0700) != 0 && errno != EEXIST)
        fatal("cannot make %s: %s", scratch, strerror(errno));
    if (mkdir(runtime, 0755) != 0 && errno != EEXIST)
        fatal("cannot make %s: %s", runtime, strerror(errno));
    for (size_t i = 0; i < RUNTIME_FILES; i++) {
        struct runtime_file file = runtime_file(i);
        write_file(arena_cstr(&arena, arena_printf(&arena, "%s/%s", runtime, file.name)),
                   file.text);
    }
    arena_close(&arena);
}
