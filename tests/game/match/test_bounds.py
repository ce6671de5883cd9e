"""What is shown of what another module, or another client, has written."""

from __future__ import annotations

import pytest

from game.match.bounds import shown_name


@pytest.mark.parametrize(
    "name",
    [
        "", " ", "\u3000", "\u200b\u200b", "\u2060", "\u00ad", "\ufeff", "\u202e", "\u115f", "\u3164", "\uffa0 \u3164",
        "\u2800\u2800", "\n", "\ud800",
    ],
)  # fmt: skip
def test_a_name_that_cannot_be_seen_is_none(name: str) -> None:
    assert shown_name(name) == ""


@pytest.mark.parametrize("name", ["X", " Bo", "\u200bBo", "\u3164Bo", "花子", "مرحبا", "🎮", "-", "é̂", "한"])
def test_every_other_name_stays(name: str) -> None:
    assert shown_name(name) == name


def test_a_name_is_cut_before_anything_is_done_with_it() -> None:
    assert len(shown_name("W" * 1_000_000)) == 48
    assert shown_name(" " * 48 + "Bo") == ""
