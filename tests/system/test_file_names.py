"""Names of databases, clients and profiles as files that Windows can have, too."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from game.launcher.profiles import claim_profile
from game.launcher.rule_sets import rules_for
from spacetimedb_sdk import local_config
from spacetimedb_sdk.module import Module, Row, column, u32
from spacetimedb_sdk.standalone import Server
from spacetimedb_sdk.system.file_names import WINDOWS_DEVICES, file_stem


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("my-game", "my-game"),
        ("Bo Smith", "Bo Smith"),
        ("con", "con_"),
        ("NUL", "NUL_"),
        ("com1.saves", "com1.saves_"),
        ("con_", "con__"),
        ("console", "console"),
        ("a:b", "a%3ab"),
        ("../up", "..%2fup"),
        ("..", ".%2e"),
        ("100%", "100%25"),
        ("trailing.", "trailing%2e"),
        ("line\nend ", "line%0aend%20"),
    ],
)
def test_a_name_as_a_file(name: str, stem: str) -> None:
    assert file_stem(name) == stem


@given(st.lists(st.text(st.sampled_from("con.%_:/ au\\*"), min_size=1), min_size=2, max_size=2, unique=True))
def test_two_names_are_two_files_and_neither_is_a_device(names: list[str]) -> None:
    stems = [file_stem(name) for name in names]
    assert stems[0] != stems[1]
    for stem in stems:
        assert stem.split(".")[0].rstrip(" ").lower() not in WINDOWS_DEVICES
        assert not set(stem) & set('<>:"/\\|?*')
        assert not stem.endswith((".", " "))


module = Module("con")


@module.table(public=True)
class Item(Row):
    item_id: u32 = column(primary_key=True)


def test_a_database_that_is_called_like_a_device(tmp_path: Path) -> None:
    with Server(module, data_dir=tmp_path) as server:
        assert server.name == "con"
    stems = {path.name.split(".")[0] for path in tmp_path.iterdir()}
    assert "con_" in stems
    assert "con" not in stems
    assert rules_for(tmp_path, "con", None) == "official", "the world that is there is found"


def test_a_client_and_a_profile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_config, "_settings", None)
    monkeypatch.setattr(sys, "argv", ["program", "--client", "a:b/c"])
    local_config.init(config_root=str(tmp_path))
    local_config.set_string("key", "kept")
    assert [path.name for path in (tmp_path / ".spacetime_python_sdk").glob("*.ini")] == [
        "settings_a%3ab%2fc.ini"
    ]
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    with claim_profile("con") as profile:
        assert (profile.name, profile.folder.name) == ("con", "con_")
