"""Which rule sets there are, and which a kept world goes on under."""

from __future__ import annotations

from pathlib import Path

import pytest

from game.launcher.arguments import parser
from game.launcher.commands.play import play
from game.launcher.errors import LauncherError
from game.launcher.rule_sets import DEFAULT_RULES, OFFICIAL_RULES, rule_module, rule_sets, rules_for
from game.rules.sets import arcade, official
from spacetimedb_sdk.standalone.module_files import load_module


def begun(folder: Path) -> None:
    """As if a server had kept a world there."""
    (folder / "b.sqlite").touch()


def test_each_file_is_a_rule_set_and_arcade_comes_first() -> None:
    assert rule_sets() == ("arcade", "official")
    assert (arcade.RULES.name, official.RULES.name) == (DEFAULT_RULES, OFFICIAL_RULES)
    assert load_module(rule_module("arcade")) is arcade.module


@pytest.mark.parametrize(("asked", "rules"), [(None, "arcade"), ("official", "official")])
def test_a_new_world_has_what_is_asked_for_and_keeps_it(
    tmp_path: Path, asked: str | None, rules: str
) -> None:
    folder = tmp_path / "new"
    assert rules_for(folder, "b", asked) == rules
    # What was never begun is no world yet.
    assert rules_for(folder, "b", "arcade") == "arcade"
    assert rules_for(folder, "b", asked) == rules
    begun(folder)
    assert rules_for(folder, "b", None) == rules
    assert rules_for(folder, "b", rules) == rules
    assert rules_for(folder, "other", None) == "arcade"


def test_other_rules_than_those_of_the_world_are_refused_in_one_sentence(tmp_path: Path) -> None:
    rules_for(tmp_path, "b", "official")
    begun(tmp_path)
    with pytest.raises(
        LauncherError, match="has the rules 'official' and keeps them: start it without --rules"
    ):
        rules_for(tmp_path, "b", "arcade")


def test_a_world_of_before_there_were_rule_sets_is_official(tmp_path: Path) -> None:
    begun(tmp_path)
    assert rules_for(tmp_path, "b", None) == "official"
    with pytest.raises(LauncherError, match="'official'"):
        rules_for(tmp_path, "b", "arcade")


def test_rules_that_the_game_does_not_have_are_named(tmp_path: Path) -> None:
    (tmp_path / "b.rules").write_text("hasty\n")
    begun(tmp_path)
    with pytest.raises(
        LauncherError, match="has the rules 'hasty', which this game does not have: it has arcade, official"
    ):
        rules_for(tmp_path, "b", None)


def test_the_server_that_is_joined_has_its_own_rules() -> None:
    options = parser().parse_args(["play", "--server", "127.0.0.1:1", "--rules", "official"])
    with pytest.raises(LauncherError, match="the server that you join has its rules") as caught:
        play(options)
    assert caught.value.code == 2


def test_rules_that_there_are_not_are_a_mistake_of_the_command_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as caught:
        parser().parse_args(["host", "--rules", "hasty"])
    assert caught.value.code == 2
    assert "'arcade', 'official'" in capsys.readouterr().err
