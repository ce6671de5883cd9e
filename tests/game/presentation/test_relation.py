"""Who can eat whom, as it is drawn."""

from __future__ import annotations

import pytest

from game.match.shown import ShownCircle
from game.presentation.relation import Relation, Scale


def circle(player_id: int, mass: int) -> ShownCircle:
    return ShownCircle(mass, player_id, 0.0, 0.0, mass)


@pytest.mark.parametrize(
    ("mass", "relation"),
    [(84, Relation.PREY), (86, Relation.PLAIN), (117, Relation.PLAIN), (118, Relation.DANGER)],
)
def test_the_rule_of_the_server_decides(mass: int, relation: Relation) -> None:
    scale = Scale([circle(1, 100)], 1)
    assert scale.relation(circle(2, mass)) is relation
    assert scale.relation(circle(1, mass)) is Relation.OWN


def test_who_threatens_the_smallest_own_circle_is_danger() -> None:
    scale = Scale([circle(1, 200), circle(1, 20)], 1)
    assert scale.relation(circle(2, 100)) is Relation.DANGER
    assert scale.relation(circle(2, 15)) is Relation.PREY


def test_who_only_watches_sees_neither() -> None:
    scale = Scale([], None)
    assert {scale.relation(circle(2, mass)) for mass in (1, 10, 10_000)} == {Relation.PLAIN}
