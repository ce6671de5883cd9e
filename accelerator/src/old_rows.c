#include "old_rows.h"
#include "state.h"

typedef struct {
    PyObject_HEAD
    PyObject *rows;
    Plan *plan;
} OldRows;

PyObject *
old_rows(PyObject *function, PyObject *rows, PyObject *plan)
{
    PyTypeObject *type = ((const State *)PyType_GetModuleState(Py_TYPE(function)))->old_rows_type;
    OldRows *made = (OldRows *)type->tp_alloc(type, 0);
    if (made == NULL) {
        Py_DECREF(rows);
        return NULL;
    }
    made->rows = rows;
    made->plan = (Plan *)Py_NewRef(plan);
    return (PyObject *)made;
}

static PyObject *
old_rows_iter(PyObject *self)
{
    return PyObject_GetIter(((OldRows *)self)->rows);
}

static int
old_rows_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(((OldRows *)self)->rows);
    Py_VISIT(((OldRows *)self)->plan);
    return 0;
}

static void
old_rows_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject *rows = ((OldRows *)self)->rows;
    Plan *plan = ((OldRows *)self)->plan;
    PyObject_GC_UnTrack(self);
    type->tp_free(self);
    Py_DECREF(type);
    if (Py_REFCNT(rows) == 1) {
        /* From here on nothing else knows of it: places may be empty. */
        PyObject_GC_UnTrack(rows);
        for (Py_ssize_t i = 0; i < PyList_GET_SIZE(rows); i++) {
            PyObject *row = PyList_GET_ITEM(rows, i);
            PyList_SET_ITEM(rows, i, NULL);
            node_let_go(&plan->row, row);
        }
    }
    Py_DECREF(rows);
    Py_DECREF(plan);
}

static PyType_Slot old_rows_slots[] = {
    {Py_tp_doc, "Rows that others have taken the place of."},
    {Py_tp_iter, old_rows_iter},
    {Py_tp_traverse, old_rows_traverse},
    {Py_tp_dealloc, old_rows_dealloc},
    {0, NULL},
};

static PyType_Spec old_rows_spec = {
    .name = "spacetimedb_accelerator.OldRows",
    .basicsize = sizeof(OldRows),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = old_rows_slots,
};

int
add_old_rows_type(PyObject *module)
{
    State *state = PyModule_GetState(module);
    state->old_rows_type = (PyTypeObject *)PyType_FromModuleAndSpec(module, &old_rows_spec, NULL);
    return state->old_rows_type == NULL ? -1 : 0;
}
