"""How a value of an algebraic type is annotated in Python (spec: schema.md section 3)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from ..sats.algebraic_type import (
    BYTES,
    AlgebraicType,
    ArrayType,
    PrimitiveType,
    ProductType,
    Ref,
    is_unit,
    option_of,
    result_of,
    special_name,
)
from .plan import PackagePlan
from .source_text import Imports

__all__ = ["Annotations"]

_PRIMITIVES = {"Bool": "bool", "F32": "float", "F64": "float", "String": "str"}
_SPECIAL = {"ConnectionId": "Address"}


@dataclass(slots=True)
class Annotations:
    """Writes annotations for one file and notes the imports they need.

    `slot` is the slot whose class the file holds, None for a file that no other one imports. Built-in types whose
    names are among `shadowed` (a class has attributes so called) are reached through `builtins`. `for_types` keeps
    every import out of run time.
    """

    plan: PackagePlan
    imports: Imports
    slot: int | None = None
    shadowed: Collection[str] = field(default_factory=frozenset)
    for_types: bool = False

    def of(self, type_: AlgebraicType) -> str:
        """The annotation of a value of `type_`."""
        if isinstance(type_, Ref):
            if type_.index in self.plan.classes:
                return self._class(type_.index)
            return self.of(self.plan.typespace.resolve(type_))
        special = special_name(type_)
        if special == "Uuid":
            return self._named("uuid", "UUID")
        if special is not None:
            return self._named(f"{self.plan.sdk}.types", _SPECIAL.get(special, special))
        inner = option_of(type_)
        if inner is not None:
            return self._option(inner)
        cases = result_of(type_)
        if cases is not None:
            types = f"{self.plan.sdk}.types"
            ok, err = (
                f"{self._named(types, name)}[{self.of(case)}]"
                for name, case in zip(("Ok", "Err"), cases, strict=True)
            )
            return f"{ok} | {err}"
        return self._plain(type_)

    def _plain(self, type_: AlgebraicType) -> str:
        if type_ == BYTES:
            return self.builtin("bytes")
        match type_:
            case PrimitiveType(name):
                return self.builtin(_PRIMITIVES.get(name, "int"))
            case ArrayType(element):
                return f"{self.builtin('list')}[{self.of(element)}]"
            case ProductType(elements):
                inside = "()" if is_unit(type_) else ", ".join(self.of(element.type) for element in elements)
                return f"{self.builtin('tuple')}[{inside}]"
            case _:  # a sum without a name: its tag and its payload
                return f"{self.builtin('tuple')}[{self.builtin('int')}, {self._named('typing', 'Any')}]"

    def _option(self, inner: AlgebraicType) -> str:
        if option_of(self.plan.typespace.resolve(inner)) is not None:
            return f"{self._named(f'{self.plan.sdk}.types', 'Some')}[{self.of(inner)}] | None"
        return f"{self.of(inner)} | None"

    def builtin(self, name: str) -> str:
        """A built-in type, whatever the class calls its own attributes."""
        if name not in self.shadowed:
            return name
        self.imports.add_module("builtins")
        return f"builtins.{name}"

    def _named(self, module: str, name: str) -> str:
        (self.imports.add_for_types if self.for_types else self.imports.add)(module, name)
        return name

    def _class(self, index: int) -> str:
        class_name, stem = self.plan.classes[index]
        if index == self.slot:
            return class_name
        is_circular = self.slot is not None and self.plan.reaches(index, self.slot)
        add = self.imports.add_for_types if is_circular or self.for_types else self.imports.add
        add(f".{stem}", class_name)
        return class_name
