"""The handles of one client, typed. Generated from the module definition: regenerate instead of editing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spacetimedb_sdk.bindings import GeneratedGroup

if TYPE_CHECKING:
    from typing import Any, overload
    from uuid import UUID

    from spacetimedb_sdk import handles
    from spacetimedb_sdk.bindings import ClientHandles, Rows
    from spacetimedb_sdk.types import Address, Err, Identity, Ok, ScheduleAt, Some, TimeDuration, Timestamp

    from .announcement import Announcement
    from .colour import Colour
    from .compound import Compound
    from .item import Item
    from .my_items import MyItems
    from .my_presence import MyPresence
    from .note import Note
    from .nothing import Nothing
    from .presence import Presence
    from .scalar import Scalar
    from .shape import Shape
    from .sword import Sword
    from .tick_count import TickCount
    from .tick_timer import TickTimer
    from .token import Token
    from .vector2 import Vector2

    class AnnouncementHandle(handles.EventTableHandle[Announcement]):
        """The event table `announcement`."""

    class CompoundHandle(handles.TableHandle[Compound]):
        """The table `compound`."""

        def find(self, *, id: int) -> Compound | None: ...

        def filter(
            self,
            *,
            id: int | handles.Between | handles.Range = ...,
            maybe_number: int | None = ...,
            maybe_text: str | None = ...,
            maybe_maybe: Some[int | None] | None = ...,
            maybe_vector: Vector2 | None = ...,
            bytes: bytes = ...,
            numbers: list[int] = ...,
            texts: list[str] = ...,
            colours: list[Colour] = ...,
            matrix: list[list[float]] = ...,
            position: Vector2 = ...,
            nothing: Nothing = ...,
            shape: Shape = ...,
            shapes: list[Shape] = ...,
        ) -> Rows[Compound]: ...

    class ItemHandle(handles.TableHandle[Item]):
        """The table `item`."""

        @overload
        def find(self, *, item_id: int) -> Item | None: ...

        @overload
        def find(self, *, name: str) -> Item | None: ...

        def find(self, *args: Any, **column: Any) -> Item | None: ...

        def filter(
            self,
            *,
            item_id: int | handles.Between | handles.Range = ...,
            name: str | handles.Between | handles.Range = ...,
            kind: Colour = ...,
            level: int | handles.Between | handles.Range = ...,
            owner: Identity | None = ...,
            position: Vector2 = ...,
        ) -> Rows[Item]: ...

    class MyItemsHandle(handles.RowsHandle[MyItems]):
        """The view `my_items`."""

        def filter(
            self,
            *,
            item_id: int | handles.Between | handles.Range = ...,
            name: str | handles.Between | handles.Range = ...,
            kind: Colour = ...,
            level: int | handles.Between | handles.Range = ...,
            owner: Identity | None = ...,
            position: Vector2 = ...,
        ) -> Rows[MyItems]: ...

    class MyPresenceHandle(handles.RowsHandle[MyPresence]):
        """The view `my_presence`."""

        def filter(
            self,
            *,
            identity: Identity | None = ...,
            online: bool | handles.Between | handles.Range = ...,
            connections: int | handles.Between | handles.Range = ...,
            last_seen: Timestamp | handles.Between | handles.Range = ...,
        ) -> Rows[MyPresence]: ...

    class NoteHandle(handles.RowsHandle[Note]):
        """The table `note`."""

        def filter(
            self,
            *,
            author: Identity | None = ...,
            text: str | handles.Between | handles.Range = ...,
        ) -> Rows[Note]: ...

    class PresenceHandle(handles.TableHandle[Presence]):
        """The table `presence`."""

        def find(self, *, identity: Identity | None) -> Presence | None: ...

        def filter(
            self,
            *,
            identity: Identity | None = ...,
            online: bool | handles.Between | handles.Range = ...,
            connections: int | handles.Between | handles.Range = ...,
            last_seen: Timestamp | handles.Between | handles.Range = ...,
        ) -> Rows[Presence]: ...

    class ScalarHandle(handles.TableHandle[Scalar]):
        """The table `scalar`."""

        def find(self, *, id: int) -> Scalar | None: ...

        def filter(
            self,
            *,
            id: int | handles.Between | handles.Range = ...,
            a_bool: bool | handles.Between | handles.Range = ...,
            a_u_8: int | handles.Between | handles.Range = ...,
            a_u_16: int | handles.Between | handles.Range = ...,
            a_u_64: int | handles.Between | handles.Range = ...,
            a_u_128: int | handles.Between | handles.Range = ...,
            a_u_256: int | handles.Between | handles.Range = ...,
            a_i_8: int | handles.Between | handles.Range = ...,
            a_i_16: int | handles.Between | handles.Range = ...,
            a_i_32: int | handles.Between | handles.Range = ...,
            a_i_64: int | handles.Between | handles.Range = ...,
            a_i_128: int | handles.Between | handles.Range = ...,
            a_i_256: int | handles.Between | handles.Range = ...,
            a_f_32: float | handles.Between | handles.Range = ...,
            a_f_64: float | handles.Between | handles.Range = ...,
            a_string: str | handles.Between | handles.Range = ...,
            an_identity: Identity | None = ...,
            a_connection_id: Address | None = ...,
            a_timestamp: Timestamp | handles.Between | handles.Range = ...,
            a_duration: TimeDuration | handles.Between | handles.Range = ...,
        ) -> Rows[Scalar]: ...

    class SwordHandle(handles.RowsHandle[Sword]):
        """The view `sword`."""

        def filter(
            self,
            *,
            item_id: int | handles.Between | handles.Range = ...,
            name: str | handles.Between | handles.Range = ...,
            kind: Colour = ...,
            level: int | handles.Between | handles.Range = ...,
            owner: Identity | None = ...,
            position: Vector2 = ...,
        ) -> Rows[Sword]: ...

    class TickCountHandle(handles.TableHandle[TickCount]):
        """The table `tick_count`."""

        def find(self, *, label: str) -> TickCount | None: ...

        def filter(
            self,
            *,
            label: str | handles.Between | handles.Range = ...,
            ticks: int | handles.Between | handles.Range = ...,
        ) -> Rows[TickCount]: ...

    class TickTimerHandle(handles.TableHandle[TickTimer]):
        """The table `tick_timer`."""

        def find(self, *, scheduled_id: int) -> TickTimer | None: ...

        def filter(
            self,
            *,
            scheduled_id: int | handles.Between | handles.Range = ...,
            scheduled_at: ScheduleAt = ...,
            label: str | handles.Between | handles.Range = ...,
        ) -> Rows[TickTimer]: ...

    class TokenHandle(handles.TableHandle[Token]):
        """The table `token`."""

        def find(self, *, id: UUID) -> Token | None: ...

        def filter(
            self,
            *,
            id: UUID = ...,
            label: str | handles.Between | handles.Range = ...,
            outcome: Ok[int] | Err[str] = ...,
        ) -> Rows[Token]: ...


class Tables(GeneratedGroup):
    """`client.db` with types: `client.db.NAME` is the handle of a table."""

    def __init__(self, client: ClientHandles) -> None:
        db = client.by_name.db
        self.announcement: AnnouncementHandle = db.announcement
        self.compound: CompoundHandle = db.compound
        self.item: ItemHandle = db.item
        self.my_items: MyItemsHandle = db.my_items
        self.my_presence: MyPresenceHandle = db.my_presence
        self.note: NoteHandle = db.note
        self.presence: PresenceHandle = db.presence
        self.scalar: ScalarHandle = db.scalar
        self.sword: SwordHandle = db.sword
        self.tick_count: TickCountHandle = db.tick_count
        self.tick_timer: TickTimerHandle = db.tick_timer
        self.token: TokenHandle = db.token


class Views(GeneratedGroup):
    """`client.views` with types: `client.views.NAME` is the handle of a view."""

    def __init__(self, client: ClientHandles) -> None:
        db = client.by_name.db
        self.my_items: MyItemsHandle = db.my_items
        self.my_presence: MyPresenceHandle = db.my_presence
        self.sword: SwordHandle = db.sword


class Reducers(GeneratedGroup):
    """`client.reducers` with types: a call goes out at once; its end calls back, or is awaited."""

    def __init__(self, client: ClientHandles) -> None:
        self._reducers: handles.Reducers = client.by_name.reducers

    def add_compound(
        self,
        maybe_number: int | None,
        maybe_text: str | None,
        maybe_maybe: Some[int | None] | None,
        maybe_vector: Vector2 | None,
        bytes: bytes,
        numbers: list[int],
        texts: list[str],
        colours: list[Colour],
        matrix: list[list[float]],
        position: Vector2,
        nothing: Nothing,
        shape: Shape,
        shapes: list[Shape],
    ) -> handles.ReducerCall:
        return self._reducers.add_compound(
            maybe_number,
            maybe_text,
            maybe_maybe,
            maybe_vector,
            bytes,
            numbers,
            texts,
            colours,
            matrix,
            position,
            nothing,
            shape,
            shapes,
        )

    def add_item(self, name: str, kind: Colour, level: int, position: Vector2) -> handles.ReducerCall:
        return self._reducers.add_item(name, kind, level, position)

    def add_items(self, prefix: str, count: int) -> handles.ReducerCall:
        return self._reducers.add_items(prefix, count)

    def add_token(self, id: UUID, label: str, outcome: Ok[int] | Err[str]) -> handles.ReducerCall:
        return self._reducers.add_token(id, label, outcome)

    def announce(self, text: str, urgency: int) -> handles.ReducerCall:
        return self._reducers.announce(text, urgency)

    def announce_and_fail(self, text: str) -> handles.ReducerCall:
        return self._reducers.announce_and_fail(text)

    def announce_thrice(self, text: str) -> handles.ReducerCall:
        return self._reducers.announce_thrice(text)

    def clear_items(self) -> handles.ReducerCall:
        return self._reducers.clear_items()

    def crash(self, message: str) -> handles.ReducerCall:
        return self._reducers.crash(message)

    def edit_note(self, old: str, new: str) -> handles.ReducerCall:
        return self._reducers.edit_note(old, new)

    def fail(self, message: str) -> handles.ReducerCall:
        return self._reducers.fail(message)

    def move_all(self) -> handles.ReducerCall:
        return self._reducers.move_all()

    def move_item(self, item_id: int, position: Vector2) -> handles.ReducerCall:
        return self._reducers.move_item(item_id, position)

    def nothing(self) -> handles.ReducerCall:
        return self._reducers.nothing()

    def remove_item(self, item_id: int) -> handles.ReducerCall:
        return self._reducers.remove_item(item_id)

    def set_scalar(
        self,
        id: int,
        a_bool: bool,
        a_u8: int,
        a_u16: int,
        a_u64: int,
        a_u128: int,
        a_u256: int,
        a_i8: int,
        a_i16: int,
        a_i32: int,
        a_i64: int,
        a_i128: int,
        a_i256: int,
        a_f32: float,
        a_f64: float,
        a_string: str,
        an_identity: Identity,
        a_connection_id: Address,
        a_timestamp: Timestamp,
        a_duration: TimeDuration,
    ) -> handles.ReducerCall:
        return self._reducers.set_scalar(
            id,
            a_bool,
            a_u8,
            a_u16,
            a_u64,
            a_u128,
            a_u256,
            a_i8,
            a_i16,
            a_i32,
            a_i64,
            a_i128,
            a_i256,
            a_f32,
            a_f64,
            a_string,
            an_identity,
            a_connection_id,
            a_timestamp,
            a_duration,
        )

    def stop_ticks(self, label: str) -> handles.ReducerCall:
        return self._reducers.stop_ticks(label)

    def tick_every(self, label: str, period_ms: int) -> handles.ReducerCall:
        return self._reducers.tick_every(label, period_ms)

    def tick_once(self, label: str, delay_ms: int) -> handles.ReducerCall:
        return self._reducers.tick_once(label, delay_ms)

    def write_note(self, text: str) -> handles.ReducerCall:
        return self._reducers.write_note(text)


class Procedures(GeneratedGroup):
    """`client.procedures` with types: a call goes out at once; its end calls back, or is awaited."""

    def __init__(self, client: ClientHandles) -> None:
        self._procedures: handles.Procedures = client.by_name.procedures

    def add_numbers(self, left: int, right: int) -> handles.Request[int]:
        return self._procedures.add_numbers(left, right)

    def crash_procedure(self) -> handles.Request[tuple[()]]:
        return self._procedures.crash_procedure()

    def mirror(self, shape: Shape, maybe: Vector2 | None) -> handles.Request[list[Shape]]:
        return self._procedures.mirror(shape, maybe)

    def write_note_slowly(self, text: str) -> handles.Request[int]:
        return self._procedures.write_note_slowly(text)
