"""The handles of one client, typed. Generated from the module definition: regenerate instead of editing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spacetimedb_sdk.bindings import GeneratedGroup

if TYPE_CHECKING:
    from typing import Any, overload

    from spacetimedb_sdk import handles
    from spacetimedb_sdk.bindings import ClientHandles, Rows
    from spacetimedb_sdk.types import Identity

    from .exit import Exit
    from .player import Player
    from .room import Room
    from .room_chat import RoomChat

    class ExitHandle(handles.TableHandle[Exit]):
        """The table `exit`."""

        def find(self, *, exit_id: int) -> Exit | None: ...

        def filter(
            self,
            *,
            exit_id: int | handles.Between | handles.Range = ...,
            room_id: int | handles.Between | handles.Range = ...,
            direction: str | handles.Between | handles.Range = ...,
            leads_to: int | handles.Between | handles.Range = ...,
        ) -> Rows[Exit]: ...

    class PlayerHandle(handles.TableHandle[Player]):
        """The table `player`."""

        @overload
        def find(self, *, identity: Identity | None) -> Player | None: ...

        @overload
        def find(self, *, name: str) -> Player | None: ...

        def find(self, *args: Any, **column: Any) -> Player | None: ...

        def filter(
            self,
            *,
            identity: Identity | None = ...,
            name: str | handles.Between | handles.Range = ...,
            room_id: int | handles.Between | handles.Range = ...,
            online: bool | handles.Between | handles.Range = ...,
        ) -> Rows[Player]: ...

    class RoomHandle(handles.TableHandle[Room]):
        """The table `room`."""

        def find(self, *, room_id: int) -> Room | None: ...

        def filter(
            self,
            *,
            room_id: int | handles.Between | handles.Range = ...,
            name: str | handles.Between | handles.Range = ...,
            description: str | handles.Between | handles.Range = ...,
        ) -> Rows[Room]: ...

    class RoomChatHandle(handles.TableHandle[RoomChat]):
        """The table `room_chat`."""

        def find(self, *, chat_id: int) -> RoomChat | None: ...

        def filter(
            self,
            *,
            chat_id: int | handles.Between | handles.Range = ...,
            room_id: int | handles.Between | handles.Range = ...,
            speaker: str | handles.Between | handles.Range = ...,
            text: str | handles.Between | handles.Range = ...,
        ) -> Rows[RoomChat]: ...


class Tables(GeneratedGroup):
    """`client.db` with types: `client.db.NAME` is the handle of a table."""

    def __init__(self, client: ClientHandles) -> None:
        db = client.by_name.db
        self.exit: ExitHandle = db.exit
        self.player: PlayerHandle = db.player
        self.room: RoomHandle = db.room
        self.room_chat: RoomChatHandle = db.room_chat


class Reducers(GeneratedGroup):
    """`client.reducers` with types: a call goes out at once; its end calls back, or is awaited."""

    def __init__(self, client: ClientHandles) -> None:
        self._reducers: handles.Reducers = client.by_name.reducers

    def go(self, direction: str) -> handles.ReducerCall:
        return self._reducers.go(direction)

    def join(self, name: str) -> handles.ReducerCall:
        return self._reducers.join(name)

    def say(self, text: str) -> handles.ReducerCall:
        return self._reducers.say(text)
