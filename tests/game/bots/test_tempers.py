"""Tempers: each a file, found by being there."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

import game.bots.tempers
from game.bots.mind import Mind
from game.bots.personality import SKILLS
from game.bots.temper import drawn_personality, tempers
from game.match.observation import Blob, Observation
from game.match.settings import DIFFICULTIES
from tests.places import DOCS

LAZY = """
from game.bots.temper import Temper
from game.match.intent import Intent


def rest(situation):
    return Intent(direction=(0.0, 0.125))


TEMPER = Temper(name="lazy", instincts=(rest,), caution=(1.0, 1.0), greed=(1.0, 1.0), daring=(0.0, 0.0))
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """One more folder with tempers."""
    monkeypatch.setattr(game.bots.tempers, "__path__", [*game.bots.tempers.__path__, str(tmp_path)])
    tempers.cache_clear()
    yield tmp_path
    tempers.cache_clear()
    for name in ("lazy", "broken", "homebody"):
        sys.modules.pop(f"game.bots.tempers.{name}", None)


def test_there_are_three() -> None:
    assert list(tempers()) == ["forager", "hunter", "trickster"]


def test_a_new_temper_is_a_file(folder: Path) -> None:
    (folder / "lazy.py").write_text(LAZY)
    assert "lazy" in tempers()
    drawn = [drawn_personality(Random(seed), "normal") for seed in range(40)]
    lazy = next(each for each in drawn if each.temper == "lazy")
    assert Mind(lazy)(Observation((Blob(1, 500.0, 500.0, 20),), (), (), 1000.0)).direction == (0.0, 0.125)


def test_the_temper_on_the_page_keeps_to_the_middle(folder: Path) -> None:
    (code,) = re.findall(
        r"```python\n# game/bots/tempers/(.*?)```", (DOCS / "bots.md").read_text(), re.DOTALL
    )
    (folder / "homebody.py").write_text(f"# {code}")
    homebody = replace(drawn_personality(Random(1), "normal"), temper=tempers()["homebody"].name)
    observation = Observation((Blob(1, 100.0, 500.0, 20),), (), (Blob(9, 90.0, 500.0, 2),), 1000.0)
    assert Mind(homebody)(observation).direction == (1.0, 0.0)


def test_a_file_without_a_temper_is_named(folder: Path) -> None:
    (folder / "broken.py").write_text("")
    with pytest.raises(TypeError, match=r"broken\.py has no TEMPER"):
        tempers()


def test_every_difficulty_has_a_skill_and_each_is_stronger_than_the_one_before() -> None:
    assert tuple(SKILLS) == DIFFICULTIES
    calm, normal, hard = SKILLS.values()
    for weaker, stronger in ((calm, normal), (normal, hard)):
        assert weaker.bots < stronger.bots
        assert weaker.pace < stronger.pace
        assert weaker.largest < stronger.largest
        assert weaker.grace > stronger.grace
        assert weaker.think[0] > stronger.think[1]
    assert hard.think[0] >= 0.05


@pytest.mark.parametrize("difficulty", DIFFICULTIES)
def test_numbers_go_with_tempers(difficulty: str) -> None:
    drawn = [drawn_personality(Random(seed), difficulty) for seed in range(80)]
    assert {each.temper for each in drawn} == set(tempers())
    foragers = [each for each in drawn if each.temper == "forager"]
    hunters = [each for each in drawn if each.temper == "hunter"]
    assert max(each.greed for each in foragers) < min(each.greed for each in hunters)
    assert min(each.caution for each in foragers) > max(each.caution for each in hunters)
    assert all(each.daring > 0.5 for each in hunters)
    assert all(each.largest <= SKILLS[difficulty].largest for each in drawn)


def test_calm_worlds_are_full_of_foragers() -> None:
    def share(difficulty: str) -> float:
        drawn = [drawn_personality(Random(seed), difficulty).temper for seed in range(200)]
        return drawn.count("forager") / len(drawn)

    assert share("calm") > 0.5 > share("hard")
