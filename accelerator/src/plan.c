/* Plans: tuples into nodes. Whatever is not exactly as expected is refused: a type without a node is read by the SDK. */

#include "plan.h"

#include <stddef.h>
#include <structmember.h>

static int
refuse(const char *why)
{
    PyErr_SetString(PyExc_ValueError, why);
    return -1;
}

/* Letters of Python's `struct`, in the order of the kinds from READ_BOOL on, with their widths. */
static const char LETTERS[] = "?bBhHiIqQfd";
static const Py_ssize_t WIDTHS[] = {1, 1, 1, 2, 2, 4, 4, 8, 8, 4, 8};

static int
compile_letter(Node *node, PyObject *plan)
{
    if (PyUnicode_GET_LENGTH(plan) != 1) {
        return refuse("a plan's letter is no letter");
    }
    Py_UCS4 letter = PyUnicode_READ_CHAR(plan, 0);
    if (letter == 's' || letter == 'y') {
        node->kind = letter == 's' ? READ_TEXT : READ_BYTES;
        node->least = 4;
        return 0;
    }
    for (int kind = 0; LETTERS[kind] != 0; kind++) {
        if (letter == (Py_UCS4)LETTERS[kind]) {
            node->kind = (Kind)kind;
            node->least = WIDTHS[kind];
            node->is_fixed = 1;
            return 0;
        }
    }
    return refuse("a plan's letter is not known");
}

/* Compile each item of the tuple `plans` into a part. */
static int
compile_parts(Node *node, PyObject *plans, int depth)
{
    if (!PyTuple_CheckExact(plans)) {
        return refuse("the parts of a plan are no tuple");
    }
    Py_ssize_t count = PyTuple_GET_SIZE(plans);
    if (count == 0) {
        return 0;
    }
    node->parts = PyMem_Calloc((size_t)count, sizeof(Node));
    if (node->parts == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    /* Set before they are filled: an empty part is one that can be cleared. */
    node->count = count;
    for (Py_ssize_t i = 0; i < count; i++) {
        if (node_compile(&node->parts[i], PyTuple_GET_ITEM(plans, i), depth + 1) < 0) {
            return -1;
        }
    }
    return 0;
}

/* The width of what has its parts one after the other. */
static void
add_widths(Node *node)
{
    node->least = 0;
    node->is_fixed = 1;
    for (Py_ssize_t i = 0; i < node->count; i++) {
        node->least += node->parts[i].least;
        node->is_fixed &= node->parts[i].is_fixed;
    }
}

Py_ssize_t
slot_offset(PyTypeObject *type, PyObject *member)
{
    if (!Py_IS_TYPE(member, &PyMemberDescr_Type)) {
        return refuse("a member of a plan is no slot");
    }
    PyMemberDescrObject *descriptor = (PyMemberDescrObject *)member;
    PyMemberDef *slot = descriptor->d_member;
    if (!PyType_IsSubtype(type, descriptor->d_common.d_type)) {
        return refuse("a member of a plan belongs to another class");
    }
    if (slot->type != T_OBJECT_EX || slot->flags != 0) {
        return refuse("a member of a plan holds no object");
    }
    if (slot->offset < (Py_ssize_t)sizeof(PyObject) ||
        slot->offset + (Py_ssize_t)sizeof(PyObject *) > type->tp_basicsize) {
        return refuse("a member of a plan lies outside of its instance");
    }
    return slot->offset;
}

/* A class whose instances need no more than their slots: made by Python's own allocation, and of one size. */
static int
check_class(PyObject *cls)
{
    if (!PyType_Check(cls)) {
        return refuse("the class of a plan is none");
    }
    PyTypeObject *type = (PyTypeObject *)cls;
    if (!PyType_HasFeature(type, Py_TPFLAGS_HEAPTYPE) || PyType_HasFeature(type, Py_TPFLAGS_IS_ABSTRACT)) {
        return refuse("the class of a plan has no plain instances");
    }
    if (type->tp_alloc != PyType_GenericAlloc || type->tp_itemsize != 0 ||
        type->tp_new != PyBaseObject_Type.tp_new) {
        return refuse("the class of a plan makes its instances itself");
    }
    return 0;
}

/* Whether instances of `type` have `count` slots and nothing else, and nothing happens when they go. */
static int
is_nothing_but_slots(PyTypeObject *type, Py_ssize_t count)
{
    if (type->tp_basicsize != (Py_ssize_t)(sizeof(PyObject) + (size_t)count * sizeof(PyObject *)) ||
        type->tp_dictoffset != 0 || type->tp_weaklistoffset != 0 || !PyType_IS_GC(type)) {
        return 0;
    }
    /* What goes through a class of C on its way is that class's affair. */
    for (PyTypeObject *base = type; base != &PyBaseObject_Type; base = base->tp_base) {
        if (base == NULL || !PyType_HasFeature(base, Py_TPFLAGS_HEAPTYPE) || base->tp_dealloc != type->tp_dealloc) {
            return 0;
        }
    }
    return 1;
}

/* ("object", class, members, plans) */
static int
compile_object(Node *node, PyObject *plan, int depth)
{
    PyObject *members = PyTuple_GET_ITEM(plan, 2);
    if (check_class(PyTuple_GET_ITEM(plan, 1)) < 0) {
        return -1;
    }
    node->held = Py_NewRef(PyTuple_GET_ITEM(plan, 1));
    if (compile_parts(node, PyTuple_GET_ITEM(plan, 3), depth) < 0) {
        return -1;
    }
    if (!PyTuple_CheckExact(members) || PyTuple_GET_SIZE(members) != node->count || node->count == 0) {
        return refuse("a plan has not as many members as values");
    }
    node->offsets = PyMem_Calloc((size_t)node->count, sizeof(Py_ssize_t));
    if (node->offsets == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (Py_ssize_t i = 0; i < node->count; i++) {
        node->offsets[i] = slot_offset((PyTypeObject *)node->held, PyTuple_GET_ITEM(members, i));
        if (node->offsets[i] < 0) {
            return -1;
        }
        for (Py_ssize_t j = 0; j < i; j++) {
            if (node->offsets[j] == node->offsets[i]) {
                return refuse("two members of a plan are the same");
            }
        }
    }
    node->kind = READ_OBJECT;
    node->is_pooled = is_nothing_but_slots((PyTypeObject *)node->held, node->count);
    add_widths(node);
    return 0;
}

/* ("int", width, is_signed), ("made", function, width) */
static int
compile_raw(Node *node, PyObject *width)
{
    node->width = PyLong_AsSsize_t(width);
    if (node->width == -1 && PyErr_Occurred()) {
        return -1;
    }
    if (node->width < 1 || node->width > 64) {
        return refuse("the width in a plan is out of range");
    }
    node->least = node->width;
    node->is_fixed = 1;
    return 0;
}

/* ("sum", plans) */
static int
compile_sum(Node *node, PyObject *plans, int depth)
{
    if (compile_parts(node, plans, depth) < 0) {
        return -1;
    }
    if (node->count == 0 || node->count > 256) {
        return refuse("a plan has more variants than a byte counts, or none");
    }
    Py_ssize_t least = node->parts[0].least;
    for (Py_ssize_t i = 1; i < node->count; i++) {
        least = Py_MIN(least, node->parts[i].least);
    }
    node->kind = READ_SUM;
    node->least = 1 + least;
    return 0;
}

/* ("list", plan) */
static int
compile_list(Node *node, PyObject *plan, int depth)
{
    node->parts = PyMem_Calloc(1, sizeof(Node));
    if (node->parts == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    node->count = 1;
    if (node_compile(node->parts, plan, depth + 1) < 0) {
        return -1;
    }
    /* What takes no room could stand there any number of times. */
    if (node->parts->least == 0) {
        return refuse("the elements of a plan's list have no width");
    }
    node->kind = READ_LIST;
    node->least = 4;
    return 0;
}

static int
compile_two(Node *node, const char *name, PyObject *what, int depth)
{
    if (strcmp(name, "list") == 0) {
        return compile_list(node, what, depth);
    }
    if (strcmp(name, "sum") == 0) {
        return compile_sum(node, what, depth);
    }
    if (strcmp(name, "tuple") == 0) {
        node->kind = READ_TUPLE;
        int result = compile_parts(node, what, depth);
        add_widths(node);
        return result;
    }
    node->held = Py_NewRef(what);
    if (strcmp(name, "constant") == 0) {
        node->kind = READ_CONSTANT;
        node->is_fixed = 1;
        return 0;
    }
    if (strcmp(name, "member") == 0 && PyTuple_CheckExact(what)) {
        node->kind = READ_MEMBER;
        node->least = 1;
        node->is_fixed = 1;
        return 0;
    }
    if (strcmp(name, "at") == 0 && PyCallable_Check(what)) {
        node->kind = READ_AT;
        node->least = 1; /* what has no width is never read so */
        return 0;
    }
    return refuse("a plan of two is not known");
}

static int
compile_three(Node *node, const char *name, PyObject *plan, int depth)
{
    PyObject *second = PyTuple_GET_ITEM(plan, 1), *third = PyTuple_GET_ITEM(plan, 2);
    if (strcmp(name, "int") == 0) {
        node->kind = READ_WIDE_INT;
        node->is_signed = PyObject_IsTrue(third);
        return node->is_signed < 0 ? -1 : compile_raw(node, second);
    }
    if (!PyCallable_Check(second)) {
        return refuse("the function of a plan cannot be called");
    }
    node->held = Py_NewRef(second);
    if (strcmp(name, "made") == 0) {
        node->kind = READ_MADE;
        return compile_raw(node, third);
    }
    if (strcmp(name, "called") == 0) {
        node->kind = READ_CALLED;
        int result = compile_parts(node, third, depth);
        add_widths(node);
        return result;
    }
    return refuse("a plan of three is not known");
}

int
node_compile(Node *node, PyObject *plan, int depth)
{
    if (depth > DEEPEST_PLAN) {
        return refuse("a plan is too deep");
    }
    if (PyUnicode_CheckExact(plan)) {
        return compile_letter(node, plan);
    }
    if (!PyTuple_CheckExact(plan) || PyTuple_GET_SIZE(plan) < 2 || !PyUnicode_CheckExact(PyTuple_GET_ITEM(plan, 0))) {
        return refuse("a plan is neither a letter nor a tuple that begins with its name");
    }
    const char *name = PyUnicode_AsUTF8(PyTuple_GET_ITEM(plan, 0));
    if (name == NULL) {
        return -1;
    }
    switch (PyTuple_GET_SIZE(plan)) {
    case 2:
        return compile_two(node, name, PyTuple_GET_ITEM(plan, 1), depth);
    case 3:
        return compile_three(node, name, plan, depth);
    case 4:
        if (strcmp(name, "object") == 0) {
            return compile_object(node, plan, depth);
        }
    }
    return refuse("a plan is not known");
}

void
node_clear(Node *node)
{
    /* The parts are taken off before anything is freed: what runs as an object goes must find a node without them. */
    Node *parts = node->parts;
    Py_ssize_t count = node->count;
    node->parts = NULL;
    node->count = 0;
    for (Py_ssize_t i = 0; i < count; i++) {
        node_clear(&parts[i]);
    }
    PyMem_Free(parts);
    PyMem_Free(node->offsets);
    node->offsets = NULL;
    Pool *pool = node->pool;
    node->pool = NULL;
    for (int i = 0; pool != NULL && i < pool->count; i++) {
        Py_DECREF(pool->blanks[i]);
    }
    PyMem_Free(pool);
    Py_CLEAR(node->last);
    Py_CLEAR(node->held);
}

int
node_traverse(const Node *node, visitproc visit, void *arg)
{
    Py_VISIT(node->held);
    /* Blank instances are in no list of the collector's, so their class is visited for them. */
    for (int i = 0; node->pool != NULL && i < node->pool->count; i++) {
        Py_VISIT(Py_TYPE(node->pool->blanks[i]));
    }
    for (Py_ssize_t i = 0; i < node->count; i++) {
        int result = node_traverse(&node->parts[i], visit, arg);
        if (result != 0) {
            return result;
        }
    }
    return 0;
}
