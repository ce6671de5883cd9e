"""What bindings generated for spacetimedb-sdk 0.7.0 call on a client, and how they made rows (compatibility.md, ruling 18).

Old bindings know no types and cannot decode what servers of today send: they have to be generated anew. What programs
built on their habits goes on working: rows made from one list of values, and the four hooks below.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import TYPE_CHECKING, Any

from .errors import SchemaError
from .sats.algebraic_type import AlgebraicType, ArrayType, ProductType, Typespace, option_of

if TYPE_CHECKING:
    from .bindings import ModuleBindings
    from .client_cache import ClientCache

__all__ = ["LegacyHooks", "accept_list", "canonical_name"]


def canonical_name(infos: Mapping[str, Any], name: str) -> str | None:
    """The name on the server of what is called `name` by its author, by Python or by 0.7.0 (`LoggedOutUser`); or None."""
    for wanted in (name, name.rstrip("_")):
        for info in infos.values():
            if wanted in (info.name, info.source_name):
                return str(info.name)
    plain = name.replace("_", "").lower()
    meant = [str(info.name) for info in infos.values() if info.name.replace("_", "").lower() == plain]
    return meant[0] if len(meant) == 1 else None


def accept_list(cls: Any, row: ProductType, typespace: Typespace) -> None:
    """Let `cls` be made from one list of all its values as well, as 0.7.0 made rows."""
    made_from_fields = cls.__init__
    only_column_is_a_list = len(row.elements) == 1 and _may_be_a_list(row.elements[0].type, typespace)

    @wraps(made_from_fields)
    def __init__(self: Any, *args: Any, **fields: Any) -> None:
        if len(args) == 1 and not fields and isinstance(args[0], list) and not only_column_is_a_list:
            args = tuple(args[0])
        made_from_fields(self, *args, **fields)

    cls.__init__ = __init__


def _may_be_a_list(type_: AlgebraicType, typespace: Typespace) -> bool:
    resolved = typespace.resolve(type_)
    inner = option_of(resolved)
    return isinstance(resolved if inner is None else typespace.resolve(inner), ArrayType)


class LegacyHooks:
    """The private methods of a 0.7.0 client that its bindings used; names may be spelt as 0.7.0 spelt them."""

    if TYPE_CHECKING:
        bindings: ModuleBindings
        cache: ClientCache

        def register_row_update(self, table: str, callback: Callable[..., Any]) -> None: ...

        def register_on_reducer(self, name: str, callback: Callable[..., Any]) -> None: ...

        def call_reducer(self, name: str, *args: Any) -> Any: ...

    def _get_table_cache(self, table_name: str) -> dict[Any, Any]:
        """The rows of a table by key, as a copy."""
        return dict(self.cache.table(self._legacy_table(table_name)).rows)

    def _register_row_update(self, table_name: str, callback: Callable[..., Any]) -> None:
        self.register_row_update(self._legacy_table(table_name), callback)

    def _register_reducer(self, reducer_name: str, callback: Callable[..., Any]) -> None:
        self.register_on_reducer(self._legacy_reducer(reducer_name), callback)

    def _reducer_call(self, reducer: str, *args: Any) -> None:
        self.call_reducer(self._legacy_reducer(reducer), *args)

    def _legacy_table(self, name: str) -> str:
        return self._legacy_name("table", self.bindings.tables, name)

    def _legacy_reducer(self, name: str) -> str:
        return self._legacy_name("reducer", self.bindings.reducers, name)

    def _legacy_name(self, kind: str, infos: Mapping[str, Any], name: str) -> str:
        found = canonical_name(infos, name)
        if found is None:
            raise SchemaError(
                f"the bindings have no {kind} {name!r}, only {', '.join(infos) or 'none'}: regenerate them"
            )
        return found
