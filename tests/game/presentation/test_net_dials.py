"""What the sliders of the network numbers stand for."""

from __future__ import annotations

import pytest

from game.presentation.net_dials import net_dials
from spacetimedb_sdk.testing import Conditions


def test_lag_is_there_and_back_and_jitter_and_loss_are_each_way() -> None:
    conditions = Conditions()
    lag, jitter, loss = net_dials(conditions)
    assert [dial.shown for dial in (lag, jitter, loss)] == ["0 ms", "0 ms", "0 %"]
    lag.turn(12)
    jitter.turn(3)
    loss.turn(2)
    assert (conditions.delay, conditions.jitter, conditions.loss) == pytest.approx((0.06, 0.015, 0.02))
    assert [dial.shown for dial in (lag, jitter, loss)] == ["120 ms", "15 ms", "2 %"]


def test_they_stop_at_their_ends_and_tell_what_was_changed_elsewhere() -> None:
    conditions = Conditions()
    lag, jitter, loss = net_dials(conditions)
    for dial, most in ((lag, "500 ms"), (jitter, "200 ms"), (loss, "20 %")):
        dial.turn(1000)
        assert (dial.shown, dial.share) == (most, 1.0)
        dial.turn_to(2.0)
        assert dial.shown == most
        dial.turn_to(-1.0)
        assert dial.share == 0.0
    assert not conditions.is_bad
    lag.turn_to(0.5)
    assert lag.value == 250
    conditions.heal()
    assert lag.value == 0
