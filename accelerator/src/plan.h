/* Plans: how the values of one type are read, compiled from the tuples that the SDK describes it with.

   The SDK writes a plan (spacetimedb_sdk/sats/bsatn/accelerated.py says what it may hold); a tree of nodes is made of it
   once, which is walked for each value. */

#ifndef SPACETIMEDB_ACCELERATOR_PLAN_H
#define SPACETIMEDB_ACCELERATOR_PLAN_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

/* Counts up with each change of what a plan may hold, or of what the module has: the SDK uses no other version than its own. */
#define PLAN_VERSION 6

/* Plans nest no deeper: C's stack is not Python's to guard. A type that does stays with the SDK's own decoder. */
#define DEEPEST_PLAN 64

typedef enum {
    READ_BOOL,
    READ_I8,
    READ_U8,
    READ_I16,
    READ_U16,
    READ_I32,
    READ_U32,
    READ_I64,
    READ_U64,
    READ_F32,
    READ_F64,
    READ_WIDE_INT, /* `width` bytes, `is_signed` */
    READ_TEXT,
    READ_BYTES,
    READ_MADE,     /* `held` called with the next `width` bytes */
    READ_MEMBER,   /* the item of the tuple `held` whose number the next byte is */
    READ_CONSTANT, /* `held`, of no bytes */
    READ_OBJECT,   /* an instance of the class `held` with its slots filled */
    READ_TUPLE,
    READ_CALLED,   /* `held` called with the parts */
    READ_LIST,     /* of the one part */
    READ_SUM,      /* the part whose number the next byte is */
    READ_AT        /* `held(buffer, position)`, which returns the value and where it ends */
} Kind;

/* Instances of a class that were let go of, without values but for floats: a row that takes the place of another is made of
   that. As many as a few large messages have, which are read together and then applied. */
typedef struct {
    int count;
    PyObject *blanks[4096];
} Pool;

typedef struct Node {
    Kind kind;
    int is_signed;
    int is_fixed;       /* whether all values have the same width */
    Py_ssize_t width;   /* bytes that READ_MADE and READ_WIDE_INT take */
    Py_ssize_t least;   /* the fewest bytes of a value */
    PyObject *held;
    Py_ssize_t count;   /* of the parts */
    struct Node *parts;
    Py_ssize_t *offsets; /* READ_OBJECT: where in the instance each part belongs */
    int is_pooled;       /* READ_OBJECT: whether an instance is nothing but its parts */
    Pool *pool;          /* made when the first instance is let go of */
    uint64_t last_bits;  /* numbers: what `last` was read from */
    PyObject *last;      /* the number that was read last: rows that follow each other have the same in many columns */
} Node;

/* Fill `node` from `plan`. -1 with an exception, ValueError or TypeError for what is no plan; `node` is to be cleared then, too. */
int node_compile(Node *node, PyObject *plan, int depth);
void node_clear(Node *node);
int node_traverse(const Node *node, visitproc visit, void *arg);

/* Where `member`, the descriptor of a slot of `type` or of a class above it, keeps its value; -1 with an exception for what is
   none. */
Py_ssize_t slot_offset(PyTypeObject *type, PyObject *member);

/* Where a value is read from: `at` moves on to `end`, and never beyond. */
typedef struct {
    PyObject *buffer;
    const char *start;
    const char *at;
    const char *end;
} Reader;

/* The next value. NULL where it cannot be read from here, with an exception set or none: in either case it is the SDK's
   own decoder that says what is wrong. */
PyObject *node_read(Node *node, Reader *reader);

/* Let go of `value`, a value of `node`; where it is an instance that nothing else holds, it becomes a blank one of the pool. */
void node_let_go(Node *node, PyObject *value);

#endif
