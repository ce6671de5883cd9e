/* spacetimedb_accelerator: the loops over rows of the Python SDK of SpacetimeDB, which works without it.

   Each of its types makes functions that take the place of one of the SDK's, `otherwise`, and call it where they cannot do
   its work: every error is its. `enable(False)` leaves everything to those, at once and for the functions there are. */

#include "plan.h"
#include "state.h"

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
    {"enable", enable, METH_O, "Whether the work is done here, or by the SDK's own functions."},
    {NULL},
};

static int
module_exec(PyObject *module)
{
    State *state = PyModule_GetState(module);
    state->is_enabled = 1;
    if (add_plan_type(module) < 0 || add_old_rows_type(module) < 0 || add_row_readers(module) < 0 ||
        add_cache_functions(module) < 0 || add_mixed_changes(module) < 0 || add_callback_functions(module) < 0) {
        return -1;
    }
    return PyModule_AddIntConstant(module, "PLAN_VERSION", PLAN_VERSION);
}

static int
module_traverse(PyObject *module, visitproc visit, void *arg)
{
    State *state = PyModule_GetState(module);
    Py_VISIT(state->plan_type);
    Py_VISIT(state->old_rows_type);
    return 0;
}

static int
module_clear(PyObject *module)
{
    State *state = PyModule_GetState(module);
    /* What goes in the same pass of the collector may still call a function of it: that does as one without. */
    state->is_enabled = 0;
    Py_CLEAR(state->plan_type);
    Py_CLEAR(state->old_rows_type);
    return 0;
}

static void
module_free(void *module)
{
    module_clear(module);
}

static PyModuleDef_Slot module_slots[] = {
    {Py_mod_exec, module_exec},
    {0, NULL},
};

static struct PyModuleDef module_definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "spacetimedb_accelerator",
    .m_doc = "The loops over rows of the Python SDK of SpacetimeDB.",
    .m_size = sizeof(State),
    .m_methods = module_methods,
    .m_slots = module_slots,
    .m_traverse = module_traverse,
    .m_clear = module_clear,
    .m_free = module_free,
};

PyMODINIT_FUNC
PyInit_spacetimedb_accelerator(void)
{
    return PyModuleDef_Init(&module_definition);
}
