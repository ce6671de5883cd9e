"""Worlds on the local network: announced and found by real zeroconf over loopback, and what strangers may announce."""

from __future__ import annotations

import socket
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from pytest_mock import MockerFixture
from zeroconf import ServiceInfo, Zeroconf

from game.launcher.hosting import lan
from game.launcher.hosting.lan import SERVICE_TYPE, Announcement, LanLobby, found_world, offered
from game.match.launcher_ports import NearbyWorld
from tests.plugins.waiting import until

LOOPBACK = ("127.0.0.1",)


@pytest.fixture
def lobby() -> Iterator[LanLobby]:
    lobby = LanLobby(interfaces=LOOPBACK, loopback=True)
    yield lobby
    lobby.close()


def called(lobby: LanLobby, name: str) -> list[NearbyWorld]:
    """Other runs of the tests announce over the same loopback."""
    return [world for world in lobby.worlds() if world.name.startswith(name)]


def test_a_world_is_found_with_its_players_and_gone_when_it_is_closed(
    lobby: LanLobby, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lan, "_UPDATE_SECONDS", 0.05)
    name = f"Bo's {uuid.uuid4().hex[:8]}"
    announcement = Announcement(offered(name, "blackholio", "arcade"), LOOPBACK, 3000, interfaces=LOOPBACK)
    until(lambda: called(lobby, name))
    assert called(lobby, name) == [NearbyWorld(name, "127.0.0.1:3000", "blackholio", "arcade", 0)]
    for count in (1, 2, 7):
        announcement.players_changed(count)
    until(lambda: called(lobby, name)[0].players == 7)
    announcement.close()
    announcement.close()
    until(lambda: not called(lobby, name))


def test_two_worlds_of_one_name_are_two(lobby: LanLobby) -> None:
    name = f"Home {uuid.uuid4().hex[:8]}"
    with ExitStack() as stack:
        for port in (3000, 3001):
            announcement = Announcement(
                offered(name, "blackholio", "official"), LOOPBACK, port, interfaces=LOOPBACK
            )
            stack.callback(announcement.close)
            until(announcement.is_announced.is_set)
        until(lambda: len(called(lobby, name)) == 2)
        assert [world.server for world in called(lobby, name)] == ["127.0.0.1:3000", "127.0.0.1:3001"]


def test_names_that_the_network_would_not_take_are_announced_all_the_same(lobby: LanLobby) -> None:
    name = f"{uuid.uuid4().hex[:8]}.\n\x1b[2J Bö's… world. " + "ß" * 300
    announcement = Announcement(offered(name, "blackholio", "arcade"), LOOPBACK, 3000, interfaces=LOOPBACK)
    until(announcement.is_announced.is_set)
    until(lambda: called(lobby, name[:8]))
    (world,) = called(lobby, name[:8])
    assert len(world.name) <= 40
    assert world.name.isprintable()
    announcement.close()


def test_strangers_who_announce_nonsense_are_left_out_and_the_others_found(lobby: LanLobby) -> None:
    tag = uuid.uuid4().hex[:8]
    stranger = Zeroconf(interfaces=[*LOOPBACK])

    def say(number: int, *, address: str = "127.0.0.1", port: int = 3000, **properties: Any) -> None:
        said = {"name": f"{tag}-{number}", "database": "blackholio", "players": "3", **properties}
        stranger.register_service(
            ServiceInfo(
                SERVICE_TYPE,
                f"{tag}{number}.{SERVICE_TYPE}",
                addresses=[socket.inet_aton(address)],
                port=port,
                properties=said,
                server=f"{tag}{number}.local.",
            ),
            cooperating_responders=True,
        )

    say(1, address="224.0.0.1")
    say(2, port=0)
    say(3, database="../../etc")
    say(4, name=b"\xff\xfe" * 60)
    say(5, players="9" * 100)
    say(6, name=f"{tag}-\x1b]0;pwned\x07" + "A" * 100, rules="\u202eevil" * 20)
    until(lambda: len(called(lobby, tag)) == 2)
    fifth, sixth = sorted(called(lobby, tag), key=lambda world: len(world.name))
    assert (fifth.name, fifth.players) == (f"{tag}-5", None)
    assert sixth.name.isprintable()
    assert len(sixth.name) <= 40
    assert sixth.rules == ""
    stranger.close()


@pytest.mark.parametrize(
    ("properties", "addresses", "port"),
    [
        ({"database": "blackholio"}, [], 3000),
        ({"database": "blackholio"}, ["fe80::1"], 3000),
        ({"database": "blackholio"}, ["0.0.0.0", "255.255.255.255", "127.0.0.1", "no address"], 3000),
        ({"database": "blackholio"}, ["10.0.0.7"], None),
        ({"database": "a" * 65}, ["10.0.0.7"], 3000),
        ({"database": "a\nb"}, ["10.0.0.7"], 3000),
        ({"database": None}, ["10.0.0.7"], 3000),
        ({}, ["10.0.0.7"], 3000),
    ],
)
def test_what_cannot_be_joined_is_no_world(
    properties: dict[str, str | None], addresses: list[str], port: int | None
) -> None:
    assert found_world(properties, addresses, port) is None


def test_the_address_that_is_likeliest_is_the_one_that_is_shown() -> None:
    said = {"database": "blackholio", "name": " \t ", "address": "192.168.1.20", "players": "²"}
    found = found_world(said, ["172.17.0.1", "192.168.1.20"], 3000)
    assert found == NearbyWorld("blackholio", "192.168.1.20:3000", "blackholio", "", None)
    # An address that the machine does not have is none.
    assert found_world({**said, "address": "6.6.6.6"}, ["10.0.0.7"], 80) == NearbyWorld(
        "blackholio", "10.0.0.7:80", "blackholio", "", None
    )


def test_thousands_of_services_are_too_many_to_be_known(mocker: MockerFixture) -> None:
    mocker.patch.object(LanLobby, "_run")
    lobby = LanLobby()
    zeroconf: Any = None
    for number in range(5000):
        lobby.add_service(zeroconf, SERVICE_TYPE, f"{number}.{SERVICE_TYPE}")
        lobby.update_service(zeroconf, SERVICE_TYPE, f"{number}.{SERVICE_TYPE}")
    assert len(lobby._worlds) == len(lobby._changed) == 256
    # Those that came first never said where they are: they made room for the last ones.
    assert f"4999.{SERVICE_TYPE}" in lobby._worlds
    for number, name in enumerate(lobby._worlds):
        lobby._worlds[name] = NearbyWorld(f"{number:03}", f"10.0.0.{number}:3000", "blackholio", "arcade", 0)
    assert len(lobby.worlds()) == 32
    # Worlds that can be joined make room for none.
    lobby.add_service(zeroconf, SERVICE_TYPE, f"late.{SERVICE_TYPE}")
    assert f"late.{SERVICE_TYPE}" not in lobby._worlds
    assert len(lobby._worlds) == 256


def test_a_machine_that_announces_hundreds_crowds_out_nobody(mocker: MockerFixture) -> None:
    mocker.patch.object(LanLobby, "_run")
    lobby = LanLobby()
    for number in range(200):
        world = NearbyWorld(f"aaa {number:03}", f"10.0.0.66:{number + 1}", "blackholio", "arcade", 0)
        lobby._worlds[f"{number}.{SERVICE_TYPE}"] = world
    for number in range(5):
        world = NearbyWorld(f"friend {number}", f"10.0.0.{number}:3000", "blackholio", "arcade", 1)
        lobby._worlds[f"friend {number}.{SERVICE_TYPE}"] = world
    names = [world.name for world in lobby.worlds()]
    assert names == [
        *(f"aaa {number:03}" for number in range(4)),
        *(f"friend {number}" for number in range(5)),
    ]


def test_without_the_package_there_is_one_sentence(mocker: MockerFixture) -> None:
    mocker.patch.object(lan, "can_announce", return_value=False)
    lobby = LanLobby()
    assert "pip install zeroconf" in lobby.notice
    assert lobby.worlds() == ()
    lobby.close()


def test_a_network_that_takes_nothing_is_said_and_harms_nothing(
    mocker: MockerFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    mocker.patch("zeroconf.Zeroconf", side_effect=OSError(19, "No such device"))
    announcement = Announcement(offered("x", "blackholio", "arcade"), LOOPBACK, 3000)
    announcement.players_changed(3)
    announcement.close()
    assert "not announced on the network: No such device" in capsys.readouterr().err
    lobby = LanLobby()
    until(lambda: lobby.notice)
    assert "No such device" in lobby.notice
    assert lobby.worlds() == ()
