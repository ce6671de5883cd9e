"""Whatever names a world is taken: an address, a URL, a line of a host, a sentence of a chat."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from game.launcher.errors import LauncherError
from game.launcher.invitation import read_invitation, where_it_is
from game.launcher.profiles import claim_profile
from game.launcher.world_launcher import WorldLauncher
from game.match.session import Session, SessionState
from game.rules import module
from spacetimedb_sdk.standalone import Server
from tests.plugins.waiting import until
from tests.transport.test_reverse_proxies import ReverseProxy
from tests.transport.test_tls import Certificate, certificate

__all__ = ["certificate"]


_AROUND = (
    *(
        ("(", ")"),
        ("[", "]"),
        ("**", "**"),
        ("`", "`"),
        ("“", "”"),
        ("«", "»"),
        ('"', '"'),
        ("'", "'"),
        ("<", ">"),
    ),
    *(("", end) for end in (".", "...", "…", ",", ";", "!", "?", ").", " :)")),
)


@pytest.mark.parametrize(
    ("text", "server", "database"),
    [
        ("192.168.1.20", "192.168.1.20:3000", "blackholio"),
        (" 192.168.1.20:4000\n", "192.168.1.20:4000", "blackholio"),
        ("http://10.0.0.7:4000/", "10.0.0.7:4000", "blackholio"),
        ("https://play.example.org/games", "https://play.example.org/games", "blackholio"),
        ("HTTPS://Play.Example.org", "https://play.example.org", "blackholio"),
        ("https://play.example.org/games/v1/database/arena", "https://play.example.org/games", "arena"),
        ("wss://play.example.org/v1/database/arena/subscribe", "https://play.example.org", "arena"),
        ("https://play.example.org/games?database=arena", "https://play.example.org/games", "arena"),
        ("come in: https://play.example.org/games!", "https://play.example.org/games", "blackholio"),
        ("<https://play.example.org>", "https://play.example.org", "blackholio"),
        ("we are at 192.168.1.20:4000, hurry", "192.168.1.20:4000", "blackholio"),
        ("try 192.168.1.20.", "192.168.1.20:3000", "blackholio"),
        (
            "others join with: python run_game.py play --server 192.168.1.20:3000 --database arena",
            "192.168.1.20:3000",
            "arena",
        ),
        ("--server https://play.example.org/x", "https://play.example.org/x", "blackholio"),
        # What a chat puts around it, with spaces and without.
        *((f"{before}10.0.0.7:4000{after}", "10.0.0.7:4000", "blackholio") for before, after in _AROUND),
        *(
            (f"{before}http://10.0.0.7:4000{after}", "10.0.0.7:4000", "blackholio")
            for before, after in _AROUND
        ),
        ("18:30 Bo: 10.0.0.7:4000", "10.0.0.7:4000", "blackholio"),
        ("[18:30] <Bo> 10.0.0.7:4000", "10.0.0.7:4000", "blackholio"),
        ("meet 20:15 at pc-7:4000", "pc-7:4000", "blackholio"),
        ("the world is play.example.org, have fun", "play.example.org:3000", "blackholio"),
        ("10.0.0.7:", "10.0.0.7:3000", "blackholio"),
        # What other keyboards and programs write.
        ("\u200b10.0.0.7:4000\u200b", "10.0.0.7:4000", "blackholio"),
        ("\ufeff10.0.0.7:4000", "10.0.0.7:4000", "blackholio"),
        ("１０.0.0.7：4000", "10.0.0.7:4000", "blackholio"),
        ("10。0。0。7:4000", "10.0.0.7:4000", "blackholio"),
        ("::1", "[::1]:3000", "blackholio"),
        ("2001:db8::7", "[2001:db8::7]:3000", "blackholio"),
        ("[::1]:4000", "[::1]:4000", "blackholio"),
        ("join at [::1]:4000!", "[::1]:4000", "blackholio"),
        ("(ws://[::1])", "[::1]:3000", "blackholio"),
    ],
)
def test_what_is_pasted_is_read(text: str, server: str, database: str) -> None:
    found, named = read_invitation(text)
    assert (found.removesuffix(":443").removesuffix(":80"), named) == (server, database)


@pytest.mark.parametrize(
    "text",
    [
        "come and play",
        "a b:c",
        "",
        "https://",
        "http://[::1",
        "[2001:db8::7",
        "htps://10.0.0.7:4000",
        "at 1.2.3.4:99999 ok",
    ],
)
def test_what_names_no_server_is_one_sentence(text: str) -> None:
    with pytest.raises(LauncherError) as refused:
        read_invitation(text)
    assert "\n" not in str(refused.value)


@pytest.fixture
def behind_tls(certificate: Certificate, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The URL of a world behind a proxy with TLS and a path in front."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.path))
    with (
        Server(module, database="arena", seed=1) as server,
        ReverseProxy(server.url, certificate.context) as proxy,
    ):
        yield f"https://127.0.0.1:{proxy.port}/game"


def test_the_last_part_of_a_path_may_be_the_database(behind_tls: str) -> None:
    assert where_it_is(behind_tls, "arena") == (behind_tls, "arena")
    assert where_it_is(f"{behind_tls}/arena") == (behind_tls, "arena")
    nothing = f"{behind_tls}/none"
    assert where_it_is(nothing) == (nothing, "blackholio")
    assert where_it_is("https://127.0.0.1:1/game") == ("https://127.0.0.1:1/game", "blackholio")
    # Without a path there is nothing to ask about.
    assert where_it_is("127.0.0.1:1") == ("127.0.0.1:1", "blackholio")


@pytest.mark.parametrize(
    ("written", "database"),
    [("{url}", "arena"), ("come in: {url}/arena :)", "blackholio"), ("{url}?database=arena", "blackholio")],
)
def test_a_world_behind_tls_and_a_path_is_played_in(
    behind_tls: str, written: str, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BLACKHOLIO_CONFIG_DIR", str(tmp_path))
    with claim_profile() as profile:
        world = WorldLauncher(profile, seed=1).joined(written.format(url=behind_tls), database, "Ann")
        assert (world.settings.server, world.settings.database) == (behind_tls, "arena")
        session = Session(world.settings)
        session.open()
        until(lambda: session.state is SessionState.PLAYING, session)
        session.close()
        # The same player comes back.
        assert profile.token(behind_tls, "arena")
