"""What queries and subscribers ask of a table, whether its rows are kept, computed by a view, or the server's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from ...sats.algebraic_type import AlgebraicType, Typespace
from ...sats.json.encoding import JsonEncoder
from ...sats.schema.module_def import TableDef

__all__ = ["ReadableTable", "SubscribableTable"]


class ReadableTable(Protocol):
    """A table that SQL reads. `columns` are the attributes of its rows, `types` goes by their names on the wire."""

    @property
    def name(self) -> str: ...

    @property
    def is_event(self) -> bool: ...

    @property
    def definition(self) -> TableDef: ...

    @property
    def columns(self) -> tuple[str, ...]: ...

    @property
    def types(self) -> dict[str, AlgebraicType]: ...

    @property
    def typespace(self) -> Typespace: ...

    @property
    def count(self) -> Callable[[], int]: ...

    def rows(self) -> list[object]: ...


class SubscribableTable(ReadableTable, Protocol):
    """A table that clients subscribe to: its rows are found by key and by index, and have bytes."""

    @property
    def table_id(self) -> int: ...

    @property
    def get(self) -> Callable[[object], object]: ...

    def filter(self, /, **columns: object) -> list[object]: ...

    def encoded(self, row: object) -> bytes: ...

    def json_encoder(self, *, stored: bool) -> JsonEncoder: ...
