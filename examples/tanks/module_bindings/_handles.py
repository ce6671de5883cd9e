"""The handles of one client, typed. Generated from the module definition: regenerate instead of editing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spacetimedb_sdk.bindings import GeneratedGroup

if TYPE_CHECKING:
    from spacetimedb_sdk import handles
    from spacetimedb_sdk.bindings import ClientHandles, Rows
    from spacetimedb_sdk.types import Identity

    from .hit import Hit
    from .shell import Shell
    from .tank import Tank
    from .wall import Wall

    class HitHandle(handles.EventTableHandle[Hit]):
        """The event table `hit`."""

    class ShellHandle(handles.TableHandle[Shell]):
        """The table `shell`."""

        def find(self, *, shell_id: int) -> Shell | None: ...

        def filter(
            self,
            *,
            shell_id: int | handles.Between | handles.Range = ...,
            owner: Identity | None = ...,
            x: float | handles.Between | handles.Range = ...,
            y: float | handles.Between | handles.Range = ...,
            angle: float | handles.Between | handles.Range = ...,
            ticks_left: int | handles.Between | handles.Range = ...,
        ) -> Rows[Shell]: ...

    class TankHandle(handles.TableHandle[Tank]):
        """The table `tank`."""

        def find(self, *, identity: Identity | None) -> Tank | None: ...

        def filter(
            self,
            *,
            identity: Identity | None = ...,
            name: str | handles.Between | handles.Range = ...,
            x: float | handles.Between | handles.Range = ...,
            y: float | handles.Between | handles.Range = ...,
            angle: float | handles.Between | handles.Range = ...,
            score: int | handles.Between | handles.Range = ...,
            deaths: int | handles.Between | handles.Range = ...,
        ) -> Rows[Tank]: ...

    class WallHandle(handles.TableHandle[Wall]):
        """The table `wall`."""

        def find(self, *, wall_id: int) -> Wall | None: ...

        def filter(
            self,
            *,
            wall_id: int | handles.Between | handles.Range = ...,
            x: float | handles.Between | handles.Range = ...,
            y: float | handles.Between | handles.Range = ...,
            width: float | handles.Between | handles.Range = ...,
            height: float | handles.Between | handles.Range = ...,
        ) -> Rows[Wall]: ...


class Tables(GeneratedGroup):
    """`client.db` with types: `client.db.NAME` is the handle of a table."""

    def __init__(self, client: ClientHandles) -> None:
        db = client.by_name.db
        self.hit: HitHandle = db.hit
        self.shell: ShellHandle = db.shell
        self.tank: TankHandle = db.tank
        self.wall: WallHandle = db.wall


class Reducers(GeneratedGroup):
    """`client.reducers` with types: a call goes out at once; its end calls back, or is awaited."""

    def __init__(self, client: ClientHandles) -> None:
        self._reducers: handles.Reducers = client.by_name.reducers

    def control(self, drive: float, turn: float, fires: bool) -> handles.ReducerCall:
        return self._reducers.control(drive, turn, fires)

    def join(self, name: str) -> handles.ReducerCall:
        return self._reducers.join(name)
