/* The cache's loops: `RowsUnder(otherwise, plan)` and `PutRows(otherwise)` make functions of a dictionary of rows by key, and
   `NewRows(otherwise)` one that makes such a dictionary.

   The rows under keys are those that others take the place of. They come as an `OldRows`: when that goes, what nothing else holds
   becomes blank instances of the plan's pools, of which the next rows are made. */

#include "function.h"
#include "old_rows.h"

#include <stdint.h>

/* Pointers that were seen, in a table of a power of two places more than half of which stay free. */
typedef struct {
    const void **places;
    size_t mask;
} Seen;

static int
seen_begin(Seen *seen, Py_ssize_t count)
{
    size_t places = 8;
    while (places < 2 * (size_t)count) {
        places *= 2;
    }
    seen->mask = places - 1;
    seen->places = PyMem_Calloc(places, sizeof(void *));
    return seen->places == NULL ? -1 : 0;
}

/* Whether `pointer` was seen before; it is from now on. */
static inline int
seen_before(Seen *seen, const void *pointer)
{
    uint64_t spread = (uint64_t)(uintptr_t)pointer * UINT64_C(0x9E3779B97F4A7C15);
    for (size_t place = (size_t)(spread >> 32) & seen->mask;; place = (place + 1) & seen->mask) {
        if (seen->places[place] == NULL) {
            seen->places[place] = pointer;
            return 0;
        }
        if (seen->places[place] == pointer) {
            return 1;
        }
    }
}

/* Fill `found` with the rows under `keys`, references of its own; how many there are. Fewer than `count` where one is missing
   or comes twice, or with an exception. */
static Py_ssize_t
find_rows(PyObject *rows, PyObject *keys, PyObject **found, Py_ssize_t count, Seen *seen)
{
    for (Py_ssize_t i = 0; i < count; i++) {
        /* To hash a key may run code of Python, in which anything happens to the list. */
        if (i >= PyList_GET_SIZE(keys)) {
            return i;
        }
        PyObject *key = Py_NewRef(PyList_GET_ITEM(keys, i));
        PyObject *row = PyDict_GetItemWithError(rows, key);
        if (row == NULL || seen_before(seen, row)) {
            Py_DECREF(key);
            return i;
        }
        found[i] = Py_NewRef(row);
        Py_DECREF(key);
    }
    return count;
}

/* The rows under `keys`, each there and each once; NULL where that is not so, with or without an exception. */
static PyObject *
rows_under(PyObject *rows, PyObject *keys)
{
    Py_ssize_t count = PyList_GET_SIZE(keys);
    Seen seen;
    PyObject *list = NULL;
    PyObject **found = PyMem_Calloc((size_t)count + 1, sizeof(PyObject *));
    if (found == NULL || seen_begin(&seen, count) < 0) {
        PyMem_Free(found);
        return NULL;
    }
    Py_ssize_t there = find_rows(rows, keys, found, count, &seen);
    PyMem_Free(seen.places);
    if (there == count && !PyErr_Occurred()) {
        list = PyList_New(count);
    }
    for (Py_ssize_t i = 0; i < there; i++) {
        if (list != NULL) {
            PyList_SET_ITEM(list, i, found[i]);
        }
        else {
            Py_DECREF(found[i]);
        }
    }
    PyMem_Free(found);
    return list;
}

static PyObject *
rows_under_call(PyObject *self, PyObject *const *args, size_t nargsf, PyObject *names)
{
    if (!takes(nargsf, names, 2)) {
        return NULL;
    }
    PyObject *list = NULL;
    if (is_enabled(self) && PyDict_CheckExact(args[0]) && PyList_CheckExact(args[1])) {
        list = rows_under(args[0], args[1]);
    }
    if (list == NULL) {
        return call_otherwise(((Function *)self)->otherwise, args, 2);
    }
    return old_rows(self, list, ((Function *)self)->member);
}

static PyObject *
put_rows_call(PyObject *self, PyObject *const *args, size_t nargsf, PyObject *names)
{
    if (!takes(nargsf, names, 3)) {
        return NULL;
    }
    if (!is_enabled(self) || !PyDict_CheckExact(args[0]) || !PyList_CheckExact(args[1]) || !PyList_CheckExact(args[2])) {
        return call_otherwise(((Function *)self)->otherwise, args, 3);
    }
    PyObject *rows = args[0], *keys = args[1], *come = args[2];
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(keys) && i < PyList_GET_SIZE(come); i++) {
        PyObject *key = Py_NewRef(PyList_GET_ITEM(keys, i)), *row = Py_NewRef(PyList_GET_ITEM(come, i));
        int result = PyDict_SetItem(rows, key, row);
        Py_DECREF(key);
        Py_DECREF(row);
        if (result < 0) {
            return NULL;
        }
    }
    Py_RETURN_NONE;
}

static PyObject *
new_rows_call(PyObject *self, PyObject *const *args, size_t nargsf, PyObject *names)
{
    if (!takes(nargsf, names, 1)) {
        return NULL;
    }
#if PY_VERSION_HEX < 0x030E0000
    Py_ssize_t count = is_enabled(self) && PyLong_CheckExact(args[0]) ? PyLong_AsSsize_t(args[0]) : -1;
    if (count >= 0) {
        /* With room for so many, which is taken up later unless it is few. */
        return _PyDict_NewPresized(count);
    }
#endif
    return call_otherwise(((Function *)self)->otherwise, args, 1);
}

static PyObject *
rows_under_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static char *keywords[] = {"otherwise", "plan", NULL};
    PyObject *otherwise, *given, *made = NULL;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "OO", keywords, &otherwise, &given)) {
        return NULL;
    }
    Plan *plan = plan_of(type, given);
    if (plan != NULL) {
        made = new_function(type, otherwise, (PyObject *)plan, rows_under_call);
        Py_DECREF(plan);
    }
    return made;
}

static PyObject *
new_rows_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    return new_function_of(type, args, kwargs, new_rows_call);
}

static PyObject *
put_rows_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    return new_function_of(type, args, kwargs, put_rows_call);
}

int
add_cache_functions(PyObject *module)
{
    if (add_function_type(module, "spacetimedb_accelerator.NewRows", "A function of a number: a dictionary with room for so many rows.",
                          new_rows_new) < 0 ||
        add_function_type(module, "spacetimedb_accelerator.RowsUnder",
                          "A function of rows by key and a list of keys: the rows, or None where one is missing or named twice.",
                          rows_under_new) < 0) {
        return -1;
    }
    return add_function_type(module, "spacetimedb_accelerator.PutRows",
                             "A function of rows by key, keys, and the rows that are put there.", put_rows_new);
}
