/* What UpdateExpression and AttributeUpdates compile into; private to update*.c and legacy*.c. */
#ifndef SERVICES_DYNAMODB_UPDATE_ACTIONS_H
#define SERVICES_DYNAMODB_UPDATE_ACTIONS_H

#include "services/dynamodb/expression_tree.h"
#include "services/dynamodb/update.h"

enum action_kind {
    ACTION_SET,
    ACTION_REMOVE,
    ACTION_ADD,
    ACTION_DELETE, /* elements of a set */
};

struct action {
    enum action_kind kind;
    struct path *path;
    struct node *value; /* not for ACTION_REMOVE */
    size_t rank;        /* its place among the actions */
    struct action *next;
};

struct update {
    struct path_tree *tree;   /* of the paths; the data of its leaves are actions */
    struct action *actions;   /* in the order of the text */
    size_t count;             /* of them */
    const struct node *paths; /* of the expression, targets and operands; NULL for legacy ones */
    bool is_legacy;           /* has other errors, and adds to lists */
    bool creates_item;
};

#endif
