/* The parts of `baton serve --config FILE` that are about callbacks. */
#ifndef SERVICES_CALLBACKS_CONFIGURE_H
#define SERVICES_CALLBACKS_CONFIGURE_H

#include "shard/shard.h"

/* Puts the routes and the settings of callback names, in one transaction, and waits until they are
 * durable; `config` is {"routes": {NAME: settings}, "callbacks": {NAME: settings}}, both of which
 * may be missing. Routes that an earlier file has put and this one does not have are removed.
 * False: nothing has changed, err says which entry is wrong. After shard_start; not on the
 * writer. */
MUST_CHECK bool callbacks_configure(struct shard *shard, json config, struct error *err);

/* What it submits. */
extern const struct operation callbacks_apply_configuration;

#endif
