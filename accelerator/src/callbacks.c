/* The loop over the rows of a table that has one callback: `RunCallback(otherwise, entries)` makes a function of

   changes, callbacks, event, deadline, spawn, now, failed

   that does what its namesake in Python does (spacetimedb_sdk/client/rows/run_callback.py). `entries` is the slot of a list of
   callbacks that is another tuple after each change. */

#include "function.h"
#include "plan.h"

#include <string.h>
#include <structmember.h>

enum { CHANGES, CALLBACKS, EVENT, DEADLINE, SPAWN, NOW, FAILED, ARGUMENTS };

/* Where the tuple of a list of callbacks is; NULL where it is no such list. */
static PyObject **
entries_of(PyObject *self, PyObject *callbacks)
{
    PyMemberDescrObject *slot = (PyMemberDescrObject *)((Function *)self)->member;
    if (!Py_IS_TYPE(callbacks, slot->d_common.d_type)) {
        return NULL;
    }
    return (PyObject **)((char *)callbacks + slot->d_member->offset);
}

/* Call `failed(registered, error)` with the exception there is, as from within its handler. */
static int
call_failed(PyObject *failed, PyObject *registered)
{
    PyObject *type, *error, *traceback;
    PyErr_Fetch(&type, &error, &traceback);
    PyErr_NormalizeException(&type, &error, &traceback);
    if (traceback != NULL) {
        PyException_SetTraceback(error, traceback);
    }
    PyObject *before = PyErr_GetHandledException();
    PyErr_SetHandledException(error);
    PyObject *arguments[] = {registered, error};
    PyObject *result = PyObject_Vectorcall(failed, arguments, 2, NULL);
    PyErr_SetHandledException(before);
    Py_XDECREF(before);
    Py_XDECREF(type);
    Py_XDECREF(error);
    Py_XDECREF(traceback);
    Py_XDECREF(result);
    return result == NULL ? -1 : 0;
}

/* Call the callback with one change: -1 with the exception that it raised. A coroutine goes to `spawn`. */
static int
call_with(PyObject *entry, PyObject *change, PyObject *const *args)
{
    PyObject *callback = PyTuple_GET_ITEM(entry, 1);
    /* The place before the arguments is the callee's to use, for `self`. */
    PyObject *arguments[5] = {NULL, PyTuple_GET_ITEM(change, 0), PyTuple_GET_ITEM(change, 1), PyTuple_GET_ITEM(change, 2),
                              args[EVENT]};
    PyObject *result = PyObject_Vectorcall(callback, arguments + 1, 4 | PY_VECTORCALL_ARGUMENTS_OFFSET, NULL);
    if (result != NULL && args[SPAWN] != Py_None && PyCoro_CheckExact(result)) {
        PyObject *spawning[] = {result, PyTuple_GET_ITEM(entry, 0)};
        PyObject *spawned = PyObject_Vectorcall(args[SPAWN], spawning, 2, NULL);
        Py_DECREF(result);
        result = spawned;
    }
    Py_XDECREF(result);
    return result == NULL ? -1 : 0;
}

/* Whether it is `deadline` by `now`; -1 with an exception. */
static int
is_late(PyObject *const *args)
{
    if (args[DEADLINE] == Py_None) {
        return 0;
    }
    PyObject *now = PyObject_CallNoArgs(args[NOW]);
    int late = now == NULL ? -1 : PyObject_RichCompareBool(now, args[DEADLINE], Py_GE);
    Py_XDECREF(now);
    return late;
}

/* 1 at the end of the changes, 0 before it, -1 with an exception. `*slot` is `entries` as long as nothing is registered or
   taken back. */
static int
run(PyObject *entries, PyObject **slot, PyObject *const *args)
{
    PyObject *entry = PyTuple_GET_ITEM(entries, 0);
    for (;;) {
        PyObject *change = PyIter_Next(args[CHANGES]);
        if (change == NULL) {
            return PyErr_Occurred() ? -1 : 1;
        }
        if (!PyTuple_CheckExact(change) || PyTuple_GET_SIZE(change) != 3) {
            Py_DECREF(change);
            PyErr_SetString(PyExc_TypeError, "a change has an operation, an old and a new row");
            return -1;
        }
        int result = call_with(entry, change, args);
        Py_DECREF(change);
        if (result < 0 && call_failed(args[FAILED], PyTuple_GET_ITEM(entry, 0)) < 0) {
            return -1;
        }
        int late = *slot != entries ? 1 : is_late(args);
        if (late != 0) {
            return late < 0 ? -1 : 0;
        }
    }
}

static PyObject *
run_callback_call(PyObject *self, PyObject *const *args, size_t nargsf, PyObject *names)
{
    if (!takes(nargsf, names, ARGUMENTS)) {
        return NULL;
    }
    PyObject **slot = is_enabled(self) && PyIter_Check(args[CHANGES]) ? entries_of(self, args[CALLBACKS]) : NULL;
    PyObject *entries = slot == NULL ? NULL : *slot;
    if (entries == NULL || !PyTuple_CheckExact(entries) || PyTuple_GET_SIZE(entries) != 1 ||
        !PyTuple_CheckExact(PyTuple_GET_ITEM(entries, 0)) || PyTuple_GET_SIZE(PyTuple_GET_ITEM(entries, 0)) != 2) {
        return call_otherwise(((Function *)self)->otherwise, args, ARGUMENTS);
    }
    /* What it holds is called even where it takes itself back. */
    Py_INCREF(entries);
    int done = run(entries, slot, args);
    Py_DECREF(entries);
    return done < 0 ? NULL : PyBool_FromLong(done);
}

static PyObject *
run_callback_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static char *keywords[] = {"otherwise", "entries", NULL};
    PyObject *otherwise, *entries;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "OO", keywords, &otherwise, &entries)) {
        return NULL;
    }
    if (!Py_IS_TYPE(entries, &PyMemberDescr_Type) ||
        slot_offset(((PyDescrObject *)entries)->d_type, entries) < 0) {
        if (!PyErr_Occurred()) {
            PyErr_SetString(PyExc_TypeError, "the entries of a list of callbacks are no slot");
        }
        return NULL;
    }
    return new_function(type, otherwise, entries, run_callback_call);
}

int
add_callback_functions(PyObject *module)
{
    return add_function_type(module, "spacetimedb_accelerator.RunCallback",
                             "A function of changes and a list of one callback, which is called with each of them.", run_callback_new);
}
