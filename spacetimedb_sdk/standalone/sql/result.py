"""What came of an SQL statement, and how HTTP tells it (spec: http-api.md section 3.6)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from ...sats.algebraic_type import AlgebraicType, ArrayType, Element, ProductType, SumType, Typespace
from ...sats.json.types import elements_to_json

__all__ = ["StatementResult", "resolved"]


@dataclass(frozen=True, slots=True)
class StatementResult:
    """`rows` are JSON texts of positional rows of `elements`; the numbers say how many rows a statement changed."""

    elements: tuple[Element, ...] = ()
    rows: Sequence[str] = field(default=())
    inserted: int = 0
    deleted: int = 0
    updated: int = 0

    def to_json(self, duration_micros: int) -> str:
        """The answer's element for this statement."""
        schema = json.dumps({"elements": elements_to_json(self.elements)}, separators=(",", ":"))
        stats = (
            f'{{"rows_inserted":{self.inserted},"rows_deleted":{self.deleted},"rows_updated":{self.updated}}}'
        )
        return (
            f'{{"schema":{schema},"rows":[{",".join(self.rows)}],'
            f'"total_duration_micros":{duration_micros},"stats":{stats}}}'
        )


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
