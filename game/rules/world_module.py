"""From a rule set to the module that serves a world of it."""

from __future__ import annotations

from spacetimedb_sdk.module import Module, ReducerContext

# Imported for the reducers that they declare.
from . import decay, eating, ejecting, inputs, movement, players, protection, spawning, splitting, throwing  # noqa: F401  # pyright: ignore[reportUnusedImport]
from .lifecycle import begin
from .rule_set import OFFICIAL, RuleSet
from .tables import WorldRules, base, rules_part

__all__ = ["module_of"]


def module_of(rules: RuleSet, *parts: Module) -> Module:
    """The module `blackholio` under these rules: what the official one has, what the rules need besides, and `parts`.

    A world keeps the name of the rules that it was begun with, and goes on under them.
    """
    rules.know()
    module = Module("blackholio", style="2.x")
    needed = (
        (base, True),
        # The official schema is that of all other clients, to the last table.
        (rules_part, rules.name != OFFICIAL),
        (protection.part, rules.protection > 0),
        (throwing.part, rules.throw is not None or rules.eject is not None),
        (ejecting.part, rules.eject is not None),
    )
    for part in (*(part for part, is_needed in needed if is_needed), *parts):
        module.include(part)

    @module.init
    def init(ctx: ReducerContext) -> None:
        """Begin a world."""
        begin(ctx, rules)
        if rules.name != OFFICIAL:
            ctx.db[WorldRules].insert(_row_of(rules))

    return module


def _row_of(rules: RuleSet) -> WorldRules:
    eject = rules.eject
    return WorldRules(
        id=0,
        name=rules.name,
        start_mass=rules.start_mass,
        split_from=rules.min_mass_to_split,
        most_circles=rules.most_circles,
        recombine=rules.recombine_delay / 1_000_000,
        protection=rules.protection / 1_000_000,
        eject_from=0 if eject is None else eject.min_mass,
        eject_cost=0 if eject is None else eject.cost,
        pellet_mass=0 if eject is None else eject.pellet,
    )
