/* The fields of the operations on waits, links, mailboxes and names. */
#include "services/callbacks/operations.h"

#define FIELDS(array) .fields = (array), .field_count = sizeof(array) / sizeof *(array)

static const struct shape_field filter_fields[] = {
    { .name = STR_INIT("stateMachineArn"), .kind = SHAPE_STRING, .min = 1, .max = 256 },
    { .name = STR_INIT("stateName"), .kind = SHAPE_STRING, .min = 1, .max = 80 },
    { .name = STR_INIT("name"), .kind = SHAPE_STRING, .min = 1, .max = CALLBACK_NAME_CHARS_MAX },
    { .name = STR_INIT("keyPrefix"), .kind = SHAPE_STRING, .max = CALLBACK_KEY_BYTES_MAX },
    { .name = STR_INIT("olderThanSeconds"), .kind = SHAPE_INTEGER, .max = CALLBACK_SECONDS_MAX },
};
static const struct shape filter = { FIELDS(filter_fields), .name = "WaitFilter" };

/* What names one wait or many; every operation on waits begins with them. */
#define WAIT_FIELDS                                                                                \
    { .name = STR_INIT("taskToken"), .kind = SHAPE_STRING, .min = 1, .max = 1024 },                \
        { .name = STR_INIT("name"),                                                                \
          .kind = SHAPE_STRING,                                                                    \
          .min = 1,                                                                                \
          .max = CALLBACK_NAME_CHARS_MAX },                                                        \
        { .name = STR_INIT("key"),                                                                 \
          .kind = SHAPE_STRING,                                                                    \
          .min = 1,                                                                                \
          .max = CALLBACK_KEY_BYTES_MAX },                                                         \
    {                                                                                              \
        .name = STR_INIT("link"), .kind = SHAPE_STRING, .min = 1, .max = 2048                      \
    }
#define CHANGE_FIELDS                                                                              \
    WAIT_FIELDS, { .name = STR_INIT("filter"), .kind = SHAPE_STRUCTURE, .shape = &filter },        \
        { .name = STR_INIT("all"), .kind = SHAPE_BOOLEAN },                                        \
        { .name = STR_INIT("dryRun"), .kind = SHAPE_BOOLEAN },                                     \
    {                                                                                              \
        .name = STR_INIT("nextToken"), .kind = SHAPE_STRING, .min = 1, .max = 1024                 \
    }

static const struct shape_field list_waits_fields[] = {
    { .name = STR_INIT("filter"), .kind = SHAPE_STRUCTURE, .shape = &filter },
    { .name = STR_INIT("maxResults"), .kind = SHAPE_INTEGER, .max = STATES_PAGE_RESULTS_MAX },
    { .name = STR_INIT("nextToken"), .kind = SHAPE_STRING, .min = 1, .max = 1024 },
};
const struct shape shape_list_waits = { FIELDS(list_waits_fields), .name = "ListWaitsInput" };

static const struct shape_field describe_wait_fields[] = { WAIT_FIELDS };
const struct shape shape_describe_wait = { FIELDS(describe_wait_fields),
                                           .name = "DescribeWaitInput" };

static const struct shape_field complete_waits_fields[] = {
    CHANGE_FIELDS,
    { .name = STR_INIT("output"), .kind = SHAPE_STRING, .sensitive = true },
    { .name = STR_INIT("outcome"),
      .kind = SHAPE_STRING,
      .min = 1,
      .max = CALLBACK_OUTCOME_CHARS_MAX },
    { .name = STR_INIT("comment"), .kind = SHAPE_STRING, .max = CALLBACK_COMMENT_BYTES_MAX },
};
const struct shape shape_complete_waits = { FIELDS(complete_waits_fields),
                                            .name = "CompleteWaitsInput" };

static const struct shape_field fail_waits_fields[] = {
    CHANGE_FIELDS,
    { .name = STR_INIT("error"), .kind = SHAPE_STRING, .max = 256, .sensitive = true },
    { .name = STR_INIT("cause"), .kind = SHAPE_STRING, .max = 32768, .sensitive = true },
};
const struct shape shape_fail_waits = { FIELDS(fail_waits_fields), .name = "FailWaitsInput" };

static const struct shape_field change_waits_fields[] = { CHANGE_FIELDS };
const struct shape shape_change_waits = { FIELDS(change_waits_fields), .name = "ChangeWaitsInput" };

static const struct shape_field extend_waits_fields[] = {
    CHANGE_FIELDS,
    { .name = STR_INIT("seconds"),
      .kind = SHAPE_INTEGER,
      .required = true,
      .min = 1,
      .max = CALLBACK_SECONDS_MAX },
};
const struct shape shape_extend_waits = { FIELDS(extend_waits_fields), .name = "ExtendWaitsInput" };

static const struct shape_field revoke_links_fields[] = {
    CHANGE_FIELDS,
    { .name = STR_INIT("outcome"),
      .kind = SHAPE_STRING,
      .min = 1,
      .max = CALLBACK_OUTCOME_CHARS_MAX },
    { .name = STR_INIT("responder"),
      .kind = SHAPE_STRING,
      .min = 1,
      .max = CALLBACK_RESPONDER_CHARS_MAX },
};
const struct shape shape_revoke_links = { FIELDS(revoke_links_fields), .name = "RevokeLinksInput" };

const struct shape shape_no_callback_input = { .name = "NoInput" };

static const struct shape_field retire_link_key_fields[] = {
    { .name = STR_INIT("keyId"),
      .kind = SHAPE_INTEGER,
      .required = true,
      .max = LINK_KEYS_MAX - 1 },
};
const struct shape shape_retire_link_key = { FIELDS(retire_link_key_fields),
                                             .name = "RetireLinkKeyInput" };

/* ---- mailboxes ---- */

#define NAME_FIELD(must)                                                                           \
    {                                                                                              \
        .name = STR_INIT("name"), .kind = SHAPE_STRING, .required = (must), .min = 1,              \
        .max = CALLBACK_NAME_CHARS_MAX                                                             \
    }
#define KEY_FIELD(member, must)                                                                    \
    {                                                                                              \
        .name = STR_INIT(member), .kind = SHAPE_STRING, .required = (must), .min = 1,              \
        .max = CALLBACK_KEY_BYTES_MAX                                                              \
    }
#define ORDER_FIELD                                                                                \
    {                                                                                              \
        .name = STR_INIT("order"), .kind = SHAPE_STRING, .min = 1, .max = 20                       \
    }

static const struct shape_field list_mailbox_fields[] = {
    NAME_FIELD(false),
    { .name = STR_INIT("keyPrefix"), .kind = SHAPE_STRING, .max = CALLBACK_KEY_BYTES_MAX },
    { .name = STR_INIT("maxResults"), .kind = SHAPE_INTEGER, .max = STATES_PAGE_RESULTS_MAX },
    { .name = STR_INIT("nextToken"), .kind = SHAPE_STRING, .min = 1, .max = 2048 },
};
const struct shape shape_list_mailbox = { FIELDS(list_mailbox_fields), .name = "ListMailboxInput" };

static const struct shape_field mailbox_entry_fields[] = {
    NAME_FIELD(true),
    KEY_FIELD("key", true),
    ORDER_FIELD,
    { .name = STR_INIT("dryRun"), .kind = SHAPE_BOOLEAN },
};
const struct shape shape_mailbox_entry = { FIELDS(mailbox_entry_fields),
                                           .name = "MailboxEntryInput" };

static const struct shape_field rekey_mailbox_fields[] = {
    NAME_FIELD(true),
    KEY_FIELD("key", true),
    ORDER_FIELD,
    KEY_FIELD("newKey", true),
    { .name = STR_INIT("dryRun"), .kind = SHAPE_BOOLEAN },
};
const struct shape shape_rekey_mailbox = { FIELDS(rekey_mailbox_fields),
                                           .name = "RekeyMailboxInput" };

static const struct shape_field drop_mailbox_fields[] = {
    NAME_FIELD(true),
    KEY_FIELD("key", false),
    ORDER_FIELD,
    { .name = STR_INIT("keyPrefix"), .kind = SHAPE_STRING, .max = CALLBACK_KEY_BYTES_MAX },
    { .name = STR_INIT("dryRun"), .kind = SHAPE_BOOLEAN },
};
const struct shape shape_drop_mailbox = { FIELDS(drop_mailbox_fields), .name = "DropMailboxInput" };

/* ---- names ---- */

static const struct shape_field put_callback_name_fields[] = {
    NAME_FIELD(true),
    { .name = STR_INIT("mailboxTtlSeconds"),
      .kind = SHAPE_INTEGER,
      .max = CALLBACK_MAILBOX_TTL_S_MAX },
    { .name = STR_INIT("mailboxEntriesMax"),
      .kind = SHAPE_INTEGER,
      .min = 1,
      .max = CALLBACK_MAILBOX_ENTRIES_MAX },
    { .name = STR_INIT("mailboxBytesMax"), .kind = SHAPE_INTEGER, .min = 1, .max = INT64_MAX },
    { .name = STR_INIT("verifier"), .kind = SHAPE_ANY },
};
const struct shape shape_put_callback_name = { FIELDS(put_callback_name_fields),
                                               .name = "PutCallbackNameInput" };

static const struct shape_field callback_name_fields[] = { NAME_FIELD(true) };
const struct shape shape_callback_name = { FIELDS(callback_name_fields),
                                           .name = "CallbackNameInput" };

static const struct shape_field list_callback_names_fields[] = {
    { .name = STR_INIT("maxResults"), .kind = SHAPE_INTEGER, .max = STATES_PAGE_RESULTS_MAX },
    { .name = STR_INIT("nextToken"), .kind = SHAPE_STRING, .min = 1, .max = 1024 },
};
const struct shape shape_list_callback_names = { FIELDS(list_callback_names_fields),
                                                 .name = "ListCallbackNamesInput" };
