"""Writes the Python function that decodes one type from BSATN (spec: bsatn.md).

The function's text is made once per type. Fixed-width leaves that follow each other, across nested products and with the
length prefix of the string or array behind them, are read by one `struct` call; nothing is looked up per field.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ...errors import DecodeError
from ...types import Address, Err, Identity, Ok, ScheduleAt, Some, TimeDuration, Timestamp
from ..algebraic_type import (
    BYTES,
    STRING,
    AlgebraicType,
    ArrayType,
    ProductType,
    Ref,
    SumType,
    option_of,
    result_of,
    special_name,
)
from ..footprint import MAX_EMPTY_ELEMENTS
from ..generated_code import FunctionBody
from .fast_build import fast_build_of
from .layout import LEAVES, Layout, fields_of

if TYPE_CHECKING:
    from uuid import UUID

__all__ = ["TIMES", "DecoderWriter", "decoder_environment"]

MAX_KNOWN = 4096
# The classes of one slot that an expression of a leaf makes.
TIMES = {LEAVES["Timestamp"].decode: Timestamp, LEAVES["TimeDuration"].decode: TimeDuration}


class _Known(dict[bytes, Any]):
    """Values by the bytes they are made of, some thousands of them: a dictionary is quick in every interpreter."""

    def __init__(self, make: Callable[[bytes], Any]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, data: bytes) -> Any:
        if len(self) >= MAX_KNOWN:
            self.clear()
        made = self[data] = self._make(data)
        return made


def decoder_environment() -> dict[str, object]:
    """The names that generated decoders use."""

    def bad_tag(tag: int, where: str) -> DecodeError:
        return DecodeError(f"{where}: there is no variant {tag}")

    def uuid(raw: bytes) -> UUID:
        from uuid import UUID  # most modules have none

        return UUID(bytes=raw[::-1])

    def too_long(count: int, where: str) -> DecodeError:
        return DecodeError(f"{where}: {count} elements do not fit in what was received")

    return {
        "BOOLS": (False, True),
        "from_bytes": int.from_bytes,
        # The same few clients stand in row after row: a look-up costs a tenth of building one anew.
        "identity": _Known(Identity.from_le).__getitem__,
        "connection_id": _Known(Address.from_le).__getitem__,
        "uuid": uuid,
        "timestamp": fast_build_of(Timestamp, ("micros",)).build,
        "duration": fast_build_of(TimeDuration, ("micros",)).build,
        "Some": Some,
        "Ok": Ok,
        "Err": Err,
        "Interval": ScheduleAt.Interval,
        "Time": ScheduleAt.Time,
        "bad_tag": bad_tag,
        "too_long": too_long,
        "unpack": struct.unpack_from,
    }


class DecoderWriter(FunctionBody):
    """One function body in the making. `value` returns the expression of a value that is there after `flush`."""

    def __init__(self, layout: Layout, environment: dict[str, object], where: str) -> None:
        super().__init__(environment)
        self.layout = layout
        self.where = where
        self.called: set[int] = set()
        self._run: list[tuple[str, str]] = []
        # Lines that make objects of the leaves waited for: they stand behind the call that reads those.
        self._makings: list[str] = []

    def read(self, code: str) -> str:
        """The variable that will hold the next leaf."""
        variable = self.name("v")
        self._run.append((code, variable))
        return variable

    def flush(self) -> None:
        """Write the one call that reads every leaf waited for, and what is made of them."""
        if self._run:
            codes = [code for code, _ in self._run]
            packed, variables = self.take_run()
            if codes == ["B"]:
                self.line(f"{variables[0]} = buf[pos]")  # half the price, and every tag is one
            else:
                self.line(
                    f"{', '.join(variables)}, = {self.constant('unpack', packed.unpack_from)}(buf, pos)"
                )
            self.line(f"pos += {packed.size}")
        makings, self._makings = self._makings, []
        for text in makings:
            self.line(text)

    def take_run(self) -> tuple[struct.Struct, list[str]]:
        """The leaves waited for, which are then no longer: their struct and their variables."""
        packed = struct.Struct("<" + "".join(code for code, _ in self._run))
        variables = [variable for _, variable in self._run]
        self._run = []
        return packed, variables

    def value(self, type_: AlgebraicType) -> str:
        leaf = self.layout.leaf(type_)
        if leaf is not None:
            if isinstance(type_, Ref):
                self._bind_enum(type_)
            time = TIMES.get(leaf.decode)
            if time is not None:  # made in place: a call takes as long as making one
                return self._made(time, ("micros",), [self.read(leaf.code)])
            return leaf.decode.format(self.read(leaf.code))
        if isinstance(type_, Ref):
            return self._ref(type_)
        if type_ == STRING:
            return self._slice(".decode()")
        if type_ == BYTES:
            return self._slice("")
        if isinstance(type_, ArrayType):
            return self._array(type_.element)
        if isinstance(type_, SumType):
            return self._sum(type_, None)
        assert isinstance(type_, ProductType)
        return f"({''.join(self.value(element.type) + ', ' for element in type_.elements)})"

    def _bind_enum(self, ref: Ref) -> None:
        bound = self.layout.classes.get(ref.index)
        resolved = self.layout.typespace.resolve(ref)
        if bound is not None and special_name(resolved) is None and isinstance(resolved, SumType):
            self.env[f"members_{ref.index}"] = tuple(bound(tag) for tag in range(len(resolved.variants)))

    def _ref(self, ref: Ref) -> str:
        if self.layout.needs_function(ref.index):
            self.flush()
            variable = self.name("r")
            self.called.add(ref.index)
            self.line(f"{variable}, pos = decode_{ref.index}(buf, pos)")
            return variable
        return self.slot(ref)

    def slot(self, ref: Ref) -> str:
        """The value of a typespace slot, built as the class bound to it."""
        inner = self.layout.typespace.resolve(ref)
        bound = self.layout.classes.get(ref.index)
        if isinstance(inner, SumType):
            return self._sum(inner, bound)
        written = getattr(bound, "__sats_written__", None)
        if written is not None:  # which writes the lines that read it itself
            made: str = written(self)
            return made
        if not isinstance(inner, ProductType) or bound is None:
            return self.value(inner)
        return self.made(bound, inner, [self.value(element.type) for element in inner.elements])

    def made(self, cls: Any, type_: ProductType, parts: list[str]) -> str:
        """An instance of `cls` made of the values of its fields."""
        return self._made(cls, fields_of(cls, type_), parts)

    def _made(self, cls: Any, fields: tuple[str, ...], parts: list[str]) -> str:
        """Fields are set in place: a call for each object costs as much as all of its fields."""
        fast = fast_build_of(cls, fields)
        if fast.blank is None:
            return f"{self.constant('build', fast.cls)}({', '.join(parts)})"
        made = self.name("p")
        blank = self.constant("blank", fast.blank)
        self._makings += fast.assignments(made, blank, self.constant("class", cls), parts)
        return made

    def _slice(self, suffix: str) -> str:
        count = self.read("I")
        self.flush()
        variable = self.name("s")
        self.line(f"{variable} = buf[pos:pos + {count}]{suffix}")
        self.line(f"pos += {count}")
        return variable

    def _array(self, element: AlgebraicType) -> str:
        count = self.read("I")
        self.flush()
        variable = self.name("l")
        width = self.layout.width(element)
        room = "len(buf) - pos"
        if width is not None and width != 1:
            room = f"({room}) // {width}" if width else str(MAX_EMPTY_ELEMENTS)
        self.line(f"if {count} > {room}: raise too_long({count}, {self.where!r})")
        leaf = self.layout.leaf(element)
        if leaf is not None and leaf.decode == "{}":
            self.line(f"{variable} = list(unpack(f'<{{{count}}}{leaf.code}', buf, pos))")
            self.line(f"pos += {count} * {width}")
            return variable
        if width == 0:  # there is but one value: it is made once, whatever the count
            self.line(f"{variable} = [{self.value(element)}] * {count}")
            return variable
        self.line(f"{variable} = []")
        self.line(f"for _ in range({count}):")
        self.indent += 1
        item = self.value(element)
        self.flush()
        self.line(f"{variable}.append({item})")
        self.indent -= 1
        return variable

    def _sum(self, type_: SumType, bound: Any) -> str:
        tag = self.read("B")
        self.flush()
        variable = self.name("o")
        for index, variant in enumerate(type_.variants):
            self.line(f"{'if' if index == 0 else 'elif'} {tag} == {index}:")
            self.indent += 1
            expression = self._variant(type_, bound, index, variant.type)
            self.flush()
            self.line(f"{variable} = {expression}")
            self.indent -= 1
        self.line(f"{'else: ' if type_.variants else ''}raise bad_tag({tag}, {self.where!r})")
        return variable

    def _variant(self, type_: SumType, bound: Any, index: int, payload: AlgebraicType) -> str:
        inner = option_of(type_)
        if bound is None and inner is not None:
            if index == 1:
                return "None"
            nested = option_of(self.layout.typespace.resolve(inner)) is not None
            return f"Some({self.value(payload)})" if nested else self.value(payload)
        if bound is None and result_of(type_) is not None:
            return f"{'Ok' if index == 0 else 'Err'}({self.value(payload)})"
        if bound is None and special_name(type_) == "ScheduleAt":
            return f"{'Interval' if index == 0 else 'Time'}({self.value(payload)})"
        if bound is None:
            return f"({index}, {self.value(payload)})"
        variants = bound.__sats_variants__
        if getattr(bound, "__sats_bare__", False):
            return self.value(payload)
        if isinstance(payload, ProductType) and not payload.elements:
            return f"{self.constant('variant', variants[index])}()"
        return self._made(variants[index], ("value",), [self.value(payload)])

    def function(self, name: str) -> str:
        """The finished text: `name(buf, pos) -> (value, pos)`; the body's last value is `result`."""
        return "\n".join([f"def {name}(buf, pos):", *self.lines])
