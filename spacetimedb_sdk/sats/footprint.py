"""Footprint: how much memory decoded values may take for each byte that they were encoded in."""

from __future__ import annotations

from collections.abc import Sequence

from .algebraic_type import U8, AlgebraicType, ArrayType, PrimitiveType, ProductType, Ref, SumType, Typespace

__all__ = ["MAX_EMPTY_ELEMENTS", "memory_per_byte"]

# An array of values without width may name any count in four bytes: beyond this one it is an attack, not a value.
MAX_EMPTY_ELEMENTS = 1 << 10
# Bytes of the pointer in what holds a value, and of the smallest object of a class with slots.
_POINTER, _OBJECT, _LIST = 8, 40, 56
_WIDTHS = {"Bool": 1, "I8": 1, "U8": 1, "I16": 2, "U16": 2, "I32": 4, "U32": 4, "F32": 4, "I64": 8, "U64": 8}
_WIDTHS |= {"F64": 8, "I128": 16, "U128": 16, "I256": 32, "U256": 32, "String": 4}
# An int, a float; those of one byte are there already.
_NUMBER = 36
# Of many strings the short ones beyond Latin 1 are the worst, of a long one a single letter that takes four bytes.
_TEXTS_PER_BYTE, _TEXT_PER_BYTE = 13.0, 4.0
# Of many byte strings, those of two bytes.
_BYTES_PER_BYTE = 8.0


def memory_per_byte(typespace: Typespace, type_: AlgebraicType) -> float:
    """The most bytes of memory for each byte of BSATN, about, for values that have many: at least 1."""
    return max(_Footprint(typespace).of(type_, repeated=False)[1], 1.0)


class _Footprint:
    def __init__(self, typespace: Typespace) -> None:
        self._typespace = typespace
        # Types that refer to themselves: an inner one has its own bytes.
        self._open: set[int] = set()

    def of(self, type_: AlgebraicType, *, repeated: bool) -> tuple[int, float]:
        """The fewest bytes of a value, and the most memory for each of its bytes, the pointer to it included. One that is
        not `repeated` is a single object: what counts are the lists in it."""
        match type_:
            case Ref(index):
                return self._referred(index, repeated)
            case ArrayType(element) if element == U8:
                return 4, _BYTES_PER_BYTE if repeated else 1.0
            case ArrayType(element):
                own = (_LIST + _POINTER) / 4 if repeated else 0.0
                fewest, ratio = self.of(element, repeated=True)
                if fewest == 0:  # so many without a byte of their own
                    own += MAX_EMPTY_ELEMENTS * _POINTER / 4
                return 4, max(own, ratio)
            case ProductType(elements):
                return self._together([element.type for element in elements], 0, repeated)
            case SumType(variants):
                payloads = [self._together([variant.type], 1, repeated) for variant in variants]
                return 1, max((ratio for _, ratio in payloads), default=1.0)
            case PrimitiveType(name):
                width = _WIDTHS[name]
                if name == "String":
                    return width, _TEXTS_PER_BYTE if repeated else _TEXT_PER_BYTE
                return width, (_POINTER + (_NUMBER if width > 1 else 0)) / width if repeated else 1.0

    def _referred(self, index: int, repeated: bool) -> tuple[int, float]:
        if index in self._open:
            # A list of itself, or a sum: as deep as the bytes go.
            return 1, float(_OBJECT + _POINTER)
        self._open.add(index)
        try:
            return self.of(self._typespace.types[index], repeated=repeated)
        finally:
            self._open.discard(index)

    def _together(self, types: Sequence[AlgebraicType], tag: int, repeated: bool) -> tuple[int, float]:
        """One object of several."""
        parts = [self.of(type_, repeated=repeated) for type_ in types]
        fewest = sum(size for size, _ in parts) + tag
        own = (_OBJECT + _POINTER * len(parts)) / max(fewest, 1) if repeated else 0.0
        return fewest, own + max((ratio for _, ratio in parts), default=0.0)
