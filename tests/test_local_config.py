"""Settings in a file."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spacetimedb_sdk import local_config
from spacetimedb_sdk.errors import ConfigError

ROOT = str(Path(local_config.__file__).parent.parent)


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
    assert sorted(path.name for path in folder.iterdir()) == [".settings.ini.lock", "settings.ini"]
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


def test_a_file_that_an_editor_has_saved_with_a_byte_order_mark(tmp_path: Path) -> None:
    folder = tmp_path / ".spacetime_python_sdk"
    folder.mkdir()
    (folder / "settings.ini").write_text("[main]\nauth_token = kept\n", encoding="utf-8-sig")
    local_config.init()
    assert local_config.get_string("auth_token") == "kept"


def test_a_setting_before_init() -> None:
    with pytest.raises(ConfigError, match=r"call local_config\.init\(\) first"):
        local_config.get_string("auth_token")


def test_what_another_program_changed_stays(tmp_path: Path) -> None:
    local_config.init()
    local_config.set_string("mine", "1")
    path = tmp_path / ".spacetime_python_sdk" / "settings.ini"
    path.write_text(path.read_text() + "theirs = 2\n[other]\nkept = 3\n")
    local_config.set_string("mine", "4")
    assert local_config.get_string("theirs") == "2"
    local_config.init()
    assert (local_config.get_string("mine"), local_config.get_string("theirs")) == ("4", "2")
    assert "kept = 3" in path.read_text()


WRITER = """
import sys
from spacetimedb_sdk import local_config
local_config.init(config_root=sys.argv[1])
for number in range(30):
    local_config.set_string(f"{sys.argv[2]}_{number}", "x")
"""


def test_programs_that_write_at_once_lose_nothing(tmp_path: Path) -> None:
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path), name], env=os.environ | {"PYTHONPATH": ROOT}
        )
        for name in ("one", "two", "three")
    ]
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    local_config.init(config_root=str(tmp_path))
    for name in ("one", "two", "three"):
        assert all(local_config.get_string(f"{name}_{number}") == "x" for number in range(30))


@pytest.mark.parametrize(
    "key", ["a=b", "a:b", "", " a", "a ", "a\nb", "[x]", "#a", ";a", "a\ud800", "=", "\x85a"]
)
def test_a_key_that_would_not_come_back_is_refused(key: str) -> None:
    local_config.init()
    local_config.set_string("token", "kept")
    with pytest.raises(ConfigError, match="cannot be the key"):
        local_config.set_string(key, "x")
    local_config.init()
    assert local_config.get_string("token") == "kept"


@pytest.mark.parametrize("value", ["  x", "x\t", "\n", "a\r\nb", "a\n#b", "\ud800", "a\n b", "\x0b"])
def test_a_value_that_would_not_come_back_is_refused_and_not_shown(value: str) -> None:
    local_config.init()
    with pytest.raises(ConfigError, match="cannot be kept") as caught:
        local_config.set_config(
            {"good": "1", "token": f"{value}secret" if value.isprintable() and value[:1] == " " else value}
        )
    assert "secret" not in str(caught.value)
    assert local_config.get_string("good") is None, "all or none"
    local_config.init()
    assert local_config.get_string("good") is None


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(key=st.text(max_size=8), value=st.text(max_size=12))
def test_any_setting_comes_back_or_is_refused(key: str, value: str) -> None:
    local_config.init()
    try:
        local_config.set_string(key, value)
    except ConfigError:
        value = ""
    local_config.init()
    if value:
        assert local_config.get_string(key) == value


def test_a_file_broken_meanwhile_is_kept_and_nothing_is_lost(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    local_config.init()
    local_config.set_string("token", "kept")
    path = tmp_path / ".spacetime_python_sdk" / "settings.ini"
    path.write_bytes(b"\xff\xfe nonsense")
    local_config.set_string("other", "1")
    assert (tmp_path / ".spacetime_python_sdk" / "settings.ini.broken").read_bytes() == b"\xff\xfe nonsense"
    assert "settings.ini.broken" in caplog.text
    local_config.init()
    assert (local_config.get_string("token"), local_config.get_string("other")) == ("kept", "1")


def test_what_is_no_text_is_a_type_error() -> None:
    local_config.init()
    with pytest.raises(TypeError, match="settings are texts"):
        local_config.set_string("level", 3)  # type: ignore[arg-type]
