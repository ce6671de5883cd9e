"""Protection: a player who has just appeared neither eats others nor is eaten, for a while."""

from __future__ import annotations

from spacetimedb_sdk.module import Module, ReducerContext, Row, Timestamp, column, i32

from .rule_set import RuleSet, rules_of

__all__ = ["Protection", "end_protection", "part", "protect", "protected_players"]

part = Module("protection", style="2.x")


@part.table(public=True)
class Protection(Row):
    """A protected player: `until` then, or until it moves against another one. Official clients know no such table."""

    player_id: i32 = column(primary_key=True)
    until: Timestamp


def protect(ctx: ReducerContext, player_id: int) -> None:
    """Protect a player from now on, for as long as the rules say."""
    duration = rules_of(ctx).protection
    if not duration:
        return
    row = Protection(player_id=player_id, until=Timestamp(ctx.timestamp.micros + duration))
    protections = ctx.db[Protection]
    if protections.contains(player_id):
        protections.update(row)
    else:
        protections.insert(row)


def end_protection(ctx: ReducerContext, player_id: int) -> None:
    """Protect a player no more; one that is not protected is no error."""
    if rules_of(ctx).protection:
        ctx.db[Protection].delete_by_key(player_id)


def protected_players(ctx: ReducerContext, rules: RuleSet) -> set[int]:
    """The ids of the players who are protected now; what is over is cleared away."""
    if not rules.protection:
        return set()
    protections = ctx.db[Protection]
    now = ctx.timestamp.micros
    protected: set[int] = set()
    for row in protections.iter():
        if row.until.micros > now:
            protected.add(row.player_id)
        else:
            protections.delete(row)
    return protected
