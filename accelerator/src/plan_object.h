/* `Plan(description)`: the plan of rows as an object, which the readers and the cache of a table share with its pools. */

#ifndef SPACETIMEDB_ACCELERATOR_PLAN_OBJECT_H
#define SPACETIMEDB_ACCELERATOR_PLAN_OBJECT_H

#include "plan.h"

typedef struct {
    PyObject_HEAD
    PyObject *description;
    Node row;
} Plan;

/* The plan that `given` is, or one that is made of it: a new reference, or NULL with an exception. `type` is any of the module's. */
Plan *plan_of(PyTypeObject *type, PyObject *given);

#endif
