"""RawModuleDef V10 as JSON, read and written (spec: schema.md section 2, since-2.8.md).

A definition that a server sends names every table and function in `ExplicitNames`, holds converted column names and has no
case conversion policy. One taken from a compiled module is otherwise: its policy is applied here, and where it refers to a
function it has the source name.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import Any

from ...errors import SchemaError
from ..algebraic_type import STRING, UNIT, AlgebraicType, Typespace
from ..json.types import option_from_json, option_to_json, type_from_json, type_to_json
from .case_conversion import convert_type, pascal_case, snake_case
from .module_def import (
    Lifecycle,
    ModuleDef,
    ProcedureDef,
    ReducerDef,
    ScheduleDef,
    SubmoduleDef,
    TableDef,
    TypeDef,
    ViewDef,
)
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

__all__ = ["read_v10", "write_v10"]

_LOGGER = logging.getLogger(__name__)

# What a client has no use for: handlers of HTTP requests, the module's environment, and its calls to other databases.
_OF_THE_SERVER = frozenset({"HttpHandlers", "HttpRoutes", "Environment", "Outboxes"})
# What is read, with what an absent section stands for.
_ABSENT: dict[str, Any] = {
    "Typespace": {"types": []},
    "Types": [],
    "Tables": [],
    "Reducers": [],
    "Procedures": [],
    "Views": [],
    "Schedules": [],
    "LifeCycleReducers": [],
    "RowLevelSecurity": [],
    "CaseConversionPolicy": None,
    "ExplicitNames": {"entries": []},
    "ViewPrimaryKeys": [],
    "Submodules": [],
}


def read_v10(definition: Any) -> ModuleDef:
    """The module that `definition` (parsed JSON) describes. SchemaError says what it lacks.

    Sections and entries this version does not know are skipped, with a note in the log.
    """
    try:
        return _read(definition)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise SchemaError(
            f"not a V10 module definition ({type(error).__name__}: {error}): "
            "fetch it from /v1/database/NAME/schema?version=10"
        ) from error


def _read(definition: Any) -> ModuleDef:
    sections = _sections(definition)
    names = _names(sections)
    schedules = {
        names.referred("Table", item["table_name"]): ScheduleDef(
            option_from_json(item["source_name"], f"schedule of {item['table_name']!r}"),
            names.referred("Function", item["function_name"]),
            item["schedule_at_col"],
        )
        for item in sections["Schedules"]
    }
    lifecycles = {
        names.referred("Function", item["function_name"]): lifecycle_from_json(item["lifecycle_spec"])
        for item in sections["LifeCycleReducers"]
    }
    scheduled = {schedule.function_name for schedule in schedules.values()}
    keys = {item["view_source_name"]: tuple(item["columns"]) for item in sections["ViewPrimaryKeys"]}
    return ModuleDef(
        typespace=Typespace(
            tuple(
                names.type(type_from_json(item, f"typespace slot {slot}"))
                for slot, item in enumerate(sections["Typespace"]["types"])
            )
        ),
        types=tuple(_read_type(item, names) for item in sections["Types"]),
        tables=tuple(_read_table(item, names, schedules) for item in sections["Tables"]),
        reducers=tuple(_read_reducer(item, names, lifecycles, scheduled) for item in sections["Reducers"]),
        procedures=tuple(_read_procedure(item, names, scheduled) for item in sections["Procedures"]),
        views=tuple(_read_view(item, names, keys) for item in sections["Views"]),
        row_level_security=tuple(item["sql"] for item in sections["RowLevelSecurity"]),
        submodules=tuple(
            SubmoduleDef(item["namespace"], _read(item["module"])) for item in sections["Submodules"]
        ),
    )


def _sections(definition: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    unknown: list[str] = []
    for section in definition["sections"]:
        ((name, content),) = section.items()
        if name in found:
            raise SchemaError(
                f"the module definition has two sections {name!r}: it is damaged, fetch it again"
            )
        if name in _ABSENT:
            found[name] = content
        elif name not in _OF_THE_SERVER:
            unknown.append(name)
    if unknown:
        _LOGGER.warning(
            "the module definition has sections unknown here, which are skipped: %s", ", ".join(unknown)
        )
    return _ABSENT | found


@dataclass(frozen=True, slots=True)
class _Names:
    """From the author's names to canonical ones. `explicit` goes by kind (`Table`, `Function`, `Index`) and source name."""

    explicit: dict[tuple[str, str], str]
    is_snake_case: bool
    is_served: bool = False

    def of(self, kind: str, source_name: str) -> str:
        """The canonical name of a table or function."""
        policy = snake_case if self.is_snake_case else str
        return self.explicit.get((kind, source_name)) or policy(source_name)

    def referred(self, kind: str, name: str) -> str:
        """The canonical name of what a schedule or lifecycle refers to: a server's definition has canonical ones there."""
        return name if self.is_served else self.of(kind, name)

    def index(self, source_name: str | None) -> str | None:
        return None if source_name is None else self.explicit.get(("Index", source_name), source_name)

    @property
    def converts_types(self) -> bool:
        return self.is_snake_case and not self.is_served

    def type(self, type_: AlgebraicType) -> AlgebraicType:
        return convert_type(type_) if self.converts_types else type_

    def type_name(self, name: str) -> str:
        return pascal_case(name) if self.converts_types else name


def _names(sections: dict[str, Any]) -> _Names:
    explicit: dict[tuple[str, str], str] = {}
    unknown: list[str] = []
    for entry in sections["ExplicitNames"]["entries"]:
        ((kind, names),) = entry.items()
        if kind in ("Table", "Function", "Index"):
            explicit[kind, names["source_name"]] = names["canonical_name"]
        elif kind != "Namespace" and kind not in unknown:
            unknown.append(kind)
    if unknown:
        _LOGGER.warning(
            "the module definition names things unknown here, which are skipped: %s", ", ".join(unknown)
        )
    tables = [("Table", item["source_name"]) for item in sections["Tables"]]
    functions = [
        ("Function", item["source_name"])
        for section in ("Reducers", "Procedures", "Views")
        for item in sections[section]
    ]
    policy = sections["CaseConversionPolicy"]
    return _Names(
        explicit,
        is_snake_case=policy is None or "None" not in policy,
        is_served=policy is None and all(key in explicit for key in tables + functions),
    )


def _read_type(item: Any, names: _Names) -> TypeDef:
    name = item["source_name"]
    scope = tuple(map(names.type_name, name["scope"]))
    return TypeDef(names.type_name(name["source_name"]), scope, item["ty"], item["custom_ordering"])


def _read_table(item: Any, names: _Names, schedules: dict[str, ScheduleDef]) -> TableDef:
    source_name = item["source_name"]
    where = f"table {source_name!r}"
    name = names.of("Table", source_name)
    indexes = read_indexes(item["indexes"], where, "source_name")
    return TableDef(
        name=name,
        source_name=source_name,
        row_ref=item["product_type_ref"],
        primary_key=item["primary_key"][0] if item["primary_key"] else None,
        indexes=tuple(replace(index, name=names.index(index.name)) for index in indexes),
        constraints=read_constraints(item["constraints"], where, "source_name"),
        sequences=read_sequences(item["sequences"], where, "source_name"),
        schedule=schedules.get(name),
        is_public="Public" in item["table_access"],
        is_event=item["is_event"],
        default_values=tuple(
            (default["col_id"], bytes.fromhex(default["value"])) for default in item["default_values"]
        ),
    )


def _read_reducer(
    item: Any, names: _Names, lifecycles: dict[str, Lifecycle], scheduled: set[str]
) -> ReducerDef:
    source_name = item["source_name"]
    name = names.of("Function", source_name)
    lifecycle = lifecycles.get(name)
    return ReducerDef(
        name=name,
        source_name=source_name,
        params=params_from_json(item["params"], f"reducer {source_name!r}"),
        lifecycle=lifecycle,
        is_private="Private" in item["visibility"] or lifecycle is not None or name in scheduled,
    )


def _read_procedure(item: Any, names: _Names, scheduled: set[str]) -> ProcedureDef:
    source_name = item["source_name"]
    name = names.of("Function", source_name)
    where = f"procedure {source_name!r}"
    return ProcedureDef(
        name=name,
        source_name=source_name,
        params=params_from_json(item["params"], where),
        return_type=type_from_json(item["return_type"], where),
        is_private="Private" in item["visibility"] or name in scheduled,
    )


def _read_view(item: Any, names: _Names, keys: dict[str, tuple[str, ...]]) -> ViewDef:
    source_name = item["source_name"]
    where = f"view {source_name!r}"
    return ViewDef(
        name=names.of("Function", source_name),
        source_name=source_name,
        is_public=item["is_public"],
        is_anonymous=item["is_anonymous"],
        params=params_from_json(item["params"], where),
        return_type=type_from_json(item["return_type"], where),
        primary_key=keys.get(source_name, ()),
    )


def write_v10(module: ModuleDef, *, by_itself: bool = False) -> dict[str, object]:
    """The JSON a server answers on `/schema?version=10`: empty sections are left out.

    With `by_itself` what a module describes itself by. A server looks up what that refers to under its source name, and would
    convert each name that is not given, columns above all: here all are what they are to be called.
    """
    functions: tuple[ReducerDef | ProcedureDef, ...] = (*module.reducers, *module.procedures)
    names = {item.name: item.source_name for item in functions if by_itself}
    scheduled = {table.schedule.function_name for table in module.tables if table.schedule is not None}
    sections: dict[str, Any] = {
        "Typespace": {"types": [type_to_json(type_) for type_ in module.typespace.types]},
        "Types": [
            {
                "source_name": {"scope": list(item.scope), "source_name": item.name},
                "ty": item.ref,
                "custom_ordering": item.custom_ordering,
            }
            for item in module.types
        ],
        "Tables": [_write_table(table) for table in module.tables],
        "Reducers": [_write_reducer(reducer, scheduled) for reducer in module.reducers],
        "Procedures": [_write_procedure(procedure, scheduled) for procedure in module.procedures],
        "Views": _write_views(module.views),
        "Schedules": _write_schedules(module, names),
        "LifeCycleReducers": _write_lifecycles(module, names),
        "RowLevelSecurity": [{"sql": sql} for sql in module.row_level_security],
        "CaseConversionPolicy": {"None": []} if by_itself else None,
        "ExplicitNames": {"entries": _write_names(module)},
        "ViewPrimaryKeys": [
            {"view_source_name": view.source_name, "columns": list(view.primary_key)}
            for view in module.views
            if view.primary_key
        ],
        "Submodules": [
            {"namespace": submodule.namespace, "module": write_v10(submodule.module, by_itself=by_itself)}
            for submodule in module.submodules
        ],
    }
    always = ("Typespace", "ExplicitNames")
    return {"sections": [{name: section} for name, section in sections.items() if section or name in always]}


def _write_schedules(module: ModuleDef, names: dict[str, str]) -> list[dict[str, object]]:
    return [
        {
            "source_name": option_to_json(table.schedule.name),
            "table_name": table.source_name if names else table.name,
            "schedule_at_col": table.schedule.at_column,
            "function_name": names.get(table.schedule.function_name, table.schedule.function_name),
        }
        for table in module.tables
        if table.schedule is not None
    ]


def _write_lifecycles(module: ModuleDef, names: dict[str, str]) -> list[dict[str, object]]:
    return [
        {
            "lifecycle_spec": lifecycle_to_json(reducer.lifecycle),
            "function_name": names.get(reducer.name, reducer.name),
        }
        for reducer in sorted(module.reducers, key=lambda r: r.lifecycle.value if r.lifecycle else 0)
        if reducer.lifecycle is not None
    ]


def _write_table(table: TableDef) -> dict[str, object]:
    return {
        "source_name": table.source_name,
        **write_table_parts(table, "source_name"),
        "table_type": {"User": []},
        "table_access": {"Public" if table.is_public else "Private": []},
        "default_values": [
            {"col_id": column, "value": value.hex()} for column, value in table.default_values
        ],
        "is_event": table.is_event,
    }


def _visibility(is_private: bool) -> dict[str, object]:
    return {"Private" if is_private else "ClientCallable": []}


def _write_reducer(reducer: ReducerDef, scheduled: set[str]) -> dict[str, object]:
    is_private = reducer.is_private or reducer.lifecycle is not None or reducer.name in scheduled
    return {
        "source_name": reducer.source_name,
        "params": params_to_json(reducer.params),
        "visibility": _visibility(is_private),
        "ok_return_type": type_to_json(UNIT),
        "err_return_type": type_to_json(STRING),
    }


def _write_procedure(procedure: ProcedureDef, scheduled: set[str]) -> dict[str, object]:
    return {
        "source_name": procedure.source_name,
        "params": params_to_json(procedure.params),
        "return_type": type_to_json(procedure.return_type),
        "visibility": _visibility(procedure.is_private or procedure.name in scheduled),
    }


def _write_views(views: tuple[ViewDef, ...]) -> list[dict[str, object]]:
    return [
        {
            "source_name": view.source_name,
            "index": number,
            "is_public": view.is_public,
            "is_anonymous": view.is_anonymous,
            "params": params_to_json(view.params),
            "return_type": type_to_json(view.return_type),
        }
        for view, number in zip(views, view_numbers(views), strict=True)
    ]


def _write_names(module: ModuleDef) -> list[dict[str, object]]:
    tables = [("Table", table.source_name, table.name) for table in module.tables]
    functions = [
        ("Function", item.source_name, item.name)
        for items in (module.reducers, module.procedures, module.views)
        for item in items
    ]
    return [
        {kind: {"source_name": source_name, "canonical_name": name}}
        for kind, source_name, name in tables + functions
    ]
