/* Task tokens: what is ours is found again, anything else is not. */
#include <criterion/criterion.h>
#include <string.h>

#include "engine/token.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static struct token_key key_of(unsigned char byte)
{
    struct token_key key = { .has_previous = false };
    memset(key.current, byte, sizeof key.current);
    return key;
}

static bool same(token a, token b)
{
    return a.shard == b.shard && a.serial == b.serial && a.frame == b.frame &&
           a.task_event == b.task_event;
}

Test(engine_token, comes_back_and_is_short_and_url_safe)
{
    static const token rows[] = {
        { 0, 1, 0, 2 },
        { 65535, ((uint64_t)1 << 48) - 1, UINT32_MAX, UINT32_MAX },
        { 1, 0x123456789abc, 77, 25000 },
    };
    struct arena arena;
    arena_init(&arena);
    struct token_key key = key_of(1);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        str text = token_encode(&key, rows[i], &arena);
        cr_assert_leq(text.len, TOKEN_CHARS_MAX);
        for (size_t j = 0; j < text.len; j++)
            cr_assert(strchr(alphabet, text.ptr[j]) != NULL);
        token out;
        cr_assert(token_decode(&key, text, &out));
        cr_assert(same(out, rows[i]));
    }
    arena_close(&arena);
}

Test(engine_token, no_changed_character_is_accepted)
{
    struct arena arena;
    arena_init(&arena);
    struct token_key key = key_of(1);
    str text = token_encode(&key, (token){ 3, 99, 7, 12 }, &arena);
    char forged[TOKEN_CHARS_MAX];
    token out = { .frame = 4711 };
    for (size_t i = 0; i < text.len; i++) {
        for (size_t j = 0; j < 64; j++) {
            if (alphabet[j] == text.ptr[i]) continue;
            memcpy(forged, text.ptr, text.len);
            forged[i] = alphabet[j];
            cr_assert(!token_decode(&key, (str){ forged, text.len }, &out), "%zu %zu", i, j);
        }
        cr_assert(!token_decode(&key, str_slice(text, 0, i), &out));
    }
    cr_assert_eq(out.frame, 4711);
    arena_close(&arena);
}

Test(engine_token, wrapping)
{
    static const struct {
        const char *format;
        bool good;
    } rows[] = {
        { "%.*s", true },   { " %.*s\n", true },    { "\"%.*s\"", true },  { "'%.*s' ", true },
        { "%.*s==", true }, { "\t%.*s\r\n", true }, { "x%.*s", false },    { "%.*sA", false },
        { "%.*s.", false }, { "<%.*s>", false },    { "%.*s%%3D", false },
    };
    struct arena arena;
    arena_init(&arena);
    struct token_key key = key_of(1);
    str text = token_encode(&key, (token){ 3, 99, 7, 12 }, &arena);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t hole = (size_t)(strstr(rows[i].format, "%.*s") - rows[i].format);
        str wrapped = arena_printf(&arena, "%.*s%.*s%s", (int)hole, rows[i].format, STR_ARGS(text),
                                   rows[i].format + hole + 4);
        token out;
        cr_assert_eq(token_decode(&key, wrapped, &out), rows[i].good, "row %zu", i);
    }
    arena_close(&arena);
}

Test(engine_token, key_rotation)
{
    struct arena arena;
    arena_init(&arena);
    struct token_key old = key_of(1), other = key_of(2), rotated = key_of(2);
    memcpy(rotated.previous, old.current, sizeof rotated.previous);
    rotated.has_previous = true;
    str text = token_encode(&old, (token){ 0, 1, 0, 5 }, &arena);
    token out;
    cr_assert(!token_decode(&other, text, &out));
    cr_assert(token_decode(&rotated, text, &out));
    str fresh = token_encode(&rotated, (token){ 0, 1, 0, 5 }, &arena);
    cr_assert(token_decode(&other, fresh, &out));
    cr_assert(!token_decode(&old, fresh, &out));
    arena_close(&arena);
}
