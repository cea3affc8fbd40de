/* SNS, as the rest of the server sees it beside its table of operations (services/service.h). */
#ifndef SERVICES_SNS_SNS_H
#define SERVICES_SNS_SNS_H

#include "services/service.h"
#include "services/source.h"

/* The certificate that the signatures of messages are checked with, served at
 * GET /SimpleNotificationService-baton.pem: PEM, in the source's arena. False before the first
 * topic was made. */
bool sns_certificate(const struct source *source, str *pem);

#endif
