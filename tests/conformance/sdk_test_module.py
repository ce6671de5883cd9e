"""SpacetimeDB's official SDK test module, as one in Python: tables of every type, and reducers that write their rows.

Its tables and reducers are many of a few shapes, so they are made in loops; names, columns and their order are the official
ones.
"""

from __future__ import annotations

from enum import Enum
from types import GenericAlias
from typing import Any

from spacetimedb_sdk.module import (
    ConnectionId,
    Identity,
    Module,
    Product,
    ReducerContext,
    Row,
    Sum,
    TimeDuration,
    Timestamp,
    column,
    f32,
    f64,
    i8,
    i16,
    i32,
    i64,
    i128,
    i256,
    u8,
    u16,
    u32,
    u64,
    u128,
    u256,
)

__all__ = ["KEYED", "SINGLE", "module"]

module = Module("sdk_test", style="1.x")

INTEGERS: dict[str, Any] = {
    "u8": u8, "u16": u16, "u32": u32, "u64": u64, "u128": u128, "u256": u256,
    "i8": i8, "i16": i16, "i32": i32, "i64": i64, "i128": i128, "i256": i256,
}  # fmt: skip
# What the fields a, b, c ... of the types of everything are.
EVERYTHING = [*INTEGERS.values(), bool, f32, f64, str, Identity, ConnectionId, Timestamp, TimeDuration]


@module.type
class SimpleEnum(Enum):
    Zero = 0
    One = 1
    Two = 2


@module.sum
class EnumWithPayload(Sum):
    pass


for _name, _hint in {
    **{name.upper(): hint for name, hint in INTEGERS.items()},
    "Bool": bool, "F32": f32, "F64": f64, "Str": str, "Identity": Identity, "ConnectionId": ConnectionId,
    "Timestamp": Timestamp, "Bytes": bytes, "Ints": list[i32], "Strings": list[str],
    "SimpleEnums": list[SimpleEnum],
}.items():  # fmt: skip
    module.variant(name=_name)(
        type(f"Of{_name}", (EnumWithPayload,), {"__annotations__": {"value": _hint}, "__module__": __name__})
    )


def _letters(hints: list[Any]) -> dict[str, Any]:
    return dict(zip("abcdefghijklmnopqrstuvwxyz", hints, strict=False))


def _type(name: str, fields: dict[str, Any]) -> Any:
    return module.type(type(name, (Product,), {"__annotations__": fields, "__module__": __name__}))


UnitStruct = _type("UnitStruct", {})
ByteStruct = _type("ByteStruct", {"b": u8})
EveryPrimitiveStruct = _type("EveryPrimitiveStruct", _letters(EVERYTHING))
EveryVecStruct = _type(
    "EveryVecStruct", _letters([bytes if hint is u8 else GenericAlias(list, (hint,)) for hint in EVERYTHING])
)

# By the end of the table's name: the column's name and its type.
SINGLE: dict[str, tuple[str, Any]] = {
    **{name: ("n", hint) for name, hint in INTEGERS.items()},
    "bool": ("b", bool), "f32": ("f", f32), "f64": ("f", f64), "string": ("s", str), "identity": ("i", Identity),
    "connection_id": ("a", ConnectionId), "timestamp": ("t", Timestamp), "simple_enum": ("e", SimpleEnum),
    "enum_with_payload": ("e", EnumWithPayload), "unit_struct": ("s", UnitStruct), "byte_struct": ("s", ByteStruct),
    "every_primitive_struct": ("s", EveryPrimitiveStruct), "every_vec_struct": ("s", EveryVecStruct),
}  # fmt: skip
_OPTIONS: dict[str, tuple[str, Any]] = {
    "i32": ("n", i32), "string": ("s", str), "identity": ("i", Identity), "simple_enum": ("e", SimpleEnum),
    "every_primitive_struct": ("s", EveryPrimitiveStruct), "vec_option_i32": ("v", list[i32 | None]),
}  # fmt: skip
_KEYS: dict[str, tuple[str, Any]] = {
    **{name: ("n", hint) for name, hint in INTEGERS.items()},
    "bool": ("b", bool), "string": ("s", str), "identity": ("i", Identity), "connection_id": ("a", ConnectionId),
}  # fmt: skip
# The tables with a key, by name: the key's column.
KEYED: dict[str, str] = {}


def _reducer(name: str, fields: dict[str, Any], body: str, **names: Any) -> None:
    """A reducer that takes the fields of a row."""
    environment = {**globals(), **names, **{f"hint_{field}": hint for field, hint in fields.items()}}
    params = "".join(f", {field}: hint_{field}" for field in fields)
    code = compile(
        f"def {name}(ctx: ReducerContext{params}):\n    {body}", __file__, "exec", dont_inherit=True
    )
    exec(code, environment)
    module.reducer(environment[name])


def _table(table: str, fields: dict[str, Any], **columns: Any) -> None:
    """A table, and the reducer that inserts a row of it."""
    pascal = "".join(part.capitalize() for part in table.split("_"))
    body = {"__annotations__": fields, "__module__": __name__, **columns}
    row: Any = module.table(name=table, public=True)(type(pascal, (Row,), body))
    values = ", ".join(fields)
    _reducer(f"insert_{table}", fields, f"ctx.db.{table}.insert(row({values}))", row=row)
    if columns:
        (key,) = columns
        KEYED[table] = key
        if table.startswith("pk_"):
            update, delete = f"ctx.db.{table}.update(row({values}))", f"ctx.db.{table}.delete_by_key({key})"
        else:
            delete = f"ctx.db.{table}.delete(ctx.db.{table}.find({key}={key}))"
            update = f"{delete}; ctx.db.{table}.insert(row({values}))"
        _reducer(f"update_{table}", fields, update, row=row)
        _reducer(f"delete_{table}", {key: fields[key]}, delete)


for _kind, (_column, _hint) in SINGLE.items():
    _table(f"one_{_kind}", {_column: _hint})
    _table(f"vec_{_kind}", {_column: bytes if _hint is u8 else GenericAlias(list, (_hint,))})
for _kind, (_column, _hint) in _OPTIONS.items():
    _table(f"option_{_kind}", {_column: _hint | None})
for _kind, (_column, _hint) in _KEYS.items():
    _table(f"unique_{_kind}", {_column: _hint, "data": i32}, **{_column: column(unique=True)})
    _table(f"pk_{_kind}", {_column: _hint, "data": i32}, **{_column: column(primary_key=True)})

_LARGE = [
    *EVERYTHING[:16], SimpleEnum, EnumWithPayload, UnitStruct, ByteStruct, EveryPrimitiveStruct, EveryVecStruct,
]  # fmt: skip
_table("large_table", _letters(_LARGE))
_table(
    "table_holds_table",
    {"a": module.tables["one_u8"].row_class, "b": module.tables["vec_u8"].row_class},
)


def _connection(ctx: ReducerContext) -> ConnectionId:
    assert ctx.connection_id is not None
    return ctx.connection_id


for _kind, _own in (("identity", "ctx.sender"), ("connection_id", "_connection(ctx)")):
    for _prefix, _values in (
        ("one", _own),
        ("vec", f"[{_own}]"),
        ("unique", f"{_own}, data"),
        ("pk", f"{_own}, data"),
    ):
        _row = module.tables[f"{_prefix}_{_kind}"].row_class
        _reducer(
            f"insert_caller_{_prefix}_{_kind}",
            {"data": i32} if "data" in _values else {},
            f"ctx.db.{_prefix}_{_kind}.insert(row({_values}))",
            row=_row,
        )


@module.reducer
def insert_call_timestamp(ctx: ReducerContext) -> None:
    ctx.db.one_timestamp.insert(module.tables["one_timestamp"].row_class(ctx.timestamp))


@module.reducer
def insert_primitives_as_strings(ctx: ReducerContext, s: EveryPrimitiveStruct) -> None:  # type: ignore[valid-type]
    texts = [str(getattr(s, field)) for field in "abcdefghijklmnopqrst"]
    ctx.db.vec_string.insert(module.tables["vec_string"].row_class(texts))


@module.reducer
def no_op_succeeds(ctx: ReducerContext) -> None:
    pass


# What the tests of clients wait for.
@module.reducer
def nothing(ctx: ReducerContext) -> None:
    pass
