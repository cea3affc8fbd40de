/* A hash table from names to their order of appearance. A definition may hold tens of thousands of
 * states, and every transition is looked up. */
#include "asl/compile.h"

enum { NAMES_SLOTS_MIN = 16 };

/* FNV-1a. Collisions cost time only; the definition's size bounds how much. */
static size_t hash(str name)
{
    uint64_t value = 14695981039346656037u;
    for (size_t i = 0; i < name.len; i++) {
        value = (value ^ (unsigned char)name.ptr[i]) * 1099511628211u;
    }
    return (size_t)(value ^ (value >> 32));
}

/* The slot that holds the name, or the free one where it belongs. */
static size_t slot_of(const struct asl_names *names, str name)
{
    size_t mask = names->slot_count - 1;
    size_t slot = hash(name) & mask;
    while (names->slots[slot] != 0 && !str_eq(names->names[names->slots[slot] - 1], name)) {
        slot = (slot + 1) & mask;
    }
    return slot;
}

static void rebuild(struct asl_names *names)
{
    names->slot_count = names->slot_count ? names->slot_count * 2 : NAMES_SLOTS_MIN;
    names->slots = arena_zalloc(names->arena, names->slot_count * sizeof(*names->slots));
    for (size_t i = 0; i < names->count; i++) {
        names->slots[slot_of(names, names->names[i])] = (uint32_t)(i + 1);
    }
}

void names_init(struct asl_names *names, struct arena *arena)
{
    *names = (struct asl_names){ .arena = arena };
}

bool names_add(struct asl_names *names, str name)
{
    if ((names->count + 1) * 2 > names->slot_count) rebuild(names);
    size_t slot = slot_of(names, name);
    if (names->slots[slot] != 0) return false;
    names->names = array_grow(names->arena, names->names, names->count, &names->capacity,
                              sizeof(*names->names));
    names->names[names->count++] = name;
    names->slots[slot] = (uint32_t)names->count;
    return true;
}

bool names_find(const struct asl_names *names, str name, size_t *position)
{
    if (names->slot_count == 0) return false;
    uint32_t found = names->slots[slot_of(names, name)];
    if (found == 0) return false;
    *position = found - 1;
    return true;
}
