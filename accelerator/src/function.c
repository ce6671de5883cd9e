#include "function.h"

#include <stddef.h>
#include <structmember.h>

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
    PyType_Slot slots[] = {
        {Py_tp_doc, (void *)doc},
        {Py_tp_new, (void *)make},
        {Py_tp_call, (void *)PyVectorcall_Call},
        {Py_tp_traverse, (void *)function_traverse},
        {Py_tp_dealloc, (void *)function_dealloc},
        {Py_tp_members, function_members},
        {0, NULL},
    };
    PyType_Spec spec = {
        .name = name,
        .basicsize = sizeof(Function),
        .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL | Py_TPFLAGS_IMMUTABLETYPE,
        .slots = slots,
    };
    PyObject *type = PyType_FromModuleAndSpec(module, &spec, NULL);
    int result = type == NULL ? -1 : PyModule_AddType(module, (PyTypeObject *)type);
    Py_XDECREF(type);
    return result;
}
