"""Handles of one client: tables, reducers and procedures, as generated bindings and programs name their types.

They live in `spacetimedb_sdk.client`; this is the path to import them from.
"""

from .client.handles import Between, Change, Procedures, Range, Reducers, TableHandle, Tables
from .client.requests.calls import ReducerCall, Request

__all__ = [
    "Between",
    "Change",
    "Procedures",
    "Range",
    "ReducerCall",
    "Reducers",
    "Request",
    "TableHandle",
    "Tables",
]
