"""How message dataclasses are tied to their wire types: one typespace per subprotocol, a slot per class."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, TypeVar, get_args

from ...sats.algebraic_type import UNIT, AlgebraicType, Element, ProductType, Ref, SumType, Typespace
from ...sats.bsatn.codec import CodecSpace

__all__ = ["MessageSpace", "SumClass", "Variant"]

C = TypeVar("C", bound=type)


class SumClass:
    """The base of a sum whose variants are classes with a `value` (or none, for a unit)."""

    __slots__ = ()
    __sats_variants__: tuple[type, ...] = ()


class Variant:
    """Sums whose variants *are* products: the message classes themselves, told apart by their class."""

    __sats_bare__ = True

    def __init__(self, name: str, variants: tuple[type, ...]) -> None:
        self.__name__ = name
        self.__sats_variants__ = variants

    @staticmethod
    def classes(union: object) -> tuple[type, ...]:
        """The members of `A | B | C`, in order: their tags."""
        return get_args(union)


class MessageSpace:
    """Collects classes and types; `finish` makes their codecs."""

    def __init__(self) -> None:
        self._types: list[AlgebraicType] = []
        self._classes: list[object] = []

    def ref(self, cls: object) -> Ref:
        return Ref(self._classes.index(cls))

    def _type(self, type_: Any) -> AlgebraicType:
        if type_ is None:
            return UNIT
        return self.ref(type_) if isinstance(type_, type) else type_

    def _add(self, cls: object, type_: AlgebraicType) -> None:
        self._classes.append(cls)
        self._types.append(type_)

    def product(self, **fields: object) -> Callable[[C], C]:
        """Binds a dataclass to the product of `fields`: a name for each field, its type or its class."""

        def bind(cls: C) -> C:
            self._add(
                cls, ProductType(tuple(Element(name, self._type(type_)) for name, type_ in fields.items()))
            )
            return cls

        return bind

    def sum(self, cls: type[SumClass], **variants: tuple[type, object]) -> None:
        """Binds `cls` to a sum; each variant is a subclass and its payload's type, None for a unit."""
        cls.__sats_variants__ = tuple(variant for variant, _ in variants.values())
        self._add(
            cls, SumType(tuple(Element(name, self._type(type_)) for name, (_, type_) in variants.items()))
        )

    def enum(self, cls: type[Enum]) -> None:
        """Binds an enum whose values are the tags, in order, to a sum of units."""
        self._add(cls, SumType(tuple(Element(member.name, UNIT) for member in cls)))

    def union(self, name: str, *classes: type) -> Ref:
        """A sum of bound products; its slot."""
        variant = Variant(name, classes)
        self._add(variant, SumType(tuple(Element(cls.__name__, self.ref(cls)) for cls in classes)))
        return self.ref(variant)

    def alias(self, type_: AlgebraicType) -> Ref:
        """A slot of its own for `type_`, so that `reshaped` can tell it from the same type elsewhere."""
        self._add(None, type_)
        return Ref(len(self._types) - 1)

    def reshaped(
        self,
        classes: Mapping[object, tuple[AlgebraicType, object]],
        aliases: Mapping[Ref, AlgebraicType] | None = None,
    ) -> CodecSpace:
        """Codecs of the same messages with other types, and classes, in the slots of `classes` and `aliases`."""
        types, bound = list(self._types), dict(enumerate(self._classes))
        for cls, (type_, instead) in classes.items():
            slot = self.ref(cls).index
            types[slot], bound[slot] = type_, instead
        for ref, type_ in (aliases or {}).items():
            types[ref.index] = type_
        return CodecSpace(Typespace(tuple(types)), bound)

    def unbound(self, *classes: object) -> Mapping[object, tuple[AlgebraicType, object]]:
        """For `reshaped`: the same types, of which tuples are made in place of instances of `classes`."""
        return {cls: (self._types[self.ref(cls).index], None) for cls in classes}

    def bound_to(self, instead: object, cls: object) -> Mapping[object, tuple[AlgebraicType, object]]:
        """For `reshaped`: the same type, of which `instead` is made in place of an instance of `cls`."""
        return {cls: (self._types[self.ref(cls).index], instead)}

    def finish(self) -> CodecSpace:
        return CodecSpace(Typespace(tuple(self._types)), dict(enumerate(self._classes)))
