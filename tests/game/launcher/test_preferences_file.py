"""Settings that outlive the game, and a broken file that does not stop it."""

from __future__ import annotations

import json
import os
from dataclasses import fields
from pathlib import Path

import pytest

from game.launcher.errors import LauncherError
from game.launcher.preferences import PreferencesFile
from game.match.settings import DEFAULT_KEYS, DEFAULT_PAD, Action, Preferences, RecentServer

EVERYTHING = Preferences(
    name="Ada",
    volume=0.25,
    muted=True,
    music=0.9,
    effects=0.3,
    menus=0.2,
    record=True,
    palette="colour-blind",
    motion=False,
    shake=False,
    flashes=False,
    keys={**DEFAULT_KEYS, Action.SPLIT: ("v", "b")},
    pad={**DEFAULT_PAD, Action.SPLIT: 5},
    fps_cap=144,
    vsync=True,
    full_screen=True,
    difficulty="hard",
    language="de",
    rules="official",
    bots=30,
    announce=False,
    best_mass=1234,
    colour=7,
    quality="fast",
    net_hud=True,
    seen_hints=True,
    goals=("food-20", "crown"),
    servers=(RecentServer("10.0.0.7:3000", "arena"), RecentServer("b:1", "blackholio")),
)
FIELDS = tuple(field.name for field in fields(Preferences))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "config" / "settings.json"


def test_everything_comes_back(path: Path) -> None:
    PreferencesFile(path).save(EVERYTHING, FIELDS)
    file = PreferencesFile(path)
    assert file.load() == EVERYTHING
    assert file.notice == ""
    assert os.listdir(path.parent) == ["settings.json"]


def test_there_is_no_field_that_is_not_kept() -> None:
    untouched = Preferences()
    assert [name for name in FIELDS if getattr(untouched, name) == getattr(EVERYTHING, name)] == []


def test_without_a_file_one_is_new(path: Path) -> None:
    file = PreferencesFile(path)
    assert file.load() == Preferences()
    assert not path.exists()


def test_two_windows_keep_what_each_has_changed(path: Path) -> None:
    one, other = PreferencesFile(path), PreferencesFile(path)
    start = one.load()
    other.load()
    one.save(Preferences(name="Ada"), ["name"])
    other.save(Preferences(volume=0.5), ["volume"])
    assert start == Preferences()
    assert PreferencesFile(path).load() == Preferences(name="Ada", volume=0.5)


def test_a_second_window_lowers_no_best(path: Path) -> None:
    one, other = PreferencesFile(path), PreferencesFile(path)
    for file, best in ((one, 690), (other, 427)):
        file.save(Preferences(best_mass=best), ["best_mass"])
    assert PreferencesFile(path).load().best_mass == 690


def test_a_second_window_takes_back_no_goal(path: Path) -> None:
    one, other = PreferencesFile(path), PreferencesFile(path)
    one.save(Preferences(goals=("crown", "eat-1")), ["goals"])
    other.save(Preferences(goals=("eat-1", "live-5")), ["goals"])
    assert PreferencesFile(path).load().goals == ("crown", "eat-1", "live-5")


@pytest.mark.parametrize("text", ["{broken", "[1]", "\x00", "[" * 100_000, ""])
def test_a_broken_file_is_set_aside_and_named(path: Path, text: str) -> None:
    path.parent.mkdir()
    path.write_text(text)
    file = PreferencesFile(path)
    assert file.load() == Preferences()
    aside = path.with_name("settings-broken-1.json")
    assert str(aside) in file.notice
    assert aside.read_text() == text
    assert not path.exists()


def test_a_file_that_an_editor_has_saved_with_a_byte_order_mark(path: Path) -> None:
    path.parent.mkdir()
    path.write_text('{"name": "Ada"}', encoding="utf-8-sig")
    file = PreferencesFile(path)
    assert (file.load().name, file.notice) == ("Ada", "")


def test_a_second_broken_file_does_not_replace_the_first(path: Path) -> None:
    path.parent.mkdir()
    for text in ("{one", "{two"):
        path.write_text(text)
        PreferencesFile(path).load()
    assert path.with_name("settings-broken-1.json").read_text() == "{one"
    assert path.with_name("settings-broken-2.json").read_text() == "{two"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("volume", 2.0),
        ("volume", float("nan")),
        ("volume", "loud"),
        ("muted", 1),
        ("palette", "sepia"),
        ("fps_cap", 0),
        ("fps_cap", True),
        ("keys", {"fly": "f"}),
        ("keys", ["space"]),
        ("pad", {"split": "A"}),
        ("servers", [{"server": "a:1"}]),
        ("servers", "a:1"),
        ("name", 7),
        ("name", "half a letter \ud800"),
        ("servers", [{"server": "\ud800", "database": "arena"}]),
        ("rules", "\ud800"),
        ("goals", "crown"),
        ("goals", [1]),
        ("goals", {"crown": True}),
        ("best_mass", -1),
        ("best_mass", 10**400),
    ],
)
def test_a_value_that_cannot_be_used_does_not_cost_the_others(path: Path, field: str, value: object) -> None:
    path.parent.mkdir()
    path.write_text(json.dumps({"motion": False, field: value}))
    file = PreferencesFile(path)
    assert file.load() == Preferences(motion=False)
    assert field in file.notice
    assert path.with_name("settings-broken-1.json").exists()
    again = PreferencesFile(path)
    assert again.load() == Preferences(motion=False)
    assert again.notice == ""


def test_a_button_that_the_player_has_bound_is_not_taken_by_a_default_that_came_later(path: Path) -> None:
    path.parent.mkdir()
    path.write_text(json.dumps({"pad": {"split": DEFAULT_PAD[Action.NET_HUD], "hold": 2}}))
    pad = PreferencesFile(path).load().pad
    assert pad == {
        Action.SPLIT: DEFAULT_PAD[Action.NET_HUD],
        Action.HOLD: 2,
        Action.EJECT: DEFAULT_PAD[Action.EJECT],
        Action.END_RUN: DEFAULT_PAD[Action.END_RUN],
        Action.PAUSE: DEFAULT_PAD[Action.PAUSE],
    }


def test_a_field_of_another_version_is_left_alone(path: Path) -> None:
    path.parent.mkdir()
    path.write_text(json.dumps({"hats": 3, "name": "Ada"}))
    file = PreferencesFile(path)
    assert file.load() == Preferences(name="Ada")
    assert file.notice == ""


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LauncherError, match="cannot"):
        PreferencesFile(tmp_path / "file" / "settings.json").save(EVERYTHING, FIELDS)


def test_a_file_of_when_an_action_had_one_key(path: Path) -> None:
    path.parent.mkdir(parents=True)
    former = {"up": "up", "down": "k", "left": "left", "end_run": "s", "split": "d"}
    path.write_text(json.dumps({"keys": former}))
    file = PreferencesFile(path)
    keys = file.load().keys
    assert file.notice == ""
    # What was chosen stays, what was there at first is what is there at first now, and no key does two things.
    assert keys[Action.DOWN] == ("k",)
    assert keys[Action.SPLIT] == ("d",)
    assert keys[Action.RIGHT] == ("right",)
    assert keys[Action.UP] == ("w", "up")
    assert keys[Action.END_RUN] == ("x",)
