/* The pages that people see behind a link: HTML without a script, for any browser from a phone's
 * upwards. A page shows what asks, the fields that the state has chosen to show, since when and
 * until when, a button per outcome; afterwards, who decided what and when. Everything that comes
 * from a workflow or from a person is escaped. Showing a page never decides anything. */
#ifndef CALLBACKS_PAGE_H
#define CALLBACKS_PAGE_H

#include "services/callbacks/door.h"

/* What a page says. */
enum page_kind {
    PAGE_OPEN,     /* the question, with its buttons */
    PAGE_DECIDED,  /* who decided what and when */
    PAGE_RECORDED, /* this responder has answered; others are still asked */
    PAGE_KEPT,     /* an answer is there for the next attempt */
    PAGE_TIMED_OUT,
    PAGE_STOPPED,
    PAGE_CLOSED,
    PAGE_REVOKED,
    PAGE_EXPIRED,
    PAGE_LOCKED,      /* too many wrong codes */
    PAGE_NOT_YOURS,   /* the identity header that it needs is not there */
    PAGE_UNKNOWN,     /* no such link, or a forged one; nothing is said about anything */
    PAGE_BAD_REQUEST, /* what was sent cannot be read */
};

struct page_content {
    enum page_kind kind;
    const struct wait_view *wait; /* NULL: nothing is known or may be said */
    uint8_t outcome;              /* the link's: 0 any, else 1 + the index of the only button */
    const char *problem;          /* a sentence above the form: what was wrong; NULL: nothing */
    str comment;                  /* what has been typed already */
    str identity;                 /* who is asked, by the identity header; empty: unknown */
    json answer;                  /* PAGE_RECORDED: this responder's own; else null */
    int64_t now_ms;
};

/* Appends the whole page. */
void page_write(struct buf *out, struct arena *arena, const struct page_content *content);

/* Header lines that every page is sent with: never stored, never framed, never named to others, no
 * scripts, no style but its own. In the arena. */
str page_headers(struct arena *arena);

/* Appends text for HTML, inside an element or a quoted attribute. */
void page_escape(struct buf *out, str text);

/* "21 November 2026 at 16:35 UTC", in the arena, of an ISO 8601 text as timestamp_text makes them;
 * anything else stays as it is. */
str page_time(struct arena *arena, str iso);

/* "3 days", the largest unit that fits, in the arena; "less than a minute". */
str page_duration(struct arena *arena, int64_t ms);

#endif
