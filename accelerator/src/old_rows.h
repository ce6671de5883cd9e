/* Rows that others take the place of: what nothing else holds becomes blank instances of the plan's pools as they go. */

#ifndef SPACETIMEDB_ACCELERATOR_OLD_ROWS_H
#define SPACETIMEDB_ACCELERATOR_OLD_ROWS_H

#include "plan_object.h"

/* What iterates over the list `rows`, a reference that it takes; `plan` is a `Plan`. `function` is any object of the module's. */
PyObject *old_rows(PyObject *function, PyObject *rows, PyObject *plan);

#endif
