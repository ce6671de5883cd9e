"""An own entity shows what its player wants within a frame, and what the server decides in the end."""

from __future__ import annotations

import pytest

from spacetimedb_sdk.netcode import Prediction

SPEED = 100.0


def step(place: float, wish: float, seconds: float) -> float:
    return min(max(place + wish * SPEED * seconds, 0.0), 1000.0)


def test_a_wish_shows_at_once() -> None:
    own = Prediction(step, lag=0.2)
    own.wish(1.0, 10.0)
    assert own.ahead(500.0, 10.0) == 500.0
    assert own.ahead(500.0, 10.016) == pytest.approx(501.6)


def test_what_the_server_knows_is_not_added_again() -> None:
    own = Prediction(step, lag=0.2)
    own.wish(1.0, 10.0)
    # The server has followed for a second, and is seen 0.2 seconds late.
    assert own.ahead(580.0, 11.0) == pytest.approx(600.0)


def test_several_wishes_are_replayed_in_order_and_against_walls() -> None:
    own = Prediction(step, lag=0.3)
    own.wish(-1.0, 10.0)
    own.wish(1.0, 10.2)
    # At the wall the first wish does nothing, the second leads away from it.
    assert own.ahead(0.0, 10.3) == pytest.approx(10.0)


def test_without_trust_the_server_is_shown() -> None:
    own = Prediction(step, lag=0.2)
    own.wish(1.0, 10.0)
    assert own.ahead(500.0, 10.5, trust=0.0) == 500.0
    assert own.ahead(500.0, 10.5, trust=0.5) == pytest.approx(510.0)


def test_old_wishes_are_forgotten() -> None:
    own = Prediction(step, lag=0.2)
    for number in range(1000):
        own.wish(1.0, number * 0.05)
        own.ahead(0.0, number * 0.05)
    assert len(own._wishes) < 20
    own.forget()
    assert own.newest is None
    assert own.ahead(7.0, 60.0) == 7.0
