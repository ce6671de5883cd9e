"""Tokens by server, database and profile; a profile in use is left alone."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from game.launcher.errors import LauncherError
from game.launcher.own_program import ROOT
from game.launcher.profiles import claim_profile

TOKEN = "eyJ0.token.value"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BLACKHOLIO_CONFIG_DIR", str(tmp_path))
    return tmp_path


def test_a_token_is_kept_by_server_and_database() -> None:
    with claim_profile() as profile:
        assert profile.token("a:3000", "blackholio") is None
        profile.keep("a:3000", "blackholio", TOKEN)
        profile.keep("b:3000", "blackholio", "another")
    with claim_profile() as profile:
        assert profile.token("a:3000", "blackholio") == TOKEN
        assert profile.token("b:3000", "blackholio") == "another"
        assert profile.token("a:3000", "arena") is None
        profile.forget("a:3000", "blackholio")
        assert profile.token("a:3000", "blackholio") is None
        assert profile.token("b:3000", "blackholio") == "another"


def test_profiles_do_not_share_tokens() -> None:
    with claim_profile("ann") as ann, claim_profile("bo") as bo:
        ann.keep("a:3000", "blackholio", TOKEN)
        assert bo.token("a:3000", "blackholio") is None


def test_only_the_owner_can_read_tokens(folder: Path) -> None:
    with claim_profile() as profile:
        profile.keep("a:3000", "blackholio", TOKEN)
    (path,) = folder.rglob("tokens.json")
    everything_that_windows_knows = 0o666
    assert path.stat().st_mode & 0o777 == (everything_that_windows_knows if os.name == "nt" else 0o600)


def test_a_profile_in_use_moves_to_the_next_free_one() -> None:
    with claim_profile() as first, claim_profile() as second:
        with claim_profile() as third:
            assert (first.name, second.name, third.name) == ("default", "default-2", "default-3")
        with claim_profile() as again:
            assert again.name == "default-3"


def test_the_lock_of_a_killed_process_is_free_again(folder: Path) -> None:
    program = (
        "from game.launcher.profiles import claim_profile as c; p = c(); print(p.name, flush=True); input()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert process.stdout is not None
    assert process.stdin is not None
    assert process.stdout.readline().strip() == "default"
    with claim_profile() as meanwhile:
        assert meanwhile.name == "default-2"
    process.kill()
    process.wait()
    process.stdin.close()
    process.stdout.close()
    with claim_profile() as afterwards:
        assert afterwards.name == "default"


@pytest.mark.parametrize("name", ["", "../x", ".hidden", "a/b", "x" * 65])
def test_a_name_that_is_no_file_name_is_refused(name: str) -> None:
    with pytest.raises(LauncherError, match="--profile"):
        claim_profile(name)


@pytest.mark.parametrize("broken", ["{broken", "[" * 100_000, '["a list"]'])
def test_a_broken_token_file_is_told_with_its_remedy(folder: Path, broken: str) -> None:
    with claim_profile() as profile:
        (profile.folder / "tokens.json").write_text(broken)
        with pytest.raises(LauncherError, match="delete the file"):
            profile.token("a:3000", "blackholio")


def test_a_token_file_that_an_editor_has_saved_with_a_byte_order_mark(folder: Path) -> None:
    with claim_profile() as profile:
        profile.keep("a:3000", "blackholio", "secret")
        file = profile.folder / "tokens.json"
        file.write_text(file.read_text(), encoding="utf-8-sig")
        assert profile.token("a:3000", "blackholio") == "secret"


def test_a_config_folder_that_cannot_be_made_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("BLACKHOLIO_CONFIG_DIR", str(tmp_path / "file"))
    with pytest.raises(LauncherError, match="cannot use the profile folder"):
        claim_profile()
