"""The handles of one client, typed. Generated from the module definition: regenerate instead of editing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spacetimedb_sdk.bindings import GeneratedGroup

if TYPE_CHECKING:
    from spacetimedb_sdk import handles
    from spacetimedb_sdk.bindings import ClientHandles, Rows
    from spacetimedb_sdk.types import Identity, Timestamp

    from .message import Message
    from .user import User

    class MessageHandle(handles.RowsHandle[Message]):
        """The table `message`."""

        def filter(
            self,
            *,
            sender: Identity | None = ...,
            sent: Timestamp | handles.Between | handles.Range = ...,
            text: str | handles.Between | handles.Range = ...,
        ) -> Rows[Message]: ...

    class UserHandle(handles.TableHandle[User]):
        """The table `user`."""

        def find(self, *, identity: Identity | None) -> User | None: ...

        def filter(
            self,
            *,
            identity: Identity | None = ...,
            name: str | None = ...,
            online: bool | handles.Between | handles.Range = ...,
        ) -> Rows[User]: ...


class Tables(GeneratedGroup):
    """`client.db` with types: `client.db.NAME` is the handle of a table."""

    def __init__(self, client: ClientHandles) -> None:
        db = client.by_name.db
        self.message: MessageHandle = db.message
        self.user: UserHandle = db.user


class Reducers(GeneratedGroup):
    """`client.reducers` with types: a call goes out at once; its end calls back, or is awaited."""

    def __init__(self, client: ClientHandles) -> None:
        self._reducers: handles.Reducers = client.by_name.reducers

    def send_message(self, text: str) -> handles.ReducerCall:
        return self._reducers.send_message(text)

    def set_name(self, name: str) -> handles.ReducerCall:
        return self._reducers.set_name(name)
