"""What the rows of a view are, and the table that queries take it for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from ...module.rows import ENCODED
from ...sats.algebraic_type import ProductType
from ...sats.bsatn.codec import CodecSpace
from ...sats.json.encoding import JsonEncoder, json_encoder
from ...sats.schema.module_def import TableDef, ViewDef
from ..tables.own_rows import is_own

__all__ = ["ViewRows"]


class ViewRows:
    """The rows that `function` returns for `view`: those of a table, or of a type that is no table's."""

    def __init__(
        self, view: ViewDef, table_id: int, function: Callable[..., object], space: CodecSpace
    ) -> None:
        ref = view.row.index
        row = space.typespace.types[ref]
        assert isinstance(row, ProductType)
        self.view = view
        self.name = view.name
        self.table_id = table_id
        self.function = function
        self.row_class: Any = space.classes[ref]
        self.columns: tuple[str, ...] = self.row_class.__sats_fields__
        names = [element.name or "" for element in row.elements]
        self.types = {name: element.type for name, element in zip(names, row.elements, strict=True)}
        self.typespace = space.typespace
        self.key = names.index(view.primary_key[0]) if view.primary_key else None
        self.definition = _table_definition(view, ref, self.key)
        self._codec = space.row_codec(ref, self.row_class, view.name)
        # A table's row keeps its bytes, once they are made; a row of any other type has no place for them.
        self._keeps = getattr(self.row_class, ENCODED, None)
        self._is_own = is_own(space.layout, row, self.row_class)
        self._json: JsonEncoder | None = None

    def encoded(self, row: object) -> bytes:
        kept: bytes | None = getattr(row, ENCODED) if self._keeps is not None else None
        if kept is None:
            kept = self._codec.encode(row)
            if self._keeps is not None:
                self._keeps.__set__(row, kept)
        return kept

    def json_encoder(self, *, stored: bool) -> JsonEncoder:
        """Views compute their rows: none was read out of a table (spec: sats-json.md section 3)."""
        if self._json is None:
            self._json = json_encoder(self._codec.space, self._codec.type_, positional=True)
        return self._json

    def rows_of(self, returned: object) -> dict[bytes, object]:
        """The rows that the function `returned`, by their bytes. ValueError for two rows of one key, which is then none."""
        rows = returned if isinstance(returned, list) else [] if returned is None else [returned]
        found = dict(map(self._own, rows))
        if self.key is not None:
            column = self.columns[self.key]
            counts = Counter(getattr(row, column) for row in found.values())
            twice = next((value for value, count in counts.items() if count > 1), None)
            if twice is not None:
                raise ValueError(f"two rows have {column}={twice!r}, which is the primary key of the view")
        return found

    def _own(self, row: object) -> tuple[bytes, object]:
        """The row's bytes, and the row as queries may have it: of plain values, and nobody else's."""
        if row.__class__ is not self.row_class:
            raise TypeError(f"a row of it is a {self.row_class.__name__}, not {type(row).__name__}")
        if self._is_own is not None and self._is_own(row):
            return self.encoded(row), row
        # Its own bytes may be older than what its lists hold by now.
        data = self._codec.encode(row)
        return data, self._codec.decode(data)


def _table_definition(view: ViewDef, row_ref: int, primary_key: int | None) -> TableDef:
    return TableDef(
        name=view.name,
        source_name=view.source_name,
        row_ref=row_ref,
        primary_key=primary_key,
        indexes=(),
        constraints=(),
        sequences=(),
        schedule=None,
        is_public=view.is_public,
    )
