"""The module behind the recorded transcripts, rewritten in Python: same tables, same reducers, same behaviour."""

from __future__ import annotations

import enum

from spacetimedb_sdk.module import (
    ConnectionId,
    Identity,
    Module,
    Product,
    ReducerContext,
    ReducerError,
    Row,
    ScheduleAt,
    Some,
    Sum,
    TimeDuration,
    Timestamp,
    column,
    f32,
    f64,
    i8,
    i16,
    i32,
    i64,
    i128,
    i256,
    index,
    u8,
    u16,
    u32,
    u64,
    u128,
    u256,
)

module = Module("conformance", style="1.x")


@module.type
class Colour(enum.Enum):
    Red = 0
    Green = 1
    Blue = 2


@module.type
class Vector2(Product):
    x: f32
    y: f32


@module.type
class Nothing(Product):
    pass


@module.sum
class Shape(Sum):
    pass


@module.variant(name="Empty")
class ShapeEmpty(Shape):
    pass


@module.variant(name="Circle")
class ShapeCircle(Shape):
    value: f64


@module.variant(name="Polygon")
class ShapePolygon(Shape):
    value: list[Vector2]


@module.variant(name="Label")
class ShapeLabel(Shape):
    value: str


@module.variant(name="Tinted")
class ShapeTinted(Shape):
    value: Tint


@module.type
class Tint(Product):
    colour: Colour
    alpha: u8 | None


@module.table(public=True)
class Scalar(Row):
    id: u32 = column(primary_key=True)
    a_bool: bool
    a_u8: u8
    a_u16: u16
    a_u64: u64
    a_u128: u128
    a_u256: u256
    a_i8: i8
    a_i16: i16
    a_i32: i32
    a_i64: i64
    a_i128: i128
    a_i256: i256
    a_f32: f32
    a_f64: f64
    a_string: str
    an_identity: Identity
    a_connection_id: ConnectionId
    a_timestamp: Timestamp
    a_duration: TimeDuration


@module.table(public=True)
class Compound(Row):
    id: u64 = column(primary_key=True, auto_inc=True)
    maybe_number: i32 | None
    maybe_text: str | None
    maybe_maybe: Some[u8 | None] | None
    maybe_vector: Vector2 | None
    bytes: bytes
    numbers: list[i64]
    texts: list[str]
    colours: list[Colour]
    matrix: list[list[f32]]
    position: Vector2
    nothing: Nothing
    shape: Shape
    shapes: list[Shape]


@module.table(public=True, indexes=[index("by_kind_and_level", "kind", "level")])
class Item(Row):
    item_id: u32 = column(primary_key=True, auto_inc=True)
    name: str = column(unique=True)
    kind: Colour
    level: i32
    owner: Identity = column(index=True)
    position: Vector2


@module.table(public=True)
class Note(Row):
    author: Identity
    text: str


@module.table(public=True)
class Presence(Row):
    identity: Identity = column(primary_key=True)
    online: bool
    connections: u32
    last_seen: Timestamp


@module.table
class Secret(Row):
    key: str = column(primary_key=True)
    value: str


@module.table(public=True, scheduled="tick")
class TickTimer(Row):
    scheduled_id: u64 = column(primary_key=True, auto_inc=True)
    scheduled_at: ScheduleAt
    label: str


@module.table(public=True)
class TickCount(Row):
    label: str = column(primary_key=True)
    ticks: u32


@module.init
def init(ctx: ReducerContext) -> None:
    ctx.db[Secret].insert(Secret(key="answer", value="42"))


@module.client_connected
def client_connected(ctx: ReducerContext) -> None:
    presence = ctx.db[Presence]
    seen = presence.get(ctx.sender)
    if seen is not None:
        presence.update(seen.replace(online=True, connections=seen.connections + 1, last_seen=ctx.timestamp))
    else:
        presence.insert(Presence(identity=ctx.sender, online=True, connections=1, last_seen=ctx.timestamp))


@module.client_disconnected
def client_disconnected(ctx: ReducerContext) -> None:
    row = ctx.db[Presence].get(ctx.sender)
    if row is not None:
        left = max(row.connections - 1, 0)
        ctx.db[Presence].update(row.replace(online=left > 0, connections=left, last_seen=ctx.timestamp))


@module.reducer
def set_scalar(
    ctx: ReducerContext,
    id: u32,
    a_bool: bool,
    a_u8: u8,
    a_u16: u16,
    a_u64: u64,
    a_u128: u128,
    a_u256: u256,
    a_i8: i8,
    a_i16: i16,
    a_i32: i32,
    a_i64: i64,
    a_i128: i128,
    a_i256: i256,
    a_f32: f32,
    a_f64: f64,
    a_string: str,
    an_identity: Identity,
    a_connection_id: ConnectionId,
    a_timestamp: Timestamp,
    a_duration: TimeDuration,
) -> None:
    ctx.db[Scalar].delete_by_key(id)
    ctx.db[Scalar].insert(
        Scalar(
            id=id,
            a_bool=a_bool,
            a_u8=a_u8,
            a_u16=a_u16,
            a_u64=a_u64,
            a_u128=a_u128,
            a_u256=a_u256,
            a_i8=a_i8,
            a_i16=a_i16,
            a_i32=a_i32,
            a_i64=a_i64,
            a_i128=a_i128,
            a_i256=a_i256,
            a_f32=a_f32,
            a_f64=a_f64,
            a_string=a_string,
            an_identity=an_identity,
            a_connection_id=a_connection_id,
            a_timestamp=a_timestamp,
            a_duration=a_duration,
        )
    )


@module.reducer
def add_compound(
    ctx: ReducerContext,
    maybe_number: i32 | None,
    maybe_text: str | None,
    maybe_maybe: Some[u8 | None] | None,
    maybe_vector: Vector2 | None,
    bytes: bytes,
    numbers: list[i64],
    texts: list[str],
    colours: list[Colour],
    matrix: list[list[f32]],
    position: Vector2,
    nothing: Nothing,
    shape: Shape,
    shapes: list[Shape],
) -> None:
    ctx.db[Compound].insert(
        Compound(
            id=0,
            maybe_number=maybe_number,
            maybe_text=maybe_text,
            maybe_maybe=maybe_maybe,
            maybe_vector=maybe_vector,
            bytes=bytes,
            numbers=numbers,
            texts=texts,
            colours=colours,
            matrix=matrix,
            position=position,
            nothing=nothing,
            shape=shape,
            shapes=shapes,
        )
    )


@module.reducer
def add_item(ctx: ReducerContext, name: str, kind: Colour, level: i32, position: Vector2) -> None:
    ctx.db[Item].insert(
        Item(item_id=0, name=name, kind=kind, level=level, owner=ctx.sender, position=position)
    )


@module.reducer
def add_items(ctx: ReducerContext, prefix: str, count: u32) -> None:
    for n in range(count):
        ctx.db[Item].insert(
            Item(
                item_id=0,
                name=f"{prefix}{n}",
                kind=Colour(n % 3),
                level=n,
                owner=ctx.sender,
                position=Vector2(float(n), -float(n)),
            )
        )


@module.reducer
def move_item(ctx: ReducerContext, item_id: u32, position: Vector2) -> None:
    row = ctx.db[Item].get(item_id)
    if row is None:
        raise ReducerError(f"no item {item_id}")
    ctx.db[Item].update(row.replace(position=position))


@module.reducer
def move_all(ctx: ReducerContext) -> None:
    for row in ctx.db[Item].iter():
        ctx.db[Item].update(row.replace(position=Vector2(row.position.x + 1.0, row.position.y + 1.0)))


@module.reducer
def remove_item(ctx: ReducerContext, item_id: u32) -> None:
    if not ctx.db[Item].delete_by_key(item_id):
        raise ReducerError(f"no item {item_id}")


@module.reducer
def clear_items(ctx: ReducerContext) -> None:
    for row in ctx.db[Item].iter():
        ctx.db[Item].delete_by_key(row.item_id)


@module.reducer
def write_note(ctx: ReducerContext, text: str) -> None:
    ctx.db[Note].insert(Note(author=ctx.sender, text=text))


@module.reducer
def edit_note(ctx: ReducerContext, old: str, new: str) -> None:
    for row in ctx.db[Note].filter(text=old):
        ctx.db[Note].delete(row)
        ctx.db[Note].insert(Note(author=row.author, text=new))


@module.reducer
def fail(ctx: ReducerContext, message: str) -> None:
    ctx.db[Note].insert(Note(author=ctx.sender, text="rolled back"))
    raise ReducerError(message)


@module.reducer
def crash(ctx: ReducerContext, message: str) -> None:
    raise RuntimeError(message)


@module.reducer
def nothing(ctx: ReducerContext) -> None:
    pass


@module.reducer
def tick_once(ctx: ReducerContext, label: str, delay_ms: u32) -> None:
    at = ScheduleAt.Time(ctx.timestamp + TimeDuration(delay_ms * 1000))
    ctx.db[TickTimer].insert(TickTimer(scheduled_id=0, scheduled_at=at, label=label))


@module.reducer
def tick_every(ctx: ReducerContext, label: str, period_ms: u32) -> None:
    every = ScheduleAt.Interval(TimeDuration(period_ms * 1000))
    ctx.db[TickTimer].insert(TickTimer(scheduled_id=0, scheduled_at=every, label=label))


@module.reducer
def stop_ticks(ctx: ReducerContext, label: str) -> None:
    for row in ctx.db[TickTimer].filter(label=label):
        ctx.db[TickTimer].delete_by_key(row.scheduled_id)


@module.reducer
def tick(ctx: ReducerContext, timer: TickTimer) -> None:
    if ctx.sender != ctx.identity:
        raise ReducerError("only the scheduler may tick")
    row = ctx.db[TickCount].get(timer.label)
    if row is not None:
        ctx.db[TickCount].update(row.replace(ticks=row.ticks + 1))
    else:
        ctx.db[TickCount].insert(TickCount(label=timer.label, ticks=1))
