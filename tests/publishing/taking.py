"""What a server of 2.x makes of the V10 definition that a module describes itself by, and what it refuses.

The rules are those of the crate `spacetimedb-schema` 2.8.2, `def/validate/v10.rs` and `v9.rs`, whose functions are named here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from spacetimedb_sdk.sats.algebraic_type import SCHEDULE_AT, U64, AlgebraicType, ProductType, Ref
from spacetimedb_sdk.sats.json.types import option_from_json, type_from_json
from spacetimedb_sdk.sats.schema.case_conversion import convert_type, snake_case

__all__ = ["Refused", "Taken", "taken"]


class Refused(Exception):
    """The server takes no such module: the name of its error, and of what."""


@dataclass
class Taken:
    """By canonical names: the columns of tables, which function each timer runs, and which reducer is what."""

    columns: dict[str, list[str | None]] = field(default_factory=dict)
    schedules: dict[str, str] = field(default_factory=dict)
    lifecycles: dict[str, str] = field(default_factory=dict)
    functions: list[str] = field(default_factory=list)


def taken(definition: dict[str, Any]) -> Taken:
    """What the server has then. Refused where it has none of it."""
    return _Taking(definition).all()


class _Taking:
    def __init__(self, definition: dict[str, Any]) -> None:
        self.sections = {
            name: content for section in definition["sections"] for name, content in section.items()
        }
        # `RawModuleDefV10::case_conversion_policy`: SnakeCase, where the module says nothing of it.
        self.keeps = "None" in self.sections.get("CaseConversionPolicy", {"SnakeCase": []})
        self.given = {
            (kind, names["source_name"]): names["canonical_name"]
            for entry in self.sections.get("ExplicitNames", {"entries": []})["entries"]
            for kind, names in entry.items()
        }
        types = [type_from_json(item, "a slot") for item in self.sections["Typespace"]["types"]]
        # `typespace_case_conversion`.
        self.types = types if self.keeps else [convert_type(type_) for type_ in types]
        self.namespace: set[str] = set()

    def all(self) -> Taken:
        result = Taken()
        params: dict[str, list[AlgebraicType]] = {}
        for kind in ("Reducers", "Procedures", "Views"):
            for item in self.sections.get(kind, []):
                name = self.resolved("Function", item["source_name"])
                if name in params:  # `check_function_names_are_unique`
                    raise Refused(f"DuplicateFunctionName {name}")
                params[name] = [
                    type_from_json(element["algebraic_type"], name) for element in item["params"]["elements"]
                ]
                result.functions.append(name)
                if kind == "Views":
                    self.add(name)
        for table in self.sections.get("Tables", []):
            name, columns = self.table(table)
            result.columns[name] = columns
        for schedule in self.sections.get("Schedules", []):
            name, function = self.schedule(schedule, params)
            result.schedules[name] = function
        for item in self.sections.get("LifeCycleReducers", []):
            ((lifecycle, _),) = item["lifecycle_spec"].items()
            name = self.resolved("Function", item["function_name"])
            if name not in params:
                raise Refused(f"LifecycleWithoutReducer {name}")
            if lifecycle in result.lifecycles or name in result.lifecycles.values():
                raise Refused(f"DuplicateLifecycle {lifecycle}")
            result.lifecycles[lifecycle] = name
        return result

    def resolved(self, kind: str, source: str) -> str:
        """`resolve_identifier`: a given name is found by the source name alone, all others are converted."""
        name = self.given.get((kind, source)) or (source if self.keeps else snake_case(source))
        return self.identifier(name)

    @staticmethod
    def identifier(name: str) -> str:
        if not name.isidentifier():
            raise Refused(f"IdentifierError {name}")
        return name

    def add(self, name: str) -> None:
        """`add_to_global_namespace`."""
        if name in self.namespace:
            raise Refused(f"DuplicateName {name}")
        self.namespace.add(name)

    def row(self, ref: int) -> ProductType:
        row = self.types[ref]
        if not isinstance(row, ProductType):
            raise Refused("InvalidProductTypeRef")
        return row

    def table(self, table: dict[str, Any]) -> tuple[str, list[str | None]]:
        """`validate_table_def`."""
        source = table["source_name"]
        name = self.resolved("Table", source)
        columns = [element.name for element in self.row(table["product_type_ref"]).elements]
        indexed = []
        for index in table["indexes"]:
            ((algorithm, places),) = index["algorithm"].items()
            joined = "_".join(columns[place] or "" for place in places)
            if len(set(places)) != len(places):
                raise Refused(f"DuplicateColumns {joined}")
            accessor = option_from_json(index["accessor_name"], name)
            if accessor is not None:
                self.identifier(accessor)
            alias = option_from_json(index["source_name"], name)
            for called in {alias or "", f"{name}_{joined}_idx_{algorithm.lower()}"}:
                self.add(called)
            indexed.append(set(places))
        unique = [set(item["data"]["Unique"]["columns"]) for item in table["constraints"]]
        for places in unique:
            self.add(f"{name}_{'_'.join(columns[place] or '' for place in sorted(places))}_key")
            if places not in indexed:
                raise Refused(f"UniqueConstraintWithoutIndex {name}")
        if table["primary_key"] and set(table["primary_key"]) not in unique:
            raise Refused(f"MissingPrimaryKeyUniqueConstraint {name}")
        for sequence in table["sequences"]:
            self.add(option_from_json(sequence["source_name"], name) or "")
        for called in {source, name}:
            self.add(called)
        if name.startswith("st_"):
            raise Refused(f"TableNameReserved {name}")
        return name, columns

    def schedule(self, schedule: dict[str, Any], params: dict[str, list[AlgebraicType]]) -> tuple[str, str]:
        """`validate_schedule_def` and `check_scheduled_functions_exist`."""
        name = self.resolved("Table", schedule["table_name"])
        tables = self.sections.get("Tables", [])
        table = next((item for item in tables if self.resolved("Table", item["source_name"]) == name), None)
        if table is None:
            raise Refused(f"TableNotFound {name}")
        elements = self.row(table["product_type_ref"]).elements
        key = table["primary_key"]
        if (
            elements[schedule["schedule_at_col"]].type != SCHEDULE_AT
            or not key
            or elements[key[0]].type != U64
        ):
            raise Refused(f"ScheduledIncorrectColumns {name}")
        self.add(f"{name}_sched")
        function = self.resolved("Function", schedule["function_name"])
        if function not in params:
            raise Refused(f"MissingScheduledFunction {function}")
        if params[function] != [Ref(table["product_type_ref"])]:
            raise Refused(f"IncorrectScheduledFunctionParams {function}")
        return name, function
