"""Tables, reducers and procedures of one client, by name: `client.db.item`, `client.reducers.add_item(...)`.

The ambient classes of a bindings package need a callback or a single client to know whom they mean; these are bound.
Every method belongs to the thread that updates the client.
"""

from ...ranges import Between, Range
from ..requests.calls import ReducerCall, Request
from .changes import Change, HandleOwner
from .groups import NamedGroups, Procedures, Reducers, Tables
from .tables import EventTableHandle, RowsHandle, TableHandle, UniqueRowsHandle

__all__ = [
    "Between",
    "Change",
    "EventTableHandle",
    "HandleOwner",
    "NamedGroups",
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
