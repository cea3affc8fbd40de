/* Page tokens: they come back as they went, and no other text passes for one. */
#include <criterion/criterion.h>

#include "services/states/support_test.h"

static struct source source_of(struct api *api)
{
    return (struct source){ .shard = api->shard, .arena = &api->arena };
}

static bool is_refused(struct api *api, str scope, str text)
{
    struct source source = source_of(api);
    struct error err = { 0 };
    str position;
    if (page_token_decode(&source, scope, text, &position, &err)) return false;
    cr_expect_eq(err.code, ERROR_INVALID_TOKEN);
    cr_expect(str_eq(error_text(&err), STR("Invalid Token: 'Invalid token'")));
    return true;
}

Test(page, token_brings_the_position_back)
{
    static const char *const positions[] = { "", "1", "25000", "a name", "\xFF\x01 bytes" };
    struct api api;
    api_open(&api);
    for (size_t i = 0; i < sizeof positions / sizeof *positions; i++) {
        struct source source = source_of(&api);
        struct error err = { 0 };
        str back, text = page_token_encode(&source, STR("List x"), str_from(positions[i]));
        api_reopen(&api); /* tokens survive a restart */
        source = source_of(&api);
        cr_assert(page_token_decode(&source, STR("List x"), text, &back, &err));
        cr_expect(str_eq(back, str_from(positions[i])));
    }
    api_close(&api);
}

Test(page, token_is_refused_when_anything_is_changed)
{
    struct api api;
    api_open(&api);
    struct source source = source_of(&api);
    str text = page_token_encode(&source, STR("List x"), STR("12345"));
    for (size_t i = 0; i < text.len; i++) {
        char *copy = arena_alloc(&api.arena, text.len);
        memcpy(copy, text.ptr, text.len);
        copy[i] = copy[i] == 'A' ? 'B' : 'A';
        cr_expect(is_refused(&api, STR("List x"), (str){ copy, text.len }), "at %zu", i);
        cr_expect(is_refused(&api, STR("List x"), str_slice(text, 0, i)), "cut at %zu", i);
    }
    cr_expect(is_refused(&api, STR("List y"), text));
    cr_expect(is_refused(&api, STR("List "), text));
    cr_expect(is_refused(&api, STR("List x"), STR("InvalidToken")));
    cr_expect(is_refused(&api, STR("List x"), STR("no base64 at all!")));
    api_close(&api);
}

Test(page, no_task_token_is_a_page_token)
{
    struct api api;
    api_open(&api);
    token task = { .serial = 1, .task_event = 3 };
    str text = token_encode(shard_token_key(api.shard), task, &api.arena);
    cr_expect(is_refused(&api, STR("List x"), text));
    api_close(&api);
}
