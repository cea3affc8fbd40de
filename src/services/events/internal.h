/* Private to services/events/: what the parts of EventBridge share.
 *
 *   events.c       the table of operations
 *   shapes.c       the fields of every operation, from the service model
 *   names.c        names, ARNs, pages, errors
 *   buses.c rules.c targets.c   what is stored of them
 *   put.c          PutEvents: which rules an event matches
 *   transform.c    what a target gets of an event
 *   deliver.c      to queues, topics, functions, state machines and other buses
 *   connections.c  how http:invoke authorises itself; and tags
 *
 * A rule is one record with its pattern and its targets, so that an event costs one walk over the
 * rules of its bus. Deliveries to queues, topics and state machines happen in the transaction of
 * PutEvents; functions are stored effects. */
#ifndef SERVICES_EVENTS_INTERNAL_H
#define SERVICES_EVENTS_INTERNAL_H

#include "services/events/events.h"
#include "services/events/shapes.h"
#include "services/service.h"
#include "services/source.h"

#define DEFAULT_BUS "default"

/* ---- names.c ---- */

/* The bus that a name or an ARN stands for; empty: the default one. Not checked to exist. */
str bus_name(json params, str field);
bool bus_exists(const struct source *source, str bus);
/* ERROR_EVENTS_RESOURCE_NOT_FOUND unless the bus exists. */
MUST_CHECK bool bus_expect(const struct source *source, str bus, struct error *err);
str bus_arn(const struct source *source, str bus);
str rule_arn(const struct source *source, str bus, str rule);
/* Letters, digits, '.', '-', '_' and, for buses, '/'. ERROR_VALIDATION. */
MUST_CHECK bool event_name_check(str name, const char *field, bool slash_allowed,
                                 struct error *err);

/* ERROR_EVENTS_LIMIT_EXCEEDED if the range of all keys that begin so holds `max` records. */
MUST_CHECK bool room_expect(const struct source *source, const struct key *from, size_t max,
                            struct error *err);

/* A list by name: NamePrefix, Limit, NextToken. The walk begins where the page does. */
struct listing {
    const struct source *source;
    str scope, prefix;
    size_t limit, count;
    struct store_cursor *cursor;
    str last; /* name of the entry shown last */
};
/* `from` begins the range of all entries; the last field of their keys is the name. */
MUST_CHECK bool listing_begin(const struct source *source, json params, str scope, struct key *from,
                              struct listing *out, struct error *err);
/* The next entry; false at the end of the page. */
bool listing_next(struct listing *listing, str *name, json *record);
/* Adds NextToken if there is more, and closes the walk. */
void listing_end(struct listing *listing, struct buf *out);

/* ---- rules.c ---- */

MUST_CHECK bool rule_find(const struct source *source, str bus, str name, json *out);
/* ERROR_EVENTS_RESOURCE_NOT_FOUND if there is none. */
MUST_CHECK bool rule_expect(const struct source *source, str bus, str name, json *out,
                            struct error *err);
void rule_put(struct txn *txn, str bus, str name, json record);
/* A copy of an object with one field set, or left out if `value` is NULL. */
json object_with(struct arena *arena, json object, str field, const json *value);

/* ---- transform.c ---- */

/* What a target gets of an event: the event as it is, Input, InputPath or InputTransformer, as
 * text.
 */
str target_input(struct arena *arena, json target, json event, str rule_arn, str rule_name);
/* Checks InputPath and InputTransformer. ERROR_VALIDATION. */
MUST_CHECK bool target_check_input(struct arena *arena, json target, struct error *err);

/* ---- deliver.c ---- */

/* Gives the event to a target; a failure goes to its dead-letter queue. */
void deliver(struct txn *txn, json target, json event, str bus, str rule, int depth);
/* The ARN is one that events can be delivered to. */
bool target_is_served(str arn);

/* ---- put.c ---- */

/* Gives an event to the rules of a bus. */
void put_on_bus(struct txn *txn, str bus, json event, int depth);

/* ---- handlers ---- */

enum handled events_create_event_bus(struct txn *, struct request *, struct error *);
enum handled events_delete_event_bus(struct txn *, struct request *, struct error *);
enum handled events_describe_event_bus(const struct reader *, struct request *, struct error *);
enum handled events_list_event_buses(const struct reader *, struct request *, struct error *);
enum handled events_put_rule(struct txn *, struct request *, struct error *);
enum handled events_describe_rule(const struct reader *, struct request *, struct error *);
enum handled events_delete_rule(struct txn *, struct request *, struct error *);
enum handled events_list_rules(const struct reader *, struct request *, struct error *);
enum handled events_enable_rule(struct txn *, struct request *, struct error *);
enum handled events_disable_rule(struct txn *, struct request *, struct error *);
enum handled events_test_event_pattern(const struct reader *, struct request *, struct error *);
enum handled events_put_targets(struct txn *, struct request *, struct error *);
enum handled events_remove_targets(struct txn *, struct request *, struct error *);
enum handled events_list_targets_by_rule(const struct reader *, struct request *, struct error *);
enum handled events_list_rule_names_by_target(const struct reader *, struct request *,
                                              struct error *);
enum handled events_put_events(struct txn *, struct request *, struct error *);
enum handled events_tag_resource(struct txn *, struct request *, struct error *);
enum handled events_untag_resource(struct txn *, struct request *, struct error *);
enum handled events_list_tags_for_resource(const struct reader *, struct request *, struct error *);
enum handled events_create_connection(struct txn *, struct request *, struct error *);
enum handled events_update_connection(struct txn *, struct request *, struct error *);
enum handled events_describe_connection(const struct reader *, struct request *, struct error *);
enum handled events_delete_connection(struct txn *, struct request *, struct error *);
enum handled events_deauthorize_connection(struct txn *, struct request *, struct error *);
enum handled events_list_connections(const struct reader *, struct request *, struct error *);

#endif
