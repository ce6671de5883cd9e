/* Changes of all kinds: `MixedChanges(otherwise, plan, has_key)` makes a function of

   rows, keys, come, gone

   that does what its namesake in Python does (spacetimedb_sdk/client/rows/by_key.py): the operations, the old and the new rows in
   the order of their callbacks, and the keys of the rows that leave for good. None where a row comes that is there, leaves that
   is not, or is named twice. */

#include "function.h"
#include "old_rows.h"

enum { ROWS, KEYS, COME, GONE, ARGUMENTS };

typedef struct {
    PyObject *newest, *deleted;           /* sets of keys */
    PyObject *ops, *olds, *news, *drops;  /* lists */
} Mixed;

static void
mixed_clear(Mixed *mixed)
{
    Py_CLEAR(mixed->newest);
    Py_CLEAR(mixed->deleted);
    Py_CLEAR(mixed->ops);
    Py_CLEAR(mixed->olds);
    Py_CLEAR(mixed->news);
    Py_CLEAR(mixed->drops);
}

static int
mixed_begin(Mixed *mixed, PyObject *const *args)
{
    mixed->newest = PySet_New(args[KEYS]);
    mixed->deleted = mixed->newest == NULL ? NULL : PySet_New(args[GONE]);
    if (mixed->deleted == NULL || PySet_GET_SIZE(mixed->newest) != PyList_GET_SIZE(args[KEYS]) ||
        PySet_GET_SIZE(mixed->deleted) != PyList_GET_SIZE(args[GONE])) {
        return -1;
    }
    mixed->ops = PyList_New(0);
    mixed->olds = PyList_New(0);
    mixed->news = PyList_New(0);
    mixed->drops = PyList_New(0);
    return mixed->ops == NULL || mixed->olds == NULL || mixed->news == NULL || mixed->drops == NULL ? -1 : 0;
}

static int
add_change(Mixed *mixed, const char *op, PyObject *old, PyObject *new)
{
    PyObject *name = PyUnicode_InternFromString(op);
    int result = name == NULL ? -1 : PyList_Append(mixed->ops, name);
    Py_XDECREF(name);
    return result < 0 || PyList_Append(mixed->olds, old) < 0 || PyList_Append(mixed->news, new) < 0 ? -1 : 0;
}

/* One row that comes: an update where one with its key leaves as well, otherwise an insert. */
static int
add_coming(Mixed *mixed, PyObject *rows, PyObject *key, PyObject *new)
{
    int is_deleted = PySet_Contains(mixed->deleted, key);
    if (is_deleted < 0) {
        return -1;
    }
    PyObject *old = PyDict_GetItemWithError(rows, key);
    if ((old != NULL) != is_deleted || PyErr_Occurred()) {
        return -1;
    }
    return add_change(mixed, is_deleted ? "update" : "insert", is_deleted ? old : Py_None, new);
}

/* One row that leaves, unless another comes in its place. */
static int
add_leaving(Mixed *mixed, PyObject *rows, PyObject *key)
{
    int comes = PySet_Contains(mixed->newest, key);
    if (comes != 0) {
        return comes < 0 ? -1 : 0;
    }
    PyObject *old = PyDict_GetItemWithError(rows, key);
    if (old == NULL || PyList_Append(mixed->drops, key) < 0) {
        return -1;
    }
    return add_change(mixed, "delete", old, Py_None);
}

/* To hash a key may run code of Python, in which anything happens to the lists. */
static int
all_coming(Mixed *mixed, PyObject *const *args)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(args[KEYS]) && i < PyList_GET_SIZE(args[COME]); i++) {
        PyObject *key = Py_NewRef(PyList_GET_ITEM(args[KEYS], i)), *new = Py_NewRef(PyList_GET_ITEM(args[COME], i));
        int result = add_coming(mixed, args[ROWS], key, new);
        Py_DECREF(key);
        Py_DECREF(new);
        if (result < 0) {
            return -1;
        }
    }
    return 0;
}

static int
all_leaving(Mixed *mixed, PyObject *const *args)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(args[GONE]); i++) {
        PyObject *key = Py_NewRef(PyList_GET_ITEM(args[GONE], i));
        int result = add_leaving(mixed, args[ROWS], key);
        Py_DECREF(key);
        if (result < 0) {
            return -1;
        }
    }
    return 0;
}

static PyObject *
mixed_changes(PyObject *self, PyObject *const *args)
{
    PyObject *held = ((Function *)self)->member, *made = NULL;
    int has_key = PyTuple_GET_ITEM(held, 1) == Py_True;
    Mixed mixed = {NULL};
    /* With a key what comes is told first, without one what leaves. */
    if (mixed_begin(&mixed, args) == 0 && (has_key || all_leaving(&mixed, args) == 0) && all_coming(&mixed, args) == 0 &&
        (!has_key || all_leaving(&mixed, args) == 0)) {
        PyObject *olds = old_rows(self, Py_NewRef(mixed.olds), PyTuple_GET_ITEM(held, 0));
        /* From here on it alone holds the list. */
        Py_CLEAR(mixed.olds);
        if (olds != NULL) {
            made = Py_BuildValue("(ONOO)", mixed.ops, olds, mixed.news, mixed.drops);
        }
    }
    mixed_clear(&mixed);
    return made;
}

static PyObject *
mixed_changes_call(PyObject *self, PyObject *const *args, size_t nargsf, PyObject *names)
{
    if (!takes(nargsf, names, ARGUMENTS)) {
        return NULL;
    }
    PyObject *made = NULL;
    if (is_enabled(self) && PyDict_CheckExact(args[ROWS]) && PyList_CheckExact(args[KEYS]) && PyList_CheckExact(args[COME]) &&
        PyList_CheckExact(args[GONE])) {
        made = mixed_changes(self, args);
    }
    return made != NULL ? made : call_otherwise(((Function *)self)->otherwise, args, ARGUMENTS);
}

static PyObject *
mixed_changes_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static char *keywords[] = {"otherwise", "plan", "has_key", NULL};
    PyObject *otherwise, *given, *made = NULL;
    int has_key;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "OOp", keywords, &otherwise, &given, &has_key)) {
        return NULL;
    }
    Plan *plan = plan_of(type, given);
    PyObject *held = plan == NULL ? NULL : Py_BuildValue("(NO)", plan, has_key ? Py_True : Py_False);
    if (held != NULL) {
        made = new_function(type, otherwise, held, mixed_changes_call);
        Py_DECREF(held);
    }
    return made;
}

int
add_mixed_changes(PyObject *module)
{
    return add_function_type(module, "spacetimedb_accelerator.MixedChanges",
                             "A function of rows by key, keys, rows that come, and keys that leave: what changes.", mixed_changes_new);
}
