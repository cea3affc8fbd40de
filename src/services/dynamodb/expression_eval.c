/* Conditions on items. Nothing here allocates or fails: what an item lacks makes a comparison
 * false, whatever it compares. */
#include "services/dynamodb/expression_tree.h"

enum { SIZE_DIGITS_MAX = 20 };

/* The result of size() as a number's canonical text. */
static attr size_number(uint64_t size, char digits[SIZE_DIGITS_MAX])
{
    size_t at = SIZE_DIGITS_MAX;
    do {
        digits[--at] = (char)('0' + size % 10);
        size /= 10;
    } while (size > 0);
    return (attr){ VALUE_N, json_string((str){ digits + at, SIZE_DIGITS_MAX - at }) };
}

/* What the operand stands for; false if the item has no such thing. `digits` holds a size. */
static bool evaluate(const struct node *node, json item, char digits[SIZE_DIGITS_MAX], attr *out)
{
    json value;
    uint64_t size;
    if (node->kind == NODE_CALL) {
        char inner[SIZE_DIGITS_MAX];
        attr sized;
        if (!evaluate(node->children, item, inner, &sized) || !attr_size(sized, &size))
            return false;
        *out = size_number(size, digits);
        return true;
    }
    if (node->kind == NODE_VALUE)
        value = node->value;
    else if (!path_find(&node->path, item, &value))
        return false;
    *out = attr_of(value);
    return true;
}

struct operand {
    attr value;
    char digits[SIZE_DIGITS_MAX];
};

static bool operand(const struct node *node, json item, struct operand *out)
{
    return evaluate(node, item, out->digits, &out->value);
}

static bool compare(const struct node *node, json item)
{
    struct operand a;
    struct operand b;
    /* What is not there equals nothing. */
    bool both = operand(node->children, item, &a) && operand(node->children->next, item, &b);
    if (node->comparator == COMPARE_EQ) return both && attr_equal(a.value, b.value);
    if (node->comparator == COMPARE_NE) return !both || !attr_equal(a.value, b.value);
    if (!both || !attr_is_ordered(a.value, b.value)) return false;
    int order = attr_compare(a.value, b.value);
    switch (node->comparator) {
    case COMPARE_LT: return order < 0;
    case COMPARE_LE: return order <= 0;
    case COMPARE_GT: return order > 0;
    case COMPARE_GE: return order >= 0;
    case COMPARE_EQ:
    case COMPARE_NE: break;
    }
    fatal("no such comparator: %d", (int)node->comparator);
}

static bool between(const struct node *node, json item)
{
    struct operand value;
    struct operand low;
    struct operand high;
    const struct node *bound = node->children->next;
    return operand(node->children, item, &value) && operand(bound, item, &low) &&
           operand(bound->next, item, &high) && attr_is_ordered(value.value, low.value) &&
           attr_is_ordered(value.value, high.value) && attr_compare(low.value, value.value) <= 0 &&
           attr_compare(value.value, high.value) <= 0;
}

static bool in(const struct node *node, json item)
{
    struct operand value;
    struct operand choice;
    if (!operand(node->children, item, &value)) return false;
    for (const struct node *child = node->children->next; child; child = child->next)
        if (operand(child, item, &choice) && attr_equal(value.value, choice.value)) return true;
    return false;
}

static bool call(const struct node *node, json item)
{
    struct operand first;
    struct operand second;
    bool found = operand(node->children, item, &first);
    if (node->function == FUNCTION_ATTRIBUTE_NOT_EXISTS) return !found;
    if (node->function == FUNCTION_ATTRIBUTE_EXISTS || !found) return found;
    if (node->function == FUNCTION_ATTRIBUTE_TYPE) return first.value.type == node->type;
    if (!operand(node->children->next, item, &second)) return false;
    if (node->function == FUNCTION_BEGINS_WITH) return attr_begins_with(first.value, second.value);
    if (node->function == FUNCTION_NOT_CONTAINS) return !attr_contains(first.value, second.value);
    ASSERT_CMP(node->function, ==, FUNCTION_CONTAINS);
    return attr_contains(first.value, second.value);
}

/* As deep as the tree, which has at most one level for each operator. */
static bool is_true(const struct node *node, json item)
{
    switch (node->kind) {
    case NODE_AND:
        for (const struct node *child = node->children; child; child = child->next)
            if (!is_true(child, item)) return false;
        return true;
    case NODE_OR:
        for (const struct node *child = node->children; child; child = child->next)
            if (is_true(child, item)) return true;
        return false;
    case NODE_NOT: return !is_true(node->children, item);
    case NODE_COMPARE: return compare(node, item);
    case NODE_BETWEEN: return between(node, item);
    case NODE_IN: return in(node, item);
    case NODE_CALL: return call(node, item);
    case NODE_PATH:
    case NODE_VALUE:
    case NODE_PLUS:
    case NODE_MINUS: break;
    }
    fatal("no condition: %d", (int)node->kind);
}

bool condition_is_true(const struct condition *condition, json item)
{
    return !condition || !condition->root || is_true(condition->root, item);
}
