#include "function.h"

#include <stddef.h>

PyObject *
new_function(PyTypeObject *type, PyObject *otherwise, PyObject *member, vectorcallfunc call)
{
    Function *made = (Function *)type->tp_alloc(type, 0);
    if (made != NULL) {
        made->vectorcall = call;
        made->otherwise = Py_NewRef(otherwise);
        made->member = Py_XNewRef(member);
    }
    return (PyObject *)made;
}

PyObject *
new_function_of(PyTypeObject *type, PyObject *args, PyObject *kwargs, vectorcallfunc call)
{
    static char *keywords[] = {"otherwise", NULL};
    PyObject *otherwise;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O", keywords, &otherwise)) {
        return NULL;
    }
    return new_function(type, otherwise, NULL, call);
}

static int
function_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(((Function *)self)->otherwise);
    Py_VISIT(((Function *)self)->member);
    return 0;
}

static void
function_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    Py_CLEAR(((Function *)self)->otherwise);
    Py_CLEAR(((Function *)self)->member);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyMemberDef function_members[] = {
    {"__vectorcalloffset__", T_PYSSIZET, offsetof(Function, vectorcall), READONLY, NULL},
    {"otherwise", T_OBJECT_EX, offsetof(Function, otherwise), READONLY, "What does the work where this cannot."},
    {NULL},
};

int
add_function_type(PyObject *module, const char *name, const char *doc, newfunc make)
{
    return add_callable_type(module, name, doc, make, sizeof(Function), function_traverse, function_dealloc, function_members);
}
