/* The model of callbacks: what was said through which door, and what was answered. */
#ifndef SIM_DOORS_H
#define SIM_DOORS_H

#include "sim.h"

enum {
    DOOR_KEYS = 5,
    DOOR_RESPONDERS = 3,
    DOOR_APPROVALS = 2,
    DOOR_REMIND_MS = 20 * 1000,
    DOOR_ATTEMPTS_MAX = 200, /* of one run, in all its lives */
    DOOR_ENTERED = 2,        /* the event that enters the only state of every machine here */
};

enum door_machine { DOOR_ONE, DOOR_FIRST, DOOR_QUORUM, DOOR_MACHINES };
enum door { BY_LINK, BY_KEY, BY_TOKEN };

struct door_run {
    enum door_machine machine;
    uint32_t key;
    bool acknowledged, exists, running, waiting;
    uint32_t life;
    uint64_t serial; /* 0: not known yet */
    char token[SIM_TOKEN_BYTES];
    int64_t asked_ms; /* when it was first asked for */
    size_t reminders, undos;
    /* by the last look */
    int64_t open_ms[DOOR_ATTEMPTS_MAX], close_ms[DOOR_ATTEMPTS_MAX];
    size_t attempts;
    uint32_t holder; /* of its key, when that was taken; UINT32_MAX: it was not */
    int64_t taken_ms;
};

/* Something that is said, once or several times, always with the same words. */
struct said {
    enum door door;
    uint32_t run;            /* link, token */
    enum door_machine named; /* key: which name */
    uint32_t key;
    uint32_t responder; /* of a vote, from 1; 0: none */
    bool success;
    size_t sent;
    /* what was answered */
    size_t accepted, recorded, duplicates, kept, refused;
    int64_t kept_until_ms;
    /* by the last look */
    size_t counted, in_mailbox;
};

struct doors {
    struct door_run *runs;
    size_t run_count, run_capacity;
    struct said *said;
    size_t said_count, said_capacity;
};

/* ---- doors.c ---- */
/* A heartbeat by key: true if somebody waits for it. */
bool door_beats(struct world *world, enum door_machine machine, uint32_t key);
const char *door_machine_name(enum door_machine machine);
/* The state machine that its waits are under. */
str door_run_arn(const struct world *world, struct arena *arena, uint32_t run);

/* ---- books.c ---- */
/* Looks at everything, with nothing left to do. */
void books_check(struct world *world);

#endif
