/* spacetimedb_accelerator: rows out of bytes, for the Python SDK of SpacetimeDB, which works without it.

   `RowsReader(plan, otherwise)` is a function of bytes: the list of the rows that lie there back to back. Where it cannot
   read them it returns what `otherwise` makes of the same bytes: that is the SDK's own decoder, and every error is its.
   `enable(False)` leaves everything to that, at once and for the readers there are. */

#include "plan.h"

#include <stddef.h>
#include <structmember.h>

typedef struct {
    PyObject_HEAD
    vectorcallfunc vectorcall;
    PyObject *plan;
    PyObject *otherwise;
    Node row;
} RowsReader;

typedef struct {
    int is_enabled;
} State;

static PyObject *
read_rows(const Node *row, PyObject *data)
{
    Reader reader = {.buffer = data};
    reader.start = reader.at = PyBytes_AS_STRING(data);
    reader.end = reader.start + PyBytes_GET_SIZE(data);
    PyObject *rows = PyList_New(0);
    while (rows != NULL && reader.at < reader.end) {
        PyObject *value = node_read(row, &reader);
        if (value == NULL || PyList_Append(rows, value) < 0) {
            Py_CLEAR(rows);
        }
        Py_XDECREF(value);
    }
    return rows;
}

static PyObject *
rows_reader_call(PyObject *self, PyObject *const *args, size_t nargsf, PyObject *names)
{
    RowsReader *reader = (RowsReader *)self;
    if (PyVectorcall_NARGS(nargsf) != 1 || (names != NULL && PyTuple_GET_SIZE(names) != 0)) {
        PyErr_SetString(PyExc_TypeError, "a RowsReader takes the bytes of rows, and nothing else");
        return NULL;
    }
    const State *state = PyType_GetModuleState(Py_TYPE(self));
    if (state->is_enabled && PyBytes_CheckExact(args[0])) {
        PyObject *rows = read_rows(&reader->row, args[0]);
        if (rows != NULL) {
            return rows;
        }
        if (PyErr_Occurred()) {
            /* Ctrl-C is the program's, whatever was being read. */
            if (!PyErr_ExceptionMatches(PyExc_Exception)) {
                return NULL;
            }
            PyErr_Clear();
        }
    }
    return PyObject_CallOneArg(reader->otherwise, args[0]);
}

static PyObject *
rows_reader_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static char *keywords[] = {"plan", "otherwise", NULL};
    PyObject *plan, *otherwise;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "OO:RowsReader", keywords, &plan, &otherwise)) {
        return NULL;
    }
    RowsReader *reader = (RowsReader *)type->tp_alloc(type, 0);
    if (reader == NULL) {
        return NULL;
    }
    reader->vectorcall = rows_reader_call;
    reader->plan = Py_NewRef(plan);
    reader->otherwise = Py_NewRef(otherwise);
    if (node_compile(&reader->row, plan, 0) == 0) {
        /* A row of no bytes could be read for ever. */
        if (reader->row.least > 0) {
            return (PyObject *)reader;
        }
        PyErr_SetString(PyExc_ValueError, "rows of no width cannot be told apart");
    }
    Py_DECREF(reader);
    return NULL;
}

static int
rows_reader_traverse(PyObject *self, visitproc visit, void *arg)
{
    RowsReader *reader = (RowsReader *)self;
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(reader->plan);
    Py_VISIT(reader->otherwise);
    return node_traverse(&reader->row, visit, arg);
}

/* There is no tp_clear: a reader that is being called must keep its plan, and all it refers to are functions and classes,
   which break a cycle themselves. */
static void
rows_reader_dealloc(PyObject *self)
{
    RowsReader *reader = (RowsReader *)self;
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    node_clear(&reader->row);
    Py_CLEAR(reader->plan);
    Py_CLEAR(reader->otherwise);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyMemberDef rows_reader_members[] = {
    {"__vectorcalloffset__", T_PYSSIZET, offsetof(RowsReader, vectorcall), READONLY, NULL},
    {"plan", T_OBJECT_EX, offsetof(RowsReader, plan), READONLY, "How a row is read."},
    {"otherwise", T_OBJECT_EX, offsetof(RowsReader, otherwise), READONLY, "What reads the rows where this cannot."},
    {NULL},
};

static PyType_Slot rows_reader_slots[] = {
    {Py_tp_doc, "A function of bytes: the rows of one plan that lie there back to back."},
    {Py_tp_new, rows_reader_new},
    {Py_tp_call, PyVectorcall_Call},
    {Py_tp_traverse, rows_reader_traverse},
    {Py_tp_dealloc, rows_reader_dealloc},
    {Py_tp_members, rows_reader_members},
    {0, NULL},
};

static PyType_Spec rows_reader_spec = {
    .name = "spacetimedb_accelerator.RowsReader",
    .basicsize = sizeof(RowsReader),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = rows_reader_slots,
};

static PyObject *
enable(PyObject *module, PyObject *argument)
{
    int is_enabled = PyObject_IsTrue(argument);
    if (is_enabled < 0) {
        return NULL;
    }
    State *state = PyModule_GetState(module);
    state->is_enabled = is_enabled;
    Py_RETURN_NONE;
}

static PyMethodDef module_methods[] = {
    {"enable", enable, METH_O, "Whether rows are read here, or by the SDK's own decoders."},
    {NULL},
};

static int
module_exec(PyObject *module)
{
    State *state = PyModule_GetState(module);
    state->is_enabled = 1;
    PyObject *type = PyType_FromModuleAndSpec(module, &rows_reader_spec, NULL);
    if (type == NULL) {
        return -1;
    }
    int result = PyModule_AddType(module, (PyTypeObject *)type);
    Py_DECREF(type);
    return result < 0 ? -1 : PyModule_AddIntConstant(module, "PLAN_VERSION", PLAN_VERSION);
}

static PyModuleDef_Slot module_slots[] = {
    {Py_mod_exec, module_exec},
    {0, NULL},
};

static struct PyModuleDef module_definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "spacetimedb_accelerator",
    .m_doc = "Rows out of bytes, for the Python SDK of SpacetimeDB.",
    .m_size = sizeof(State),
    .m_methods = module_methods,
    .m_slots = module_slots,
};

PyMODINIT_FUNC
PyInit_spacetimedb_accelerator(void)
{
    return PyModuleDef_Init(&module_definition);
}
