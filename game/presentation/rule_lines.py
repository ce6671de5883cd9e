"""Rule lines: what a world is played by, in a few words."""

from __future__ import annotations

from module_bindings import WorldRules

from ..language import N_, gettext

__all__ = ["rule_lines", "rules_name"]

# Those that the game brings along.
_NAMES = (N_("Arcade"), N_("Official"))


def rule_lines(rules: WorldRules | None) -> tuple[str, ...]:
    """The name of the rules and their main numbers; without `rules` the world has those of the official game."""
    if rules is None:
        return _lines("official", 60, 5.0)
    lines = [*_lines(rules.name, rules.split_from, rules.recombine)]
    if rules.eject_from:
        lines.append(
            gettext("Eject {mass} for {cost}, from {least} on").format(
                mass=rules.pellet_mass, cost=rules.eject_cost, least=rules.eject_from
            )
        )
    if rules.protection:
        lines.append(gettext("Protected for {seconds:g} s").format(seconds=rules.protection))
    return tuple(lines)


def rules_name(name: str) -> str:
    """A rule set as it is shown, in English: the name of its file, written large."""
    return name.capitalize()


def _lines(name: str, split_from: int, recombine: float) -> tuple[str, str]:
    return (
        gettext("Rules: {name}").format(name=gettext(rules_name(name))),
        gettext("Split from {mass}   ·   one again after {seconds:g} s").format(
            mass=split_from, seconds=recombine
        ),
    )
