/* Code: from the call to a directory, and who uses it.
 *
 *     FILES/functions/SHA256/        unpacked, synced, and never changed again
 *     FILES/functions/.unpack-XXXXXX being unpacked
 *     FILES/functions/.old-SERIAL    being removed
 *
 * Unpacking happens on a thread of its own (upload.c), before the writer sees the call. The
 * directory is complete and durable when it gets its name, so a record that refers to it is never
 * ahead of it.
 *
 * Removing: KEY_FUNCTION_CODE {"v":1,"refs":n,"drop":serial} counts the versions that use a
 * directory. The transaction that takes the last one away leaves its serial there, and an effect of
 * origin "lambda.code" that carries the same serial. The effect's handler runs on the writer after
 * that transaction is durable; if the count is still 0 and the serial the same, nobody has used the
 * code meanwhile, and the directory goes. A call that was prepared before and comes after finds it
 * missing (code_prepared) and is to be sent again, as SDKs do. What a crash leaves behind is found
 * at the next start. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "services/lambda/lambda_private.h"

/* On the value that code_prepare makes. Values from outside have 0 there, so that nobody can name a
 * directory by himself. */
enum { CODE_MARK = 0x4C43 };

static const struct zip_limits code_limits = {
    .bytes = LAMBDA_CODE_BYTES_MAX,
    .entries = LAMBDA_CODE_ENTRIES_MAX,
};

/* ---- base64 ---- */

str base64_text(struct arena *arena, str bytes)
{
    ASSERT(bytes.len < INT32_MAX / 2);
    unsigned char *text = arena_alloc(arena, (bytes.len + 2) / 3 * 4 + 1);
    int len = EVP_EncodeBlock(text, (const unsigned char *)bytes.ptr, (int)bytes.len);
    return (str){ (const char *)text, (size_t)len };
}

static int base64_digit(char c)
{
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    if (c == '+') return 62;
    return c == '/' ? 63 : -1;
}

bool code_base64_bytes(struct arena *arena, str text, str *out)
{
    size_t digits = text.len;
    while (digits > 0 && text.len - digits < 2 && text.ptr[digits - 1] == '=')
        digits--;
    if (text.len % 4 != 0 || digits % 4 == 1) return false;
    char *bytes = arena_alloc(arena, digits / 4 * 3 + 3);
    size_t count = 0;
    uint32_t group = 0;
    for (size_t i = 0; i < digits; i++) {
        int digit = base64_digit(text.ptr[i]);
        if (digit < 0) return false;
        group = (group << 6 | (uint32_t)digit) & 0xFFFFFF;
        if (i % 4 != 0) bytes[count++] = (char)(group >> (6 - 2 * (i % 4)) & 0xFF);
    }
    *out = (str){ bytes, count };
    return true;
}

/* ---- places ---- */

/* Without a directory of the server's own (a store in memory) one per process in /tmp. */
static str code_root(const struct shard *shard, struct arena *arena)
{
    str files = shard_files(shard);
    if (files.len > 0) return arena_printf(arena, "%.*s/functions", STR_ARGS(files));
    return arena_printf(arena, "/tmp/baton-functions-%ld", (long)getpid());
}

/* Exists, is a directory and not a link, and is ours. */
static bool is_directory(struct arena *arena, str path)
{
    struct stat status;
    return lstat(arena_cstr(arena, path), &status) == 0 && S_ISDIR(status.st_mode);
}

static bool root_open(const struct source *source, str *root, struct error *err)
{
    struct stat status;
    *root = code_root(source->shard, source->arena);
    const char *path = arena_cstr(source->arena, *root);
    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return error_set(err, ERROR_LAMBDA_SERVICE, "cannot make %s: %s", path, strerror(errno));
    if (lstat(path, &status) == 0 && S_ISDIR(status.st_mode) && status.st_uid == geteuid())
        return true;
    return error_set(err, ERROR_LAMBDA_SERVICE, "%s is no directory of this server", path);
}

str code_path(const struct source *source, const struct function_code *code)
{
    if (!str_eq(code->kind, STR("zip"))) return code->place;
    return arena_printf(source->arena, "%.*s/%.*s",
                        STR_ARGS(code_root(source->shard, source->arena)), STR_ARGS(code->place));
}

/* ---- zips ---- */

static void remove_all(str directory, struct arena *arena)
{
    size_t budget = SIZE_MAX;
    char quoted[LOG_QUOTED_BYTES_MAX];
    if (!files_remove(directory, &budget, arena))
        log_line(LOG_WARN, "cannot remove a directory of unused code", "directory=%s",
                 log_quote(directory, quoted));
}

/* Makes everything in the directory durable. One call for the whole file system, because a function
 * may have tens of thousands of files. */
static bool sync_all(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return false;
    bool done = syncfs(fd) == 0;
    close(fd);
    return done;
}

static bool sync_directory(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return false;
    bool done = fsync(fd) == 0;
    close(fd);
    return done;
}

/* Gives the unpacked directory its name. If it has one already, the other is as good. */
static bool keep(const struct source *source, str root, const char *made, str final,
                 struct error *err)
{
    const char *name = arena_cstr(source->arena, final);
    if (sync_all(made) && (rename(made, name) == 0 || errno == ENOTEMPTY || errno == EEXIST) &&
        sync_directory(arena_cstr(source->arena, root)))
        return true;
    return error_set(err, ERROR_LAMBDA_SERVICE, "cannot keep the function's code: %s",
                     strerror(errno));
}

static bool unpack(const struct source *source, str archive, str final, bool dry, struct error *err)
{
    str root;
    if (!root_open(source, &root, err)) return false;
    str template = arena_printf(source->arena, "%.*s/.unpack-XXXXXX", STR_ARGS(root));
    char *made = arena_alloc(source->arena, template.len + 1);
    memcpy(made, template.ptr, template.len);
    made[template.len] = '\0';
    if (!mkdtemp(made))
        return error_set(err, ERROR_LAMBDA_SERVICE, "cannot make a directory for the code: %s",
                         strerror(errno));
    bool done = zip_unpack(archive, str_from(made), &code_limits, source->arena, err) &&
                (dry || keep(source, root, made, final, err));
    if (!done || dry || is_directory(source->arena, str_from(made)))
        remove_all(str_from(made), source->arena);
    return done;
}

static str hexadecimal(struct arena *arena, const unsigned char *bytes, size_t count)
{
    struct buf out;
    buf_init(&out, arena);
    for (size_t i = 0; i < count; i++)
        buf_printf(&out, "%02x", bytes[i]);
    return buf_str(&out);
}

static bool read_zip(const struct source *source, str text, bool dry, struct function_code *out,
                     struct error *err)
{
    str archive;
    unsigned char digest[SHA256_DIGEST_LENGTH];
    if (!code_base64_bytes(source->arena, text, &archive))
        return error_set(err, ERROR_SERIALIZATION, "ZipFile is not well-formed base64");
    if (archive.len > LAMBDA_CODE_ZIPPED_BYTES_MAX)
        return error_set(err, ERROR_LAMBDA_REQUEST_ENTITY_TOO_LARGE,
                         "Zipped size must be smaller than %d bytes", LAMBDA_CODE_ZIPPED_BYTES_MAX);
    SHA256((const unsigned char *)archive.ptr, archive.len, digest);
    *out = (struct function_code){
        .kind = STR("zip"),
        .place = hexadecimal(source->arena, digest, sizeof digest),
        .sha256 = base64_text(source->arena, (str){ (const char *)digest, sizeof digest }),
        .bytes = (int64_t)archive.len,
    };
    str final = code_path(source, out);
    return is_directory(source->arena, final) || unpack(source, archive, final, dry, err);
}

/* ---- what the call gives ---- */

/* A directory or a URL: its text stands for its content, which may change at any time. */
static bool read_place(const struct source *source, str place, struct function_code *out,
                       struct error *err)
{
    unsigned char digest[SHA256_DIGEST_LENGTH];
    struct stat status;
    bool is_url = str_starts_with(place, STR("http://")) || str_starts_with(place, STR("https://"));
    if (str_find_char(place, '\0', 0) < place.len || (!is_url && str_at(place, 0) != '/'))
        return error_set(err, ERROR_LAMBDA_INVALID_PARAMETER_VALUE,
                         "Code runs from an absolute path or an http URL.");
    if (!is_url &&
        (stat(arena_cstr(source->arena, place), &status) != 0 || !S_ISDIR(status.st_mode)))
        return error_set_long(err, source->arena, ERROR_LAMBDA_INVALID_PARAMETER_VALUE,
                              "%.*s is not a directory that the server can see.", STR_ARGS(place));
    SHA256((const unsigned char *)place.ptr, place.len, digest);
    *out = (struct function_code){
        .kind = is_url ? STR("url") : STR("directory"),
        .place = place,
        .sha256 = base64_text(source->arena, (str){ (const char *)digest, sizeof digest }),
    };
    return true;
}

/* S3 is not served. The bucket "hot-reload" is LocalStack's word for a local directory, and the one
 * way to name it with SDKs that know AWS's members only. */
static bool read_code(const struct source *source, json code, bool dry, struct function_code *out,
                      struct error *err)
{
    str text;
    if (json_find_str(code, STR("ZipFile"), &text)) return read_zip(source, text, dry, out, err);
    if (json_find_str(code, STR("Directory"), &text) || json_find_str(code, STR("Url"), &text))
        return read_place(source, text, out, err);
    if (str_eq(param_str(code, "S3Bucket"), STR("hot-reload")))
        return read_place(source, param_str(code, "S3Key"), out, err);
    if (param(code, "S3Bucket") || param(code, "S3Key"))
        return error_set(err, ERROR_LAMBDA_INVALID_PARAMETER_VALUE,
                         "Baton serves no S3 buckets. Give the code as ZipFile, or run it from a "
                         "local directory (S3Bucket \"hot-reload\", S3Key its absolute path).");
    if (param(code, "ImageUri"))
        return error_set(err, ERROR_LAMBDA_INVALID_PARAMETER_VALUE,
                         "Please don't provide ImageUri when updating a function with packageType "
                         "Zip.");
    return error_set(err, ERROR_LAMBDA_INVALID_PARAMETER_VALUE,
                     "Please provide a source for function code.");
}

/* The members of the call without the bytes of the code, and with what has become of them. */
static json with_code(struct arena *arena, json params, const struct function_code *code)
{
    struct json_fields fields;
    json_fields_init(&fields, arena);
    json_fields_add(&fields, STR("kind"), json_string(code->kind));
    json_fields_add(&fields, STR("place"), json_string(code->place));
    json_fields_add(&fields, STR("sha256"), json_string(code->sha256));
    json_fields_add(&fields, STR("bytes"), json_i64(arena, code->bytes));
    json prepared = json_fields_done(&fields);
    prepared.user = CODE_MARK;
    json_fields_init(&fields, arena);
    for (size_t i = 0; i < json_count(params); i++) {
        str name = json_key_at(params, i);
        if (!str_eq(name, STR("ZipFile")) && !str_eq(name, STR("Code")))
            json_fields_add(&fields, name, json_value_at(params, i));
    }
    json_fields_add(&fields, STR("preparedCode"), prepared);
    return json_fields_done(&fields);
}

bool code_prepare(const struct source *source, struct request *request, struct error *err)
{
    json params = request->params;
    struct function_code code = { 0 };
    bool creates = str_eq(request->operation->name, STR("CreateFunction"));
    const json *given = creates ? param(params, "Code") : &params;
    bool dry = json_bool_or(params, STR("DryRun"), false);
    if (!read_code(source, given ? *given : json_null(), dry, &code, err)) return false;
    request->params = with_code(source->arena, params, &code);
    return true;
}

bool code_prepared(const struct source *source, json params, struct function_code *out,
                   struct error *err)
{
    const json *code = param(params, "preparedCode");
    if (!code || code->user != CODE_MARK)
        return error_set(err, ERROR_UNSUPPORTED_OPERATION,
                         "A function's code can only come with a call of the API.");
    *out = (struct function_code){
        .kind = param_str(*code, "kind"),
        .place = param_str(*code, "place"),
        .sha256 = param_str(*code, "sha256"),
        .bytes = json_i64_or(*code, STR("bytes"), 0),
    };
    bool dry = json_bool_or(params, STR("DryRun"), false);
    return dry || !str_eq(out->kind, STR("zip")) ||
           is_directory(source->arena, code_path(source, out)) ||
           error_set(err, ERROR_LAMBDA_SERVICE,
                     "The same code was being removed. Please send the request again.");
}

/* ---- who uses it ---- */

struct code_record {
    int64_t refs;
    uint64_t drop; /* serial of the transaction that took the last one away */
};

static struct code_record record_load(const struct source *source, str place)
{
    struct key key;
    json record;
    key_function_code(&key, source->number, place);
    if (!source_find(source, &key, &record)) return (struct code_record){ 0 };
    return (struct code_record){
        .refs = json_i64_or(record, STR("refs"), 0),
        .drop = (uint64_t)json_i64_or(record, STR("drop"), 0),
    };
}

static void record_store(struct txn *txn, const struct source *source, str place,
                         const struct code_record *record)
{
    struct key key;
    key_function_code(&key, source->number, place);
    txn_put(txn, &key,
            arena_printf(source->arena, "{\"v\":1,\"refs\":%lld,\"drop\":%llu}",
                         (long long)record->refs, (unsigned long long)record->drop));
}

void code_use(struct txn *txn, const struct source *source, const struct function_code *code)
{
    if (!str_eq(code->kind, STR("zip"))) return;
    struct code_record record = record_load(source, code->place);
    record.refs++;
    record_store(txn, source, code->place, &record);
}

static json removal(const struct source *source, str place, uint64_t drop, bool moved)
{
    struct json_fields fields;
    json_fields_init(&fields, source->arena);
    json_fields_add(&fields, STR("place"), json_string(place));
    json_fields_add(&fields, STR("drop"), json_i64(source->arena, (int64_t)drop));
    json_fields_add(&fields, STR("moved"), json_bool(moved));
    return json_fields_done(&fields);
}

static void plan_removal(struct txn *txn, const struct source *source, str place, uint64_t drop,
                         bool moved)
{
    struct effect_plan plan = {
        .kind = STR("later"),
        .request = json_null(),
        .origin = STR("lambda.code"),
        .context = removal(source, place, drop, moved),
    };
    txn_effect(txn, false, &plan, moved ? 0 : LAMBDA_CODE_LINGER_MS);
}

void code_release(struct txn *txn, const struct source *source, const struct function_code *code)
{
    if (!str_eq(code->kind, STR("zip"))) return;
    struct code_record record = record_load(source, code->place);
    ASSERT_CMP(record.refs, >, 0);
    if (--record.refs == 0) {
        record.drop = txn_serial(txn);
        plan_removal(txn, source, code->place, record.drop, false);
    }
    record_store(txn, source, code->place, &record);
}

static str removed_path(const struct source *source, uint64_t drop)
{
    return arena_printf(source->arena, "%.*s/.old-%llu",
                        STR_ARGS(code_root(source->shard, source->arena)),
                        (unsigned long long)drop);
}

void code_removed(struct txn *txn, const struct effect_record *record,
                  const struct effect_result *result)
{
    (void)result; /* there was nothing to do; the effect only waited for the commit */
    struct key key;
    struct source source = source_from_txn(txn, txn_arena(txn));
    struct function_code code = { .kind = STR("zip"),
                                  .place = param_str(record->context, "place") };
    uint64_t drop = (uint64_t)json_i64_or(record->context, STR("drop"), 0);
    str old = removed_path(&source, drop);
    if (!json_bool_or(record->context, STR("moved"), false)) {
        struct code_record now = record_load(&source, code.place);
        if (now.refs > 0 || now.drop != drop) return;
        key_function_code(&key, source.number, code.place);
        txn_delete(txn, &key);
        /* If that fails, the next start finds the directory. */
        if (rename(arena_cstr(source.arena, code_path(&source, &code)),
                   arena_cstr(source.arena, old)) != 0)
            return;
    }
    size_t budget = LAMBDA_CODE_REMOVE_STEP;
    if (!files_remove(old, &budget, source.arena) && budget == 0)
        plan_removal(txn, &source, code.place, drop, true);
}

void code_abandon(const struct source *source, const struct function_code *code)
{
    struct key key;
    str ignored;
    if (!str_eq(code->kind, STR("zip"))) return;
    key_function_code(&key, source->number, code->place);
    if (!source_get(source, &key, &ignored)) remove_all(code_path(source, code), source->arena);
}

/* ---- at the start ---- */

static bool is_used(const struct source *source, str name)
{
    return name.len == (size_t)2 * SHA256_DIGEST_LENGTH && record_load(source, name).refs > 0;
}

void code_collect(struct shard *shard)
{
    struct arena arena;
    struct reader reader;
    arena_init(&arena);
    str root = code_root(shard, &arena);
    DIR *directory = opendir(arena_cstr(&arena, root));
    if (directory) {
        shard_read_begin(shard, &reader, &arena);
        struct source source = { .reader = &reader,
                                 .shard = shard,
                                 .arena = &arena,
                                 .now_ms = reader.now_ms,
                                 .number = shard_number(shard) };
        const struct dirent *entry;
        while ((entry = readdir(directory))) {
            str name = str_from(entry->d_name);
            if (str_eq(name, STR(".")) || str_eq(name, STR("..")) || is_used(&source, name))
                continue;
            remove_all(arena_printf(&arena, "%.*s/%.*s", STR_ARGS(root), STR_ARGS(name)), &arena);
        }
        shard_read_end(&reader);
        closedir(directory);
    }
    arena_close(&arena);
}
