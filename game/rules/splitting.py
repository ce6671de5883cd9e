"""One player, several circles: splitting, keeping them apart, pulling them together, merging them again."""

from collections.abc import Mapping, Sequence
from math import sqrt

from spacetimedb_sdk.module import ReducerContext, ScheduleAt, Timestamp

from .constants import (
    MAX_CIRCLES_PER_PLAYER,
    MIN_MASS_TO_SPLIT,
    OWN_CIRCLE_OVERLAP,
    PULL_BEFORE_RECOMBINE,
    PULL_SPEED,
    PUSH_SPEED,
    RECOMBINE_DELAY,
    radius,
)
from .eating import schedule_meal
from .players import calling_player
from .spawning import spawn_circle, world_size
from .tables import Circle, CircleRecombineTimer, DbVector2, Entity, module

__all__ = ["add_own_drift", "circle_recombine", "player_split", "schedule_recombine"]


@module.reducer
def player_split(ctx: ReducerContext) -> None:
    """Split every circle of the caller that is heavy enough, up to the greatest number of circles.

    The new circle takes half of the mass, appears one unit ahead and goes the same way as the old one.
    """
    player = calling_player(ctx)
    entities, circles = ctx.db[Entity], ctx.db[Circle]
    own = circles.filter(player_id=player.player_id)
    size = world_size(ctx)
    count = len(own)
    for circle in own:
        if count >= MAX_CIRCLES_PER_PLAYER:
            break
        entity = entities.get(circle.entity_id)
        if entity is None or entity.mass < MIN_MASS_TO_SPLIT:
            continue
        half = entity.mass // 2
        spawn_circle(
            ctx,
            player.player_id,
            mass=half,
            position=_ahead(entity.position, circle.direction, margin=radius(half), size=size),
            direction=circle.direction,
            speed=circle.speed,
            last_split_time=ctx.timestamp,
        )
        entities.update(entity.replace(mass=entity.mass - half))
        circles.update(circle.replace(last_split_time=ctx.timestamp))
        count += 1
    if count > len(own):
        schedule_recombine(ctx, player.player_id, at=ctx.timestamp.micros + RECOMBINE_DELAY)


def schedule_recombine(ctx: ReducerContext, player_id: int, *, at: int) -> None:
    """Have `circle_recombine` look at a player's circles once, `at` microseconds since the epoch."""
    ctx.db[CircleRecombineTimer].insert(
        CircleRecombineTimer(scheduled_id=0, scheduled_at=ScheduleAt.Time(Timestamp(at)), player_id=player_id)
    )


@module.reducer
def circle_recombine(ctx: ReducerContext, timer: CircleRecombineTimer) -> None:
    """Merge the player's circles whose split is long enough ago into the heaviest of them."""
    latest_split = ctx.timestamp.micros - RECOMBINE_DELAY
    ready: list[Entity] = []
    for circle in ctx.db[Circle].filter(player_id=timer.player_id):
        if circle.last_split_time.micros <= latest_split:
            entity = ctx.db[Entity].get(circle.entity_id)
            if entity is not None:
                ready.append(entity)
    ready.sort(key=lambda entity: (-entity.mass, entity.entity_id))
    for other in ready[1:]:
        schedule_meal(ctx, ready[0].entity_id, other.entity_id)


def add_own_drift(
    own: Sequence[Circle], entities: Mapping[int, Entity], drift: dict[int, tuple[float, float]], now: int
) -> None:
    """Write into `drift` how far, in world units, each circle of one player is pushed or pulled by the others.

    Circles nearer than 0.9 of the sum of their radii move apart by 0.05 of the gap between their edges each tick.
    Circles further apart than that sum move towards each other in the last two seconds before they may merge, the
    stronger the nearer that moment is. `now` is in microseconds since the epoch.
    """
    bodies = [
        (entity.entity_id, entity.position.x, entity.position.y, radius(entity.mass), _pull(circle, now))
        for circle in own
        if (entity := entities.get(circle.entity_id)) is not None
    ]
    count = len(bodies)
    dx = [0.0] * count
    dy = [0.0] * count
    for i in range(count):
        _, x, y, reach, pull = bodies[i]
        for j in range(i + 1, count):
            _, other_x, other_y, other_reach, other_pull = bodies[j]
            away_x, away_y = x - other_x, y - other_y
            distance = sqrt(away_x * away_x + away_y * away_y)
            if distance <= 0.01:
                away_x, away_y, distance = 1.0, 0.0, 1.0
            touching = reach + other_reach
            if distance < touching * OWN_CIRCLE_OVERLAP:
                share = PUSH_SPEED
            elif distance > touching:
                share = (pull + other_pull) * PULL_SPEED / count
            else:
                continue
            step = (touching - distance) * share / 2.0 / distance
            dx[i] += away_x * step
            dy[i] += away_y * step
            dx[j] -= away_x * step
            dy[j] -= away_y * step
    for i in range(count):
        drift[bodies[i][0]] = (dx[i], dy[i])


def _pull(circle: Circle, now: int) -> float:
    """0 until two seconds before the circle may merge, then rising to 1."""
    left = circle.last_split_time.micros + RECOMBINE_DELAY - now
    return min(max(1.0 - left / PULL_BEFORE_RECOMBINE, 0.0), 1.0)


def _ahead(position: DbVector2, direction: DbVector2, *, margin: float, size: float) -> DbVector2:
    return DbVector2(
        x=min(max(position.x + direction.x, margin), size - margin),
        y=min(max(position.y + direction.y, margin), size - margin),
    )
