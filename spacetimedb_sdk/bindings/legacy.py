"""Legacy rows and names: what spacetimedb-sdk 0.7.0 let its callers write (docs/compatibility.md, ruling 18)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import wraps
from typing import Any, Protocol

from ..sats.algebraic_type import AlgebraicType, ArrayType, ProductType, Typespace, option_of
from ..system.plain_text import letters_of

__all__ = ["Named", "accept_list", "canonical_name"]


class Named(Protocol):
    """A table, reducer or procedure: its name on the server and the one its author gave it."""

    @property
    def name(self) -> str: ...

    @property
    def source_name(self) -> str: ...


def canonical_name(infos: Mapping[str, Named], name: str) -> str | None:
    """The name on the server of what is called `name` by its author, by Python or by 0.7.0 (`LoggedOutUser`); or None."""
    for wanted in (name, name.rstrip("_")):
        for info in infos.values():
            if wanted in (info.name, info.source_name):
                return info.name
    meant = [info.name for info in infos.values() if letters_of(info.name) == letters_of(name)]
    return meant[0] if len(meant) == 1 else None


def accept_list(cls: Any, row: ProductType, typespace: Typespace) -> None:
    """Let `cls` be made from one list of all its values as well, as 0.7.0 made rows."""
    made_from_fields = cls.__init__
    only_column_is_a_list = len(row.elements) == 1 and _may_be_a_list(row.elements[0].type, typespace)

    @wraps(made_from_fields)
    def __init__(self: Any, *args: object, **fields: object) -> None:
        if len(args) == 1 and not fields and isinstance(args[0], list) and not only_column_is_a_list:
            args = tuple(args[0])
        made_from_fields(self, *args, **fields)

    cls.__init__ = __init__


def _may_be_a_list(type_: AlgebraicType, typespace: Typespace) -> bool:
    resolved = typespace.resolve(type_)
    inner = option_of(resolved)
    return isinstance(resolved if inner is None else typespace.resolve(inner), ArrayType)
