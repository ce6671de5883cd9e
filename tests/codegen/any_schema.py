"""Any module definition of the type system, and any values of its types, for hypothesis to draw."""

from __future__ import annotations

import keyword
from collections.abc import Callable
from enum import Enum
from typing import Any
from uuid import UUID

import pytest
from hypothesis import strategies as st

from spacetimedb_sdk.codegen.names import BUILTIN_TYPES, IMPORTED_NAMES, ROW_NAMES
from spacetimedb_sdk.sats import algebraic_type as sats
from spacetimedb_sdk.sats.algebraic_type import (
    AlgebraicType,
    ArrayType,
    Element,
    PrimitiveType,
    ProductType,
    Ref,
    SumType,
    Typespace,
    is_unit,
    option,
    option_of,
    result,
    result_of,
    special_name,
)
from spacetimedb_sdk.sats.bsatn.codec import CodecSpace
from spacetimedb_sdk.sats.schema.module_def import (
    IndexDef,
    Lifecycle,
    ModuleDef,
    ProcedureDef,
    ReducerDef,
    TableDef,
    TypeDef,
    UniqueConstraintDef,
    ViewDef,
)
from spacetimedb_sdk.types import (
    ConnectionId,
    Err,
    Identity,
    Ok,
    ScheduleAt,
    Some,
    TimeDuration,
    Timestamp,
)

__all__ = ["FORMS", "definitions", "values"]


# How many definitions are drawn: the short form draws the same each time.
FORMS = pytest.mark.parametrize(
    "count", [pytest.param(12, id="short"), pytest.param(1_000, id="long", marks=pytest.mark.soak)]
)


_AWKWARD = sorted(
    {*keyword.kwlist, *keyword.softkwlist, *BUILTIN_TYPES, *IMPORTED_NAMES, *ROW_NAMES, "self", "cls"}
)
NAMES = st.one_of(
    st.from_regex(r"[A-Za-zé_][A-Za-z0-9_é]{0,9}", fullmatch=True), st.sampled_from(_AWKWARD)
).filter(lambda name: name.strip("_"))

_NUMBERS = {
    f"{sign}{bits}": (0, 2**bits - 1) if sign == "U" else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    for sign in "IU"
    for bits in (8, 16, 32, 64, 128, 256)
}
_KEYS = [PrimitiveType(name) for name in ("U8", "I32", "U64", "U256", "String", "Bool")] + [sats.IDENTITY]
_LEAVES: list[AlgebraicType] = [
    *(PrimitiveType(name) for name in (*_NUMBERS, "F32", "F64", "Bool", "String")),
    *(sats.BYTES, sats.UNIT, sats.IDENTITY, sats.CONNECTION_ID, sats.TIMESTAMP, sats.TIME_DURATION),
    *(sats.UUID, sats.SCHEDULE_AT),
]


def uses(finished: int, slots: int) -> st.SearchStrategy[AlgebraicType]:
    """Types of fields: slots below `finished` as they are, any slot behind an option or an array."""
    leaves: st.SearchStrategy[AlgebraicType] = st.sampled_from(_LEAVES)
    if finished:
        leaves |= st.integers(0, finished - 1).map(Ref)
    if slots:
        anywhere = st.integers(0, slots - 1).map(Ref)
        leaves |= anywhere.map(ArrayType) | anywhere.map(option)
    return st.recursive(
        leaves,
        lambda inner: inner.map(ArrayType) | inner.map(option) | st.builds(result, inner, inner),
        max_leaves=3,
    )


def products(types: st.SearchStrategy[AlgebraicType]) -> st.SearchStrategy[ProductType]:
    return st.lists(st.builds(Element, NAMES, types), max_size=4, unique_by=lambda element: element.name).map(
        lambda elements: ProductType(tuple(elements))
    )


def sums(types: st.SearchStrategy[AlgebraicType]) -> st.SearchStrategy[SumType]:
    return st.lists(
        st.builds(Element, NAMES, types), min_size=1, max_size=3, unique_by=lambda element: element.name
    ).map(lambda elements: SumType(tuple(elements)))


@st.composite
def definitions(draw: Callable[..., Any]) -> ModuleDef:
    """A module with up to five types and a few of everything else."""
    slots = draw(st.integers(1, 5))
    types: list[AlgebraicType] = []
    for slot in range(slots):
        fields = uses(slot, slots)
        types.append(draw(st.one_of(products(fields), sums(fields), sums(st.just(sats.UNIT)))))
    named = [
        TypeDef(name, tuple(scope), slot)
        for slot, (name, scope) in enumerate(
            zip(
                draw(st.lists(NAMES, min_size=slots, max_size=slots, unique=True)),
                draw(st.lists(st.lists(NAMES, max_size=1), min_size=slots, max_size=slots)),
                strict=True,
            )
        )
        if draw(st.integers(0, 9)) or isinstance(types[slot], SumType)
    ]
    rows = [slot for slot, type_ in enumerate(types) if isinstance(type_, ProductType)]
    wire_names = iter(draw(st.lists(NAMES, min_size=12, max_size=12, unique=True)))
    params = products(uses(slots, slots))
    return ModuleDef(
        typespace=Typespace(tuple(types)),
        types=tuple(named),
        tables=tuple(
            draw(tables(next(wire_names), slot, types[slot]))
            for slot in draw(st.lists(st.sampled_from(rows), max_size=4) if rows else st.just([]))
        ),
        reducers=tuple(
            ReducerDef(name, name, draw(params), draw(st.sampled_from([None, None, Lifecycle.INIT])))
            for name in (next(wire_names), next(wire_names))
        ),
        procedures=tuple(
            ProcedureDef(name, name, draw(params), draw(uses(slots, slots)), draw(st.booleans()))
            for name in (next(wire_names), next(wire_names))
        ),
        views=tuple(
            ViewDef(name, name, True, draw(st.booleans()), sats.UNIT, draw(st.sampled_from(wrapped)))
            for name, slot in zip(wire_names, rows[:2], strict=False)
            for wrapped in [
                [ArrayType(Ref(slot)), option(Ref(slot)), ProductType((Element("__query__", Ref(slot)),))]
            ]
        ),
    )


@st.composite
def tables(draw: Callable[..., Any], name: str, slot: int, row: ProductType) -> TableDef:
    keys = [index for index, element in enumerate(row.elements) if element.type in _KEYS]
    key = draw(st.sampled_from([None, *keys]))
    indexed = (
        draw(st.lists(st.sampled_from(range(len(row.elements))), max_size=2, unique=True))
        if row.elements
        else []
    )
    return TableDef(
        name=name,
        source_name=name,
        row_ref=slot,
        primary_key=key,
        indexes=(IndexDef(None, None, "BTree", tuple(indexed)),) if indexed else (),
        constraints=tuple(
            UniqueConstraintDef(None, (index,)) for index in keys if index == key or draw(st.booleans())
        ),
        sequences=(),
        schedule=None,
        is_public=draw(st.integers(0, 4)) > 0,
        is_event=draw(st.integers(0, 4)) == 0,
    )


def values(space: CodecSpace, type_: AlgebraicType, depth: int = 2) -> st.SearchStrategy[Any]:
    """Values of `type_` as programs hold them; JSON has no other floats than finite ones."""
    special = special_name(type_)
    if special is not None:
        return _SPECIAL[special]
    if type_ == sats.BYTES:
        return st.binary(max_size=5)
    inner = option_of(type_)
    if inner is not None:
        return _options(space, inner, depth)
    cases = result_of(type_)
    if cases is not None:
        ok, err = (values(space, case, depth) for case in cases)
        return ok.map(Ok) | err.map(Err)
    match type_:
        case PrimitiveType(name):
            return _primitives(name)
        case ArrayType(element):
            return st.lists(values(space, element, depth - 1), max_size=2) if depth else st.just([])
        case Ref(index):
            return _of_slot(space, index, depth)
        case ProductType(elements):
            return st.tuples(*(values(space, element.type, depth) for element in elements))
    raise AssertionError(f"no values of {type_}")


def _options(space: CodecSpace, inner: AlgebraicType, depth: int) -> st.SearchStrategy[Any]:
    if not depth:
        return st.none()
    present = values(space, inner, depth - 1)
    if option_of(space.typespace.resolve(inner)) is not None:
        present = present.map(Some)
    return st.none() | present


def _of_slot(space: CodecSpace, index: int, depth: int) -> st.SearchStrategy[Any]:
    type_ = space.typespace.types[index]
    bound = space.classes.get(index)
    if bound is None:
        return values(space, type_, depth)
    if issubclass(bound, Enum):
        return st.sampled_from(list(bound))
    if isinstance(type_, ProductType):
        return st.builds(bound, *(values(space, element.type, depth) for element in type_.elements))
    assert isinstance(type_, SumType)
    variants: list[st.SearchStrategy[Any]] = [
        st.builds(variant)
        if is_unit(element.type)
        else st.builds(variant, values(space, element.type, depth))
        for variant, element in zip(bound.__sats_variants__, type_.variants, strict=True)
    ]
    return st.one_of(variants)


def _primitives(name: str) -> st.SearchStrategy[Any]:
    if name in _NUMBERS:
        return st.integers(*_NUMBERS[name])
    if name in ("F32", "F64"):
        return st.floats(allow_nan=False, allow_infinity=False, width=32 if name == "F32" else 64)
    return st.booleans() if name == "Bool" else st.text(st.characters(exclude_categories=["Cs"]), max_size=5)


_MICROS = st.integers(-(2**63), 2**63 - 1)
_SPECIAL: dict[str, st.SearchStrategy[Any]] = {
    "Identity": st.binary(min_size=32, max_size=32).map(Identity.from_le),
    "ConnectionId": st.binary(min_size=16, max_size=16).map(ConnectionId.from_le),
    "Timestamp": _MICROS.map(Timestamp),
    "TimeDuration": _MICROS.map(TimeDuration),
    "Uuid": st.integers(0, 2**128 - 1).map(lambda number: UUID(int=number)),
    "ScheduleAt": _MICROS.map(lambda micros: ScheduleAt.Time(Timestamp(micros)))
    | _MICROS.map(lambda micros: ScheduleAt.Interval(TimeDuration(micros))),
}
