/* The module's state, and what every compiled function has: another that does what it cannot. */

#ifndef SPACETIMEDB_ACCELERATOR_STATE_H
#define SPACETIMEDB_ACCELERATOR_STATE_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <structmember.h>

typedef struct {
    int is_enabled;
    PyTypeObject *plan_type;
    PyTypeObject *old_rows_type;
} State;

/* Whether `self`, an instance of a type of the module, is to do its work itself. */
static inline int
is_enabled(PyObject *self)
{
    return ((const State *)PyType_GetModuleState(Py_TYPE(self)))->is_enabled;
}

/* What is returned where the work could not be done here, with or without an exception: what `otherwise` makes of the same
   arguments. */
PyObject *call_otherwise(PyObject *otherwise, PyObject *const *args, Py_ssize_t count);

/* Whether a call has `count` arguments by position and no others; otherwise with a TypeError. */
int takes(size_t nargsf, PyObject *names, Py_ssize_t count);

/* Add a type of such functions to the module: `make` makes an instance of `size` bytes, with `members`, one of them "__vectorcalloffset__". -1 with an exception. */
int add_callable_type(PyObject *module, const char *name, const char *doc, newfunc make, size_t size, traverseproc traverse,
                      destructor dealloc, PyMemberDef *members);

/* Each adds its types to the module. -1 with an exception. */
int add_plan_type(PyObject *module);
int add_old_rows_type(PyObject *module);
int add_row_readers(PyObject *module);
int add_mixed_changes(PyObject *module);
int add_cache_functions(PyObject *module);
int add_callback_functions(PyObject *module);

#endif
