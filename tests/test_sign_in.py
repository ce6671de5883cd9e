"""Signing in at an issuer, as a browser does it, up to a client that is that account."""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from spacetimedb_sdk.errors import SignInError
from spacetimedb_sdk.http import HttpClient
from spacetimedb_sdk.module import Identity, Module, ReducerContext
from spacetimedb_sdk.sign_in import Account, DeviceCode, device, refresh, sign_in, sign_in_elsewhere
from spacetimedb_sdk.standalone import Server
from tests.standalone.issuer import CONFIGURATION, Issuer

GAME = "the-game"


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with Issuer() as running:
        yield running


class Browser:
    """Opens an address in a thread of its own, follows where it is sent, and keeps the page that it ends at."""

    def __init__(self) -> None:
        self.address = ""
        self._pool = ThreadPoolExecutor(1)

    def open(self, address: str) -> bool:
        self.address = address
        self.page = self._pool.submit(self.read, address)
        return True

    @staticmethod
    def read(address: str) -> str:
        with urllib.request.urlopen(address) as answer:
            text: str = answer.read().decode()
            return text


@pytest.fixture
def browser() -> Browser:
    return Browser()


def signed_in(issuer: Issuer, browser: Browser) -> Account:
    return sign_in(issuer.url, GAME, show=browser.open)


def test_an_account_is_the_same_player_each_time(issuer: Issuer, browser: Browser) -> None:
    module = Module("accounts")
    senders: list[Identity] = []

    @module.reducer
    def come(ctx: ReducerContext) -> None:
        senders.append(ctx.sender)

    with Server(module, database="accounts", trusted_issuers=[f"{issuer.url}={GAME}"]) as server:
        account = signed_in(issuer, browser)
        assert "close this window" in browser.page.result()
        again = refresh(issuer.url, GAME, account.refresh_token or "")
        issuer.signs_in = "bob"
        other = signed_in(issuer, browser)
        for who in (account, again, other):
            HttpClient(server.url, who.id_token).call("accounts", "come", [])
    assert (account.subject, again.subject, other.subject) == ("alice", "alice", "bob")
    assert senders[0] == senders[1] != senders[2]
    assert account.expires_at > time.time()
    assert account.id_token not in repr(account)


def test_a_player_who_refuses_is_told_of_in_the_providers_words(issuer: Issuer, browser: Browser) -> None:
    issuer.signs_in = None
    with pytest.raises(SignInError, match="access_denied: not today"):
        signed_in(issuer, browser)
    assert "did not work" in browser.page.result()


def test_the_answer_to_another_sign_in_is_none(issuer: Issuer) -> None:
    """Who makes the browser open the redirect's address with a code of their own does not sign the player in as them."""
    refused: list[int] = []

    def attacked(address: str) -> bool:
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}

        def come() -> None:
            for path in (
                "?code=theirs&state=other",
                "?code=theirs",
                f"elsewhere?code=theirs&state={asked['state']}",
            ):
                try:
                    Browser.read(asked["redirect_uri"] + path)
                except urllib.error.HTTPError as error:
                    refused.append(error.code)
                    error.close()
            Browser.read(address)

        pool.submit(come)
        return True

    with ThreadPoolExecutor(1) as pool:
        assert sign_in(issuer.url, GAME, show=attacked).subject == "alice"
    assert refused == [404, 404, 404]


def test_a_token_of_another_sign_in_is_refused(issuer: Issuer, browser: Browser) -> None:
    def other_nonce(address: str) -> bool:
        place = urlsplit(address)
        asked = {name: values[0] for name, values in parse_qs(place.query).items()}
        return browser.open(place._replace(query=urlencode({**asked, "nonce": "other"})).geturl())

    with pytest.raises(SignInError, match="made for another sign-in"):
        sign_in(issuer.url, GAME, show=other_nonce)


def test_a_code_is_of_use_to_who_asked_for_it_alone(issuer: Issuer, browser: Browser) -> None:
    def other_challenge(address: str) -> bool:
        place = urlsplit(address)
        asked = {name: values[0] for name, values in parse_qs(place.query).items()}
        return browser.open(place._replace(query=urlencode({**asked, "code_challenge": "other"})).geturl())

    with pytest.raises(SignInError, match="invalid_grant"):
        sign_in(issuer.url, GAME, show=other_challenge)


def test_what_keeps_a_player_from_signing_in_is_said(issuer: Issuer, browser: Browser) -> None:
    with pytest.raises(SignInError, match="no browser could be opened"):
        sign_in(issuer.url, GAME, show=lambda _: False)
    with pytest.raises(SignInError, match="nobody signed in within 0 seconds"):
        sign_in(issuer.url, GAME, show=lambda _: None, timeout=0.0)
    with pytest.raises(SignInError, match="give that as the issuer"):
        sign_in(f"{issuer.url}/", GAME, show=browser.open)
    with pytest.raises(SignInError, match="is not https"):
        sign_in("http://accounts.example.com", GAME, show=browser.open)
    with pytest.raises(SignInError, match="answered invalid_grant"):
        refresh(issuer.url, GAME, "worn out")
    with pytest.raises(ValueError, match="on this machine"):
        sign_in(issuer.url, GAME, redirect="http://example.com/", show=browser.open)
    issuer.answers[CONFIGURATION] = (200, "[]")
    with pytest.raises(SignInError, match="no JSON object"):
        sign_in(issuer.url, GAME, show=browser.open)
    issuer.answers[CONFIGURATION] = (302, "")
    with pytest.raises(SignInError, match="302"):
        refresh(issuer.url, GAME, "any")


class Waited:
    """What was waited for between two questions: the time goes by at once."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.seconds: list[float] = []
        self._now = 0.0
        monkeypatch.setattr(device, "time", self)

    def monotonic(self) -> float:
        return self._now

    def sleep(self, seconds: float) -> None:
        self.seconds.append(seconds)
        self._now += seconds


@pytest.fixture
def waited(monkeypatch: pytest.MonkeyPatch) -> Waited:
    return Waited(monkeypatch)


def test_a_player_signs_in_on_another_device(issuer: Issuer, waited: Waited) -> None:
    shown: list[DeviceCode] = []
    issuer.device_errors = ["authorization_pending", "slow_down", "authorization_pending"]
    account = sign_in_elsewhere(issuer.url, GAME, show=shown.append)
    assert account.subject == "alice"
    assert waited.seconds == [2.0, 2.0, 7.0, 7.0]
    (code,) = shown
    assert (code.user_code, code.address) == ("WDJB-MJHT", f"{issuer.url}/activate")
    assert code.whole_address == f"{issuer.url}/activate?user_code=WDJB-MJHT"
    assert code.device_code not in repr(code)
    assert refresh(issuer.url, GAME, account.refresh_token or "").subject == "alice"


def test_a_network_that_fails_meanwhile_is_waited_for(issuer: Issuer, waited: Waited) -> None:
    issuer.device_errors = ["hangs up", "hangs up"]
    assert sign_in_elsewhere(issuer.url, GAME, show=print).subject == "alice"
    assert waited.seconds == [2.0, 4.0, 8.0]


@pytest.mark.parametrize("error", ["access_denied", "expired_token", "unauthorized_client"])
def test_what_ends_it_is_told_with_the_providers_name_for_it(
    issuer: Issuer, waited: Waited, error: str
) -> None:
    issuer.device_errors = ["authorization_pending", error]
    with pytest.raises(SignInError, match=f"answered {error}") as caught:
        sign_in_elsewhere(issuer.url, GAME, show=print)
    assert caught.value.code == error


def test_a_player_who_does_nothing(issuer: Issuer, waited: Waited) -> None:
    issuer.device_errors = ["authorization_pending"] * 100
    with pytest.raises(SignInError, match="nobody signed in within 5 seconds"):
        sign_in_elsewhere(issuer.url, GAME, show=print, timeout=5.0)
    assert waited.seconds == [2.0, 2.0, 1.0]
    with pytest.raises(SignInError, match="nobody signed in within 60 seconds"):
        sign_in_elsewhere(issuer.url, GAME, show=print)


def test_a_provider_that_does_not_know_it(issuer: Issuer, waited: Waited) -> None:
    issuer.left_out = {"interval", "expires_in", "verification_uri_complete"}
    issuer.device_errors = ["authorization_pending"]
    shown: list[DeviceCode] = []
    sign_in_elsewhere(issuer.url, GAME, show=shown.append)
    assert waited.seconds == [5.0, 5.0]
    assert shown[0].whole_address == shown[0].address
    issuer.left_out = {"user_code"}
    with pytest.raises(SignInError, match="no code to show"):
        sign_in_elsewhere(issuer.url, GAME, show=print)
    issuer.answers[CONFIGURATION] = (200, f'{{"issuer": "{issuer.url}"}}')
    with pytest.raises(SignInError, match="its configuration has no device_authorization_endpoint"):
        sign_in_elsewhere(issuer.url, GAME, show=print)
