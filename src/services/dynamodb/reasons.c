/* The reasons of a TransactionCanceledException; see reasons.h. */
#include "services/dynamodb/reasons.h"

#include "json/json.h"

void reasons_init(struct reasons *reasons, struct arena *arena)
{
    *reasons = (struct reasons){ .arena = arena };
    buf_init(&reasons->codes, arena);
    buf_init(&reasons->list, arena);
}

static void begin(struct reasons *reasons, str code)
{
    if (reasons->codes.len > 0) {
        buf_add(&reasons->codes, STR(", "));
        buf_add_char(&reasons->list, ',');
    }
    buf_add(&reasons->codes, code);
    buf_add(&reasons->list, STR("{\"Code\":"));
    json_write_str(&reasons->list, code);
}

void reasons_add_none(struct reasons *reasons)
{
    begin(reasons, STR("None"));
    buf_add_char(&reasons->list, '}');
}

void reasons_add(struct reasons *reasons, const struct error *fault)
{
    bool condition = fault->code == ERROR_DYNAMODB_CONDITIONAL_CHECK_FAILED;
    reasons->cancelled = true;
    begin(reasons, condition ? STR("ConditionalCheckFailed") : STR("ValidationError"));
    buf_add(&reasons->list, fault->details);
    buf_add(&reasons->list, STR(",\"Message\":"));
    json_write_str(&reasons->list, error_text(fault));
    buf_add_char(&reasons->list, '}');
}

bool reasons_finish(const struct reasons *reasons, struct error *err)
{
    struct buf details;
    if (!reasons->cancelled) return true;
    error_set_long(err, reasons->arena, ERROR_DYNAMODB_TRANSACTION_CANCELED,
                   "Transaction cancelled, please refer cancellation reasons for specific reasons "
                   "[%.*s]",
                   STR_ARGS(buf_str(&reasons->codes)));
    buf_init(&details, reasons->arena);
    buf_add(&details, STR(",\"CancellationReasons\":["));
    buf_add(&details, buf_str(&reasons->list));
    buf_add_char(&details, ']');
    err->details = buf_str(&details);
    return false;
}
