"""What queries and subscribers ask of a table, whether its rows are kept, computed by a view, or the server's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from ...sats.algebraic_type import AlgebraicType, Typespace
from ...sats.json.encoding import JsonEncoder
from ...sats.schema.module_def import TableDef

__all__ = ["EncodedRows", "ReadableTable", "SubscribableTable"]


class _Columns(Protocol):
    """What rows are. `columns` are their attributes, `types` goes by the names of these on the wire."""

    @property
    def name(self) -> str: ...

    @property
    def definition(self) -> TableDef: ...

    @property
    def columns(self) -> tuple[str, ...]: ...

    @property
    def types(self) -> dict[str, AlgebraicType]: ...

    @property
    def typespace(self) -> Typespace: ...


class ReadableTable(_Columns, Protocol):
    """A table that SQL reads."""

    @property
    def is_event(self) -> bool: ...

    @property
    def count(self) -> Callable[[], int]: ...

    def rows(self) -> list[object]: ...


class EncodedRows(_Columns, Protocol):
    """Rows that clients are sent: they have bytes, and come under the number of a table."""

    @property
    def table_id(self) -> int: ...

    def encoded(self, row: object) -> bytes: ...

    def json_encoder(self, *, stored: bool) -> JsonEncoder: ...


class SubscribableTable(ReadableTable, EncodedRows, Protocol):
    """A table that clients subscribe to: its rows are found by key and by index."""

    @property
    def get(self) -> Callable[[object], object]: ...

    def filter(self, /, **columns: object) -> list[object]: ...
