/* spacetimedb_accelerator: the loops over rows of the Python SDK of SpacetimeDB, which works without it.

   Each of its types makes functions that take the place of one of the SDK's, `otherwise`, and call it where they cannot do
   its work: every error is its. `enable(False)` leaves everything to those, at once and for the functions there are. */

#include "plan.h"
#include "state.h"

PyObject *
call_otherwise(PyObject *otherwise, PyObject *const *args, Py_ssize_t count)
{
    if (PyErr_Occurred()) {
        /* Ctrl-C is the program's, whatever was being done. */
        if (!PyErr_ExceptionMatches(PyExc_Exception)) {
            return NULL;
        }
        PyErr_Clear();
    }
    return PyObject_Vectorcall(otherwise, args, (size_t)count, NULL);
}

int
takes(size_t nargsf, PyObject *names, Py_ssize_t count)
{
    if (PyVectorcall_NARGS(nargsf) == count && (names == NULL || PyTuple_GET_SIZE(names) == 0)) {
        return 1;
    }
    PyErr_Format(PyExc_TypeError, "this takes %zd arguments by position, and nothing else", count);
    return 0;
}

int
add_callable_type(PyObject *module, const char *name, const char *doc, newfunc make, size_t size, traverseproc traverse,
                  destructor dealloc, PyMemberDef *members)
{
    PyType_Slot slots[] = {
        {Py_tp_doc, (void *)doc},
        {Py_tp_new, (void *)make},
        {Py_tp_call, (void *)PyVectorcall_Call},
        {Py_tp_traverse, (void *)traverse},
        {Py_tp_dealloc, (void *)dealloc},
        {Py_tp_members, members},
        {0, NULL},
    };
    PyType_Spec spec = {
        .name = name,
        .basicsize = (int)size,
        .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL | Py_TPFLAGS_IMMUTABLETYPE,
        .slots = slots,
    };
    PyObject *type = PyType_FromModuleAndSpec(module, &spec, NULL);
    int result = type == NULL ? -1 : PyModule_AddType(module, (PyTypeObject *)type);
    Py_XDECREF(type);
    return result;
}

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
