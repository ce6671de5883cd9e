"""Tanks in an arena: the server's side. Tanks turn and drive, shells fly, walls stop both; who is hit comes back elsewhere.

python -m spacetimedb_sdk start --module tanks_module --database tanks
"""

from __future__ import annotations

from math import cos, hypot, isfinite, pi, sin

from spacetimedb_sdk.module import (
    Identity,
    Module,
    ReducerContext,
    ReducerError,
    Row,
    ScheduleAt,
    TimeDuration,
    Timestamp,
    column,
    f32,
    i32,
    u32,
    u64,
)

WIDTH, HEIGHT = 960.0, 640.0
TANK, SHELL = 18.0, 4.0  # radii
SPEED, TURN, SHELL_SPEED = 140.0, 2.6, 420.0  # units and radians a second
RELOAD_MICROS, FLIGHT_TICKS = 600_000, 40
TICK_SECONDS = 0.05
LONGEST_NAME = 16
# Left, top, width, height.
WALLS = [
    (300, 180, 40, 280),
    (620, 180, 40, 280),
    (430, 300, 100, 40),
    (120, 90, 140, 30),
    (700, 520, 140, 30),
]

module = Module("tanks")


@module.table(public=True)
class Wall(Row):
    wall_id: u32 = column(primary_key=True, auto_inc=True)
    x: f32
    y: f32
    width: f32
    height: f32


@module.table(public=True)
class Tank(Row):
    identity: Identity = column(primary_key=True)
    name: str
    x: f32
    y: f32
    angle: f32
    score: i32
    deaths: u32


@module.table(public=True)
class Shell(Row):
    shell_id: u64 = column(primary_key=True, auto_inc=True)
    owner: Identity
    x: f32
    y: f32
    angle: f32
    ticks_left: u32


@module.table(public=True, event=True)
class Hit(Row):
    """Sent once, stored nowhere: for sparks and sounds."""

    shooter: Identity
    victim: Identity
    x: f32
    y: f32


@module.table()
class Controls(Row):
    """What a player holds down; private, so that a key press is no news for the others before the next tick."""

    identity: Identity = column(primary_key=True)
    drive: f32
    turn: f32
    fires: bool
    loaded_at: Timestamp


@module.table(scheduled="tick")
class Tick(Row):
    scheduled_id: u64 = column(primary_key=True, auto_inc=True)
    scheduled_at: ScheduleAt


@module.init
def begin(ctx: ReducerContext) -> None:
    for x, y, width, height in WALLS:
        ctx.db[Wall].insert(Wall(wall_id=0, x=x, y=y, width=width, height=height))
    every_tick = ScheduleAt.Interval(TimeDuration(int(TICK_SECONDS * 1_000_000)))
    ctx.db[Tick].insert(Tick(scheduled_id=0, scheduled_at=every_tick))


@module.reducer
def join(ctx: ReducerContext, name: str) -> None:
    name = name.strip()
    if not 0 < len(name) <= LONGEST_NAME:
        raise ReducerError(f"a name has 1 to {LONGEST_NAME} letters")
    if ctx.db[Tank].get(ctx.sender) is None:
        x, y = free_place(ctx)
        angle = ctx.rng.uniform(-pi, pi)
        ctx.db[Tank].insert(Tank(identity=ctx.sender, name=name, x=x, y=y, angle=angle, score=0, deaths=0))
        ctx.db[Controls].insert(
            Controls(identity=ctx.sender, drive=0.0, turn=0.0, fires=False, loaded_at=ctx.timestamp)
        )


@module.reducer
def control(ctx: ReducerContext, drive: f32, turn: f32, fires: bool) -> None:
    """Hold these from now on: drive and turn from -1 to 1."""
    held = ctx.db[Controls].get(ctx.sender)
    if held is None:
        raise ReducerError("join first")
    if not (isfinite(drive) and isfinite(turn)):
        raise ReducerError("drive and turn are numbers from -1 to 1")
    ctx.db[Controls].update(
        held.replace(drive=min(max(drive, -1.0), 1.0), turn=min(max(turn, -1.0), 1.0), fires=fires)
    )


@module.client_disconnected
def leave(ctx: ReducerContext) -> None:
    tank, held = ctx.db[Tank].get(ctx.sender), ctx.db[Controls].get(ctx.sender)
    if tank is not None:
        ctx.db[Tank].delete(tank)
    if held is not None:
        ctx.db[Controls].delete(held)


@module.reducer
def tick(ctx: ReducerContext, timer: Tick) -> None:
    if ctx.sender != ctx.identity:
        raise ReducerError("time passes by itself")
    for held in list(ctx.db[Controls].iter()):
        drive_tank(ctx, held)
    for shell in list(ctx.db[Shell].iter()):
        fly(ctx, shell)


def drive_tank(ctx: ReducerContext, held: Controls) -> None:
    tank = ctx.db[Tank].get(held.identity)
    if tank is None:
        return
    if held.drive or held.turn:
        angle = (tank.angle + held.turn * TURN * TICK_SECONDS + pi) % (2 * pi) - pi
        step = held.drive * SPEED * TICK_SECONDS
        x, y = tank.x + cos(angle) * step, tank.y + sin(angle) * step
        # Along a wall one goes on: each axis by itself.
        if is_blocked(x, tank.y, TANK):
            x = tank.x
        if is_blocked(x, y, TANK):
            y = tank.y
        tank = ctx.db[Tank].update(tank.replace(x=x, y=y, angle=angle))
    if held.fires and ctx.timestamp >= held.loaded_at:
        muzzle_x, muzzle_y = tank.x + cos(tank.angle) * (TANK + 6), tank.y + sin(tank.angle) * (TANK + 6)
        ctx.db[Shell].insert(
            Shell(
                shell_id=0,
                owner=tank.identity,
                x=muzzle_x,
                y=muzzle_y,
                angle=tank.angle,
                ticks_left=FLIGHT_TICKS,
            )
        )
        ctx.db[Controls].update(held.replace(loaded_at=ctx.timestamp + TimeDuration(RELOAD_MICROS)))


def fly(ctx: ReducerContext, shell: Shell) -> None:
    x, y = shell.x, shell.y
    steps = 3  # short ones, so that nothing is flown through
    for _ in range(steps):
        x += cos(shell.angle) * SHELL_SPEED * TICK_SECONDS / steps
        y += sin(shell.angle) * SHELL_SPEED * TICK_SECONDS / steps
        if is_blocked(x, y, SHELL) or not shell.ticks_left:
            ctx.db[Shell].delete(shell)
            return
        for tank in ctx.db[Tank].iter():
            if tank.identity != shell.owner and hypot(tank.x - x, tank.y - y) < TANK + SHELL:
                ctx.db[Shell].delete(shell)
                hit(ctx, shell.owner, tank)
                return
    ctx.db[Shell].update(shell.replace(x=x, y=y, ticks_left=shell.ticks_left - 1))


def hit(ctx: ReducerContext, shooter: Identity, victim: Tank) -> None:
    ctx.db[Hit].insert(Hit(shooter=shooter, victim=victim.identity, x=victim.x, y=victim.y))
    x, y = free_place(ctx)
    ctx.db[Tank].update(victim.replace(x=x, y=y, deaths=victim.deaths + 1))
    tank = ctx.db[Tank].get(shooter)
    if tank is not None:
        ctx.db[Tank].update(tank.replace(score=tank.score + 1))


def is_blocked(x: float, y: float, radius: float) -> bool:
    """Whether a circle there touches a wall, or the rim."""
    if not (radius <= x <= WIDTH - radius and radius <= y <= HEIGHT - radius):
        return True
    for left, top, width, height in WALLS:
        near_x, near_y = min(max(x, left), left + width), min(max(y, top), top + height)
        if hypot(x - near_x, y - near_y) < radius:
            return True
    return False


def free_place(ctx: ReducerContext) -> tuple[float, float]:
    """A place with no tank near it, if there is one."""
    tanks = list(ctx.db[Tank].iter())
    best, best_distance = (WIDTH / 2, HEIGHT / 4), -1.0
    for _ in range(30):
        x, y = ctx.rng.uniform(TANK, WIDTH - TANK), ctx.rng.uniform(TANK, HEIGHT - TANK)
        distance = min((hypot(tank.x - x, tank.y - y) for tank in tanks), default=WIDTH)
        if distance > best_distance and not is_blocked(x, y, TANK):
            best, best_distance = (x, y), distance
    return best
