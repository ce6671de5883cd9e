"""`--brain package.module:function`."""

from __future__ import annotations

import pytest

from game.bots.instincts import flee
from game.bots.loading import BrainError, load_brain


def test_a_brain_by_its_name() -> None:
    assert load_brain("game.bots.instincts:flee") is flee


@pytest.mark.parametrize(
    ("reference", "remedy"),
    [
        ("game.bots.instincts", "package.module:function"),
        (":decide", "package.module:function"),
        ("no.such.module:decide", "PYTHONPATH"),
        ("game.bots.instincts:nothing", "has no function 'nothing'"),
    ],
)
def test_what_is_wrong_with_a_name(reference: str, remedy: str) -> None:
    with pytest.raises(BrainError, match=remedy):
        load_brain(reference)
