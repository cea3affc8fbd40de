/* What must hold of callbacks, by what the API's histories and the mailbox show: each answer counts
 * at most once; what was accepted has counted; what was refused has not; what was kept has counted,
 * or is kept, or its time is over; one key has one waiter; and nobody waits beside what is kept for
 * him. */
#include "doors.h"

#include "services/callbacks/door.h"

struct book {
    struct world *world;
    struct arena *arena;
    uint32_t run;
    uint32_t life;
    size_t approvals, rejections; /* in the answers of a quorum that has decided */
    bool decided;
};

/* The number in `n=12`, or SIZE_MAX. */
static size_t number_in_text(str text)
{
    size_t at = str_find(text, STR("n="), 0) + 2, end = at;
    int64_t value;
    while (end < text.len && text.ptr[end] >= '0' && text.ptr[end] <= '9')
        end++;
    return at < end && str_to_i64(str_slice(text, at, end), &value) ? (size_t)value : SIZE_MAX;
}

static void count(struct book *book, size_t number, bool success)
{
    struct doors *doors = book->world->doors;
    if (number >= doors->said_count)
        world_fail(book->world, "d-%u: an answer that nobody gave", book->run);
    struct said *said = &doors->said[number];
    const struct door_run *run = &doors->runs[book->run];
    bool meant = said->door == BY_KEY ? said->key == run->key && said->named == run->machine
                                      : said->run == book->run;
    if (!meant) world_fail(book->world, "d-%u: answer %zu was for another", book->run, number);
    if (said->success != success)
        world_fail(book->world, "d-%u: answer %zu counted as its opposite", book->run, number);
    if (++said->counted > 1)
        world_fail(book->world, "d-%u: answer %zu counted twice", book->run, number);
}

/* {"outcome","answers":[{"responder","outcome","output":{"n"}}]} */
static void count_votes(struct book *book, json decision, bool success)
{
    const json *votes = json_find(decision, STR("answers"));
    uint32_t voters = 0;
    book->decided = true;
    for (size_t i = 0; votes && i < json_count(*votes); i++) {
        json vote = json_at(*votes, i);
        bool approves = str_eq(json_str_or(vote, STR("outcome"), STR("")), STR("approve"));
        const json *output = json_find(vote, STR("output"));
        size_t number = output ? (size_t)json_i64_or(*output, STR("n"), -1) : SIZE_MAX;
        count(book, number, approves);
        uint32_t responder = book->world->doors->said[number].responder;
        if (voters & 1u << responder)
            world_fail(book->world, "d-%u: responder %u has voted twice", book->run, responder);
        voters |= 1u << responder;
        book->approvals += approves;
        book->rejections += !approves;
    }
    if (success != (book->approvals == DOOR_APPROVALS) || success == (book->rejections == 2))
        world_fail(book->world, "d-%u: %zu approvals and %zu rejections %s", book->run,
                   book->approvals, book->rejections, success ? "succeed" : "fail");
}

static void look_at_answer(struct book *book, json details, bool success)
{
    json value;
    struct error err;
    str text = json_str_or(details, success ? STR("output") : STR("cause"), STR(""));
    if (str_starts_with(json_str_or(details, STR("error"), STR("")), STR("Callback."))) return;
    bool parsed = json_parse(text, book->arena, &value, &err);
    book->approvals = book->rejections = 0;
    if (parsed && json_find(value, STR("answers")))
        count_votes(book, value, success);
    else if (parsed && success)
        count(book, (size_t)json_i64_or(value, STR("n"), -1), true);
    else
        count(book, number_in_text(text), success);
}

static json details_of(json event)
{
    for (size_t i = 0; i < json_count(event); i++)
        if (str_ends_with(json_key_at(event, i), STR("EventDetails")))
            return json_value_at(event, i);
    return (json){ .kind = JSON_OBJECT };
}

static int64_t time_of(json event)
{
    const json *at = json_find(event, STR("timestamp"));
    return at ? (int64_t)(json_number(*at) * 1000 + 0.5) : 0;
}

/* When it waited or was about to try again, and who has kept it from waiting. */
static void look_at_wait(struct book *book, json event, str type)
{
    struct door_run *run = &book->world->doors->runs[book->run];
    str cause = json_str_or(details_of(event), STR("cause"), STR(""));
    size_t at = str_find(cause, STR(":d-"), 0);
    int64_t holder;
    if (str_eq(type, STR("TaskScheduled"))) {
        if (run->attempts == DOOR_ATTEMPTS_MAX) world_fail(book->world, "too many attempts");
        if (run->attempts > 0 && run->close_ms[run->attempts - 1] == INT64_MAX)
            run->close_ms[run->attempts - 1] = time_of(event);
        run->close_ms[run->attempts] = INT64_MAX;
        run->open_ms[run->attempts++] = time_of(event);
    }
    /* A task that fails and is tried again keeps its key. */
    bool over = str_eq(type, STR("TaskSucceeded")) || str_eq(type, STR("ExecutionFailed")) ||
                str_eq(type, STR("ExecutionTimedOut")) || str_eq(type, STR("ExecutionAborted"));
    if (over && run->attempts > 0 && run->close_ms[run->attempts - 1] == INT64_MAX)
        run->close_ms[run->attempts - 1] = time_of(event);
    if (!str_eq(type, STR("TaskFailed")) ||
        !str_eq(json_str_or(details_of(event), STR("error"), STR("")), STR("Callback.KeyTaken")))
        return;
    str rest = str_skip(cause, at + 3);
    if (!str_to_i64(str_slice(rest, 0, str_find_char(rest, ',', 0)), &holder))
        world_fail(book->world, "d-%u: nobody holds its key: %.*s", book->run, STR_ARGS(cause));
    run->holder = (uint32_t)holder;
    run->taken_ms = time_of(event);
}

/* Who holds a key waits at that time. */
static void check_holder(struct world *world, uint32_t number)
{
    const struct door_run *run = &world->doors->runs[number];
    if (!run->exists || run->holder == UINT32_MAX) return;
    const struct door_run *holder = &world->doors->runs[run->holder];
    for (size_t i = 0; i < holder->attempts; i++)
        if (holder->open_ms[i] <= run->taken_ms && run->taken_ms <= holder->close_ms[i]) return;
    world_fail(world, "d-%u: d-%u held its key and did not wait", number, run->holder);
}

static void look_at_event(struct book *book, json event)
{
    str type = json_str_or(event, STR("type"), STR(""));
    look_at_wait(book, event, type);
    if (str_eq(type, STR("ExecutionRedriven"))) book->life++;
    if (str_eq(type, STR("TaskSucceeded"))) look_at_answer(book, details_of(event), true);
    if (str_eq(type, STR("TaskFailed"))) look_at_answer(book, details_of(event), false);
}

/* All votes that were acknowledged are among those that have decided. */
static void check_votes(struct book *book)
{
    const struct doors *doors = book->world->doors;
    for (size_t i = 0; i < doors->said_count; i++) {
        const struct said *said = &doors->said[i];
        bool told = said->recorded + said->accepted > 0;
        if (said->run == book->run && said->responder && told && book->decided &&
            said->counted != 1)
            world_fail(book->world, "d-%u: vote %zu was recorded and is not there", book->run, i);
    }
}

static void check_hooks(struct book *book, str status)
{
    const struct door_run *run = &book->world->doors->runs[book->run];
    if (run->machine != DOOR_QUORUM || run->life > 0) return;
    if (str_eq(status, STR("SUCCEEDED")) && run->undos > 0)
        world_fail(book->world, "d-%u has succeeded, and its undo hook was called", book->run);
    if (!str_eq(status, STR("SUCCEEDED")) && !run->running && run->undos == 0)
        world_fail(book->world, "d-%u has failed, and its undo hook was not called", book->run);
}

static void look_at_run(struct world *world, struct arena *arena, uint32_t number)
{
    struct door_run *run = &world->doors->runs[number];
    struct book book = { .world = world, .arena = arena, .run = number };
    json found, page;
    str error;
    str params = arena_printf(arena, "{\"executionArn\":\"%.*s\",\"maxResults\":1000}",
                              STR_ARGS(door_run_arn(world, arena, number)));
    run->exists = world_ask(world, arena, "GetExecutionHistory", params, &page, &error);
    if (!run->exists && run->acknowledged)
        world_fail(world, "d-%u was acknowledged and is gone", number);
    if (!run->exists) return;
    const json *events = json_find(page, STR("events"));
    run->attempts = 0;
    run->holder = UINT32_MAX;
    for (size_t i = 0; i < json_count(*events); i++)
        look_at_event(&book, json_at(*events, i));
    run->life = book.life;
    params = arena_printf(arena, "{\"executionArn\":\"%.*s\"}",
                          STR_ARGS(door_run_arn(world, arena, number)));
    if (!world_ask(world, arena, "DescribeExecution", params, &found, &error))
        world_fail(world, "d-%u: %.*s", number, STR_ARGS(error));
    str status = json_str_or(found, STR("status"), STR(""));
    run->running = str_eq(status, STR("RUNNING"));
    if (run->machine == DOOR_QUORUM && run->life == 0) check_votes(&book);
    check_hooks(&book, status);
}

/* ---- waits and the mailbox ---- */

static void look_at_waits(struct world *world, struct arena *arena)
{
    struct doors *doors = world->doors;
    size_t waiters[DOOR_KEYS] = { 0 };
    json page;
    str error;
    if (!world_ask(world, arena, "ListWaitingTasks", STR("{\"maxResults\":1000}"), &page, &error))
        world_fail(world, "ListWaitingTasks: %.*s", STR_ARGS(error));
    const json *tasks = json_find(page, STR("waitingTasks"));
    for (size_t i = 0; i < doors->run_count; i++)
        doors->runs[i].waiting = false;
    for (size_t i = 0; tasks && i < json_count(*tasks); i++) {
        str arn = json_str_or(json_at(*tasks, i), STR("executionArn"), STR(""));
        const json *since = json_find(json_at(*tasks, i), STR("since"));
        int64_t number;
        if (!str_to_i64(str_skip(arn, str_find(arn, STR(":d-"), 0) + 3), &number))
            world_fail(world, "a foreign task waits");
        struct door_run *run = &doors->runs[number];
        run->waiting = true;
        if (run->machine == DOOR_ONE && ++waiters[run->key] > 1)
            world_fail(world, "two wait for the key k%u", run->key);
        int64_t since_ms = since ? (int64_t)(json_number(*since) * 1000) : 0;
        bool due = run->machine == DOOR_ONE && since_ms + DOOR_REMIND_MS < world->now_ms;
        if (due && run->reminders == 0)
            world_fail(world, "nobody is reminded of d-%lld", (long long)number);
    }
}

static bool somebody_waits(const struct doors *doors, enum door_machine machine, uint32_t key)
{
    for (size_t i = 0; i < doors->run_count; i++)
        if (doors->runs[i].waiting && doors->runs[i].machine == machine &&
            doors->runs[i].key == key)
            return true;
    return false;
}

static void look_at_entry(struct world *world, const struct mailbox_entry *entry)
{
    struct doors *doors = world->doors;
    str id = json_str_or(entry->answer, STR("messageId"), STR("m--"));
    int64_t number;
    if (!str_to_i64(str_skip(id, 2), &number) || number < 0 || (size_t)number >= doors->said_count)
        world_fail(world, "the mailbox has what nobody said");
    struct said *said = &doors->said[number];
    if (++said->in_mailbox > 1) world_fail(world, "answer %lld is kept twice", (long long)number);
    if (said->door == BY_KEY && somebody_waits(doors, said->named, said->key))
        world_fail(world, "answer %lld is kept, and somebody waits for it", (long long)number);
}

/* The name "" holds answers by link that came between two attempts. */
static void look_at_mailbox(struct world *world, struct arena *arena)
{
    static const char *const names[] = { "one", "first", "" };
    struct reader reader;
    struct request request = { 0 };
    struct mailbox_entry *entries = arena_array(arena, 1000, sizeof *entries);
    arena_init(&request.arena);
    shard_read_begin(world->shard, &reader, &request.arena);
    struct source source = source_from_reader(&reader, &request);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct mailbox_counts counts;
        str name = str_from(names[i]);
        size_t found = mailbox_list(&source, name, STR(""), NULL, entries, 1000);
        mailbox_count(&source, name, &counts);
        if (counts.entries != (int64_t)found || (found == 0) != (counts.bytes == 0))
            world_fail(world, "the mailbox of '%s' counts %lld and has %zu", names[i],
                       (long long)counts.entries, found);
        for (size_t k = 0; k < found; k++)
            look_at_entry(world, &entries[k]);
    }
    shard_read_end(&reader);
    arena_close(&request.arena);
}

/* ---- what was said ---- */

static void check_said(struct world *world, uint32_t number)
{
    const struct said *said = &world->doors->said[number];
    bool vote = said->responder > 0;
    bool over = said->kept > 0 && said->kept_until_ms <= world->now_ms;
    if (said->counted && said->in_mailbox)
        world_fail(world, "answer %u has counted and is kept", number);
    if (!vote && said->accepted && said->counted != 1)
        world_fail(world, "answer %u was accepted and has not counted", number);
    if (said->sent == 1 && said->refused && (said->counted || said->in_mailbox))
        world_fail(world, "answer %u was refused and has counted", number);
    if (said->kept && !said->counted && !said->in_mailbox && !over)
        world_fail(world, "answer %u was kept and is lost", number);
    if (!vote && said->duplicates && !said->counted && !said->in_mailbox && !over &&
        said->kept_until_ms == 0 && said->accepted + said->kept > 0)
        world_fail(world, "answer %u was told to be a repetition, and is nowhere", number);
}

void books_check(struct world *world)
{
    struct doors *doors = world->doors;
    struct arena arena;
    world_run(world);
    if (shard_next_due_ms(world->shard) <= world->now_ms)
        world_fail(world, "a due timer does not fire");
    for (size_t i = 0; i < doors->said_count; i++)
        doors->said[i].counted = doors->said[i].in_mailbox = 0;
    arena_init(&arena);
    for (uint32_t i = 0; i < doors->run_count; i++) {
        look_at_run(world, &arena, i);
        arena_reset(&arena);
    }
    look_at_waits(world, &arena);
    look_at_mailbox(world, &arena);
    for (uint32_t i = 0; i < doors->said_count; i++)
        check_said(world, i);
    for (uint32_t i = 0; i < doors->run_count; i++)
        check_holder(world, i);
    for (uint32_t key = 0; key < DOOR_KEYS; key++)
        for (int i = 0; i <= DOOR_FIRST; i++)
            if (door_beats(world, (enum door_machine)i, key) !=
                somebody_waits(doors, (enum door_machine)i, key))
                world_fail(world, "the key k%u of '%s' does not lead to who waits", key,
                           door_machine_name((enum door_machine)i));
    arena_close(&arena);
}
