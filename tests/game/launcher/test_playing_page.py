"""docs/playing.md says what is so."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from game.client.scenes.controls import ACTION_NAMES
from game.launcher.arguments import parser
from game.launcher.files import config_folder
from game.match.settings import DEFAULT_KEYS, DEFAULT_PAD, Action
from game.presentation.error_texts import explain
from game.presentation.words.key_names import button_name
from game.rules.sets import arcade
from game.rules.sets.official import RULES
from spacetimedb_sdk import (
    ConnectCause,
    ConnectError,
    ConnectionLost,
    DatabaseNotFoundError,
    ProtocolError,
    SubscriptionError,
)
from tests.places import DOCS

PAGE = (DOCS / "playing.md").read_text(encoding="utf-8")
STEERING = {Action.UP, Action.DOWN, Action.LEFT, Action.RIGHT}


def rows() -> dict[str, list[str]]:
    """The cells of every table row by its first cell."""
    lines = [line.strip("|").split("|") for line in PAGE.splitlines() if line.startswith("|")]
    return {cells[0].strip(): [cell.strip() for cell in cells[1:]] for cells in lines}


@pytest.mark.parametrize("action", sorted(set(Action) - STEERING, key=lambda action: str(action.value)))  # type: ignore[attr-defined]
def test_keys_and_buttons(action: Action) -> None:
    key, button, _ = rows()[ACTION_NAMES[action]]
    held = ", held for a second" if action is Action.END_RUN else ""
    assert key == ", ".join(DEFAULT_KEYS[action]) + held
    button = button.removesuffix(", held")
    assert button == (button_name(DEFAULT_PAD[action]) if action in DEFAULT_PAD else "")


def test_numbers() -> None:
    assert f"from a mass of {RULES.min_mass_to_split} on" in PAGE


def test_rules() -> None:
    eject, throw = arcade.RULES.eject, arcade.RULES.throw
    assert eject is not None
    assert throw is not None
    assert f"a pellet of {eject.pellet} for {eject.cost}, from a mass of {eject.min_mass} on" in PAGE
    assert f"after {arcade.RULES.recombine_delay // 1_000_000} s the pieces" in PAGE
    assert f"after {RULES.recombine_delay // 1_000_000} s, at once" in PAGE
    assert f"protected for {arcade.RULES.protection // 1_000_000} s" in PAGE


def test_commands() -> None:
    commands = re.findall(r"^    python run_game\.py(.*)$", PAGE, flags=re.MULTILINE)
    assert len(commands) == 7
    for words in commands:
        parser().parse_args(words.split() or ["play"])


def test_troubles() -> None:
    errors = (
        ConnectError("h", "nothing listens there", ConnectCause.REFUSED),
        ConnectError("h", "no answer within 5 s", ConnectCause.TIMED_OUT),
        ConnectError("h", "no such host", ConnectCause.UNKNOWN_HOST),
        ConnectError("h", "self-signed", ConnectCause.TLS),
        ConnectError("h", "gone", ConnectCause.REJECTED),
        ConnectError("h", "503", ConnectCause.UNAVAILABLE),
        ConnectError("h", "403", ConnectCause.FORBIDDEN),
        DatabaseNotFoundError("h", "there is no database"),
        SubscriptionError(("q",), "no such table"),
        ProtocolError("?"),
        ConnectionLost("gone"),
    )
    told = {name.strip() for row in rows() for name in row.split(",")}
    for error in errors:
        assert explain(error, server="h:1", database="d").headline in told


@pytest.mark.parametrize(
    ("platform", "variable", "shown"),
    [
        ("linux", "HOME", "~/.config/blackholio"),
        ("darwin", "HOME", "~/Library/Application Support/blackholio"),
    ],
)
def test_folders(
    platform: str, variable: str, shown: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("BLACKHOLIO_CONFIG_DIR", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setenv(variable, str(tmp_path))
    assert f"`{shown}`" in PAGE
    assert config_folder() == tmp_path / shown.removeprefix("~/")
