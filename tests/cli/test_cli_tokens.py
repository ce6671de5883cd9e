"""`login`, `identity`, `logout`: who one is, kept where only its owner reads it."""

from __future__ import annotations

import io
import json
import stat
import sys
from pathlib import Path

import pytest

from spacetimedb_sdk.cli.tokens import StoredToken, TokenStore, served_by_dev
from spacetimedb_sdk.errors import ConfigError
from spacetimedb_sdk.http import HttpClient
from spacetimedb_sdk.standalone import Server
from tests.cli.conftest import Run
from tests.conformance.conformance_module import module


def test_a_new_identity_stays(run: Run, server: str, home: Path) -> None:
    identity = run("login", "--server", server).out.strip()
    assert run("identity", "conformance", "--server", server).out.strip() == identity
    assert run("identity").lines == ["server\tdatabase\tidentity", f"{server}\t\t{identity}"]
    assert run("call", "conformance", "write_note", identity, "--server", server).code == 0
    query = f"SELECT * FROM note WHERE text = '{identity}'"
    (line,) = run("subscribe", "conformance", query, "--no-follow", "--server", server).lines
    assert json.loads(line)["row"]["author"] == {"__identity__": f"0x{identity}"}
    path = home / ".spacetime_python_sdk" / "tokens.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_database_has_a_token_of_its_own(run: Run, server: str) -> None:
    everywhere = run("login", "--server", server).out.strip()
    here = run("login", "conformance", "--server", server).out.strip()
    assert here != everywhere
    assert run("identity", "conformance", "--server", server).out.strip() == here
    assert run("logout", "conformance").code == 0
    assert run("identity", "conformance", "--server", server).out.strip() == everywhere
    assert run("logout").code == 0
    assert run("logout").code == 1
    shown = run("identity", "conformance", "--server", server)
    assert (shown.code, "until `login`" in shown.err) == (1, True)


def test_a_given_token_is_checked_before_it_is_stored(
    run: Run, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    issued = HttpClient(server).identity()
    assert run("login", "--token", issued.token, "--server", server).out.strip() == str(issued.identity)
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{issued.token}\n"))
    assert run("login", "--token", "-", "--server", server).out.strip() == str(issued.identity)
    for wrong in ("garbage", issued.token[:-4] + "AAAA", "a.b.c"):
        shown = run("login", "--token", wrong, "--server", server)
        assert shown.code == 1
        assert wrong not in shown.err
    assert len(run("identity").lines) == 2


def test_the_environment_has_a_say(run: Run, server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    issued = HttpClient(server).identity()
    monkeypatch.setenv("SPACETIMEDB_TOKEN", issued.token)
    monkeypatch.setenv("SPACETIMEDB_SERVER", server)
    assert run("identity", "conformance").out.strip() == str(issued.identity)


def test_a_stored_token_that_is_refused_is_forgotten(run: Run, server: str) -> None:
    TokenStore().add(StoredToken(server, "conformance", "c200", "stale"))
    shown = run("describe", "conformance", "note", "--server", server)
    assert (shown.code, shown.lines[0]) == (0, "column\ttype\tkey")
    assert shown.err == f"{server} refused the stored token: it is forgotten, going on without one\n"
    assert TokenStore().all() == []


def test_no_token_shows(run: Run, server: str) -> None:
    issued = HttpClient(server).identity()
    shown = [run("login", "--token", issued.token, "--server", server), run("identity")]
    assert not any(issued.token in text for ran in shown for text in (ran.out, ran.err))
    assert issued.token not in repr(TokenStore().all())


def test_a_broken_store_is_one_sentence(run: Run, home: Path) -> None:
    path = home / ".spacetime_python_sdk" / "tokens.json"
    path.parent.mkdir()
    for content in ("not json", '[{"server": 1}]', "5"):
        path.write_text(content)
        assert "move the file away and log in again" in run("identity").err
    path.unlink()
    path.mkdir()
    assert "cannot read the tokens" in run("identity").err


def test_a_store_that_cannot_be_written(tmp_path: Path) -> None:
    store = TokenStore(tmp_path / "folder" / "tokens.json")
    (tmp_path / "folder").write_text("a file")
    with pytest.raises(ConfigError, match="cannot write the tokens"):
        store.add(StoredToken("http://127.0.0.1:3000", "", "c200", "token"))


def test_the_owner_of_what_dev_serves_goes_before_a_token_kept_for_the_server(
    run: Run, embedded_server: Server
) -> None:
    url = embedded_server.url
    issued = HttpClient(url).identity()
    TokenStore().add(StoredToken(url, "", str(issued.identity), issued.token))
    assert run("logs", "conformance", "-n", "1", "--server", url).code == 1
    served_by_dev().add(StoredToken(url, "conformance", "c200", embedded_server.owner_token))
    assert run("logs", "conformance", "-n", "1", "--server", url).code == 0
    # A token that was kept for this very database is meant.
    TokenStore().add(StoredToken(url, "conformance", str(issued.identity), issued.token))
    assert run("logs", "conformance", "-n", "1", "--server", url).code == 1


def test_what_dev_left_behind_gives_way_to_the_token_that_is_kept(run: Run, embedded_server: Server) -> None:
    url = embedded_server.url
    kept = StoredToken(url, "", "c200", embedded_server.owner_token)
    TokenStore().add(kept)
    served_by_dev().add(StoredToken(url, "conformance", "c200", "stale"))
    shown = run("logs", "conformance", "-n", "1", "--server", url)
    assert shown.code == 0
    assert (
        shown.err
        == f"{url} refused the stored token: it is forgotten, going on with the one kept by `login`\n"
    )
    assert (served_by_dev().all(), TokenStore().all()) == ([], [kept])


def test_who_one_is_already_is_not_forgotten_by_a_second_login(run: Run, server: str) -> None:
    identity = run("login", "--server", server).out.strip()
    shown = run("login", "--server", server)
    assert (shown.code, shown.out) == (1, "")
    assert f"you are {identity} there already: `logout` first to be somebody new" in shown.err
    assert run("identity", "conformance", "--server", server).out.strip() == identity
    other = HttpClient(server).identity()
    shown = run("login", "--token", other.token, "--server", server)
    assert (shown.code, shown.out.strip()) == (0, str(other.identity))
    assert shown.err == f"it takes the place of {identity}, whose token is not kept any more\n"
    assert run("login", "--token", other.token, "--server", server).err == ""


@pytest.mark.parametrize("stale", ["stale", "issued elsewhere"])
def test_a_login_whose_token_is_no_good_any_more_gives_way(run: Run, embedded: str, stale: str) -> None:
    with Server(module) as elsewhere:
        issued = HttpClient(elsewhere.url).identity()
    token = issued.token if stale == "issued elsewhere" else stale
    TokenStore().add(StoredToken(embedded, "", str(issued.identity), token))
    shown = run("login", "--server", embedded)
    assert shown.code == 0
    assert shown.out.strip() != str(issued.identity)


def test_an_empty_token_is_told_and_never_somebody_else(
    run: Run, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    identity = run("login", "--server", server).out.strip()
    for empty in ("", " \n"):
        shown = run("call", "conformance", "write_note", "whose?", "--server", server, "--token", empty)
        assert (shown.code, "--token is empty" in shown.err) == (1, True)
    monkeypatch.setenv("SPACETIMEDB_TOKEN", " ")
    assert run("identity", "conformance", "--server", server).out.strip() == identity
