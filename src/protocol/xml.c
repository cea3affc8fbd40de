/* Writing XML; see xml.h. */
#include "protocol/xml.h"

static bool is_name_char(char c, bool is_first)
{
    if ((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_') return true;
    return !is_first && ((c >= '0' && c <= '9') || c == '-' || c == '.');
}

static void add_name(struct buf *out, str name)
{
    if (name.len == 0) buf_add_char(out, '_');
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        if (!is_name_char(c, i == 0)) c = '_';
        buf_add_char(out, c);
    }
}

void xml_open(struct buf *out, str name)
{
    buf_add_char(out, '<');
    add_name(out, name);
    buf_add_char(out, '>');
}

void xml_close(struct buf *out, str name)
{
    buf_add(out, STR("</"));
    add_name(out, name);
    buf_add_char(out, '>');
}

void xml_empty(struct buf *out, str name)
{
    buf_add_char(out, '<');
    add_name(out, name);
    buf_add(out, STR("/>"));
}

void xml_element(struct buf *out, str name, str text)
{
    xml_open(out, name);
    xml_text(out, text);
    xml_close(out, name);
}

/* What stands for the character that begins at `at`; empty: it stands for itself. *size is its
 * length in bytes. */
static str replacement(str text, size_t at, size_t *size)
{
    unsigned char c = (unsigned char)text.ptr[at];
    *size = 1;
    switch (c) {
    case '&': return STR("&amp;");
    case '<': return STR("&lt;");
    case '>': return STR("&gt;");
    case '"': return STR("&quot;");
    case '\r': return STR("&#xD;");
    case '\t':
    case '\n': return (str){ 0 };
    default: break;
    }
    if (c < ' ') return STR("\xEF\xBF\xBD");
    /* U+FFFE and U+FFFF are EF BF BE and EF BF BF. */
    if (c != 0xEF || str_at(text, at + 1) != '\xBF') return (str){ 0 };
    unsigned char last = (unsigned char)str_at(text, at + 2);
    if (last != 0xBE && last != 0xBF) return (str){ 0 };
    *size = 3;
    return STR("\xEF\xBF\xBD");
}

void xml_text(struct buf *out, str text)
{
    size_t plain = 0;
    for (size_t at = 0, size; at < text.len; at += size) {
        str instead = replacement(text, at, &size);
        if (str_is_empty(instead)) continue;
        buf_add(out, str_slice(text, plain, at));
        buf_add(out, instead);
        plain = at + size;
    }
    buf_add(out, str_skip(text, plain));
}
