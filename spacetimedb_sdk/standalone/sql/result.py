"""What came of an SQL statement, and how HTTP tells it (spec: http-api.md section 3.6)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from ...sats.algebraic_type import AlgebraicType, ArrayType, Element, ProductType, SumType, Typespace
from ...sats.json.types import elements_to_json

__all__ = ["RowTexts", "StatementResult", "resolved"]

# As much is joined and encoded at once.
_PIECE_CHARACTERS = 64 << 10


class RowTexts:
    """JSON texts of rows, joined and encoded as they come."""

    def __init__(self) -> None:
        self.count = 0
        self._pieces: list[bytes] = []
        self._texts: list[str] = []
        self._size = 0

    def add(self, text: str) -> int:
        """One more row; returns how many bytes of whole pieces that made."""
        self.count += 1
        self._texts.append(text)
        self._size += len(text)
        return self._end() if self._size > _PIECE_CHARACTERS else 0

    def _end(self) -> int:
        opening = "," if self._pieces else ""
        piece = (opening + ",".join(self._texts)).encode()
        self._pieces.append(piece)
        self._texts, self._size = [], 0
        return len(piece)

    def pieces(self) -> Sequence[bytes]:
        """All rows, with commas between them."""
        if self._texts:
            self._end()
        return self._pieces


@dataclass(frozen=True, slots=True)
class StatementResult:
    """`rows` are pieces of the JSON of positional rows of `elements`, commas between them; the numbers say how many rows
    a statement changed."""

    elements: tuple[Element, ...] = ()
    rows: Sequence[bytes] = field(default=())
    inserted: int = 0
    deleted: int = 0
    updated: int = 0

    def to_json(self, duration_micros: int) -> list[bytes]:
        """The answer's element for this statement, in pieces."""
        schema = json.dumps({"elements": elements_to_json(self.elements)}, separators=(",", ":"))
        stats = (
            f'{{"rows_inserted":{self.inserted},"rows_deleted":{self.deleted},"rows_updated":{self.updated}}}'
        )
        head = f'{{"schema":{schema},"rows":['
        tail = f'],"total_duration_micros":{duration_micros},"stats":{stats}}}'
        return [head.encode(), *self.rows, tail.encode()]


def resolved(typespace: Typespace, type_: AlgebraicType) -> AlgebraicType:
    """`type_` with no Ref left in it."""
    found: AlgebraicType = typespace.resolve(type_)
    if isinstance(found, ArrayType):
        return ArrayType(resolved(typespace, found.element))
    if isinstance(found, ProductType):
        return ProductType(
            tuple(Element(item.name, resolved(typespace, item.type)) for item in found.elements)
        )
    if isinstance(found, SumType):
        return SumType(tuple(Element(item.name, resolved(typespace, item.type)) for item in found.variants))
    plain: AlgebraicType = found
    return plain
