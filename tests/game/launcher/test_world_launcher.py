"""The worlds behind the menu's buttons, with real processes."""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from time import monotonic

import pytest
from pytest_mock import MockerFixture

from game.launcher import world_launcher
from game.launcher.child_processes import Child, ServerProcess
from game.launcher.errors import LauncherError
from game.launcher.profiles import Profile, claim_profile
from game.launcher.recordings import recorded
from game.launcher.world_launcher import Bots, ExpectedBots, WorldLauncher, play_settings
from game.match.launcher_ports import OpenWorld, invitation
from game.match.session import Session, SessionState
from game.rules import module
from spacetimedb_sdk.standalone import Server
from spacetimedb_sdk.testing import Replay
from tests.plugins.waiting import until


@pytest.fixture
def profile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Profile]:
    monkeypatch.setenv("BLACKHOLIO_CONFIG_DIR", str(tmp_path))
    with claim_profile() as profile:
        yield profile


def listens(address: str) -> bool:
    host, _, port = address.rpartition(":")
    with socket.socket() as probe:
        probe.settimeout(2.0)
        return probe.connect_ex((host, int(port))) == 0


def played(
    world: OpenWorld, state: SessionState, begun: Callable[[Session], object] = lambda session: None
) -> Session:
    session = Session(world.settings)
    session.open()
    begun(session)
    until(lambda: session.state is state, session)
    return session


def test_a_world_of_ones_own_has_bots_and_its_end_is_noticed(profile: Profile) -> None:
    world = WorldLauncher(profile, seed=1).alone("Ann")
    session = played(world, SessionState.PLAYING)
    until(lambda: bool(session.world.own), session)
    world.players_changed(1)
    world.players_changed(2)
    until(lambda: len({track.player_id for track in session.world.circles.values()}) >= 5, session)
    assert world.addresses == ()
    assert not world.remember
    assert world.failure() is None
    assert profile.token("own", "blackholio")
    session.close()
    server: ServerProcess = world.failure.args[0]  # type: ignore[attr-defined]
    server.process.kill()
    server.process.wait()
    told = world.failure()
    assert told is not None
    assert "server has ended" in told
    world.close()
    world.close()
    assert not listens(world.settings.server)


def test_a_world_of_ones_own_stands_still_and_goes_on(profile: Profile) -> None:
    world = WorldLauncher(profile, seed=1).alone("Ann", bots=2)
    try:
        session = played(world, SessionState.PLAYING)
        world.players_changed(1)
        until(lambda: len(session.world.circles) >= 3, session)

        def heard() -> int:
            return 0 if session.network is None else session.network.bytes_received

        assert world.hold is not None
        world.hold(True)
        # What was on its way comes yet; then nothing does, for as long as twenty ticks would take.
        until(lambda: session.silent_for(monotonic()) > 1.0, session)
        still = heard()
        world.hold(False)
        until(lambda: heard() > still + 2_000, session)
        session.close()
    finally:
        world.close()


def test_nobody_holds_a_world_that_others_may_join(profile: Profile) -> None:
    launcher = WorldLauncher(profile, seed=1, announces=False)
    assert launcher.joined("127.0.0.1:9", "blackholio", "Ann").hold is None
    world = launcher.hosted("Ann", bots=0)
    try:
        assert world.hold is None
    finally:
        world.close()


def test_a_hosted_world_finds_a_free_port_and_goes_on_where_it_ended(profile: Profile) -> None:
    players = []
    with socket.create_server(("0.0.0.0", 0)) as taken:
        port = taken.getsockname()[1]
        launcher = WorldLauncher(profile, seed=1, port=port)
        for _ in range(2):
            world = launcher.hosted("Ann")
            chosen = world.settings.server.rpartition(":")[2]
            assert chosen != str(port)
            assert all(address.endswith(f":{chosen}") for address in world.addresses)
            told = invitation(world)
            assert not world.addresses or f"TCP port {chosen}" in told[-1]
            session = played(world, SessionState.PLAYING)
            players.append((session.player_id, set(session.world.own)))
            assert world.owner is not None
            assert world.owner.removed() == ()
            assert (profile.folder / "host-arcade" / "blackholio.owner-token").stat().st_mode & 0o777 == 0o600
            session.close()
            world.close()
    assert players[0] == players[1]


@pytest.mark.parametrize("announce", [True, False])
def test_a_hosted_world_is_announced_where_its_host_wants_it(
    profile: Profile, mocker: MockerFixture, announce: bool
) -> None:
    mocker.patch.object(world_launcher, "can_announce", return_value=True)
    mocker.patch.object(world_launcher, "ipv4_addresses", return_value=("127.0.0.1",))
    announcement = mocker.patch.object(world_launcher, "Announcement")
    world = WorldLauncher(profile, seed=1, port=0).hosted("Ann", bots=0, announce=announce)
    world.players_changed(2)
    assert announcement.call_count == announce
    assert announcement.return_value.players_changed.call_count == announce
    world.close()


@pytest.mark.parametrize("rules", [None, "official"])
@pytest.mark.parametrize("kind", ["alone", "hosted"])
def test_own_worlds_have_the_rules_that_are_chosen(profile: Profile, kind: str, rules: str | None) -> None:
    launcher = WorldLauncher(profile, seed=1, port=0)
    assert launcher.rule_sets == ("arcade", "official")
    world = getattr(launcher, kind)("Ann", bots=0, rules=rules)
    protected: list[int] = []

    def watch(session: Session) -> None:
        """That a newcomer is protected lasts some seconds, in which a busy machine may not look."""
        session.world.db.protection.on_insert(lambda row, event: protected.append(row.player_id))

    session = played(world, SessionState.PLAYING, watch)
    if rules is None:
        until(lambda: session.world.rules is not None, session)
        assert session.world.rules is not None
        assert session.world.rules.name == "arcade"
        until(lambda: session.player_id in protected, session)
    else:
        until(lambda: session.world.db.food.count() > 0, session)
        assert session.world.rules is None
    session.close()
    world.close()
    # Each rule set has a hosted world of its own, that of the official rules where it always was.
    folder = "host" if rules == "official" else "host-arcade"
    assert (profile.folder / folder).is_dir() == (kind == "hosted")


def test_who_watches_leaves_the_own_player_alone(profile: Profile) -> None:
    profile.keep("10.0.0.7:3000", "blackholio", "token")
    launcher = WorldLauncher(profile, seed=1)
    watching = launcher.joined("10.0.0.7", "blackholio", None, watch=True).settings
    assert (watching.server, watching.token, watching.watch) == ("10.0.0.7:3000", None, True)
    watching.on_token("another")
    playing = launcher.joined("10.0.0.7:3000", "blackholio", "Ann").settings
    assert playing.token == "token"
    playing.on_token_refused()
    assert profile.token("10.0.0.7:3000", "blackholio") is None


def test_what_is_no_address_is_told(profile: Profile) -> None:
    launcher = WorldLauncher(profile, seed=1)
    for text, told in (("come and play", "no address in that"), ("host:port", "the port is a number")):
        with pytest.raises(LauncherError, match=told):
            launcher.joined(text, "blackholio", None)


def test_the_network_of_a_world_can_be_made_bad_while_it_is_played_and_recorded(
    profile: Profile, tmp_path: Path
) -> None:
    with Server(module, database="blackholio", seed=3) as server, ExitStack() as stack:
        settings = play_settings(profile, server.host, server.host, name="Ann")
        world = recorded(OpenWorld(settings=settings, title="a world"), tmp_path / "match.jsonl", stack)
        session = played(world, SessionState.PLAYING)
        conditioner, stats = settings.conditioner, session.network
        assert conditioner is not None
        assert stats is not None
        assert not conditioner.is_bad
        conditioner.delay = 0.1
        until(lambda: session.network is not None and (session.network.round_trip or 0.0) >= 0.2, session)
        assert session.state is SessionState.PLAYING
        session.close()
        # Another world begins with a good one.
        other = play_settings(profile, server.host, server.host).conditioner
        assert other is not None
        assert not other.is_bad
    assert Replay(tmp_path / "match.jsonl").received


# Ends so many seconds after its standard input has closed, and leaves what bots leave.
LATE = """
import sys, time
sys.stdin.read()
time.sleep(float(sys.argv[2]))
open(sys.argv[1], "w").write('{"bots": [{"name": "Nova"}]}')
"""


@pytest.mark.parametrize("is_wanted", [True, False])
def test_bots_that_end_late_are_waited_for_where_their_report_is_wanted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_wanted: bool
) -> None:
    """A game that ended well is none that failed, however busy the machine is."""
    monkeypatch.setattr(world_launcher, "END_SECONDS", 0.05)
    report = tmp_path / "bots.json"
    seconds = "0.5" if is_wanted else "3600"
    with Child("the bots", [sys.executable, "-c", LATE, str(report), seconds]) as child:
        records, complaint = Bots(child, report).end(is_wanted=is_wanted)
    assert records == ([{"name": "Nova"}] if is_wanted else [])
    assert complaint is None


def test_bots_that_died_are_told_of_whether_their_report_is_wanted_or_not(tmp_path: Path) -> None:
    with Child("the bots", [sys.executable, "-c", "raise SystemExit('no such world')"]) as child:
        child.process.wait()
        for is_wanted in (True, False):
            assert Bots(child, tmp_path / "bots.json").end(is_wanted=is_wanted) == ([], "no such world")


@pytest.mark.parametrize("kind", ["alone", "hosted"])
def test_bots_come_once_somebody_plays(profile: Profile, mocker: MockerFixture, kind: str) -> None:
    """Else they would grow while a name is typed, or friends are waited for."""
    started = mocker.patch.object(world_launcher, "start_bots")
    world = getattr(WorldLauncher(profile, seed=1, port=0), kind)("Ann")
    world.players_changed(0)
    assert started.call_count == 0
    world.players_changed(1)
    world.players_changed(3)
    assert started.call_count == 1
    world.close()
    assert started.return_value.end.call_count == 1


def test_who_watches_has_bots_to_see_at_once(profile: Profile, mocker: MockerFixture) -> None:
    started = mocker.patch.object(world_launcher, "start_bots")
    WorldLauncher(profile, seed=1).alone(None, watch=True).close()
    assert started.call_count == 1


def test_bots_that_have_ended_with_their_world_never_come_back(mocker: MockerFixture) -> None:
    start = mocker.Mock()
    start.return_value.end.return_value = ([{"name": "Nova"}], None)
    bots = ExpectedBots(start)
    bots.players_changed(1)
    assert bots.end(is_wanted=True) == bots.end() == ([{"name": "Nova"}], None)
    bots.players_changed(1)
    never = ExpectedBots(start)
    assert never.end() == ([], None)
    never.players_changed(1)
    assert start.call_count == 1
