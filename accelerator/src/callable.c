/* What every compiled function has: another that does what it cannot, arguments by position, and a type of its own. */

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
