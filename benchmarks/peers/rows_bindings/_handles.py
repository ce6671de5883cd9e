"""The handles of one client, typed. Generated from the module definition: regenerate instead of editing."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spacetimedb_sdk import handles
    from spacetimedb_sdk.bindings import ClientHandles

    from .blob import Blob
    from .entity import Entity
    from .flat import Flat
    from .mark import Mark


class Tables:
    """`client.db` with types: `Tables(client).NAME` is the handle of a table."""

    def __init__(self, client: ClientHandles) -> None:
        self.blob: handles.TableHandle[Blob] = client.db.blob
        self.entity: handles.TableHandle[Entity] = client.db.entity
        self.flat: handles.TableHandle[Flat] = client.db.flat
        self.mark: handles.TableHandle[Mark] = client.db.mark


class Reducers:
    """`client.reducers` with types: a call goes out at once and is told, or awaited, when it ends."""

    def __init__(self, client: ClientHandles) -> None:
        self._reducers: handles.Reducers = client.reducers

    def go(self) -> handles.ReducerCall:
        return self._reducers.go()

    def move(self, id: int, a: int, x: float, y: float) -> handles.ReducerCall:
        return self._reducers.move(id, a, x, y)
