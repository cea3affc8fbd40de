/* Whoever has a task token or a callback link can answer. Neither belongs into the cause of a
 * failure, which goes into histories, logs and mails. AWS shows its tokens there. */
#include "engine/internal.h"
#include "engine/link.h"
#include "engine/token.h"

enum { SHOWN_CHARS = 6, SECRET_CHARS_MIN = 44 };

/* Of what both are written in. */
static bool is_part(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
}

/* Only what is really ours: any other text of this form stays. */
static bool is_secret(const struct turn *turn, str word)
{
    token task;
    struct link link;
    if (word.len < SECRET_CHARS_MIN || word.len > LINK_CHARS_MAX) return false;
    return token_decode(turn->engine->token_key, word, &task) ||
           link_decode(turn->engine->link_keys, word, &link) != LINK_FORGED;
}

str secrets_hidden(struct turn *turn, str text)
{
    struct buf out;
    size_t copied = 0;
    buf_init(&out, turn->arena);
    for (size_t i = 0; i < text.len; i++) {
        size_t begin = i;
        while (i < text.len && is_part(text.ptr[i]))
            i++;
        if (!is_secret(turn, str_slice(text, begin, i))) continue;
        buf_add(&out, str_slice(text, copied, begin + SHOWN_CHARS));
        buf_add(&out, STR("..."));
        copied = i;
    }
    if (copied == 0) return text;
    buf_add(&out, str_skip(text, copied));
    return buf_str(&out);
}
