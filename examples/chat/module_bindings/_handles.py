"""The handles of one client, typed. Generated from the module definition: regenerate instead of editing."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spacetimedb_sdk import handles
    from spacetimedb_sdk.bindings import ClientHandles

    from .message import Message
    from .user import User


class Tables:
    """`client.db` with types: `Tables(client).NAME` is the handle of a table."""

    def __init__(self, client: ClientHandles) -> None:
        self.message: handles.TableHandle[Message] = client.db.message
        self.user: handles.TableHandle[User] = client.db.user


class Reducers:
    """`client.reducers` with types: a call goes out at once and is told, or awaited, when it ends."""

    def __init__(self, client: ClientHandles) -> None:
        self._reducers: handles.Reducers = client.reducers

    def send_message(self, text: str) -> handles.ReducerCall:
        return self._reducers.send_message(text)

    def set_name(self, name: str) -> handles.ReducerCall:
        return self._reducers.set_name(name)
