"""The class of a typed client. Generated from the module definition: regenerate instead of editing."""

from __future__ import annotations

from spacetimedb_sdk.spacetimedb_async_client import SpacetimeDBAsyncClient

from ._handles import Reducers, Tables


class AsyncClient(SpacetimeDBAsyncClient):
    """A client of `tanks`, in an event loop: its tables, reducers and procedures are typed."""

    @property
    def db(self) -> Tables:
        """The tables and views."""
        return self._typed(Tables)

    @property
    def reducers(self) -> Reducers:
        """The reducers."""
        return self._typed(Reducers)
