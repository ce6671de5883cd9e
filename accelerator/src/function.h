/* Functions that have nothing but the one in whose place they stand: those of the cache and of callbacks. */

#ifndef SPACETIMEDB_ACCELERATOR_FUNCTION_H
#define SPACETIMEDB_ACCELERATOR_FUNCTION_H

#include "state.h"

typedef struct {
    PyObject_HEAD
    vectorcallfunc vectorcall;
    PyObject *otherwise;
    PyObject *member; /* what else it needs: a slot of what it is given, a plan, or NULL */
} Function;

/* A new one, which `call` does the work of. */
PyObject *new_function(PyTypeObject *type, PyObject *otherwise, PyObject *member, vectorcallfunc call);

/* The same of the arguments of a class, which are `otherwise` alone. */
PyObject *new_function_of(PyTypeObject *type, PyObject *args, PyObject *kwargs, vectorcallfunc call);

/* Add the type of such functions that `make` makes. -1 with an exception. */
int add_function_type(PyObject *module, const char *name, const char *doc, newfunc make);

#endif
