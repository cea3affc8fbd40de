/* JSONata over a pipe: one JSON object {expr, input} per line in, one line out: {"result": ...},
 * {"undefined": true}, or {"error": code, "position": ..., "message": ...}. For differential.mjs.
 */
#include "expr/jsonata/jsonata.h"

#include <stdio.h>
#include <stdlib.h>

static void write_error(struct buf *out, const struct jsonata_error *err)
{
    buf_printf(out, "{\"error\":\"%s\",\"position\":%u,\"message\":", err->code,
               (unsigned)err->position);
    json_write_str(out, err->message);
    buf_add_char(out, '}');
}

static void answer(str line, struct arena *arena, struct buf *out)
{
    json request, value;
    struct error parse_error;
    struct jsonata_error err = { 0 };
    const struct jsonata *compiled;
    str source;
    bool defined = false;
    if (!json_parse(line, arena, &request, &parse_error) ||
        !json_find_str(request, STR("expr"), &source)) {
        buf_add(out, STR("{\"error\":\"request\"}"));
        return;
    }
    const json *input = json_find(request, STR("input"));
    struct prng prng;
    prng_seed(&prng, 1);
    struct jsonata_env env = { .prng = &prng, .arena = arena, .now_ms = 1700000000000 };
    if (!jsonata_compile(source, arena, &compiled, &err) ||
        !jsonata_eval(compiled, input ? *input : jsonata_undefined(), &env, &defined, &value,
                      &err)) {
        write_error(out, &err);
    } else if (!defined) {
        buf_add(out, STR("{\"undefined\":true}"));
    } else {
        buf_add(out, STR("{\"result\":"));
        json_write(out, value);
        buf_add_char(out, '}');
    }
}

int main(void)
{
    char *line = NULL;
    size_t capacity = 0;
    ssize_t length;
    struct arena arena;
    arena_init(&arena);
    while ((length = getline(&line, &capacity, stdin)) > 0) {
        struct buf out;
        buf_init(&out, &arena);
        answer((str){ line, (size_t)length }, &arena, &out);
        buf_add_char(&out, '\n');
        fwrite(out.ptr, 1, out.len, stdout);
        arena_reset(&arena);
    }
    fflush(stdout);
    free(line);
    arena_close(&arena);
    return 0;
}
