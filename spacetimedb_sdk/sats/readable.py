"""Values and types as people read them: texts for the cells of a table, names for types."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, cast

from ..types import Some, Timestamp
from .algebraic_type import (
    BYTES,
    F32,
    AlgebraicType,
    ArrayType,
    PrimitiveType,
    ProductType,
    Ref,
    SumType,
    is_plain_enum,
    option_of,
    result_of,
    special_name,
)
from .bsatn.codec import CodecSpace
from .json.decoding import json_decoder
from .json.encoding import json_encoder
from .schema.module_def import ModuleDef

__all__ = ["TypeNames", "cell_writer", "named_json", "value_writer", "when"]


class TypeNames:
    """Types by the names a module gives them."""

    def __init__(self, module: ModuleDef) -> None:
        self._names = {item.ref: ".".join((*item.scope, item.name)) for item in module.types}
        self._typespace = module.typespace

    def of(self, type_: AlgebraicType) -> str:
        special = special_name(type_)
        inner, cases = option_of(type_), result_of(type_)
        if special is not None:
            return special
        if inner is not None:
            return f"Option<{self.of(inner)}>"
        if cases is not None:
            return f"Result<{self.of(cases[0])}, {self.of(cases[1])}>"
        if type_ == BYTES:
            return "Bytes"
        match type_:
            case Ref(index):
                return self._names.get(index) or self.of(self._typespace.resolve(type_))
            case ArrayType(element):
                return f"Array<{self.of(element)}>"
            case PrimitiveType(name):
                return name
            case ProductType(elements):
                return f"({', '.join(f'{e.name or index}: {self.of(e.type)}' for index, e in enumerate(elements))})"
            case SumType(variants):
                return f"({' | '.join(str(v.name) for v in variants)})"


def named_json(space: CodecSpace, type_: AlgebraicType) -> Callable[[Any], Any]:
    """From the JSON a server sends, positional or not, to JSON with the names of fields and variants."""
    decode, encode = json_decoder(space, type_), json_encoder(space, type_, positional=False)
    return lambda value: encode(decode(value))


def cell_writer(space: CodecSpace, type_: AlgebraicType) -> Callable[[Any], str]:
    """From a value as the server sends it to the text of a table cell; an option without a value is empty."""
    decode, write = json_decoder(space, type_), value_writer(space, type_)
    return lambda value: write(decode(value))


def value_writer(space: CodecSpace, type_: AlgebraicType) -> Callable[[Any], str]:
    """From a decoded value to the text of a table cell; an option without a value is empty. `space` has no classes."""
    resolved = space.typespace.resolve(type_)
    inner = option_of(resolved)
    if inner is not None:
        present = value_writer(space, inner)
        return lambda value: (
            "" if value is None else present(value.value if isinstance(value, Some) else value)
        )
    special = special_name(resolved)
    if special == "Timestamp":
        return when
    if special == "TimeDuration":
        return lambda value: f"{value.micros / 1_000_000:.6f}"
    if special in ("Identity", "ConnectionId", "Uuid"):
        return str
    if resolved == BYTES:
        return lambda value: str(value.hex())
    encode = json_encoder(space, type_, positional=False)
    if isinstance(resolved, PrimitiveType):
        if resolved == F32:  # the shortest text of it, which is not that of the same number as an f64
            return lambda value: _plain(encode(value))
        return _plain
    if is_plain_enum(resolved):
        return lambda value: str(next(iter(cast("dict[str, object]", encode(value)))))
    return lambda value: json.dumps(encode(value), ensure_ascii=False, separators=(",", ":"))


def when(timestamp: Timestamp) -> str:
    """ISO 8601 in UTC; the microseconds themselves where no calendar reaches."""
    try:
        return timestamp.to_datetime().isoformat(sep=" ", timespec="microseconds").replace("+00:00", "Z")
    except (OverflowError, ValueError):
        return str(timestamp.micros)


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
