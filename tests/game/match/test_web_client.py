"""A player on the official npm package beside one of this game, in one world, under either rule set."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from time import monotonic
from typing import Any

import pytest

from game.match.intent import Intent
from game.match.session import Session, SessionState
from game.match.settings import PlaySettings
from game.rules import rule_set
from game.rules.sets import arcade, official
from module_bindings import Circle
from spacetimedb_sdk.standalone import Server
from tests.places import ROOT, TESTS
from tests.plugins.waiting import until

pytestmark = pytest.mark.npm
PACKAGES = ROOT / "benchmarks" / ".peers" / "npm"
# Heavy enough to split and to eject at once.
START_MASS = 100


@pytest.mark.parametrize("rules", [arcade, official], ids=["arcade", "official"])
def test_a_web_client_plays_beside_ours(rules: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    name = rules.RULES.name
    monkeypatch.setitem(rule_set._known, name, replace(rules.RULES, start_mass=START_MASS))
    with Server(rules.module, database="blackholio", seed=4) as server:
        port = server.host.rpartition(":")[2]
        command = ["node", str(TESTS / "game" / "match" / "web_client.mjs"), str(PACKAGES), port, name]
        web = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        session = Session(PlaySettings(server=server.host, name="Py", on_token=lambda token: None))
        session.open()
        until(lambda: session.state is SessionState.PLAYING, session)
        seen: set[int] = set()

        def count(_circle: Circle, _event: object) -> None:
            # At each change: one that lasts a moment is over before the next turn.
            web = [player_id for player_id, shown in session.world.names.items() if shown == "Web"]
            seen.update(sum(circle.player_id == each for circle in circles.iter()) for each in web)

        circles = session.world.db.circle
        circles.on_insert(count)
        circles.on_delete(count)

        def play() -> None:
            # Only what is thrown once the other is there can be seen by it, and there is no more than a circle has.
            watched = "Web" in session.world.names.values()
            session.send(Intent(direction=(0.0, 0.0), eject=watched and session.can_eject), monotonic())
            if session.state is SessionState.DEAD:
                session.send(Intent(respawn=True), monotonic())

        try:
            # It has a minute for each of its own steps, and says which of them came to nothing.
            until(
                lambda: web.poll() is not None, session, play, seconds=300, what="the end of the web client"
            )
        finally:
            web.kill()
            out, errors = web.communicate()
            session.close()
    assert web.returncode == 0, errors
    found = json.loads(out.splitlines()[-1])
    assert found.pop("eaten") > 0
    assert found.pop("moved") > 5
    assert found == {
        "thrown": name == "arcade",
        "worldSize": rules.RULES.world_size,
        "name": "Web",
        "others": ["Py"],
    }
    # Ours has seen it whole, split, and between two lives.
    assert {0, 1} <= seen
    assert max(seen) >= 2
