"""Players: what one asks for by name, entering the game, coming back to life, giving up."""

from spacetimedb_sdk.module import ReducerContext, ReducerError

from .eating import destroy_entity
from .spawning import spawn_first_circle
from .tables import Circle, Player, base

__all__ = ["MAX_NAME_LENGTH", "calling_player", "enter_game", "respawn", "suicide"]

MAX_NAME_LENGTH = 64


def calling_player(ctx: ReducerContext) -> Player:
    """The player row of the caller.

    Raises:
        ReducerError: the caller is not connected, so there is no such row.
    """
    player = ctx.db[Player].get(ctx.sender)
    if player is None:
        raise ReducerError(
            "no player belongs to this identity: connect to the database before calling the reducer"
        )
    return player


@base.reducer
def enter_game(ctx: ReducerContext, name: str) -> None:
    """Name the caller's player and spawn its first circle, unless it has one already."""
    if len(name) > MAX_NAME_LENGTH:
        raise ReducerError(f"a name has at most {MAX_NAME_LENGTH} characters, this one has {len(name)}")
    player = calling_player(ctx)
    if player.name != name:
        ctx.db[Player].update(player.replace(name=name))
    _spawn_unless_alive(ctx, player)


@base.reducer
def respawn(ctx: ReducerContext) -> None:
    """Spawn the caller's first circle again; a player with circles keeps them."""
    _spawn_unless_alive(ctx, calling_player(ctx))


@base.reducer
def suicide(ctx: ReducerContext) -> None:
    """Destroy all the caller's circles."""
    player = calling_player(ctx)
    for circle in ctx.db[Circle].filter(player_id=player.player_id):
        destroy_entity(ctx, circle.entity_id)


def _spawn_unless_alive(ctx: ReducerContext, player: Player) -> None:
    if not ctx.db[Circle].filter(player_id=player.player_id):
        spawn_first_circle(ctx, player.player_id)
