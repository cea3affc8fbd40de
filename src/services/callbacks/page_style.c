/* The pages' one style sheet, and the headers that pages are sent with. */
#include <openssl/evp.h>

#include "services/callbacks/page_private.h"

/* Contrasts are 4.5:1 or more in both schemes, and a target for a finger is at least 48 px high. */
static const char style[] =
    ":root{color-scheme:light dark;--back:#eef1f5;--card:#fff;--ink:#15191e;--dim:#525c69;"
    "--line:#d5dbe3;--field:#fff;--edge:#7a8594;--yes:#0a6b3c;--yes-ink:#fff;--no:#a3242b;"
    "--focus:#1257d6;--warn:#fff4e0;--warn-ink:#6b3f00}"
    "@media(prefers-color-scheme:dark){:root{--back:#0f1317;--card:#191f26;--ink:#edf1f5;"
    "--dim:#a9b4c2;--line:#323c48;--field:#11161b;--edge:#7f8b9a;--yes:#1f7d4d;--yes-ink:#fff;"
    "--no:#ff9a97;--focus:#7fb0ff;--warn:#3a2a0c;--warn-ink:#ffd894}}"
    "*{box-sizing:border-box}"
    "body{margin:0;background:var(--back);color:var(--ink);"
    "font:1rem/1.5 system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif}"
    "main{max-width:38rem;margin:0 auto;padding:1rem}"
    "article{background:var(--card);border:1px solid var(--line);border-radius:14px;"
    "padding:1.5rem;margin:1rem 0;box-shadow:0 1px 2px #0001,0 8px 24px #0000000d}"
    "h1{font-size:1.5rem;line-height:1.25;margin:0 0 .5rem;overflow-wrap:anywhere}"
    "h2{font-size:1.125rem;margin:1.5rem 0 0}"
    "p{margin:.5rem 0;overflow-wrap:anywhere}"
    ".dim,footer{color:var(--dim);font-size:.9375rem}"
    "footer{text-align:center}"
    "dl{margin:1.25rem 0;border-top:1px solid var(--line)}"
    "dl div{display:grid;grid-template-columns:minmax(7rem,1fr) 2fr;gap:.25rem 1rem;"
    "padding:.625rem 0;border-bottom:1px solid var(--line)}"
    "dt{color:var(--dim);overflow-wrap:anywhere}"
    "dd{margin:0;overflow-wrap:anywhere;white-space:pre-wrap;font-weight:500}"
    "@media(max-width:30rem){main{padding:.5rem}article{padding:1.125rem;margin:.5rem 0}"
    "dl div{grid-template-columns:1fr}}"
    "label{display:block;font-weight:600;margin:1rem 0 .25rem}"
    "label span{font-weight:400;color:var(--dim)}"
    "textarea,input{display:block;width:100%;font:inherit;color:inherit;background:var(--field);"
    "border:1px solid var(--edge);border-radius:8px;padding:.625rem .75rem}"
    "textarea{min-height:5rem;resize:vertical}"
    "input{min-height:3rem;letter-spacing:.06em}"
    ".buttons{display:flex;flex-wrap:wrap;gap:.75rem;margin-top:1.5rem}"
    "button{flex:1 1 9rem;min-height:3.25rem;padding:.5rem 1rem;font:inherit;font-weight:600;"
    "border-radius:10px;border:2px solid var(--yes);background:var(--yes);color:var(--yes-ink);"
    "cursor:pointer;overflow-wrap:anywhere}"
    "button.no{background:transparent;border-color:var(--no);color:var(--no)}"
    "button:hover{filter:brightness(1.08)}"
    "button[hidden]{display:none}"
    ":focus-visible{outline:3px solid var(--focus);outline-offset:2px}"
    ".problem{background:var(--warn);color:var(--warn-ink);border-radius:8px;"
    "padding:.75rem 1rem;margin:1rem 0;font-weight:600}"
    "@media print{.buttons,textarea,input,label{display:none}}";

void page_add_style(struct buf *out)
{
    buf_add(out, STR("<style>"));
    buf_add(out, (str){ style, sizeof style - 1 });
    buf_add(out, STR("</style>"));
}

str page_headers(struct arena *arena)
{
    unsigned char digest[EVP_MAX_MD_SIZE], text[EVP_ENCODE_LENGTH(EVP_MAX_MD_SIZE)];
    unsigned bytes;
    if (EVP_Digest(style, sizeof style - 1, digest, &bytes, EVP_sha256(), NULL) != 1)
        fatal("no SHA-256");
    int chars = EVP_EncodeBlock(text, digest, (int)bytes);
    return arena_printf(arena,
                        "Cache-Control: no-store\r\n"
                        "Content-Security-Policy: default-src 'none'; style-src 'sha256-%.*s'; "
                        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'\r\n"
                        "Referrer-Policy: no-referrer\r\n"
                        "X-Content-Type-Options: nosniff\r\n"
                        "X-Frame-Options: DENY\r\n"
                        "X-Robots-Tag: noindex, nofollow, noarchive\r\n"
                        "Vary: Accept\r\n",
                        chars, (const char *)text);
}
