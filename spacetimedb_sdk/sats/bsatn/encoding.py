"""Writes the Python function that encodes one type to BSATN (spec: bsatn.md).

The mirror of `decoding`: runs of fixed-width leaves become one `struct` call.
"""

from __future__ import annotations

import struct
from enum import Enum
from typing import Any

from ...system.plain_text import letters_of
from ...types import Err, Ok, ScheduleAt, Some
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
from ..generated_code import FunctionBody
from .layout import Layout, fields_of

__all__ = ["EncoderWriter", "encoder_environment"]


def _is_same_variant(value: Enum, enum: type[Enum]) -> bool:
    """Whether a member of another enum stands for the same variant: a module's own `Team.RED` is the `Team.red` of its bindings."""
    same = enum._value2member_map_.get(value.value)
    return (
        same is not None
        and type(value).__name__ == enum.__name__
        and letters_of(same.name) == letters_of(value.name)
    )


def _enum_tag(value: object, enum: type[Enum]) -> int:
    if type(value) is not enum:
        if isinstance(value, Enum) and _is_same_variant(value, enum):
            return int(value.value)
        raise TypeError(f"expected a {enum.__module__}.{enum.__name__}, not {value!r}")
    tag: int = value.value
    return tag


def encoder_environment() -> dict[str, object]:
    """The names that generated encoders use."""
    return {
        "BOOL_BYTES": {False: 0, True: 1},
        "enum_tag": _enum_tag,
        "pack": struct.pack,
        "SCHEDULE_TAGS": {ScheduleAt.Interval: 0, ScheduleAt.Time: 1},
        "RESULT_TAGS": {Ok: 0, Err: 1},
        "Some": Some,
    }


class EncoderWriter(FunctionBody):
    """One function body in the making: `put` appends to the bytearray `out` whatever an expression holds."""

    def __init__(self, layout: Layout, environment: dict[str, object]) -> None:
        super().__init__(environment)
        self.layout = layout
        self.called: set[int] = set()
        self.run: list[tuple[str, str]] = []

    def packed_run(self) -> str:
        """The expression that packs every leaf waited for; `b""` where there is none."""
        if not self.run:
            return 'b""'
        packed = struct.Struct("<" + "".join(code for code, _ in self.run))
        arguments = ", ".join(expression for _, expression in self.run)
        self.run = []
        return f"{self.constant('pack', packed.pack)}({arguments})"

    def flush(self) -> None:
        if self.run:
            self.line(f"out += {self.packed_run()}")

    def local(self, expression: str) -> str:
        """A variable that holds the expression's value, so that it is evaluated once."""
        if expression.isidentifier():
            return expression
        variable = self.name("n")
        self.line(f"{variable} = {expression}")
        return variable

    def put(self, type_: AlgebraicType, expression: str) -> None:
        leaf = self.layout.leaf(type_)
        if leaf is not None:
            if isinstance(type_, Ref):
                self.env.setdefault(f"enum_{type_.index}", self.layout.classes.get(type_.index))
            self.run.append((leaf.code, leaf.encode.format(expression)))
        elif isinstance(type_, Ref):
            self._ref(type_, expression)
        elif type_ == STRING:
            self._bytes(self.local(f"{expression}.encode()"))
        elif type_ == BYTES:
            self._bytes(self.local(f"bytes(memoryview({expression}))"))
        elif isinstance(type_, ArrayType):
            self._array(type_.element, self.local(expression))
        elif isinstance(type_, SumType):
            self._sum(type_, None, self.local(expression))
        elif isinstance(type_, ProductType):
            self._tuple(type_, expression)

    def _bytes(self, variable: str) -> None:
        self.run.append(("I", f"len({variable})"))
        self.flush()
        self.line(f"out += {variable}")

    def _tuple(self, type_: ProductType, expression: str) -> None:
        if not type_.elements:
            return
        parts = [self.name("t") for _ in type_.elements]
        self.line(f"{', '.join(parts)}, = {expression}")
        for part, element in zip(parts, type_.elements, strict=True):
            self.put(element.type, part)

    def _ref(self, ref: Ref, expression: str) -> None:
        if self.layout.needs_function(ref.index):
            self.flush()
            self.called.add(ref.index)
            self.line(f"encode_{ref.index}(out, {expression})")
        else:
            self.slot(ref, expression)

    def slot(self, ref: Ref, expression: str) -> None:
        """A value of a typespace slot, read through the class bound to it."""
        inner = self.layout.typespace.resolve(ref)
        bound = self.layout.classes.get(ref.index)
        if isinstance(inner, SumType):
            self._sum(inner, bound, self.local(expression))
        elif isinstance(inner, ProductType) and bound is not None:
            self.product(inner, fields_of(bound, inner), expression)
        else:
            self.put(inner, expression)

    def product(self, type_: ProductType, fields: tuple[str, ...], expression: str) -> None:
        if not type_.elements:
            return
        variable = self.local(expression)
        for field, element in zip(fields, type_.elements, strict=True):
            self.put(element.type, f"{variable}.{field}")

    def _array(self, element: AlgebraicType, variable: str) -> None:
        self.run.append(("I", f"len({variable})"))
        self.flush()
        leaf = self.layout.leaf(element)
        if leaf is not None and leaf.encode == "{}":
            self.line(f"out += pack(f'<{{len({variable})}}{leaf.code}', *{variable})")
            return
        item = self.name("i")
        self.line(f"for {item} in {variable}:")
        self.indent += 1
        start = len(self.lines)
        self.put(element, item)
        self.flush()
        if len(self.lines) == start:
            self.line("pass")
        self.indent -= 1

    def _sum(self, type_: SumType, bound: Any, variable: str) -> None:
        if not type_.variants:
            self.line(f"raise TypeError({variable})")
            return
        inner = option_of(type_) if bound is None else None
        if inner is not None:
            self._option(inner, variable)
            return
        tag, payload = self._discriminate(type_, bound, variable)
        self.run.append(("B", tag))
        self.flush()
        for index, variant in enumerate(type_.variants):
            self.line(f"{'if' if index == 0 else 'elif'} {tag} == {index}:")
            self.indent += 1
            start = len(self.lines)
            self.put(variant.type, payload(index))
            self.flush()
            if len(self.lines) == start:
                self.line("pass")
            self.indent -= 1
        self.line("else:")
        self.line(f"    raise ValueError('there is no variant ' + repr({tag}))")

    def _discriminate(self, type_: SumType, bound: Any, variable: str) -> tuple[str, Any]:
        """The variable that holds the tag, and the payload's expression by variant."""
        tag = self.name("g")
        if bound is not None and isinstance(bound, type) and issubclass(bound, Enum):
            self.line(f"{tag} = enum_tag({variable}, {self.constant('enum', bound)})")
            return tag, lambda index: "()"
        if bound is not None:
            tags = {cls: index for index, cls in enumerate(bound.__sats_variants__)}
            self.line(f"{tag} = {self.constant('tags', tags)}[type({variable})]")
            bare = getattr(bound, "__sats_bare__", False)
            return tag, lambda index: variable if bare else f"{variable}.value"
        if special_name(type_) == "ScheduleAt":
            self.line(f"{tag} = SCHEDULE_TAGS[type({variable})]")
            return tag, lambda index: f"{variable}.value"
        if result_of(type_) is not None:
            self.line(f"{tag} = RESULT_TAGS[type({variable})]")
            return tag, lambda index: f"{variable}.{'error' if index else 'value'}"
        payload = self.name("p")
        self.line(f"{tag}, {payload} = {variable}")
        return tag, lambda index: payload

    def _option(self, inner: AlgebraicType, variable: str) -> None:
        self.flush()
        self.line(f"if {variable} is None:")
        self.line('    out += b"\\x01"')
        self.line("else:")
        self.indent += 1
        self.run.append(("B", "0"))
        nested = option_of(self.layout.typespace.resolve(inner)) is not None
        if nested:
            self.line(f"if type({variable}) is not Some: raise TypeError('expected Some(...) or None')")
        self.put(inner, f"{variable}.value" if nested else variable)
        self.flush()
        self.indent -= 1

    def function(self, name: str) -> str:
        """The finished text: `name(out, v)` appends the encoding of `v` to the bytearray `out`."""
        return "\n".join([f"def {name}(out, v):", *(self.lines or ["    pass"])])
