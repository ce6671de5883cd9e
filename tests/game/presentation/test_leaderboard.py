"""Ten and you."""

from __future__ import annotations

from game.match.shown import ShownCircle
from game.presentation.leaderboard import leaderboard, nameless


def circle(entity_id: int, player_id: int, mass: int) -> ShownCircle:
    return ShownCircle(entity_id, player_id, 0.0, 0.0, mass)


def test_circles_of_a_player_count_together() -> None:
    rows = leaderboard([circle(1, 1, 40), circle(2, 2, 60), circle(3, 1, 30)], {1: "Ada", 2: "Bob"}, 2)
    assert [(row.rank, row.name, row.mass, row.is_own) for row in rows] == [
        (1, "Ada", 70, False),
        (2, "Bob", 60, True),
    ]


def test_ten_at_most_when_the_own_row_is_among_them() -> None:
    rows = leaderboard([circle(i, i, 1000 - i) for i in range(1, 31)], {}, 4)
    assert [row.rank for row in rows] == list(range(1, 11))
    assert [row.is_own for row in rows].index(True) == 3


def test_the_own_row_is_added_below_with_its_true_rank() -> None:
    rows = leaderboard([circle(i, i, 1000 - i) for i in range(1, 31)], {27: "Me"}, 27)
    assert len(rows) == 11
    assert (rows[-1].rank, rows[-1].name, rows[-1].is_own) == (27, "Me", True)


def test_nameless_and_unknown_players_have_a_placeholder() -> None:
    rows = leaderboard([circle(1, 1, 5), circle(2, 2, 4)], {1: ""}, None)
    assert [row.name for row in rows] == [nameless(), nameless()] == ["<no name>"] * 2


def test_equal_masses_keep_their_order() -> None:
    one = leaderboard([circle(1, 7, 50), circle(2, 3, 50)], {}, None)
    other = leaderboard([circle(2, 3, 50), circle(1, 7, 50)], {}, None)
    assert one == other
    assert [row.player_id for row in one] == [3, 7]
