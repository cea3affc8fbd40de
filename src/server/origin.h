/* Whether a request comes from a page of another site, in a browser; private to server/.
 *
 * Calls carry no credentials that are checked, and some of them are what a form, a link or an image
 * in any page can send: without this every page that somebody opens could use the server behind
 * their back. Programs send none of the headers that browsers add. */
#ifndef SERVER_ORIGIN_H
#define SERVER_ORIGIN_H

#include "http/http.h"

/* The links in notifications (ConfirmSubscription, Unsubscribe) are for people to follow, so they
 * are never foreign. */
bool origin_is_foreign(const struct http_request *request);

#endif
