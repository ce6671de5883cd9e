"""Throwing: what was split off or ejected flies on by itself, fast at first, for a moment."""

from __future__ import annotations

from spacetimedb_sdk.module import Module, ReducerContext, Row, Timestamp, column, f32, i32, i64

from .rule_set import RuleSet

__all__ = ["Thrown", "part", "steps_of_thrown", "throw"]

# Of what is left of the way: with 1 it would be even, with more the beginning is a jump that leaps over what is small.
_EASE = 1.5

part = Module("throwing", style="2.x")


@part.table()
class Thrown(Row):
    """An entity in flight: where `x` and `y` take it within `duration` microseconds, and the `share` of it that is done."""

    entity_id: i32 = column(primary_key=True)
    began: Timestamp
    duration: i64
    x: f32
    y: f32
    share: f32


def throw(ctx: ReducerContext, entity_id: int, way: tuple[float, float], duration: int) -> None:
    """Let an entity fly `way`, in world units, from now on."""
    x, y = way
    ctx.db[Thrown].insert(
        Thrown(entity_id=entity_id, began=ctx.timestamp, duration=duration, x=x, y=y, share=0.0)
    )


def steps_of_thrown(ctx: ReducerContext, rules: RuleSet) -> dict[int, tuple[float, float]]:
    """How far each entity in flight comes in the tick that calls, by entity id. What has arrived flies no more."""
    if rules.throw is None and rules.eject is None:
        return {}
    thrown = ctx.db[Thrown]
    now = ctx.timestamp.micros
    steps: dict[int, tuple[float, float]] = {}
    for row in thrown.iter():
        left = 1.0 - (now - row.began.micros) / row.duration
        share = 1.0 - left**_EASE if left > 0.0 else 1.0
        steps[row.entity_id] = row.x * (share - row.share), row.y * (share - row.share)
        if share < 1.0:
            thrown.update(row.replace(share=share))
        else:
            thrown.delete(row)
    return steps
