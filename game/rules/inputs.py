"""Inputs: from a player's input to the direction and speed of its circles."""

from math import hypot, isfinite

from spacetimedb_sdk.module import ReducerContext, ReducerError

from .players import calling_player
from .tables import Circle, DbVector2, PlayerInput, base

__all__ = ["apply_inputs", "update_player_input"]


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
    inputs, circles = ctx.db[PlayerInput], ctx.db[Circle]
    waiting = {row.player_id: row for row in inputs.iter()}
    for player_id in waiting:
        inputs.delete_by_key(player_id)
    steered: list[Circle] = []
    for circle in circles.iter():
        row = waiting.get(circle.player_id)
        if row is not None:
            speed = row.speed
            # A stopped circle keeps looking where it went: a split needs to know what is ahead.
            direction = row.direction if speed > 0.0 else circle.direction
            if circle.speed != speed or circle.direction != direction:
                circle = circles.update(circle.replace(direction=direction, speed=speed))
        steered.append(circle)
    return steered
