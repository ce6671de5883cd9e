"""The parts of tables and functions that V9 and V10 definitions spell alike (spec: schema.md sections 1 and 2).

Names are under the key `name` in V9 and `source_name` in V10: `key` says which.
"""

from __future__ import annotations

from typing import Any

from ...errors import SchemaError
from ..algebraic_type import ProductType
from ..json.types import elements_from_json, elements_to_json, option_from_json, option_to_json
from .module_def import IndexDef, Lifecycle, SequenceDef, TableDef, UniqueConstraintDef, ViewDef

__all__ = [
    "lifecycle_from_json",
    "lifecycle_to_json",
    "params_from_json",
    "params_to_json",
    "read_constraints",
    "read_indexes",
    "read_sequences",
    "view_numbers",
    "write_table_parts",
]

_LIFECYCLES = {
    "Init": Lifecycle.INIT,
    "OnConnect": Lifecycle.ON_CONNECT,
    "OnDisconnect": Lifecycle.ON_DISCONNECT,
}
_LIFECYCLE_NAMES = {lifecycle: name for name, lifecycle in _LIFECYCLES.items()}


def lifecycle_from_json(value: Any) -> Lifecycle:
    (name,) = value
    if name not in _LIFECYCLES:
        raise SchemaError(f"unknown lifecycle {name!r}: a newer module definition than this SDK reads")
    return _LIFECYCLES[name]


def lifecycle_to_json(lifecycle: Lifecycle) -> dict[str, object]:
    return {_LIFECYCLE_NAMES[lifecycle]: []}


def params_from_json(value: Any, where: str) -> ProductType:
    return ProductType(elements_from_json(value["elements"], where))


def params_to_json(params: ProductType) -> dict[str, object]:
    return {"elements": elements_to_json(params.elements)}


def read_indexes(items: Any, where: str, key: str) -> tuple[IndexDef, ...]:
    return tuple(_read_index(item, where, key) for item in items)


def _read_index(item: Any, where: str, key: str) -> IndexDef:
    ((algorithm, columns),) = item["algorithm"].items()
    return IndexDef(
        name=option_from_json(item[key], where),
        accessor_name=option_from_json(item["accessor_name"], where),
        algorithm=algorithm,
        columns=(columns,) if isinstance(columns, int) else tuple(columns),
    )


def read_constraints(items: Any, where: str, key: str) -> tuple[UniqueConstraintDef, ...]:
    return tuple(
        UniqueConstraintDef(option_from_json(item[key], where), tuple(item["data"]["Unique"]["columns"]))
        for item in items
    )


def read_sequences(items: Any, where: str, key: str) -> tuple[SequenceDef, ...]:
    return tuple(
        SequenceDef(
            name=option_from_json(item[key], where),
            column=item["column"],
            start=option_from_json(item["start"], where),
            min_value=option_from_json(item["min_value"], where),
            max_value=option_from_json(item["max_value"], where),
            increment=item["increment"],
        )
        for item in items
    )


def write_table_parts(table: TableDef, key: str) -> dict[str, object]:
    """`product_type_ref` to `sequences`, in the definition's order."""
    return {
        "product_type_ref": table.row_ref,
        "primary_key": [] if table.primary_key is None else [table.primary_key],
        "indexes": [
            {
                key: option_to_json(index.name),
                "accessor_name": option_to_json(index.accessor_name),
                "algorithm": {
                    index.algorithm: index.columns[0] if index.algorithm == "Direct" else list(index.columns)
                },
            }
            for index in table.indexes
        ],
        "constraints": [
            {key: option_to_json(item.name), "data": {"Unique": {"columns": list(item.columns)}}}
            for item in table.constraints
        ],
        "sequences": [
            {
                key: option_to_json(item.name),
                "column": item.column,
                "start": option_to_json(item.start),
                "min_value": option_to_json(item.min_value),
                "max_value": option_to_json(item.max_value),
                "increment": item.increment,
            }
            for item in table.sequences
        ],
    }


def view_numbers(views: tuple[ViewDef, ...]) -> list[int]:
    """The `index` of every view: those with and those without a caller are numbered apart."""
    return [
        sum(earlier.is_anonymous == view.is_anonymous for earlier in views[:position])
        for position, view in enumerate(views)
    ]
