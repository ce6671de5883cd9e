"""Settings in a file."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

from spacetimedb_sdk import local_config
from spacetimedb_sdk.errors import ConfigError


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(local_config, "_settings", None)
    monkeypatch.setattr(sys, "argv", ["program"])
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))


def test_settings_come_back(tmp_path: Path) -> None:
    local_config.init()
    assert local_config.get_string("auth_token") is None
    local_config.set_string("auth_token", "100%secret=1")
    path = tmp_path / ".spacetime_python_sdk" / "settings.ini"
    assert path.read_text() == "[main]\nauth_token = 100%secret=1\n\n"
    local_config.init()
    assert local_config.get_string("auth_token") == "100%secret=1"


def test_places_and_defaults(tmp_path: Path) -> None:
    root = tmp_path / "elsewhere"
    local_config.init("folder", "my.ini", str(root), {"key": "default"})
    assert local_config.get_string("key") == "default"
    assert not root.exists(), "reading writes nothing"
    local_config.set_string("other", "x")
    local_config.init("folder", "my.ini", str(root), {"key": "unused: the file is there"})
    assert local_config.get_string("key") == "default"
    assert (root / "folder" / "my.ini").exists()


def test_another_client_has_another_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["program", "--client", "two"])
    local_config.init()
    local_config.set_string("auth_token", "second")
    assert (tmp_path / ".spacetime_python_sdk" / "settings_two.ini").exists()
    monkeypatch.setattr(sys, "argv", ["program", "--client"])
    with pytest.raises(ConfigError, match="--client takes a name"):
        local_config.init()


@pytest.mark.parametrize("given", [{"a": "1", "b": "2"}, [("a", "1"), ("b", "2")]])
def test_set_config_takes_a_dict_or_pairs(given: dict[str, str]) -> None:
    local_config.init()
    local_config.set_config(given)
    local_config.init()
    assert (local_config.get_string("a"), local_config.get_string("b")) == ("1", "2")


def test_only_the_owner_may_read(tmp_path: Path) -> None:
    local_config.init()
    local_config.set_string("auth_token", "secret")
    (tmp_path / ".spacetime_python_sdk" / "settings.ini").chmod(0o644)
    local_config.set_string("auth_token", "secret")
    mode = (tmp_path / ".spacetime_python_sdk" / "settings.ini").stat().st_mode
    everybody_on_windows = 0o666 if os.name == "nt" else 0o600
    assert stat.S_IMODE(mode) == everybody_on_windows


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    local_config.init()
    local_config.set_string("key", "old")

    def no_space(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", no_space)
    with pytest.raises(ConfigError, match="No space left"):
        local_config.set_string("key", "new")
    monkeypatch.undo()
    folder = tmp_path / ".spacetime_python_sdk"
    assert [path.name for path in folder.iterdir()] == ["settings.ini"]
    assert "old" in (folder / "settings.ini").read_text()


@pytest.mark.parametrize("broken", [b"no section\n", b"[main\n", b"\xff\xfe"])
def test_a_broken_file_is_set_aside_and_named(tmp_path: Path, broken: bytes) -> None:
    folder = tmp_path / ".spacetime_python_sdk"
    folder.mkdir()
    for kept in ("settings.ini.broken", "settings.ini.broken1"):
        (folder / "settings.ini").write_bytes(broken)
        with pytest.raises(ConfigError, match=f"it is kept as .*{kept}, start again"):
            local_config.init()
        assert (folder / kept).read_bytes() == broken
    local_config.init()
    assert local_config.get_string("auth_token") is None


def test_a_setting_before_init() -> None:
    with pytest.raises(ConfigError, match=r"call local_config\.init\(\) first"):
        local_config.get_string("auth_token")
