"""Inputs: from a player's input to the direction and speed of its circles."""

from math import hypot, isfinite

from spacetimedb_sdk.module import ReducerContext, ReducerError

from .players import calling_player
from .tables import Circle, DbVector2, PlayerInput, base

__all__ = ["apply_inputs", "steered_circles", "update_player_input"]


@base.reducer
def update_player_input(ctx: ReducerContext, direction: DbVector2) -> None:
    """Steer all the caller's circles from the next tick on: the length of `direction`, at most 1, is the speed."""
    length = hypot(direction.x, direction.y)
    if not isfinite(length):
        raise ReducerError("the direction is not a finite vector: send finite x and y")
    player = calling_player(ctx)
    if length > 0.0:
        direction = DbVector2(x=direction.x / length, y=direction.y / length)
    row = PlayerInput(player_id=player.player_id, direction=direction, speed=min(length, 1.0))
    inputs = ctx.db[PlayerInput]
    if inputs.contains(player.player_id):
        inputs.update(row)
    else:
        inputs.insert(row)


def apply_inputs(ctx: ReducerContext) -> list[Circle]:
    """Carry the waiting inputs over to the public circles, in the transaction of the calling tick.

    Returns all circles as they are afterwards.
    """
    inputs = ctx.db[PlayerInput]
    waiting = {row.player_id: row for row in inputs.iter()}
    for player_id in waiting:
        inputs.delete_by_key(player_id)
    return [
        _steered(ctx, circle, waiting[circle.player_id]) if circle.player_id in waiting else circle
        for circle in ctx.db[Circle].iter()
    ]


def steered_circles(ctx: ReducerContext, player_id: int) -> list[Circle]:
    """The circles of one player, by its waiting input: who turns and splits at once splits where it has turned to."""
    inputs = ctx.db[PlayerInput]
    row = inputs.get(player_id)
    if row is not None:
        inputs.delete(row)
    return [_steered(ctx, circle, row) for circle in ctx.db[Circle].filter(player_id=player_id)]


def _steered(ctx: ReducerContext, circle: Circle, row: PlayerInput | None) -> Circle:
    if row is None:
        return circle
    # A stopped circle keeps looking where it went: a split needs to know what is ahead.
    direction = row.direction if row.speed > 0.0 else circle.direction
    if circle.speed == row.speed and circle.direction == direction:
        return circle
    return ctx.db[Circle].update(circle.replace(direction=direction, speed=row.speed))
