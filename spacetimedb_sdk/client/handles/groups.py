"""Tables, reducers and procedures of one client, each by its name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from ...bindings.legacy import Named, canonical_name
from ...bindings.module import not_in_bindings
from ...system.plain_text import LateText
from ..requests.calls import ReducerCall, Request
from .changes import HandleOwner
from .tables import table_handle

__all__ = ["NamedGroups", "Procedures", "Reducers", "Tables"]


class Tables:
    """`client.db`: a handle for each table, by the name its author gave it or the one on the server.

    A name is resolved at its first use; from then on it is a plain attribute.
    """

    def __init__(self, core: HandleOwner) -> None:
        self.__core = core
        self.__handles: dict[str, object] = {}

    def __getattr__(self, name: str) -> Any:
        tables = self.__core.bindings.tables
        table = _resolved("table", tables, name)
        handle = self.__handles.get(table)
        if handle is None:
            handle = self.__handles[table] = table_handle(self.__core, table)
        setattr(self, name, handle)  # through `__dict__` every later look-up would be a slow one
        return handle

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self.__core.bindings.tables})


class Reducers:
    """`client.reducers`: `client.reducers.add_item("sword", 3)` calls one and is a `ReducerCall`."""

    def __init__(self, core: HandleOwner) -> None:
        self.__core = core

    def __getattr__(self, name: str) -> Callable[..., ReducerCall]:
        reducer = _resolved("reducer", self.__core.bindings.reducers, name)
        call: Callable[..., ReducerCall] = partial(self.__core.call_reducer, reducer)
        setattr(self, name, call)
        return call

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self.__core.bindings.reducers})


class Procedures:
    """`client.procedures`: `client.procedures.add_numbers(2, 40)` is a Request that ends in what is returned."""

    def __init__(self, core: HandleOwner) -> None:
        self.__core = core

    def __getattr__(self, name: str) -> Callable[..., Request[Any]]:
        procedure = _resolved("procedure", self.__core.bindings.procedures, name)
        call: Callable[..., Request[object]] = partial(self.__core.call_procedure, procedure)
        setattr(self, name, call)
        return call

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self.__core.bindings.procedures})


class NamedGroups:
    """The three of one client, by the names on the server."""

    __slots__ = ("db", "procedures", "reducers")

    def __init__(self, core: HandleOwner) -> None:
        self.db = Tables(core)
        self.reducers = Reducers(core)
        self.procedures = Procedures(core)


def _resolved(kind: str, infos: Mapping[str, Named], name: str) -> str:
    """The name on the server. AttributeError, with those there are, for none."""
    if name.startswith("__"):
        raise AttributeError(name)
    found = canonical_name(infos, name)
    if found is None:
        raise AttributeError(LateText(lambda: not_in_bindings(kind, name, infos)))
    return found
