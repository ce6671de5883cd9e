"""Worlds to play in: one's own with bots, one that others may join, one that another machine hosts."""

from __future__ import annotations

import json
import socket
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from game.language import gettext
from game.launcher.arguments import DEFAULT_DIFFICULTY
from game.launcher.child_processes import Child, ServerProcess
from game.launcher.hosting.addresses import addresses_to_join, ipv4_addresses
from game.launcher.hosting.lan import Announcement, LanLobby, can_announce, offered
from game.launcher.hosting.owner import WorldOwner, owner_token_file
from game.launcher.invitation import DEFAULT_DATABASE, DEFAULT_PORT, read_invitation, where_it_is
from game.launcher.own_program import own_command
from game.launcher.profiles import Profile
from game.launcher.recordings import RecordingFolder, recorded_in
from game.launcher.rule_sets import DEFAULT_RULES, OFFICIAL_RULES, rule_sets, rules_for
from game.launcher.terminal import notice
from game.match.launcher_ports import OpenWorld, Recording
from game.match.settings import PlaySettings
from spacetimedb_sdk.system.process_beside import END_SECONDS
from spacetimedb_sdk.testing import LinkConditioner

__all__ = ["Bots", "ExpectedBots", "WorldLauncher", "hold", "play_settings", "start_bots", "usual_bots"]

# A process that a busy machine has hardly begun reads its modules before it can end.
_REPORT_SECONDS = 60.0
# The port of the own server is another one each time, its signing key is not.
OWN_SERVER = "own"


def play_settings(profile: Profile, server: str, address: str, **options: object) -> PlaySettings:
    """Settings that take and keep the profile's token for `server`, which is reached at `address`."""
    database = str(options.get("database", DEFAULT_DATABASE))
    watch = bool(options.get("watch", False))

    def refused() -> None:
        profile.forget(server, database)
        notice("the server does not take the stored token any more: joining as somebody new")

    # Beside the way of the data until the player asks for a bad network; nothing can be beside that of TLS.
    conditioner = None if address.startswith("https://") else LinkConditioner()
    return PlaySettings(
        server=address,
        # A watcher has no token: with the player's own token the player's circles would come back to the arena.
        token=None if watch else profile.token(server, database),
        on_token=(lambda token: None) if watch else partial(profile.keep, server, database),
        on_token_refused=refused,
        connect_options={} if conditioner is None else {"link_factory": conditioner.connect},
        conditioner=conditioner,
        **options,  # type: ignore[arg-type]
    )


class Bots:
    """The bots' process, and the report that it leaves behind."""

    def __init__(self, child: Child, report: Path) -> None:
        self._child = child
        self._report = report

    def hold(self, is_held: bool) -> None:
        """Have them decide nothing, or go on."""
        self._child.hold(is_held)

    def end(self, *, is_wanted: bool) -> tuple[list[object], str | None]:
        """End the bots; their records, and what they died of if they ended too early.

        Where the records are wanted a slow machine has time to write them; else the game does not wait for it.
        """
        if self._child.process.poll() is not None:
            return [], self._child.complaint()
        self._child.close(_REPORT_SECONDS if is_wanted else END_SECONDS)
        if not self._report.exists():
            return [], "they left no report" if is_wanted else None
        records: list[object] = json.loads(self._report.read_text(encoding="utf-8"))["bots"]
        return records, None


class ExpectedBots:
    """Bots that come once somebody plays: a world does not grow while a name is typed, or friends are waited for.

    `start` sends them into their world until the stack is closed that it is given; without it none come.
    """

    def __init__(self, start: Callable[[ExitStack], Bots] | None) -> None:
        self._start = start
        self._stack = ExitStack()
        self._bots: Bots | None = None
        self._ended: tuple[list[object], str | None] | None = None

    def players_changed(self, count: int) -> None:
        """So many play now; the first one brings the bots."""
        if count > 0 and self._start is not None and self._bots is None and self._ended is None:
            self._bots = self._start(self._stack)

    def hold(self, is_held: bool) -> None:
        """Have them stand still, or go on."""
        if self._bots is not None:
            self._bots.hold(is_held)

    def end(self, *, is_wanted: bool = False) -> tuple[list[object], str | None]:
        """What `Bots.end` tells; nothing of bots that have never come. The same when it is called again."""
        if self._ended is None:
            with self._stack:
                self._ended = ([], None) if self._bots is None else self._bots.end(is_wanted=is_wanted)
        return self._ended


def hold(server: ServerProcess, bots: ExpectedBots, is_held: bool) -> None:
    """Have a world in which nobody else plays stand still, or go on."""
    server.hold(is_held)
    bots.hold(is_held)


def usual_bots(difficulty: str) -> int:
    """How many bots of a strength there are by default."""
    from game.bots.personality import SKILLS  # not needed by who plays without bots

    return SKILLS[difficulty].bots


def start_bots(
    stack: ExitStack,
    address: str,
    *,
    database: str,
    count: int,
    seed: int,
    difficulty: str = DEFAULT_DIFFICULTY,
) -> Bots:
    """Send bots into a world until `stack` is closed."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="blackholio-")))
    report = folder / "bots.json"
    command = own_command(
        "bots", "--server", address, "--database", database, "--count", str(count),
        "--seed", str(seed), "--difficulty", difficulty, "--report", str(report), "--parent",
    )  # fmt: skip
    return Bots(stack.enter_context(Child("the bots", command)), report)


class WorldLauncher:
    """Opens worlds for the menus, with the tokens of one profile."""

    def __init__(
        self,
        profile: Profile,
        *,
        seed: int,
        port: int = DEFAULT_PORT,
        recordings: RecordingFolder | None = None,
        records: Callable[[], bool] = lambda: False,
        announces: bool = True,
    ) -> None:
        self._recordings = RecordingFolder() if recordings is None else recordings
        self._records = records
        self._announces = announces
        self._profile = profile
        self._seed = seed
        self._port = port

    @property
    def rule_sets(self) -> tuple[str, ...]:
        """What worlds can be played by, the default first."""
        return rule_sets()

    def alone(
        self,
        name: str | None,
        *,
        watch: bool = False,
        bots: int | None = None,
        difficulty: str | None = None,
        rules: str | None = None,
    ) -> OpenWorld:
        """A world of this player's own, with bots. LauncherError when it cannot start."""
        with ExitStack() as stack:
            data_dir = self._profile.folder / "server"
            server = stack.enter_context(self._server("127.0.0.1:0", data_dir, rules or DEFAULT_RULES))
            expected = self._expect_bots(stack, server.address, bots, difficulty)
            if watch:
                # There is nothing to see before they come.
                expected.players_changed(1)
            settings = play_settings(
                self._profile, OWN_SERVER, server.address, name=name, watch=watch, seed=self._seed
            )
            return self._recorded(
                OpenWorld(
                    settings=settings,
                    title="your own world",
                    players_changed=expected.players_changed,
                    hold=partial(hold, server, expected),
                    difficulty=difficulty or DEFAULT_DIFFICULTY,
                    failure=partial(_failure, server),
                    close=stack.pop_all().close,
                )
            )

    def hosted(
        self,
        name: str | None,
        *,
        bots: int | None = None,
        difficulty: str | None = None,
        rules: str | None = None,
        announce: bool = True,
    ) -> OpenWorld:
        """A world that others on the network may join, at the usual port or, where that is taken, another one.

        It goes on where it ended the last time: there is one world for each rule set.
        """
        rules = rules or DEFAULT_RULES
        # A folder of the profile's own: two windows may each host a world. That of the official rules is as old as hosting.
        data_dir = self._profile.folder / ("host" if rules == OFFICIAL_RULES else f"host-{rules}")
        rules_for(data_dir, DEFAULT_DATABASE, rules)
        with ExitStack() as stack:
            listen = f"0.0.0.0:{_free_port(self._port)}"
            token_file = owner_token_file(data_dir, DEFAULT_DATABASE)
            server = stack.enter_context(
                self._server(listen, data_dir, rules, keep_world=True, owner_token=token_file)
            )
            port = server.address.rpartition(":")[2]
            expected = self._expect_bots(stack, server.address, bots, difficulty)
            announced = self._announce(stack, name, rules, int(port)) if announce else _unannounced

            def players_changed(count: int) -> None:
                expected.players_changed(count)
                announced(count)

            settings = play_settings(self._profile, "host", server.address, name=name, seed=self._seed)
            return self._recorded(
                OpenWorld(
                    settings=settings,
                    title="your world",
                    addresses=addresses_to_join(f"0.0.0.0:{port}"),
                    players_changed=players_changed,
                    owner=WorldOwner(server.address, DEFAULT_DATABASE, token_file),
                    failure=partial(_failure, server),
                    close=stack.pop_all().close,
                )
            )

    def joined(self, server: str, database: str, name: str | None, *, watch: bool = False) -> OpenWorld:
        """A world that another machine hosts; `server` is whatever names it. LauncherError for what is no address."""
        address, database = where_it_is(*read_invitation(server, database))
        settings = play_settings(
            self._profile, address, address, database=database, name=name, watch=watch, seed=self._seed
        )
        return self._recorded(OpenWorld(settings=settings, title=address, remember=True))

    def nearby(self) -> LanLobby:
        """Worlds that others on the network have announced."""
        return LanLobby()

    def _announce(self, stack: ExitStack, name: str | None, rules: str, port: int) -> Callable[[int], None]:
        """Announce a world on the network until `stack` is closed; returns what brings its number of players up to date."""
        addresses = ipv4_addresses(f"0.0.0.0:{port}")
        if not (self._announces and addresses and can_announce()):
            return _unannounced
        world = offered(f"{name}'s world" if name else socket.gethostname(), DEFAULT_DATABASE, rules)
        announcement = Announcement(world, addresses, port)
        stack.callback(announcement.close)
        return announcement.players_changed

    def recordings(self) -> Sequence[Recording]:
        """The matches that are kept, the newest first."""
        return self._recordings.recordings()

    def _recorded(self, world: OpenWorld) -> OpenWorld:
        """The same world, whose match is kept where the player wants that; who looks on records nothing."""
        if world.settings.watch or not self._records():
            return world
        return recorded_in(self._recordings, world)

    def _expect_bots(
        self, stack: ExitStack, address: str, bots: int | None, difficulty: str | None
    ) -> ExpectedBots:
        """Bots for a world until `stack` is closed."""
        difficulty = difficulty or DEFAULT_DIFFICULTY
        count = usual_bots(difficulty) if bots is None else bots
        start = partial(
            start_bots,
            address=address,
            database=DEFAULT_DATABASE,
            count=count,
            seed=self._seed,
            difficulty=difficulty,
        )
        expected = ExpectedBots(start if count else None)
        stack.callback(expected.end)
        return expected

    def _server(
        self,
        listen: str,
        data_dir: Path,
        rules: str,
        *,
        keep_world: bool = False,
        owner_token: Path | None = None,
    ) -> ServerProcess:
        return ServerProcess(
            listen=listen,
            database=DEFAULT_DATABASE,
            data_dir=data_dir,
            rules=rules,
            seed=self._seed,
            keep_world=keep_world,
            owner_token=owner_token,
            ready_seconds=60.0,
        )


def _unannounced(count: int) -> None:
    """The number of players in a world that is not announced."""


def _failure(server: ServerProcess) -> str | None:
    """Why the server has ended by itself, if it has."""
    if server.process.poll() is None:
        return None
    return gettext("The server has ended: {reason}").format(reason=server.complaint())


def _free_port(wanted: int) -> int:
    """The wanted port, or 0, which stands for any free one, where another process listens there."""
    try:
        with socket.create_server(("0.0.0.0", wanted)):
            return wanted
    except OSError:
        return 0
