"""The system tables that can be read by SQL: `st_table` and `st_client`."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Sequence
from typing import Any

from ...sats.algebraic_type import STRING, U16, U32, U128, U256, AlgebraicType, ArrayType, Typespace, option
from ...sats.schema.module_def import TableDef
from ..engine.database import Database

__all__ = ["SystemTable", "system_tables"]

_TABLE_COLUMNS: dict[str, AlgebraicType] = {
    "table_id": U32,
    "table_name": STRING,
    "table_type": STRING,
    "table_access": STRING,
    "table_primary_key": option(ArrayType(U16)),
}
_CLIENT_COLUMNS: dict[str, AlgebraicType] = {"identity": U256, "connection_id": U128}

# Number, name, whether it is public, primary key, as SpacetimeDB 1.2 lists them; more came with 2.x.
_SYSTEM_1_2: list[tuple[int, str, bool, list[int] | None]] = [
    (1, "st_table", True, [0]),
    (2, "st_column", True, None),
    (4, "st_index", True, [0]),
    (5, "st_constraint", True, [0]),
    (6, "st_module", True, None),
    (7, "st_client", True, None),
    (8, "st_var", True, [0]),
    (9, "st_scheduled", True, [0]),
    (10, "st_row_level_security", True, [1]),
    (3, "st_sequence", True, [0]),
]
_SYSTEM_2: list[tuple[int, str, bool, list[int] | None]] = [
    (11, "st_connection_credentials", False, [0]),
    (12, "st_view", True, [0]),
    (13, "st_view_param", True, None),
    (14, "st_view_column", True, None),
    (15, "st_view_sub", True, None),
    (16, "st_view_arg", True, [0]),
    (17, "st_event_table", True, [0]),
    (18, "st_table_accessor", True, None),
    (19, "st_index_accessor", True, None),
    (20, "st_column_accessor", True, None),
]


class SystemTable:
    """A table that is computed when it is read, with what queries need of a `TableStore`."""

    is_event = False
    typespace = Typespace(())

    def __init__(
        self, name: str, types: dict[str, AlgebraicType], read: Callable[[], Sequence[tuple[Any, ...]]]
    ) -> None:
        self.name = name
        self.types = types
        self.columns = tuple(types)
        self.definition = TableDef(name, name, 0, None, (), (), (), None, True)
        self._row = namedtuple(name, self.columns)  # type: ignore[misc]
        self._read = read

    def rows(self) -> list[object]:
        return [self._row(*values) for values in self._read()]

    def count(self) -> int:
        return len(self._read())


def system_tables(database: Database) -> dict[str, SystemTable]:
    """The system tables of `database` by name."""
    return {
        "st_table": SystemTable("st_table", _TABLE_COLUMNS, lambda: _tables(database)),
        "st_client": SystemTable("st_client", _CLIENT_COLUMNS, lambda: _clients(database)),
    }


def _tables(database: Database) -> list[tuple[object, ...]]:
    system = _SYSTEM_1_2 if database.compatibility.v1_only else _SYSTEM_1_2 + _SYSTEM_2
    rows: list[tuple[object, ...]] = [
        (number, name, "system", _access(public), key) for number, name, public, key in system
    ]
    stores = list(database.datastore.stores.values())
    for store in stores:
        key = store.definition.primary_key
        access = _access(store.definition.is_public)
        rows.append((store.table_id, store.name, "user", access, None if key is None else [key]))
    after = max((store.table_id for store in stores), default=database.compatibility.first_table_id - 1)
    views = sorted(database.definition.views, key=lambda view: view.name)
    for number, view in enumerate(views, after + 1):
        rows.append((number, view.name, "user", _access(view.is_public), None))
    return rows


def _clients(database: Database) -> list[tuple[object, ...]]:
    return [
        (int.from_bytes(identity.data, "big"), int.from_bytes(connection_id.data, "big"))
        for connection_id, identity in database.clients.items()
    ]


def _access(is_public: bool) -> str:
    return "public" if is_public else "private"
