"""Calls: a reducer that is ready to run, who calls it, and what came of that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import NamedTuple

from ...module import ReducerContext
from ...module.declarations import ReducerDeclaration
from ...sats.bsatn.codec import Codec
from ...sats.bsatn.fast_build import fast_build_of
from ...sats.schema.module_def import ReducerDef
from ...types import ConnectionId, Identity, Timestamp
from ..tables.datastore import TableChange

__all__ = ["Reducer", "ReducerCall", "Transaction", "build_context"]

# A context of all its fields in order, at a fifth of what the frozen class takes: there is one for each call.
build_context: Callable[..., ReducerContext] = fast_build_of(
    ReducerContext, tuple(item.name for item in fields(ReducerContext))
).build


@dataclass(frozen=True, slots=True)
class Reducer:
    """A reducer ready to run; `args` codes the product of its parameters, which is `longest` bytes at most."""

    definition: ReducerDef
    declaration: ReducerDeclaration
    reducer_id: int
    args: Codec
    longest: int


class ReducerCall(NamedTuple):
    """Who calls which reducer; `args` is the BSATN product of the arguments, `json_args` the text they were sent as."""

    name: str
    reducer_id: int
    args: bytes
    sender: Identity
    connection_id: ConnectionId | None = None
    request_id: int = 0
    notify_success: bool = True
    json_args: str | None = None


class Transaction(NamedTuple):
    """What came of a call: its changes where it committed, else the `error` its caller gets, `panicked` where that is
    not the reducer's own. `changes_timers`: another timer may be due next."""

    call: ReducerCall
    timestamp: Timestamp
    duration_micros: int
    changes: tuple[TableChange, ...] = ()
    error: str | None = None
    panicked: bool = False
    changes_timers: bool = False
