"""RawModuleDef V9 as JSON, read and written (spec: schema.md section 1).

V9 has no event tables, no visibility and no source names: what is read from it says so by their absence. Only a module of this
SDK tells which of its reducers are private, by a named type that nothing uses, an enum of their names.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ...errors import SchemaError
from ..algebraic_type import UNIT, Element, SumType, Typespace
from ..json.types import option_from_json, option_to_json, type_from_json, type_to_json
from .module_def import ModuleDef, ProcedureDef, ReducerDef, ScheduleDef, TableDef, TypeDef, ViewDef
from .parts import (
    lifecycle_from_json,
    lifecycle_to_json,
    params_from_json,
    params_to_json,
    read_constraints,
    read_indexes,
    read_sequences,
    view_numbers,
    write_table_parts,
)

__all__ = ["read_v9", "with_private_reducers", "write_v9"]

_PRIVATE_REDUCERS = ("PrivateReducers", ("spacetimedb",))


def read_v9(definition: Any) -> ModuleDef:
    """The module that `definition` (parsed JSON) describes. SchemaError says what it lacks."""
    try:
        return _read(definition)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise SchemaError(
            f"not a V9 module definition ({type(error).__name__}: {error}): "
            "fetch it from /v1/database/NAME/schema?version=9"
        ) from error


def _read(definition: Any) -> ModuleDef:
    types = tuple(
        type_from_json(item, f"typespace slot {slot}")
        for slot, item in enumerate(definition["typespace"]["types"])
    )
    procedures, views, defaults = _read_misc(definition["misc_exports"])
    named = tuple(_read_type(item) for item in definition["types"])
    private: set[str | None] = set()
    last = len(types) - 1
    if types and isinstance(mark := types[last], SumType):
        others = tuple(
            item for item in named if (item.name, item.scope, item.ref) != (*_PRIVATE_REDUCERS, last)
        )
        if others != named:
            private = {variant.name for variant in mark.variants}
            named, types = others, types[:last]
    return ModuleDef(
        typespace=Typespace(types),
        types=named,
        tables=tuple(_read_table(item, defaults) for item in definition["tables"]),
        reducers=tuple(
            replace(item, is_private=item.name in private)
            for item in map(_read_reducer, definition["reducers"])
        ),
        procedures=procedures,
        views=views,
        row_level_security=tuple(item["sql"] for item in definition["row_level_security"]),
    )


def _read_type(item: Any) -> TypeDef:
    name = item["name"]
    return TypeDef(name["name"], tuple(name["scope"]), item["ty"], item["custom_ordering"])


def _read_table(item: Any, defaults: dict[str, list[tuple[int, bytes]]]) -> TableDef:
    name = item["name"]
    where = f"table {name!r}"
    schedule = option_from_json(item["schedule"], where)
    return TableDef(
        name=name,
        source_name=name,
        row_ref=item["product_type_ref"],
        primary_key=item["primary_key"][0] if item["primary_key"] else None,
        indexes=read_indexes(item["indexes"], where, "name"),
        constraints=read_constraints(item["constraints"], where, "name"),
        sequences=read_sequences(item["sequences"], where, "name"),
        schedule=None
        if schedule is None
        else ScheduleDef(
            option_from_json(schedule["name"], where),
            schedule["reducer_name"],
            schedule["scheduled_at_column"],
        ),
        is_public="Public" in item["table_access"],
        default_values=tuple(defaults.get(name, ())),
    )


def _read_reducer(item: Any) -> ReducerDef:
    name = item["name"]
    lifecycle = option_from_json(item["lifecycle"], f"reducer {name!r}")
    return ReducerDef(
        name=name,
        source_name=name,
        params=params_from_json(item["params"], f"reducer {name!r}"),
        lifecycle=None if lifecycle is None else lifecycle_from_json(lifecycle),
    )


def _read_misc(
    items: Any,
) -> tuple[tuple[ProcedureDef, ...], tuple[ViewDef, ...], dict[str, list[tuple[int, bytes]]]]:
    procedures: list[ProcedureDef] = []
    views: list[ViewDef] = []
    defaults: dict[str, list[tuple[int, bytes]]] = {}
    for item in items:
        ((kind, body),) = item.items()
        if kind == "ColumnDefaultValue":
            defaults.setdefault(body["table"], []).append((body["col_id"], bytes.fromhex(body["value"])))
            continue
        if kind not in ("Procedure", "View"):
            continue
        name = body["name"]
        params = params_from_json(body["params"], name)
        return_type = type_from_json(body["return_type"], name)
        if kind == "Procedure":
            procedures.append(ProcedureDef(name, name, params, return_type))
        else:
            views.append(ViewDef(name, name, body["is_public"], body["is_anonymous"], params, return_type))
    return tuple(procedures), tuple(views), defaults


def with_private_reducers(module: ModuleDef) -> ModuleDef:
    """The definition for `write_v9` that tells `read_v9` which reducers are private; other readers see a type more."""
    private = [item.name for item in module.reducers if item.is_private and item.lifecycle is None]
    if not private:
        return module
    name, scope = _PRIVATE_REDUCERS
    names = SumType(tuple(Element(reducer, UNIT) for reducer in private))
    types = module.typespace.types
    return replace(
        module,
        typespace=replace(module.typespace, types=(*types, names)),
        types=(*module.types, TypeDef(name, scope, len(types), custom_ordering=True)),
    )


def write_v9(module: ModuleDef) -> dict[str, object]:
    """The JSON a server answers on `/schema?version=9`: tables and types sorted by name."""
    return {
        "typespace": {"types": [type_to_json(type_) for type_ in module.typespace.types]},
        "tables": [_write_table(table) for table in sorted(module.tables, key=lambda t: t.name)],
        "reducers": [_write_reducer(reducer) for reducer in module.reducers],
        "types": [
            {
                "name": {"scope": list(item.scope), "name": item.name},
                "ty": item.ref,
                "custom_ordering": item.custom_ordering,
            }
            for item in sorted(module.types, key=lambda t: (t.scope, t.name))
        ],
        "misc_exports": _write_misc(module),
        "row_level_security": [{"sql": sql} for sql in module.row_level_security],
    }


def _write_table(table: TableDef) -> dict[str, object]:
    schedule = table.schedule
    return {
        "name": table.name,
        **write_table_parts(table, "name"),
        "schedule": option_to_json(
            None
            if schedule is None
            else {
                "name": option_to_json(schedule.name),
                "reducer_name": schedule.function_name,
                "scheduled_at_column": schedule.at_column,
            }
        ),
        "table_type": {"User": []},
        "table_access": {"Public" if table.is_public else "Private": []},
    }


def _write_reducer(reducer: ReducerDef) -> dict[str, object]:
    lifecycle = reducer.lifecycle
    return {
        "name": reducer.name,
        "params": params_to_json(reducer.params),
        "lifecycle": option_to_json(None if lifecycle is None else lifecycle_to_json(lifecycle)),
    }


def _write_misc(module: ModuleDef) -> list[dict[str, object]]:
    exports: list[dict[str, object]] = []
    for table in module.tables:
        for column, value in table.default_values:
            body = {"table": table.name, "col_id": column, "value": value.hex()}
            exports.append({"ColumnDefaultValue": body})
    for procedure in module.procedures:
        exports.append(
            {
                "Procedure": {
                    "name": procedure.name,
                    "params": params_to_json(procedure.params),
                    "return_type": type_to_json(procedure.return_type),
                }
            }
        )
    for view, index in zip(module.views, view_numbers(module.views), strict=True):
        body = {
            "name": view.name,
            "index": index,
            "is_public": view.is_public,
            "is_anonymous": view.is_anonymous,
            "params": params_to_json(view.params),
            "return_type": type_to_json(view.return_type),
        }
        exports.append({"View": body})
    return exports
