/* Between the files that answer at callback addresses. */
#ifndef CALLBACKS_WEB_PRIVATE_H
#define CALLBACKS_WEB_PRIVATE_H

#include "services/callbacks/address.h"
#include "services/callbacks/page.h"
#include "services/callbacks/web.h"

/* A request as `prepare` has read it, for the writer (request->prepared). */
struct web_call {
    struct address address;
    struct link link; /* ADDRESS_LINK: authentic */
    struct answer answer;
    str on_duplicate; /* of a PUT; empty: not given */
    token token;      /* of a PUT: authentic */
    bool wants_page;
    bool is_form;
};

/* ---- replies: each sets request->head and ->reply ---- */

/* {"error":NAME,"message":TEXT}, as JSON. Returns HANDLED_ALREADY. */
enum handled web_refuse(struct request *request, int status, const char *name, const char *message);
/* The page, with its headers. */
void web_reply_page(struct request *request, int status, const struct page_content *content);
/* Starts a reply of JSON; the caller writes the body to request->reply. */
void web_reply_json(struct request *request, int status);
/* The verdict as JSON. */
void web_reply_verdict(struct request *request, const struct verdict *verdict);

/* ---- reading ---- */

/* Reads the address and verifies the link. False: the request is answered (404, 410). */
MUST_CHECK bool web_read_link(const struct reader *reader, struct request *request,
                              struct web_call *call);
/* Reads the address and asks the name's verifier. False: the request is answered (401, 403, 404; or
 * the challenge of a verifier). */
MUST_CHECK bool web_read_key(const struct reader *reader, struct request *request,
                             struct web_call *call);
/* Reads what is said: path, headers, body. False: the request is answered (400, 403, 413, 415). */
MUST_CHECK bool web_read_answer(const struct reader *reader, struct request *request,
                                struct web_call *call);

/* ---- what a wait looks like ---- */

/* The page's kind and the status for it. */
int web_page_of(const struct source *source, const struct link *link, const struct wait_view *wait,
                str identity, struct page_content *out);

extern const struct operation web_answer_link, web_answer_key, web_bind_key;

#endif
