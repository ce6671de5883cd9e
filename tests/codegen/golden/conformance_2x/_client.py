"""The class of a typed client. Generated from the module definition: regenerate instead of editing."""

from __future__ import annotations

from spacetimedb_sdk.spacetimedb_client import SpacetimeDBClient

from ._handles import Procedures, Reducers, Tables, Views


class Client(SpacetimeDBClient):
    """A client of `conformance_2x`, ticked by `update()`: its tables, reducers and procedures are typed."""

    @property
    def db(self) -> Tables:
        """The tables and views."""
        return self._typed(Tables)

    @property
    def views(self) -> Views:
        """The views alone."""
        return self._typed(Views)

    @property
    def reducers(self) -> Reducers:
        """The reducers."""
        return self._typed(Reducers)

    @property
    def procedures(self) -> Procedures:
        """The procedures."""
        return self._typed(Procedures)
