"""What is typed at a host's terminal, and what it is answered."""

from __future__ import annotations

import pytest

from game.launcher.hosting.host_console import HELP, HostConsole
from game.launcher.hosting.host_monitor import HostedPlayer
from game.launcher.terminal import LineBuffer
from game.match.launcher_ports import Removed
from spacetimedb_sdk import ConnectCause, ConnectError, Identity


def identity(number: int) -> Identity:
    return Identity(bytes([number]) * 32)


ANN = HostedPlayer(identity(1), "Ann", 120, 2)
KING = HostedPlayer(identity(2), "King for 10", 15, 1)
BO = HostedPlayer(identity(3), "Bo", 15, 1)
OTHER_BO = HostedPlayer(identity(4), "bo", 0, 0)
NAMELESS = HostedPlayer(identity(5), "", 0, 0)
LIAR = HostedPlayer(identity(6), "\x1b[2Jroot\n#1 Ann", 15, 1)


class FakeOwner:
    def __init__(self) -> None:
        self.bans: dict[Identity, tuple[str, int | None]] = {}
        self.error: Exception | None = None

    def remove(self, identity: Identity, name: str, minutes: int | None = None) -> None:
        if self.error is not None:
            raise self.error
        self.bans[identity] = name, minutes

    def let_in(self, identity: Identity) -> None:
        del self.bans[identity]

    def removed(self) -> list[Removed]:
        return [
            Removed(identity, name, None if minutes is None else minutes * 60.0)
            for identity, (name, minutes) in self.bans.items()
        ]


@pytest.fixture
def here() -> list[HostedPlayer]:
    return [ANN, KING, BO, OTHER_BO, NAMELESS, LIAR]


@pytest.fixture
def owner() -> FakeOwner:
    return FakeOwner()


@pytest.fixture
def console(owner: FakeOwner, here: list[HostedPlayer]) -> HostConsole:
    return HostConsole(owner, lambda: here)


def test_players_are_listed_with_numbers_and_no_name_can_act_on_the_terminal(console: HostConsole) -> None:
    lines = console.answer("players")
    assert len(lines) == 6
    assert lines[0].split() == ["#1", "Ann", "mass", "120", "in", "2"]
    assert "(no name)" in lines[4]
    assert "looks on" in lines[4]
    assert "\\x1b[2Jroot\\n#1 Ann" in lines[5]
    assert console.answer("list") == console.answer("/who") == lines


@pytest.mark.parametrize(
    ("words", "removed", "minutes"),
    [
        ("remove Ann", ANN, None),
        ("kick ann", ANN, None),
        ("REMOVE  ann  for 15", ANN, 15),
        ("remove Ann for 1 minute", ANN, 1),
        ("ban Ann for 0", ANN, 1),
        ("remove King for 10", KING, None),
        ("remove King for 10 for 5 min", KING, 5),
        ("remove Bo", BO, None),
        ("remove bo", OTHER_BO, None),
    ],
)
def test_a_player_is_removed_by_name(
    console: HostConsole, owner: FakeOwner, words: str, removed: HostedPlayer, minutes: int | None
) -> None:
    (answer,) = console.answer(words)
    assert owner.bans == {removed.identity: (removed.name, minutes)}
    assert answer.startswith(f"{removed.name} was removed")


def test_a_number_means_who_was_listed_whoever_has_come_since(
    console: HostConsole, owner: FakeOwner, here: list[HostedPlayer]
) -> None:
    assert "showed last" in console.answer("remove #1")[0]
    console.answer("players")
    here.insert(0, HostedPlayer(identity(9), "New", 900, 1))
    console.answer("remove #1")
    assert list(owner.bans) == [ANN.identity]
    console.answer("remove #5 for 3")
    assert owner.bans[NAMELESS.identity] == ("", 3)
    assert "showed last" in console.answer("remove #7")[0]


def test_what_is_not_one_player_is_said(console: HostConsole, owner: FakeOwner) -> None:
    assert "whom?" in console.answer("remove")[0]
    assert "players lists" in console.answer("remove Zoe for 10")[0]
    assert "2 are called 'BO'" in console.answer("remove BO")[0]
    assert "no command 'dance'" in console.answer("dance")[0]
    assert console.answer("   ") == ()
    assert owner.bans == {}


def test_who_was_removed_is_listed_and_let_in_again(console: HostConsole, owner: FakeOwner) -> None:
    assert console.answer("removed") == ("none is removed",)
    console.answer("remove Ann for 10")
    console.answer("players")
    console.answer("remove #5")
    lines = console.answer("banlist")
    assert "for 10 min yet" in lines[0]
    assert "until this host ends" in lines[1]
    console.answer("allow #2")
    assert list(owner.bans) == [ANN.identity]
    assert console.answer("pardon ANN") == ("Ann may come in again",)
    assert owner.bans == {}
    assert "removed lists" in console.answer("allow Ann")[0]


def test_what_the_server_refuses_is_one_sentence(console: HostConsole, owner: FakeOwner) -> None:
    owner.error = ConnectError("http://127.0.0.1:1", "nothing listens there", ConnectCause.REFUSED)
    (answer,) = console.answer("remove Ann")
    assert "nothing listens there" in answer


def test_help_and_the_end(console: HostConsole) -> None:
    assert console.answer("?") == HELP
    assert not console.has_quit
    console.answer("stop")
    assert console.has_quit


def test_lines_are_cut_out_of_bytes_and_endless_ones_are_dropped() -> None:
    lines = LineBuffer()
    assert lines.feed(b"pla") == []
    assert lines.feed(b"yers\r\nrem") == ["players"]
    assert lines.feed(b"ove \xff\n\n") == ["remove \ufffd", ""]
    for _ in range(100):
        assert lines.feed(b"x" * 4096) == []
    assert lines.feed(b"x\nquit\n") == ["quit"]


def test_a_name_that_cannot_be_seen_can_be_typed_by_its_place_alone() -> None:
    for name in ("", "\u3164", "\u200b\u200b", "\n"):
        assert HostedPlayer(identity(9), name, 15, 1).shown_name == "(no name)"
