/* What can be said of the states only together: every one is reachable, and the machine can end. */
#include "asl/compile.h"

struct walk {
    const struct asl_scope *scope;
    bool *reached;
    size_t *todo; /* positions of states whose targets are still to be followed */
    size_t todo_count;
};

static void reach(struct walk *walk, const struct asl_state *state)
{
    if (!state) return;
    size_t position = (size_t)(state - walk->scope->states);
    ASSERT_CMP(position, <, walk->scope->state_count);
    if (walk->reached[position]) return;
    walk->reached[position] = true;
    walk->todo[walk->todo_count++] = position; /* each state at most once */
}

static void follow(struct walk *walk, const struct asl_state *state)
{
    reach(walk, state->next);
    for (size_t i = 0; i < state->catcher_count; i++)
        reach(walk, state->catchers[i].next);
    if (state->type != ASL_CHOICE) return;
    for (size_t i = 0; i < state->choice.rule_count; i++)
        reach(walk, state->choice.rules[i].next);
    reach(walk, state->choice.default_next);
}

static void check_reachable(struct compiler *c, const struct place *states,
                            const struct asl_scope *scope)
{
    struct walk walk = { .scope = scope };
    walk.reached = arena_zalloc(c->arena, scope->state_count * sizeof(*walk.reached));
    walk.todo = arena_array(c->arena, scope->state_count, sizeof(*walk.todo));
    reach(&walk, scope->start);
    while (walk.todo_count > 0)
        follow(&walk, &scope->states[walk.todo[--walk.todo_count]]);
    for (size_t i = 0; i < scope->state_count; i++) {
        if (walk.reached[i]) continue;
        str name = scope->states[i].name;
        struct place place = place_key(states, name);
        report(c, "MISSING_TRANSITION_TARGET", &place, "State \"%.*s\" is not reachable.",
               STR_ARGS(name));
    }
}

/* The depth is bounded where scopes are compiled. */
static void check_scope(struct compiler *c, const struct place *place,
                        const struct asl_scope *scope)
{
    struct place states = place_key(place, STR("States"));
    check_reachable(c, &states, scope);
    for (size_t i = 0; i < scope->state_count; i++) {
        const struct asl_state *state = &scope->states[i];
        struct place at = place_key(&states, state->name);
        if (state->type == ASL_MAP) {
            struct place processor = place_key(&at, state->map.processor_field);
            check_scope(c, &processor, state->map.processor);
        } else if (state->type == ASL_PARALLEL) {
            struct place branches = place_key(&at, STR("Branches"));
            for (size_t b = 0; b < state->parallel.branch_count; b++) {
                struct place branch = place_index(&branches, b);
                check_scope(c, &branch, state->parallel.branches[b]);
            }
        }
    }
}

void check_graph(struct compiler *c, const struct place *root, const struct asl_scope *top)
{
    /* AWS asks this of the top level only, and then nothing more. */
    if (!c->has_end_state) {
        report(c, "MISSING_END_STATE", NULL, "Workflow has no terminal state");
        return;
    }
    check_scope(c, root, top);
}
