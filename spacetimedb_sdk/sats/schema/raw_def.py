"""Definitions in BSATN: what a compiled module hands to its server, to and from the JSON that servers show of it.

The types of `RawModuleDef` are written down once, as algebraic types (spec: schema.md sections 1 and 2); the codecs for
values do the rest. A definition of a version that is not known here is a SchemaError.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache

from ...errors import DecodeError, EncodeError, SchemaError
from ..algebraic_type import (
    BOOL,
    BYTES,
    I128,
    STRING,
    U16,
    U32,
    UNIT,
    AlgebraicType,
    ArrayType,
    Element,
    ProductType,
    Ref,
    SumType,
    Typespace,
    option,
)
from ..bsatn.codec import CodecSpace
from ..json.decoding import json_decoder
from ..json.encoding import json_encoder

__all__ = ["definition_from_bsatn", "definition_to_bsatn"]


def _product(**fields: AlgebraicType) -> ProductType:
    return ProductType(tuple(Element(name, type_) for name, type_ in fields.items()))


def _sum(**variants: AlgebraicType) -> SumType:
    return SumType(tuple(Element(name, type_) for name, type_ in variants.items()))


def _enum(*names: str) -> SumType:
    return _sum(**dict.fromkeys(names, UNIT))


# The types that contain themselves stand in slots of their own.
_TYPE, _MODULE_V10 = Ref(0), Ref(1)
_COLUMNS = ArrayType(U16)
_NAME = option(STRING)
_PARTS = ArrayType(_product(name=_NAME, algebraic_type=_TYPE))
_PARAMS = _product(elements=_PARTS)
_PRIMITIVES = (
    "String", "Bool", "I8", "U8", "I16", "U16", "I32", "U32", "I64", "U64", "I128", "U128", "I256", "U256", "F32", "F64",
)  # fmt: skip
_ALGEBRAIC_TYPE = _sum(
    Ref=U32,
    Sum=_product(variants=_PARTS),
    Product=_product(elements=_PARTS),
    Array=_TYPE,
    **dict.fromkeys(_PRIMITIVES, UNIT),
)
_TYPESPACE = _product(types=ArrayType(_TYPE))
_LIFECYCLE = _enum("Init", "OnConnect", "OnDisconnect")
_TABLE_TYPE = _enum("System", "User")
_TABLE_ACCESS = _enum("Public", "Private")
_ALGORITHM = _sum(BTree=_COLUMNS, Hash=_COLUMNS, Direct=U16)
_UNIQUE = _sum(Unique=_product(columns=_COLUMNS))
_ROW_LEVEL_SECURITY = ArrayType(_product(sql=STRING))


def _sequence(name: str) -> ProductType:
    numbers: dict[str, AlgebraicType] = {
        "start": option(I128),
        "min_value": option(I128),
        "max_value": option(I128),
        "increment": I128,
    }
    fields: dict[str, AlgebraicType] = {name: _NAME, "column": U16, **numbers}
    return _product(**fields)


_V9 = _product(
    typespace=_TYPESPACE,
    tables=ArrayType(
        _product(
            name=STRING,
            product_type_ref=U32,
            primary_key=_COLUMNS,
            indexes=ArrayType(_product(name=_NAME, accessor_name=_NAME, algorithm=_ALGORITHM)),
            constraints=ArrayType(_product(name=_NAME, data=_UNIQUE)),
            sequences=ArrayType(_sequence("name")),
            schedule=option(_product(name=_NAME, reducer_name=STRING, scheduled_at_column=U16)),
            table_type=_TABLE_TYPE,
            table_access=_TABLE_ACCESS,
        )
    ),
    reducers=ArrayType(_product(name=STRING, params=_PARAMS, lifecycle=option(_LIFECYCLE))),
    types=ArrayType(
        _product(name=_product(scope=ArrayType(STRING), name=STRING), ty=U32, custom_ordering=BOOL)
    ),
    misc_exports=ArrayType(
        _sum(
            ColumnDefaultValue=_product(table=STRING, col_id=U16, value=BYTES),
            Procedure=_product(name=STRING, params=_PARAMS, return_type=_TYPE),
            View=_product(
                name=STRING, index=U32, is_public=BOOL, is_anonymous=BOOL, params=_PARAMS, return_type=_TYPE
            ),
        )
    ),
    row_level_security=_ROW_LEVEL_SECURITY,
)

_VISIBILITY = _enum("Private", "ClientCallable")
_MAPPING = _product(source_name=STRING, canonical_name=STRING)
_METHOD = _sum(
    Get=UNIT, Head=UNIT, Post=UNIT, Put=UNIT, Delete=UNIT, Connect=UNIT, Options=UNIT, Trace=UNIT, Patch=UNIT,
    Extension=STRING,
)  # fmt: skip
_SECTIONS = _sum(
    Typespace=_TYPESPACE,
    Types=ArrayType(
        _product(
            source_name=_product(scope=ArrayType(STRING), source_name=STRING), ty=U32, custom_ordering=BOOL
        )
    ),
    Tables=ArrayType(
        _product(
            source_name=STRING,
            product_type_ref=U32,
            primary_key=_COLUMNS,
            indexes=ArrayType(_product(source_name=_NAME, accessor_name=_NAME, algorithm=_ALGORITHM)),
            constraints=ArrayType(_product(source_name=_NAME, data=_UNIQUE)),
            sequences=ArrayType(_sequence("source_name")),
            table_type=_TABLE_TYPE,
            table_access=_TABLE_ACCESS,
            default_values=ArrayType(_product(col_id=U16, value=BYTES)),
            is_event=BOOL,
        )
    ),
    Reducers=ArrayType(
        _product(
            source_name=STRING,
            params=_PARAMS,
            visibility=_VISIBILITY,
            ok_return_type=_TYPE,
            err_return_type=_TYPE,
        )
    ),
    Procedures=ArrayType(
        _product(source_name=STRING, params=_PARAMS, return_type=_TYPE, visibility=_VISIBILITY)
    ),
    Views=ArrayType(
        _product(
            source_name=STRING,
            index=U32,
            is_public=BOOL,
            is_anonymous=BOOL,
            params=_PARAMS,
            return_type=_TYPE,
        )
    ),
    Schedules=ArrayType(
        _product(source_name=_NAME, table_name=STRING, schedule_at_col=U16, function_name=STRING)
    ),
    LifeCycleReducers=ArrayType(_product(lifecycle_spec=_LIFECYCLE, function_name=STRING)),
    RowLevelSecurity=_ROW_LEVEL_SECURITY,
    CaseConversionPolicy=_enum("None", "SnakeCase"),
    ExplicitNames=_product(entries=ArrayType(_sum(Table=_MAPPING, Function=_MAPPING, Index=_MAPPING))),
    HttpHandlers=ArrayType(_product(source_name=STRING)),
    HttpRoutes=ArrayType(
        _product(handler_function=STRING, method=_sum(Any=UNIT, Method=_METHOD), path=STRING)
    ),
    ViewPrimaryKeys=ArrayType(_product(view_source_name=STRING, columns=ArrayType(STRING))),
    Submodules=ArrayType(_product(namespace=STRING, module=_MODULE_V10)),
)
_V10 = _product(sections=ArrayType(_SECTIONS))

# `RawModuleDef` is a sum over the versions; no server of today writes V8, whose place is 0.
_TAGS: Mapping[int, ProductType] = {1: _V9, 2: _V10}
_VERSIONS = {9: 1, 10: 2}


@cache
def _space() -> CodecSpace:
    return CodecSpace(Typespace((_ALGEBRAIC_TYPE, _V10)), {})


def definition_to_bsatn(definition: dict[str, object], version: int) -> bytes:
    """The bytes that a module of `version` (9 or 10) describes itself with, from the definition's JSON (`write_v9`).

    SchemaError where the JSON is no definition of that version.
    """
    space, tag = _space(), _VERSIONS[version]
    type_ = _TAGS[tag]
    try:
        return bytes([tag]) + space.codec(type_).encode(json_decoder(space, type_)(definition))
    except (DecodeError, EncodeError) as error:
        raise SchemaError(f"this is no definition of version {version}: {error}") from error


def definition_from_bsatn(data: bytes) -> dict[str, object]:
    """The JSON of a definition, as `read_schema` takes it, from the bytes a module describes itself with.

    SchemaError for bytes that are none, and for a version or a section that is not known here.
    """
    type_ = _TAGS.get(data[0]) if data else None
    if type_ is None:
        raise SchemaError("the module describes itself in a version that is not known here: V9 and V10 are")
    space = _space()
    try:
        value = space.codec(type_).decode(data[1:])
    except DecodeError as error:
        raise SchemaError(f"the module's definition cannot be read: {error}") from error
    # By way of text: what is shown to be JSON here is what a server would send.
    found: dict[str, object] = json.loads(json.dumps(json_encoder(space, type_, positional=False)(value)))
    return found
