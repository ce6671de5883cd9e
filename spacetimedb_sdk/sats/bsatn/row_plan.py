"""Row plans: what the compiled part (`accelerator/`) reads rows by, written beside the decoder that is generated for them.

A plan is a letter of `struct`, `?` for a bool, `s` for a text, `y` for bytes, or a tuple: `("int", width, is_signed)`;
`("made", function, width)` for what a function makes of so many bytes; `("member", values)` for the value whose number one byte is;
`("constant", value)`, of no bytes; `("object", class, slots, plans)` for an instance whose slots are filled; `("called", function,
plans)` for what a function makes of values; `("tuple", plans)`; `("list", plan)`; `("sum", plans)` for the plan whose number one
byte is; `("at", decoder)` for what a generated decoder reads, a type that contains itself above all.

`reading_plan` writes others, for the interpreter inside a database: there the row classes are filled without being asked, and
what is rare has no plan at all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

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
from .decoding import TIMES
from .fast_build import fast_build_of
from .layout import LEAVES, Layout, Leaf, fields_of

__all__ = ["PLAN_VERSION", "Plan", "RowPlanWriter"]

# That of the compiled part has to be the same: it counts up with each change of what a plan may hold, or of what that part has.
PLAN_VERSION = 6

Plan: TypeAlias = object
Decoder: TypeAlias = Callable[[bytes, int], tuple[object, int]]

# Whether the integers that one of these expressions makes have a sign.
_WIDE = {LEAVES[f"{sign}{bits}"].decode: sign == "I" for sign in "IU" for bits in (128, 256)}


class RowPlanWriter:
    """Writes plans; each method says the same of a type as its namesake of `DecoderWriter` does.

    `environment` holds the names that the expressions of leaves use; `decoder` is the generated decoder of a type.
    """

    def __init__(
        self,
        layout: Layout,
        environment: Mapping[str, object],
        decoder: Callable[[AlgebraicType], Decoder],
    ) -> None:
        self.layout = layout
        self.env = environment
        self._decoder = decoder

    def value(self, type_: AlgebraicType) -> Plan:
        leaf = self.layout.leaf(type_)
        if leaf is not None:
            return self._leaf(type_, leaf)
        if isinstance(type_, Ref):
            return self._ref(type_)
        if type_ == STRING:
            return "s"
        if type_ == BYTES:
            return "y"
        if isinstance(type_, ArrayType):
            if (
                self.layout.width(type_.element) == 0
            ):  # any count of them takes no room: it has a bound of its own
                return "at", self._decoder(type_)
            return "list", self.value(type_.element)
        if isinstance(type_, SumType):
            return self._sum(type_, None)
        assert isinstance(type_, ProductType)
        return "tuple", tuple(self.value(element.type) for element in type_.elements)

    def _ref(self, ref: Ref) -> Plan:
        if self.layout.needs_function(ref.index):
            return "at", self._decoder(ref)
        inner = self.layout.typespace.resolve(ref)
        bound = self.layout.classes.get(ref.index)
        if isinstance(inner, SumType):
            return self._sum(inner, bound)
        if isinstance(inner, ProductType) and bound is not None:
            return self.made(bound, inner)
        return self.value(inner)

    def _leaf(self, type_: AlgebraicType, leaf: Leaf) -> Plan:
        if leaf.decode == "{}":
            return leaf.code
        if leaf.decode == LEAVES["Bool"].decode:
            return "?"
        time = TIMES.get(leaf.decode)
        if time is not None:
            return self._filled(time, ("micros",), (leaf.code,))
        signed = _WIDE.get(leaf.decode)
        if signed is not None:
            return "int", leaf.width, signed
        function, opening, _ = leaf.decode.partition("(")
        if opening:
            return "made", self.env[function], leaf.width
        assert isinstance(type_, Ref)  # a plain enum
        inner = self.layout.typespace.resolve(type_)
        assert isinstance(inner, SumType)
        return "member", tuple(map(self.layout.classes[type_.index], range(len(inner.variants))))

    def made(self, cls: object, type_: ProductType) -> Plan:
        """Of an instance of `cls` made of the values of its fields."""
        plans = tuple(self.value(element.type) for element in type_.elements)
        return self._filled(cls, fields_of(cls, type_), plans)

    def _filled(self, cls: object, fields: tuple[str, ...], plans: tuple[Plan, ...]) -> Plan:
        fast = fast_build_of(cls, fields)
        if fast.blank is None:
            return "called", fast.cls, plans
        assert isinstance(cls, type)
        found = (
            next((c.__dict__[field] for c in cls.__mro__ if field in c.__dict__), None) for field in fields
        )
        return "object", cls, tuple(found), plans

    def _sum(self, type_: SumType, bound: object) -> Plan:
        return "sum", tuple(
            self._variant(type_, bound, index, variant.type) for index, variant in enumerate(type_.variants)
        )

    def _variant(self, type_: SumType, bound: object, index: int, payload: AlgebraicType) -> Plan:
        inner = option_of(type_)
        value = self.value(payload)
        if bound is None and inner is not None:
            if index == 1:
                return "constant", None
            nested = option_of(self.layout.typespace.resolve(inner)) is not None
            return ("called", self.env["Some"], (value,)) if nested else value
        if bound is None and result_of(type_) is not None:
            return "called", self.env["Ok" if index == 0 else "Err"], (value,)
        if bound is None and special_name(type_) == "ScheduleAt":
            return "called", self.env["Interval" if index == 0 else "Time"], (value,)
        if bound is None:
            return "tuple", (("constant", index), value)
        variants: tuple[type, ...] = getattr(bound, "__sats_variants__", ())
        if getattr(bound, "__sats_bare__", False):
            return value
        if isinstance(payload, ProductType) and not payload.elements:
            return "called", variants[index], ()
        return self._filled(variants[index], ("value",), (value,))
