/* Reading: values out of bytes, as the SDK's generated decoders read them (docs/spec/bsatn.md), or not at all.

   No check here says what is wrong: NULL, and the SDK's own decoder reads the same bytes again and says it. */

#include "plan.h"

#include <math.h>
#include <string.h>

/* Whether `count` more bytes are there. */
static inline int
has(const Reader *reader, Py_ssize_t count)
{
    return reader->end - reader->at >= count;
}

/* The little-endian number of `width` bytes at `at`, which need not be aligned: one load where the machine is so, too. */
static inline uint64_t
unsigned_at(const char *at, int width)
{
    uint64_t value = 0;
#if PY_LITTLE_ENDIAN
    memcpy(&value, at, (size_t)width);
#else
    for (int i = 0; i < width; i++) {
        value |= (uint64_t)(unsigned char)at[i] << (8 * i);
    }
#endif
    return value;
}

static PyObject *
real(double value)
{
    return value == -1.0 && PyErr_Occurred() ? NULL : PyFloat_FromDouble(value);
}

static double
unpacked(const Node *node, const char *at)
{
    return node->kind == READ_F32 ? PyFloat_Unpack4(at, 1) : PyFloat_Unpack8(at, 1);
}

static PyObject *
made_number(const Node *node, const char *at)
{
    switch (node->kind) {
    case READ_I8:
        return PyLong_FromLong((int8_t)unsigned_at(at, 1));
    case READ_U8:
        return PyLong_FromLong((uint8_t)unsigned_at(at, 1));
    case READ_I16:
        return PyLong_FromLong((int16_t)unsigned_at(at, 2));
    case READ_U16:
        return PyLong_FromLong((uint16_t)unsigned_at(at, 2));
    case READ_I32:
        return PyLong_FromLong((int32_t)unsigned_at(at, 4));
    case READ_U32:
        return PyLong_FromLongLong((long long)unsigned_at(at, 4));
    case READ_I64:
        return PyLong_FromLongLong((long long)unsigned_at(at, 8));
    case READ_U64:
        return PyLong_FromUnsignedLongLong(unsigned_at(at, 8));
    default:
        return real(unpacked(node, at));
    }
}

static PyObject *
read_number(Node *node, Reader *reader)
{
    if (!has(reader, node->least)) {
        return NULL;
    }
    const char *at = reader->at;
    reader->at += node->least;
    if (node->kind == READ_BOOL) {
        return (unsigned char)*at > 1 ? NULL : Py_NewRef(*at ? Py_True : Py_False);
    }
    uint64_t bits = unsigned_at(at, (int)node->least);
    if (node->last != NULL && node->last_bits == bits) {
        return Py_NewRef(node->last);
    }
    PyObject *number = made_number(node, at);
    /* A NaN equals nothing, unless it is the same object: each row has its own. */
    if (number != NULL && !(PyFloat_CheckExact(number) && isnan(PyFloat_AS_DOUBLE(number)))) {
        node->last_bits = bits;
        Py_XSETREF(node->last, Py_NewRef(number));
    }
    return number;
}

static PyObject *
read_wide_int(const Node *node, Reader *reader)
{
    if (!has(reader, node->width)) {
        return NULL;
    }
    const char *at = reader->at;
    reader->at += node->width;
#if PY_VERSION_HEX >= 0x030D0000
    return node->is_signed
               ? PyLong_FromNativeBytes(at, (size_t)node->width, Py_ASNATIVEBYTES_LITTLE_ENDIAN)
               : PyLong_FromUnsignedNativeBytes(at, (size_t)node->width, Py_ASNATIVEBYTES_LITTLE_ENDIAN);
#else
    return _PyLong_FromByteArray((const unsigned char *)at, (size_t)node->width, 1, node->is_signed);
#endif
}

/* The count before a text, bytes or a list, if that many times `least` bytes are there; otherwise -1. */
static Py_ssize_t
read_count(Reader *reader, Py_ssize_t least)
{
    if (!has(reader, 4)) {
        return -1;
    }
    Py_ssize_t count = (Py_ssize_t)unsigned_at(reader->at, 4);
    reader->at += 4;
    return count < 0 || count > (reader->end - reader->at) / least ? -1 : count;
}

static PyObject *
read_text_or_bytes(const Node *node, Reader *reader)
{
    Py_ssize_t count = read_count(reader, 1);
    if (count < 0) {
        return NULL;
    }
    const char *at = reader->at;
    reader->at += count;
    return node->kind == READ_TEXT ? PyUnicode_DecodeUTF8(at, count, NULL) : PyBytes_FromStringAndSize(at, count);
}

static PyObject *
read_made(const Node *node, Reader *reader)
{
    if (!has(reader, node->width)) {
        return NULL;
    }
    PyObject *raw = PyBytes_FromStringAndSize(reader->at, node->width);
    if (raw == NULL) {
        return NULL;
    }
    reader->at += node->width;
    PyObject *value = PyObject_CallOneArg(node->held, raw);
    Py_DECREF(raw);
    return value;
}

/* A blank instance of the pool, in no list of the collector's; NULL where there is none. */
static inline PyObject *
taken_blank(Node *node)
{
    Pool *pool = node->pool;
    return pool != NULL && pool->count > 0 ? pool->blanks[--pool->count] : NULL;
}

/* Whether `value`, the float of a blank instance, which nothing else holds, is the next one now. */
static inline int
refill(const Node *node, Reader *reader, PyObject *value)
{
    if (!has(reader, node->least)) {
        return 0;
    }
    double number = unpacked(node, reader->at);
    if (number == -1.0 && PyErr_Occurred()) {
        PyErr_Clear(); /* it is said when the same is read once more */
        return 0;
    }
    reader->at += node->least;
    ((PyFloatObject *)value)->ob_fval = number;
    return 1;
}

/* Whether `value`, of a part of what is let go of, may be filled again in its place. */
static inline int
is_kept(const Node *node, PyObject *value)
{
    return (node->kind == READ_F32 || node->kind == READ_F64) && PyFloat_CheckExact(value) && Py_REFCNT(value) == 1;
}

static PyObject *
read_object(Node *node, Reader *reader)
{
    PyTypeObject *type = (PyTypeObject *)node->held;
    PyObject *blank = taken_blank(node), *made = blank != NULL ? blank : type->tp_alloc(type, 0);
    if (made == NULL) {
        return NULL;
    }
    for (Py_ssize_t i = 0; i < node->count; i++) {
        PyObject **slot = (PyObject **)((char *)made + node->offsets[i]);
        if (blank != NULL && *slot != NULL && refill(&node->parts[i], reader, *slot)) {
            continue;
        }
        PyObject *value = node_read(&node->parts[i], reader);
        if (value == NULL) {
            Py_DECREF(made);
            return NULL;
        }
        /* Empty, unless a collector's callback found the instance half made and filled it. */
        PyObject *before = *slot;
        *slot = value;
        Py_XDECREF(before);
    }
    if (blank != NULL) {
        PyObject_GC_Track(made);
    }
    return made;
}

void
node_let_go(Node *node, PyObject *value)
{
    PyTypeObject *type = Py_TYPE(value);
    if (node->kind != READ_OBJECT || !node->is_pooled || Py_REFCNT(value) != 1 || type != (PyTypeObject *)node->held ||
        type->tp_finalize != NULL || type->tp_del != NULL || !PyObject_GC_IsTracked(value)) {
        Py_DECREF(value);
        return;
    }
    if (node->pool == NULL) {
        node->pool = PyMem_Calloc(1, sizeof(Pool));
    }
    /* From here on only this function knows of it, whatever runs as its values go. */
    PyObject_GC_UnTrack(value);
    for (Py_ssize_t i = 0; i < node->count; i++) {
        PyObject **slot = (PyObject **)((char *)value + node->offsets[i]);
        PyObject *part = *slot;
        if (part != NULL && !is_kept(&node->parts[i], part)) {
            *slot = NULL;
            node_let_go(&node->parts[i], part);
        }
    }
    Pool *pool = node->pool;
    if (pool != NULL && pool->count < (int)Py_ARRAY_LENGTH(pool->blanks)) {
        pool->blanks[pool->count++] = value;
    }
    else {
        Py_DECREF(value);
    }
}

static PyObject *
read_tuple(Node *node, Reader *reader)
{
    PyObject *made = PyTuple_New(node->count);
    for (Py_ssize_t i = 0; made != NULL && i < node->count; i++) {
        PyObject *value = node_read(&node->parts[i], reader);
        if (value == NULL) {
            Py_CLEAR(made);
        }
        else {
            PyTuple_SET_ITEM(made, i, value);
        }
    }
    return made;
}

static PyObject *
read_called(Node *node, Reader *reader)
{
    PyObject *arguments = read_tuple(node, reader);
    if (arguments == NULL) {
        return NULL;
    }
    PyObject *made = PyObject_CallObject(node->held, arguments);
    Py_DECREF(arguments);
    return made;
}

static PyObject *
read_list(Node *node, Reader *reader)
{
    Node *element = node->parts;
    Py_ssize_t count = read_count(reader, element->least);
    /* It grows as the elements are read: a count alone takes no memory. */
    PyObject *made = count < 0 ? NULL : PyList_New(0);
    for (; made != NULL && count > 0; count--) {
        PyObject *value = node_read(element, reader);
        if (value == NULL || PyList_Append(made, value) < 0) {
            Py_CLEAR(made);
        }
        Py_XDECREF(value);
    }
    return made;
}

/* The number of a variant or member, which is below `count`; otherwise -1. */
static Py_ssize_t
read_tag(Reader *reader, Py_ssize_t count)
{
    if (!has(reader, 1)) {
        return -1;
    }
    Py_ssize_t tag = (unsigned char)*reader->at++;
    return tag < count ? tag : -1;
}

static PyObject *
read_member(const Node *node, Reader *reader)
{
    Py_ssize_t tag = read_tag(reader, PyTuple_GET_SIZE(node->held));
    return tag < 0 ? NULL : Py_NewRef(PyTuple_GET_ITEM(node->held, tag));
}

/* What a generated decoder reads: a type that contains itself, or values without width. */
static PyObject *
read_at(const Node *node, Reader *reader)
{
    PyObject *position = PyLong_FromSsize_t(reader->at - reader->start);
    if (position == NULL) {
        return NULL;
    }
    PyObject *arguments[] = {reader->buffer, position};
    PyObject *read = PyObject_Vectorcall(node->held, arguments, 2, NULL);
    Py_DECREF(position);
    if (read == NULL) {
        return NULL;
    }
    PyObject *value = NULL;
    if (PyTuple_CheckExact(read) && PyTuple_GET_SIZE(read) == 2) {
        Py_ssize_t end = PyLong_AsSsize_t(PyTuple_GET_ITEM(read, 1));
        /* A decoder may read a text that is cut off, and say that it ends beyond the bytes there are. */
        if (end >= reader->at - reader->start && end <= reader->end - reader->start) {
            reader->at = reader->start + end;
            value = Py_NewRef(PyTuple_GET_ITEM(read, 0));
        }
    }
    Py_DECREF(read);
    return value;
}

PyObject *
node_read(Node *node, Reader *reader)
{
    Py_ssize_t tag;
    switch (node->kind) {
    case READ_WIDE_INT:
        return read_wide_int(node, reader);
    case READ_TEXT:
    case READ_BYTES:
        return read_text_or_bytes(node, reader);
    case READ_MADE:
        return read_made(node, reader);
    case READ_MEMBER:
        return read_member(node, reader);
    case READ_CONSTANT:
        return Py_NewRef(node->held);
    case READ_OBJECT:
        return read_object(node, reader);
    case READ_TUPLE:
        return read_tuple(node, reader);
    case READ_CALLED:
        return read_called(node, reader);
    case READ_LIST:
        return read_list(node, reader);
    case READ_SUM:
        tag = read_tag(reader, node->count);
        return tag < 0 ? NULL : node_read(&node->parts[tag], reader);
    case READ_AT:
        return read_at(node, reader);
    default:
        return read_number(node, reader);
    }
}
