"""Splitting: one player, several circles. Splitting, keeping them apart, pulling them together, merging them again."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from math import hypot, sqrt

from spacetimedb_sdk.module import ReducerContext, ScheduleAt, Timestamp

from .eating import heaviest_first, schedule_meal
from .inputs import steered_circles
from .players import calling_player
from .protection import end_protection
from .rule_set import Merge, RuleSet, radius, rules_of
from .spawning import spawn_circle, world_size
from .tables import Circle, CircleRecombineTimer, DbVector2, Entity, base
from .throwing import throw

__all__ = ["add_own_drift", "circle_recombine", "ease_together", "player_split", "schedule_recombine"]


@base.reducer
def player_split(ctx: ReducerContext) -> None:
    """Split every circle of the caller that is heavy enough, up to the greatest number of circles.

    The new circle takes half of the mass, appears one unit ahead and goes the same way as the old one; where the rules
    say so it is thrown on from there.
    """
    rules = rules_of(ctx)
    player = calling_player(ctx)
    entities, circles = ctx.db[Entity], ctx.db[Circle]
    own = steered_circles(ctx, player.player_id)
    size = world_size(ctx)
    count = len(own)
    for circle in own:
        if count >= rules.most_circles:
            break
        entity = entities.get(circle.entity_id)
        if entity is None or entity.mass < rules.min_mass_to_split:
            continue
        half = entity.mass // 2
        piece = spawn_circle(
            ctx,
            player.player_id,
            mass=half,
            position=_ahead(entity.position, circle.direction, margin=radius(half), size=size),
            direction=circle.direction,
            speed=circle.speed,
            last_split_time=ctx.timestamp,
        )
        if rules.throw is not None:
            way = rules.throw.reach(entity.mass)
            direction = circle.direction
            throw(ctx, piece.entity_id, (direction.x * way, direction.y * way), rules.throw.duration)
        entities.update(entity.replace(mass=entity.mass - half))
        circles.update(circle.replace(last_split_time=ctx.timestamp))
        count += 1
    if count > len(own):
        end_protection(ctx, player.player_id)
        if rules.merge is None:
            schedule_recombine(ctx, player.player_id, at=ctx.timestamp.micros + rules.recombine_delay)


def schedule_recombine(ctx: ReducerContext, player_id: int, *, at: int) -> None:
    """Have `circle_recombine` look at a player's circles once, `at` microseconds since the epoch."""
    ctx.db[CircleRecombineTimer].insert(
        CircleRecombineTimer(scheduled_id=0, scheduled_at=ScheduleAt.Time(Timestamp(at)), player_id=player_id)
    )


@base.reducer
def circle_recombine(ctx: ReducerContext, timer: CircleRecombineTimer) -> None:
    """Merge the player's circles whose split is long enough ago into the heaviest of them."""
    rules = rules_of(ctx)
    entities = ctx.db[Entity]
    ready: list[Entity] = []
    for circle in ctx.db[Circle].filter(player_id=timer.player_id):
        if _may_merge(circle, rules, ctx.timestamp.micros):
            entity = entities.get(circle.entity_id)
            if entity is not None:
                ready.append(entity)
    ready.sort(key=heaviest_first)
    for other in ready[1:]:
        schedule_meal(ctx, ready[0].entity_id, other.entity_id)


def ease_together(
    own: Sequence[Circle],
    entities: Mapping[int, Entity],
    drift: dict[int, tuple[float, float]],
    rules: RuleSet,
    merge: Merge,
    now: int,
) -> list[tuple[int, int]]:
    """Draw the circles of one player whose split is long enough ago towards the heaviest of them.

    Adds to `drift` how far each comes, in world units; returns the merges that are due as `(consumer, consumed)`.
    """
    ready = [
        entity
        for circle in own
        if _may_merge(circle, rules, now) and (entity := entities.get(circle.entity_id)) is not None
    ]
    if len(ready) < 2:
        return []
    ready.sort(key=heaviest_first)
    heart, *others = ready
    merges: list[tuple[int, int]] = []
    for other in others:
        dx, dy = heart.position.x - other.position.x, heart.position.y - other.position.y
        distance = hypot(dx, dy)
        if distance < merge.overlap * radius(heart.mass):
            merges.append((heart.entity_id, other.entity_id))
            continue
        step = min(merge.share * distance, merge.most) / distance
        before = drift.get(other.entity_id, (0.0, 0.0))
        drift[other.entity_id] = before[0] + dx * step, before[1] + dy * step
    return merges


def add_own_drift(
    own: Sequence[Circle],
    entities: Mapping[int, Entity],
    drift: dict[int, tuple[float, float]],
    rules: RuleSet,
    now: int,
    *,
    in_flight: Collection[int] = (),
) -> None:
    """Write into `drift` how far, in world units, each circle of one player is pushed or pulled by the others.

    Circles nearer than 0.9 of the sum of their radii move apart by 0.05 of the gap between their edges each tick, times
    their full speed where the rules say so. Circles further apart than that sum move towards each other in the last two
    seconds before they may merge, the stronger the nearer that moment is. `now` is in microseconds since the epoch. Circles `in_flight`, and those that ease
    together already, are left alone.
    """
    bodies = [
        (
            entity.entity_id,
            entity.position.x,
            entity.position.y,
            radius(entity.mass),
            _pull(circle, rules, now),
            rules.max_speed(entity.mass) if rules.drift_by_speed else 1.0,
        )
        for circle in own
        if (entity := entities.get(circle.entity_id)) is not None and circle.entity_id not in in_flight
    ]
    count = len(bodies)
    dx = [0.0] * count
    dy = [0.0] * count
    eases = rules.merge is not None
    for i in range(count):
        _, x, y, reach, pull, _ = bodies[i]
        for j in range(i + 1, count):
            _, other_x, other_y, other_reach, other_pull, _ = bodies[j]
            if eases and pull >= 1.0 and other_pull >= 1.0:
                continue
            away_x, away_y = x - other_x, y - other_y
            distance = sqrt(away_x * away_x + away_y * away_y)
            if distance <= 0.01:
                away_x, away_y, distance = 1.0, 0.0, 1.0
            touching = reach + other_reach
            if distance < touching * rules.own_overlap:
                share = rules.push_speed
            elif distance > touching:
                share = (pull + other_pull) * rules.pull_speed / count
            else:
                continue
            step = (touching - distance) * share / 2.0 / distance
            dx[i] += away_x * step
            dy[i] += away_y * step
            dx[j] -= away_x * step
            dy[j] -= away_y * step
    for i in range(count):
        entity_id, *_, speed = bodies[i]
        drift[entity_id] = (dx[i] * speed, dy[i] * speed)


def _may_merge(circle: Circle, rules: RuleSet, now: int) -> bool:
    return circle.last_split_time.micros + rules.recombine_delay <= now


def _pull(circle: Circle, rules: RuleSet, now: int) -> float:
    """0 until two seconds before the circle may merge, then rising to 1."""
    left = circle.last_split_time.micros + rules.recombine_delay - now
    return min(max(1.0 - left / rules.pull_before_recombine, 0.0), 1.0)


def _ahead(position: DbVector2, direction: DbVector2, *, margin: float, size: float) -> DbVector2:
    return DbVector2(
        x=min(max(position.x + direction.x, margin), size - margin),
        y=min(max(position.y + direction.y, margin), size - margin),
    )
