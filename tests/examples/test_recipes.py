"""The programs on the pages about lobbies and about signing in do what the pages say."""

from __future__ import annotations

import importlib
import re
import sys
import textwrap
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from spacetimedb_sdk.codegen import generate
from spacetimedb_sdk.module import Module
from spacetimedb_sdk.standalone import Server
from tests.places import DOCS
from tests.plugins.imports import importable
from tests.plugins.waiting import until
from tests.standalone.issuer import Issuer

Bindings = Callable[[Module], ModuleType]


@pytest.fixture
def bindings_of(tmp_path: Path) -> Iterator[Bindings]:
    """Generate the bindings of a module under the name that the pages import, and import them."""
    name = "module_bindings"

    def make(module: Module) -> ModuleType:
        generate(module.definition(), tmp_path / name, module_name=name)
        return importlib.import_module(name)

    with importable(tmp_path, name):
        yield make


def programs(page: str) -> list[str]:
    return re.findall(r"```python\n(.*?)```", (DOCS / page).read_text(encoding="utf-8"), re.DOTALL)


def loaded(monkeypatch: pytest.MonkeyPatch, text: str, name: str) -> ModuleType:
    page = ModuleType(name)
    monkeypatch.setitem(sys.modules, name, page)
    exec(compile(text, name, "exec"), page.__dict__)
    return page


def test_a_lobby_a_match_and_its_end(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], bindings_of: Bindings
) -> None:
    rules, program = programs("lobbies.md")
    page = loaded(monkeypatch, rules, "lobbies")
    bindings = bindings_of(page.module)
    with Server(page.module, database="lobbies") as server:
        exec(compile(program.replace("127.0.0.1:3000", server.host), "lobbies.md", "exec"), {})
        assert capsys.readouterr().out == "a match with 1 player\n"
        # The one player has left: so has the lobby.
        until(lambda: not server.run(lambda database: database.rows(page.Lobby)))
        with (
            bindings.connect(server.host, "lobbies") as host,
            bindings.connect(server.host, "lobbies") as guest,
        ):
            until(lambda: host.is_connected and guest.is_connected, host, guest)
            host.reducers.open_lobby().result(60)
            (lobby,) = server.run(lambda database: database.rows(page.Lobby))
            guest.reducers.join_lobby(lobby.lobby_id).result(60)
            for call in (guest.reducers.begin_match(), guest.reducers.score()):
                assert not call.result(60).committed
            host.reducers.open_lobby().result(60)  # leaves the first one to the guest
            guest.reducers.begin_match().result(60)
            assert guest.reducers.score().result(60).committed
            assert not host.reducers.join_lobby(lobby.lobby_id).result(60).committed
            server.run(lambda database: database.run_scheduled(1 << 60))
            assert not guest.reducers.score().result(60).committed


def test_a_player_is_the_same_next_time_and_renames_itself(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, bindings_of: Bindings
) -> None:
    program, reducer, *_ = programs("signing-in.md")
    head = (
        "from spacetimedb_sdk.module import Identity, Module, ReducerContext, ReducerError, Row, column\n"
        "module = Module('my-game')\n"
        "@module.table(public=True)\nclass Player(Row):\n    identity: Identity = column(primary_key=True)\n    name: str\n"
        "@module.reducer\ndef enter(ctx: ReducerContext) -> None:\n    ctx.db[Player].insert(Player(ctx.sender, 'Bo'))\n"
    )
    page = loaded(monkeypatch, head + reducer, "my_game")
    bindings_of(page.module)
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    with Server(page.module, database="my-game") as server:
        program = program.replace("127.0.0.1:3000", server.host)

        def client() -> Any:
            scope: dict[str, Any] = {}
            exec(compile(program, "signing-in.md", "exec"), scope)
            return scope["client"]

        first = client()
        until(lambda: first.identity is not None, first)
        first.reducers.enter().result(60)
        first.close()
        second = client()
        until(lambda: second.identity is not None, second)
        assert second.identity == first.identity
        second.reducers.rename("Ann").result(60)
        second.close()
        assert [row.name for row in server.run(lambda database: database.rows(page.Player))] == ["Ann"]


def test_an_account_signs_in_by_the_browser_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    scope: dict[str, Any] = {}
    exec(compile(textwrap.dedent(programs("signing-in.md")[2]), "signing-in.md", "exec"), scope)
    opened: list[str] = []

    def browse(address: str) -> None:
        opened.append(address)
        Thread(target=lambda: urllib.request.urlopen(address).close()).start()

    monkeypatch.setattr("webbrowser.open", browse)
    with Issuer() as issuer:
        tokens = [scope["id_token"](issuer.url, "the-game") for _ in range(2)]
        issuer.grants.clear()
        tokens.append(scope["id_token"](issuer.url, "the-game"))
    assert len({*tokens}) == 3
    assert len(opened) == 2, "once more when the provider has forgotten the refresh token"


def test_an_account_signs_in_elsewhere(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = SimpleNamespace(monotonic=lambda: 0.0, sleep=lambda seconds: None)
    monkeypatch.setattr("spacetimedb_sdk.sign_in.device.time", clock)
    scope: dict[str, Any] = {}
    exec(compile(programs("signing-in.md")[3], "signing-in.md", "exec"), scope)
    with Issuer() as issuer:
        assert scope["id_token_of_a_console"](issuer.url, "the-game").count(".") == 2
    assert "and type in" in capsys.readouterr().out
