"""Members by name: generated classes whose AttributeError lists what there is, and names what was probably meant.

Type checkers see none of it: to them a member there is none of stays an error.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from enum import Enum, EnumMeta
from typing import TYPE_CHECKING, Any, NoReturn

from ..system.plain_text import LateText, close_to, listed

__all__ = ["GeneratedEnum", "GeneratedGroup", "GeneratedSum", "NamedMembers", "give_names"]

# What each generated group holds.
_KINDS = {"Tables": "table", "Views": "view", "Reducers": "reducer", "Procedures": "procedure"}
_AGAIN = "if the module has it by now, generate the bindings again"


class NamedMembers(type):
    """The metaclass of table classes and sums: a class attribute there is none of."""

    if not TYPE_CHECKING:

        def __getattr__(cls, name: str) -> NoReturn:
            def text() -> str:
                return f"{cls.__name__} has no {name}{close_to(name, _public(dir(cls)))}"

            raise _unknown(text, cls, name)


class _SumVariants(type):
    if not TYPE_CHECKING:

        def __getattr__(cls, name: str) -> NoReturn:
            raise _unknown(lambda: _none_of(cls.__name__, "variant", name, _public(vars(cls))), cls, name)


class _EnumVariants(EnumMeta):
    if not TYPE_CHECKING:

        def __getattr__(cls, name: str) -> Any:
            # Python 3.11 finds members here where their name is also an attribute of the class.
            members = cls.__dict__.get("_member_map_", {})
            if name in members:
                return members[name]
            raise _unknown(lambda: _none_of(cls.__name__, "variant", name, members), cls, name)


class GeneratedEnum(Enum, metaclass=_EnumVariants):
    """The base of plain enums in bindings."""


class GeneratedSum(metaclass=_SumVariants):
    """The base of sums in bindings."""

    __slots__ = ()


class GeneratedGroup:
    """The base of the typed `Tables`, `Views`, `Reducers` and `Procedures` of a client."""

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> NoReturn:
            def text() -> str:
                cls = type(self)
                kind = _KINDS.get(cls.__name__.rstrip("_"), "member")
                none = _none_of("the module", kind, name, _public(dir(self)))
                return f"{none}; {_where_else(cls, name) or _AGAIN}"

            raise _unknown(text, self, name)


def give_names(cls: Any) -> None:
    """Have rows and nested values of a generated class name their fields for one there is none of."""

    def __getattr__(self: Any, name: str) -> NoReturn:
        fields = getattr(type(self), "__dataclass_fields__", ())
        raise _unknown(lambda: _none_of(type(self).__name__, "field", name, fields), self, name)

    if "__getattr__" not in vars(cls):
        cls.__getattr__ = __getattr__


def _where_else(group: type, name: str) -> str:
    """Where the module has the name instead: a procedure is no reducer, and a table no view."""
    bindings = getattr(sys.modules.get(group.__module__.rpartition(".")[0]), "MODULE", None)
    found = [
        f"client.{other}.{name}"
        for other, kind in (("db", "tables"), ("reducers", "reducers"), ("procedures", "procedures"))
        if name in getattr(bindings, kind, ())
    ]
    return f"it is {found[0]}" if found else ""


def _none_of(owner: str, kind: str, name: str, known: Iterable[str]) -> str:
    names = list(known)
    return f"{owner} has no {kind} {name}{close_to(name, names)}: there are {listed(names)}"


def _public(names: Iterable[str]) -> list[str]:
    return [name for name in names if not name.startswith("_")]


def _unknown(text: Callable[[], str], owner: object, name: str) -> AttributeError:
    # Python itself asks for many names that begin so, and wants no more than the class of the error.
    if name.startswith("__"):
        return AttributeError(name)
    return AttributeError(LateText(text), name=name, obj=owner)
