/* Row readers: functions of bytes in which rows lie back to back.

   `RowsReader(plan, otherwise)` is given the bytes, where in them the rows begin and where they end, and makes the list of the rows.
   `KeyedReader(plan, key, otherwise)` is given the same and makes a list of their keys, too: the values of the part of the plan
   whose number `key` is. `ChangeReader(plan, key, otherwise)` is given the same of rows that leave and of rows that come: the keys
   of those, the keys of these, these, and whether one of them leaves as well. */

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

/* Bytes and two positions, as a reader of rows that have others around them takes. */
enum { RANGE = 3 };

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

/* Have `reader` read what `args` are: bytes, and two positions in them, the second None for their end. 0 where they are not that,
   with or without an exception. */
static int
begin(Reader *reader, PyObject *const *args)
{
    if (!PyBytes_CheckExact(args[0]) || !PyLong_CheckExact(args[1]) || !(args[2] == Py_None || PyLong_CheckExact(args[2]))) {
        return 0;
    }
    Py_ssize_t size = PyBytes_GET_SIZE(args[0]), first = PyLong_AsSsize_t(args[1]);
    Py_ssize_t last = args[2] == Py_None ? size : PyLong_AsSsize_t(args[2]);
    if (first < 0 || last < first || last > size) {
        return 0;
    }
    reader->buffer = args[0];
    reader->start = PyBytes_AS_STRING(args[0]);
    reader->at = reader->start + first;
    reader->end = reader->start + last;
    return 1;
}

/* Read all rows into the list `rows`, and their keys into the list `keys` where that is not NULL. */
static int
read_into(const RowReader *self, Reader *reader, PyObject *rows, PyObject *keys)
{
    Node *row = &self->plan->row;
    for (Py_ssize_t place = 0; reader->at < reader->end; place++) {
        PyObject *value = node_read(row, reader);
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

/* The rows, and their keys where `keys` is not NULL. */
static PyObject *
read_rows(const RowReader *self, Reader *reader, PyObject **keys)
{
    const Node *row = &self->plan->row;
    /* What is read of each row takes some of the bytes, so the places are no more than those. */
    Py_ssize_t count = row->is_fixed ? (reader->end - reader->at) / row->least : 0;
    PyObject *rows = hidden_list(count), *made = keys == NULL || rows == NULL ? NULL : hidden_list(count);
    if (rows == NULL || (keys != NULL && made == NULL) || read_into(self, reader, rows, made) < 0) {
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
    if (!takes(nargsf, names, RANGE)) {
        return NULL;
    }
    const RowReader *own = (RowReader *)self;
    Reader reader;
    PyObject *rows = is_enabled(self) && begin(&reader, args) ? read_rows(own, &reader, NULL) : NULL;
    return rows != NULL ? rows : call_otherwise(own->otherwise, args, RANGE);
}

static PyObject *
keyed_call(PyObject *self, PyObject *const *args, size_t nargsf, PyObject *names)
{
    if (!takes(nargsf, names, RANGE)) {
        return NULL;
    }
    const RowReader *own = (RowReader *)self;
    Reader reader;
    PyObject *keys, *rows;
    if (is_enabled(self) && begin(&reader, args) && (rows = read_rows(own, &reader, &keys)) != NULL) {
        return Py_BuildValue("(NN)", keys, rows);
    }
    return call_otherwise(own->otherwise, args, RANGE);
}

/* Whether row n has the same key in both, for every n, or none leaves; `repeats` is whether one of them is the same row. */
static int
same_keys(const RowReader *self, const Reader *gone, const Reader *come, int *repeats)
{
    const char *left = gone->at, *right = come->at;
    Py_ssize_t size = come->end - right, width = self->plan->row.least;
    *repeats = 0;
    if (gone->end == left) {
        return 1;
    }
    if (gone->end - left != size || size % width != 0) {
        return 0;
    }
    size_t key_width = (size_t)self->plan->row.parts[self->key].least;
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
    if (!takes(nargsf, names, 2 * RANGE)) {
        return NULL;
    }
    const RowReader *own = (RowReader *)self;
    Reader gone, come;
    int repeats;
    PyObject *keys, *rows;
    if (is_enabled(self) && begin(&gone, args) && begin(&come, args + RANGE) && same_keys(own, &gone, &come, &repeats) &&
        (rows = read_rows(own, &come, &keys)) != NULL) {
        /* Not the same list: who joins the rows of several queries makes each of them longer. */
        PyObject *left = PyList_GetSlice(keys, 0, gone.at < gone.end ? PyList_GET_SIZE(keys) : 0);
        return Py_BuildValue("(NNNO)", left, keys, rows, repeats ? Py_True : Py_False);
    }
    return call_otherwise(own->otherwise, args, 2 * RANGE);
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
    if (add_type(module, "spacetimedb_accelerator.RowsReader", "A function of bytes and two positions: the rows between.", rows_new) < 0 ||
        add_type(module, "spacetimedb_accelerator.KeyedReader", "A function of bytes and two positions: keys and rows.", keyed_new) < 0) {
        return -1;
    }
    return add_type(module, "spacetimedb_accelerator.ChangeReader",
                    "A function of rows that leave and rows that come, each bytes and two positions: keys that leave, keys and rows "
                    "that come, and whether one of those leaves as well.",
                    change_new);
}
