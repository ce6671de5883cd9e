/* Row readers: functions of the bytes of rows that lie there back to back.

   `RowsReader(plan, otherwise)` makes the list of the rows. `KeyedReader(plan, key, otherwise)` makes a list of their keys, too:
   the values of the part of the plan whose number `key` is. `ChangeReader(plan, key, otherwise)` is given the bytes of rows
   that leave and of rows that come: the keys of those, the keys of these, these, and whether one of them leaves as well. */

#include "plan_object.h"
#include "state.h"

#include <stddef.h>
#include <string.h>

typedef struct {
    PyObject_HEAD
    vectorcallfunc vectorcall;
    Plan *plan;
    PyObject *otherwise;
    Py_ssize_t key; /* the number of the part that is the key, and where in a row of one width it begins */
    Py_ssize_t key_start;
} RowReader;

/* A list with `count` empty places, which nothing else finds until it is full and shown to the collector. */
static PyObject *
hidden_list(Py_ssize_t count)
{
    PyObject *list = PyList_New(count);
    if (list != NULL) {
        PyObject_GC_UnTrack(list);
    }
    return list;
}

/* Put `value`, a reference of its own, at `place` of a list that has places for so many, or else at its end. */
static int
put(PyObject *list, Py_ssize_t place, PyObject *value)
{
    if (place < PyList_GET_SIZE(list)) {
        PyList_SET_ITEM(list, place, value);
        return 0;
    }
    int result = PyList_Append(list, value);
    Py_DECREF(value);
    return result;
}

/* Read the rows of `data` into the list `rows`, and their keys into the list `keys` where that is not NULL. */
static int
read_into(const RowReader *self, PyObject *data, PyObject *rows, PyObject *keys)
{
    Node *row = &self->plan->row;
    Reader reader = {.buffer = data};
    reader.start = reader.at = PyBytes_AS_STRING(data);
    reader.end = reader.start + PyBytes_GET_SIZE(data);
    for (Py_ssize_t place = 0; reader.at < reader.end; place++) {
        PyObject *value = node_read(row, &reader);
        if (value == NULL) {
            return -1;
        }
        if (keys != NULL) {
            PyObject *key = *(PyObject **)((char *)value + row->offsets[self->key]);
            if (key == NULL || put(keys, place, Py_NewRef(key)) < 0) {
                Py_DECREF(value);
                return -1;
            }
        }
        if (put(rows, place, value) < 0) {
            return -1;
        }
    }
    return 0;
}

/* The rows of `data`, and their keys where `keys` is not NULL. */
static PyObject *
read_rows(const RowReader *self, PyObject *data, PyObject **keys)
{
    const Node *row = &self->plan->row;
    /* What is read of each row takes some of the bytes, so the places are no more than those. */
    Py_ssize_t count = row->is_fixed ? PyBytes_GET_SIZE(data) / row->least : 0;
    PyObject *rows = hidden_list(count), *made = keys == NULL || rows == NULL ? NULL : hidden_list(count);
    if (rows == NULL || (keys != NULL && made == NULL) || read_into(self, data, rows, made) < 0) {
        Py_XDECREF(rows);
        Py_XDECREF(made);
        return NULL;
    }
    PyObject_GC_Track(rows);
    if (keys != NULL) {
        PyObject_GC_Track(made);
        *keys = made;
    }
    return rows;
}

static PyObject *
rows_call(PyObject *self, PyObject *const *args, size_t nargsf, PyObject *names)
{
    if (!takes(nargsf, names, 1)) {
        return NULL;
    }
    const RowReader *reader = (RowReader *)self;
    PyObject *rows = is_enabled(self) && PyBytes_CheckExact(args[0]) ? read_rows(reader, args[0], NULL) : NULL;
    return rows != NULL ? rows : call_otherwise(reader->otherwise, args, 1);
}

static PyObject *
keyed_call(PyObject *self, PyObject *const *args, size_t nargsf, PyObject *names)
{
    if (!takes(nargsf, names, 1)) {
        return NULL;
    }
    const RowReader *reader = (RowReader *)self;
    PyObject *keys, *rows;
    if (is_enabled(self) && PyBytes_CheckExact(args[0]) && (rows = read_rows(reader, args[0], &keys)) != NULL) {
        return Py_BuildValue("(NN)", keys, rows);
    }
    return call_otherwise(reader->otherwise, args, 1);
}

/* Whether row n has the same key in both, for every n; `repeats` is whether one of them is the same row. */
static int
same_keys(const RowReader *self, PyObject *gone, PyObject *come, int *repeats)
{
    Py_ssize_t size = PyBytes_GET_SIZE(come), width = self->plan->row.least;
    if (PyBytes_GET_SIZE(gone) != size || size % width != 0) {
        return 0;
    }
    const char *left = PyBytes_AS_STRING(gone), *right = PyBytes_AS_STRING(come);
    size_t key_width = (size_t)self->plan->row.parts[self->key].least;
    *repeats = 0;
    for (Py_ssize_t at = 0; at < size; at += width) {
        Py_ssize_t key_at = at + self->key_start;
        if (memcmp(left + key_at, right + key_at, key_width) != 0) {
            return 0;
        }
        *repeats |= memcmp(left + at, right + at, (size_t)width) == 0;
    }
    return 1;
}

static PyObject *
change_call(PyObject *self, PyObject *const *args, size_t nargsf, PyObject *names)
{
    if (!takes(nargsf, names, 2)) {
        return NULL;
    }
    const RowReader *reader = (RowReader *)self;
    int repeats;
    PyObject *keys, *rows;
    if (is_enabled(self) && PyBytes_CheckExact(args[0]) && PyBytes_CheckExact(args[1]) &&
        same_keys(reader, args[0], args[1], &repeats) && (rows = read_rows(reader, args[1], &keys)) != NULL) {
        /* Not the same list: who joins the rows of several queries makes each of them longer. */
        PyObject *left = PyList_GetSlice(keys, 0, PyList_GET_SIZE(keys));
        return Py_BuildValue("(NNNO)", left, keys, rows, repeats ? Py_True : Py_False);
    }
    return call_otherwise(reader->otherwise, args, 2);
}

static PyObject *
allocated(PyTypeObject *type, PyObject *plan, PyObject *otherwise, vectorcallfunc call)
{
    RowReader *reader = (RowReader *)type->tp_alloc(type, 0);
    if (reader == NULL) {
        return NULL;
    }
    reader->vectorcall = call;
    reader->otherwise = Py_NewRef(otherwise);
    reader->plan = plan_of(type, plan);
    if (reader->plan == NULL) {
        Py_CLEAR(reader);
    }
    return (PyObject *)reader;
}

static PyObject *
rows_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static char *keywords[] = {"plan", "otherwise", NULL};
    PyObject *plan, *otherwise;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "OO:RowsReader", keywords, &plan, &otherwise)) {
        return NULL;
    }
    return allocated(type, plan, otherwise, rows_call);
}

/* Whether the slots of a class are what its attributes are; -1 with an exception. */
static int
has_plain_attributes(PyObject *cls)
{
    PyObject *own = PyObject_GetAttrString(cls, "__getattribute__");
    PyObject *plain = PyObject_GetAttrString((PyObject *)&PyBaseObject_Type, "__getattribute__");
    int is_plain = own == NULL || plain == NULL ? -1 : own == plain;
    Py_XDECREF(own);
    Py_XDECREF(plain);
    return is_plain;
}

/* Set the key, a part of a row that is an object. Where `is_paired`, rows are of one width, and keys the same where their
   bytes are. */
static int
set_key(RowReader *reader, Py_ssize_t key, int is_paired)
{
    const Node *row = &reader->plan->row;
    int is_plain = row->kind == READ_OBJECT ? has_plain_attributes(row->held) : 0;
    if (is_plain < 0) {
        return -1;
    }
    if (!is_plain || key < 0 || key >= row->count) {
        PyErr_SetString(PyExc_ValueError, "a row has no part that could be its key");
        return -1;
    }
    Kind kind = row->parts[key].kind;
    if (is_paired && (!row->is_fixed || row->parts[key].least == 0 || kind == READ_F32 || kind == READ_F64)) {
        PyErr_SetString(PyExc_ValueError, "keys cannot be compared by their bytes");
        return -1;
    }
    reader->key = key;
    for (Py_ssize_t i = 0; i < key; i++) {
        reader->key_start += row->parts[i].least;
    }
    return 0;
}

static PyObject *
with_key(PyTypeObject *type, PyObject *args, PyObject *kwargs, vectorcallfunc call, int is_paired)
{
    static char *keywords[] = {"plan", "key", "otherwise", NULL};
    PyObject *plan, *otherwise;
    Py_ssize_t key;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "OnO", keywords, &plan, &key, &otherwise)) {
        return NULL;
    }
    PyObject *reader = allocated(type, plan, otherwise, call);
    if (reader != NULL && set_key((RowReader *)reader, key, is_paired) < 0) {
        Py_CLEAR(reader);
    }
    return reader;
}

static PyObject *
keyed_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    return with_key(type, args, kwargs, keyed_call, 0);
}

static PyObject *
change_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    return with_key(type, args, kwargs, change_call, 1);
}

static int
reader_traverse(PyObject *self, visitproc visit, void *arg)
{
    RowReader *reader = (RowReader *)self;
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(reader->plan);
    Py_VISIT(reader->otherwise);
    return 0;
}

/* There is no tp_clear, as for a plan. */
static void
reader_dealloc(PyObject *self)
{
    RowReader *reader = (RowReader *)self;
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    Py_CLEAR(reader->plan);
    Py_CLEAR(reader->otherwise);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyMemberDef reader_members[] = {
    {"__vectorcalloffset__", T_PYSSIZET, offsetof(RowReader, vectorcall), READONLY, NULL},
    {"plan", T_OBJECT_EX, offsetof(RowReader, plan), READONLY, "How a row is read."},
    {"otherwise", T_OBJECT_EX, offsetof(RowReader, otherwise), READONLY, "What reads the rows where this cannot."},
    {NULL},
};

static int
add_type(PyObject *module, const char *name, const char *doc, newfunc make)
{
    return add_callable_type(module, name, doc, make, sizeof(RowReader), reader_traverse, reader_dealloc, reader_members);
}

int
add_row_readers(PyObject *module)
{
    if (add_type(module, "spacetimedb_accelerator.RowsReader", "A function of bytes: the rows that lie there.", rows_new) < 0 ||
        add_type(module, "spacetimedb_accelerator.KeyedReader", "A function of bytes: keys and rows.", keyed_new) < 0) {
        return -1;
    }
    return add_type(module, "spacetimedb_accelerator.ChangeReader",
                    "A function of bytes that leave and bytes that come: keys that leave, keys and rows that come, and whether "
                    "one of those leaves as well.",
                    change_new);
}
