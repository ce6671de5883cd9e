"""Rule lines: what a world is played by, in a few words."""

from __future__ import annotations

from module_bindings import WorldRules

__all__ = ["rule_lines"]


def rule_lines(rules: WorldRules | None) -> tuple[str, ...]:
    """The name of the rules and their main numbers; without `rules` the world has those of the official game."""
    if rules is None:
        return ("Rules: official", "Split from 60   ·   one again after 5 s")
    lines = [
        f"Rules: {rules.name}",
        f"Split from {rules.split_from}   ·   one again after {rules.recombine:g} s",
    ]
    if rules.eject_from:
        lines.append(f"Eject {rules.pellet_mass} for {rules.eject_cost}, from {rules.eject_from} on")
    if rules.protection:
        lines.append(f"Protected for {rules.protection:g} s")
    return tuple(lines)
