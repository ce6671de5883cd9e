"""Legacy hooks: the four private methods that bindings of spacetimedb-sdk 0.7.0 called on a client.

Old bindings know no types and cannot decode what servers of today send: they have to be generated anew. What programs
built on their habits goes on working (docs/compatibility.md, ruling 18).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..bindings.legacy import Named, canonical_name
from ..bindings.module import not_in_bindings
from ..errors import SchemaError
from .face import ClientFace

__all__ = ["LegacyHooks"]


class LegacyHooks(ClientFace):
    """The private methods of a 0.7.0 client that its bindings used; names may be spelt as 0.7.0 spelt them."""

    def _get_table_cache(self, table_name: str) -> dict[Any, Any]:
        """The rows of a table by key, as a copy."""
        return dict(self.cache.table(self._legacy_table(table_name)).rows)

    def _register_row_update(self, table_name: str, callback: Callable[..., object]) -> None:
        self.register_row_update(self._legacy_table(table_name), callback)

    def _register_reducer(self, reducer_name: str, callback: Callable[..., object]) -> None:
        self.register_on_reducer(self._legacy_reducer(reducer_name), callback)

    def _reducer_call(self, reducer: str, *args: object) -> None:
        self._core.call_reducer(self._legacy_reducer(reducer), *args)

    def _legacy_table(self, name: str) -> str:
        return self._legacy_name("table", self.bindings.tables, name)

    def _legacy_reducer(self, name: str) -> str:
        return self._legacy_name("reducer", self.bindings.reducers, name)

    def _legacy_name(self, kind: str, infos: Mapping[str, Named], name: str) -> str:
        found = canonical_name(infos, name)
        if found is None:
            raise SchemaError(not_in_bindings(kind, name, infos))
        return found
