#include "plan_object.h"
#include "state.h"

#include <stddef.h>
#include <structmember.h>

static Plan *
compiled(PyTypeObject *type, PyObject *description)
{
    Plan *plan = (Plan *)type->tp_alloc(type, 0);
    if (plan == NULL) {
        return NULL;
    }
    plan->description = Py_NewRef(description);
    if (node_compile(&plan->row, description, 0) == 0) {
        /* A row of no bytes could be read for ever. */
        if (plan->row.least > 0) {
            return plan;
        }
        PyErr_SetString(PyExc_ValueError, "rows of no width cannot be told apart");
    }
    Py_DECREF(plan);
    return NULL;
}

Plan *
plan_of(PyTypeObject *type, PyObject *given)
{
    const State *state = PyType_GetModuleState(type);
    return Py_IS_TYPE(given, state->plan_type) ? (Plan *)Py_NewRef(given) : compiled(state->plan_type, given);
}

static PyObject *
plan_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static char *keywords[] = {"description", NULL};
    PyObject *description;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O:Plan", keywords, &description)) {
        return NULL;
    }
    return (PyObject *)compiled(type, description);
}

static int
plan_traverse(PyObject *self, visitproc visit, void *arg)
{
    Plan *plan = (Plan *)self;
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(plan->description);
    return node_traverse(&plan->row, visit, arg);
}

/* There is no tp_clear: what is being read must keep its plan, and all that refers to it are functions and classes, which break a
   cycle themselves. */
static void
plan_dealloc(PyObject *self)
{
    Plan *plan = (Plan *)self;
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    node_clear(&plan->row);
    Py_CLEAR(plan->description);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyMemberDef plan_members[] = {
    {"description", T_OBJECT_EX, offsetof(Plan, description), READONLY, "What it was made of."},
    {NULL},
};

static PyType_Slot plan_slots[] = {
    {Py_tp_doc, "How the rows of a table are read, and what is kept of those that have gone."},
    {Py_tp_new, plan_new},
    {Py_tp_traverse, plan_traverse},
    {Py_tp_dealloc, plan_dealloc},
    {Py_tp_members, plan_members},
    {0, NULL},
};

static PyType_Spec plan_spec = {
    .name = "spacetimedb_accelerator.Plan",
    .basicsize = sizeof(Plan),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = plan_slots,
};

int
add_plan_type(PyObject *module)
{
    State *state = PyModule_GetState(module);
    state->plan_type = (PyTypeObject *)PyType_FromModuleAndSpec(module, &plan_spec, NULL);
    return state->plan_type == NULL ? -1 : PyModule_AddType(module, state->plan_type);
}
