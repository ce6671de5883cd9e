"""Handles of one client: tables, reducers and procedures, as generated bindings and programs name their types.

They live in `spacetimedb_sdk.client`; this is the path to import them from.
"""

from .client.handles import (
    Between,
    Change,
    EventTableHandle,
    Procedures,
    Range,
    Reducers,
    RowsHandle,
    TableHandle,
    Tables,
    UniqueRowsHandle,
)
from .client.requests.calls import ReducerCall, Request

__all__ = [
    "Between",
    "Change",
    "EventTableHandle",
    "Procedures",
    "Range",
    "ReducerCall",
    "Reducers",
    "Request",
    "RowsHandle",
    "TableHandle",
    "Tables",
    "UniqueRowsHandle",
]
