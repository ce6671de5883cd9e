"""Keys of issuers as time passes, and what may be trusted at all."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

import pytest

from spacetimedb_sdk.errors import ConfigError
from spacetimedb_sdk.standalone import Server
from spacetimedb_sdk.standalone.command import main
from spacetimedb_sdk.standalone.hosting.issuer_keys import IssuerKeys, IssuerUnavailable
from spacetimedb_sdk.standalone.hosting.trusted_issuers import TrustedIssuer, TrustedIssuers
from tests.conformance.conformance_module import module
from tests.plugins.waiting import PATIENCE
from tests.standalone.issuer import CONFIGURATION, Issuer


class Clock:
    seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def with_keys(
    work: Callable[[Issuer, IssuerKeys, Clock], Awaitable[None]], fetch_seconds: float = 20.0
) -> None:
    clock = Clock()

    async def run(issuer: Issuer) -> None:
        await work(issuer, IssuerKeys(issuer.url, steady_clock=clock, fetch_seconds=fetch_seconds), clock)

    with Issuer() as issuer:
        asyncio.run(run(issuer))


def test_keys_are_kept_renewed_and_dropped() -> None:
    async def work(issuer: Issuer, keys: IssuerKeys, clock: Clock) -> None:
        assert len(await keys.find("ES256", "first")) == 1
        clock.seconds += 299
        assert len(await keys.find("ES256", "first")) == 1
        assert issuer.count(CONFIGURATION) == 1
        clock.seconds += 2
        assert len(await keys.find("ES256", "first")) == 1
        assert issuer.count(CONFIGURATION) == 2
        # While the issuer is down the keys it gave last go on, and it is asked now and then.
        issuer.answers[CONFIGURATION] = 503, ""
        clock.seconds += 7000
        for _ in range(3):
            assert len(await keys.find("ES256", "first")) == 1
        assert issuer.count(CONFIGURATION) == 3
        clock.seconds += 300
        with pytest.raises(IssuerUnavailable, match="answers 503"):
            await keys.find("ES256", "first")
        issuer.answers.clear()
        clock.seconds += 6
        assert len(await keys.find("ES256", "first")) == 1

    with_keys(work)


def test_nobody_waits_for_an_issuer_that_hangs_while_its_old_keys_serve() -> None:
    async def work(issuer: Issuer, keys: IssuerKeys, clock: Clock) -> None:
        await keys.find("ES256", "first")
        issuer.answers[CONFIGURATION] = 500, ""
        clock.seconds += 301
        await keys.find("ES256", "first")
        issuer.open.clear()
        clock.seconds += 6
        assert len(await keys.find("ES256", "first")) == 1
        while not issuer.asked_while_closed.is_set():
            await asyncio.sleep(0.01)
        # It is asked all the same, and what it says at last counts.
        issuer.keys["second"] = issuer.keys["first"]
        issuer.answers.clear()
        issuer.open.set()
        assert len(await keys.find("ES256", "second")) == 1

    with_keys(work)


def test_unknown_keys_are_looked_for_now_and_then() -> None:
    async def work(issuer: Issuer, keys: IssuerKeys, clock: Clock) -> None:
        for _ in range(5):
            assert await keys.find("ES256", "made up") == ()
        assert issuer.count(CONFIGURATION) == 2
        clock.seconds += 6
        assert await keys.find("ES256", "made up") == ()
        assert issuer.count(CONFIGURATION) == 3
        issuer.answers[CONFIGURATION] = 500, ""
        clock.seconds += 6
        with pytest.raises(IssuerUnavailable, match="answers 500"):
            await keys.find("ES256", "new")
        assert len(await keys.find("ES256", "first")) == 1

    with_keys(work)


def test_an_issuer_that_says_nothing_is_given_up() -> None:
    async def work(issuer: Issuer, keys: IssuerKeys, clock: Clock) -> None:
        issuer.open.clear()
        with pytest.raises(IssuerUnavailable, match=r"no answer within 0\.2 s"):
            await keys.find("ES256", "first")
        issuer.open.set()
        found: Sequence[object] = ()
        async with asyncio.timeout(PATIENCE):
            while not found:  # a busy machine may need several times 0.2 s
                clock.seconds += 6
                with suppress(IssuerUnavailable):
                    found = await keys.find("ES256", "first")
        assert len(found) == 1

    with_keys(work, fetch_seconds=0.2)


def test_who_leaves_takes_the_keys_from_nobody() -> None:
    async def work(issuer: Issuer, keys: IssuerKeys, clock: Clock) -> None:
        issuer.open.clear()
        leaves, stays = (asyncio.create_task(keys.find("ES256", "first")) for _ in range(2))
        while not issuer.asked:
            await asyncio.sleep(0.01)
        leaves.cancel()
        issuer.open.set()
        assert len(await stays) == 1

    with_keys(work)


BAD = [
    "",
    "issuer.example",
    "http://issuer.example",
    "ftp://issuer.example",
    "https://",
    "https://user:word@issuer.example",
    "https://issuer.example/?a",
    "https://issuer.example/#a",
    "https://issuer.example:port",
    "https://[::1",
    "https://issuer.example=",
]


@pytest.mark.parametrize("text", BAD)
def test_what_is_no_issuer_is_refused(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ConfigError, match="AUDIENCE"):
        Server(module, trusted_issuers=[text])
    given = ["--module", module_name(), "--listen", "127.0.0.1:0", "--in-memory", f"--trust-issuer={text}"]
    assert main(given) == 1
    assert "AUDIENCE" in capsys.readouterr().err


def module_name() -> str:
    return "tests.conformance.conformance_module"


def test_issuers_as_they_are_written() -> None:
    assert TrustedIssuer.parse("https://issuer.example/x=the=game") == TrustedIssuer(
        "https://issuer.example/x", "the=game"
    )
    assert TrustedIssuer.parse("http://localhost:8080") == TrustedIssuer("http://localhost:8080")
    assert TrustedIssuer.parse("http://[::1]:8080/").audience is None
    assert len(TrustedIssuers("https://issuer.example")) == 1
    assert len(TrustedIssuers(["https://issuer.example=a", "https://issuer.example/=b"])) == 1
    assert not TrustedIssuers(())
    with pytest.raises(ConfigError, match="with an audience and without"):
        TrustedIssuers(["https://issuer.example=a", "https://issuer.example"])
