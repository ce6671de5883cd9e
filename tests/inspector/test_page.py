"""The page in a real browser: what a person sees, types and clicks."""

from __future__ import annotations

import http.client
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from spacetimedb_sdk.http import HttpClient
from spacetimedb_sdk.standalone import Server
from tests.conformance.conformance_2x_module import module
from tests.inspector.pages import chromium, inspector
from tests.plugins.waiting import PATIENCE
from tests.transport.test_reverse_proxies import ReverseProxy
from tests.transport.test_tls import Certificate, certificate

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

__all__ = ["certificate"]

pytestmark = pytest.mark.browser

HOSTILE = "<img src=x onerror='window.hit=1'>{{window.hit=2}}\u202e"
Open = Callable[..., "Page"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE * 1000)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server(module, database="conformance") as running:
        yield running


@pytest.fixture(scope="module")
def addresses(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[bool, str]]:
    """Of the owner's inspector, and of the one that has no token."""
    home = tmp_path_factory.mktemp("home")
    with (
        inspector("conformance", server.url, home, token=server.owner_token) as owners,
        inspector("conformance", server.url, home) as others,
    ):
        yield {True: owners, False: others}


@pytest.fixture(autouse=True)
def _no_rows(owner: HttpClient) -> None:
    for table in ("item", "compound", "scalar", "secret"):
        owner.sql("conformance", f"DELETE FROM {table}")


@pytest.fixture
def open_page(browser: Browser, addresses: dict[bool, str]) -> Iterator[Open]:
    """Opens the inspector of the server's database, as its owner or as nobody."""
    with ExitStack() as stack:

        def open_it(*, is_owner: bool = True) -> Page:
            page = browser.new_page(viewport={"width": 1400, "height": 900})
            stack.callback(page.close)
            page.set_default_timeout(PATIENCE * 1000)
            mistakes: list[str] = []
            page.on("pageerror", lambda error: mistakes.append(str(error)))
            stack.callback(lambda: _none(mistakes))
            page.goto(addresses[is_owner])
            shown(page.locator(".q-badge", has_text="connected"))
            return page

        yield open_it


def _none(mistakes: list[str]) -> None:
    assert mistakes == [], "the page's own scripts failed"


def shown(what: Locator) -> None:
    from playwright.sync_api import expect

    expect(what.first).to_be_visible()


def cells(page: Page, column: int) -> list[str]:
    texts: list[str] = page.locator(f".rows tbody tr td:nth-child({column})").all_inner_texts()
    return texts


def choose(page: Page, name: str) -> None:
    page.locator(".q-item", has=page.get_by_text(name, exact=True)).first.click()


def tab(page: Page, name: str) -> None:
    page.get_by_role("tab", name=name).click()


def until_cells(page: Page, column: int, wanted: list[str]) -> None:
    from playwright.sync_api import expect

    expect(page.locator(f".rows tbody tr td:nth-child({column})")).to_have_text(wanted)


def field(page: Page, label: str) -> Locator:
    return page.get_by_label(label, exact=True)


def pick(page: Page, label: str, option: str, which: int = 0) -> None:
    field(page, label).nth(which).click()
    page.get_by_role("option", name=option, exact=True).click()


def item(owner: HttpClient, name: str, level: int = 1, x: float = 0.0, y: float = 0.0) -> None:
    owner.call("conformance", "add_item", [name, {"red": []}, level, [x, y]])


def test_rows_come_and_change_and_are_filtered_and_sorted(open_page: Open, owner: HttpClient) -> None:
    page = open_page()
    choose(page, "item")
    shown(page.get_by_text("0 rows", exact=True))
    item(owner, "sword", 3)
    item(owner, "shield", 7)
    until_cells(page, 2, ["sword", "shield"])
    page.get_by_role("columnheader", name="level").click()
    page.get_by_role("columnheader", name="level").click()
    until_cells(page, 2, ["shield", "sword"])
    page.get_by_placeholder("filter").fill("level<5")
    until_cells(page, 2, ["sword"])
    shown(page.get_by_text("1 of 2 rows"))
    page.get_by_placeholder("filter").fill("levle<5")
    shown(page.get_by_text("did you mean level"))
    owner.sql("conformance", "DELETE FROM item WHERE name = 'sword'")
    page.get_by_placeholder("filter").fill("")
    until_cells(page, 2, ["shield"])
    page.locator(".rows tbody tr").first.click()
    shown(page.get_by_text('"level": 7'))


def test_clicks_that_are_quicker_than_the_server_count_each(open_page: Open, owner: HttpClient) -> None:
    owner.call("conformance", "add_items", ["many", 200])
    page = open_page()
    choose(page, "item")
    shown(page.get_by_text("200 rows", exact=True))
    twice = "async what => { what.click(); await new Promise(done => setTimeout(done)); what.click(); }"
    page.get_by_role("button", name="Next page").evaluate(twice)
    shown(page.get_by_text("101-150 of 200"))
    page.get_by_role("columnheader", name="level").evaluate(twice)
    page.wait_for_function("document.querySelector('.rows th.sort-desc') !== null")
    assert "level" in page.locator(".rows th.sorted").inner_text()


def test_what_is_typed_stays_while_the_server_answers(open_page: Open) -> None:
    from playwright.sync_api import expect

    page = open_page()
    tab(page, "Calls")
    choose(page, "add_item")
    for _ in range(3):
        level = field(page, "level: I32")
        level.fill("x")
        page.get_by_role("button", name="Call").click()
        shown(page.get_by_text("a whole number from"))
        # The first letter sets the problem right; the server hears of the others while it answers that.
        level.fill("")
        level.press_sequentially("-2147483648")
        page.get_by_role("button", name="Call").click()
        expect(page.locator(".text-negative", has_text="a whole number from")).to_have_count(0)
        expect(level).to_have_value("-2147483648")


def test_many_rows_are_shown_by_pages(open_page: Open, owner: HttpClient) -> None:
    owner.call("conformance", "add_items", ["many", 20_000])
    page = open_page()
    choose(page, "item")
    shown(page.get_by_text("20,000 rows", exact=True))
    assert len(cells(page, 1)) == 50
    first = cells(page, 1)[0]
    page.get_by_role("button", name="Next page").click()
    page.wait_for_function("first => document.querySelector('.rows tbody td').innerText !== first", arg=first)
    assert len(cells(page, 1)) == 50
    page.get_by_placeholder("filter").fill("many19999")
    until_cells(page, 2, ["many19999"])


def test_a_reducer_is_called_by_its_form(open_page: Open, owner: HttpClient) -> None:
    page = open_page()
    tab(page, "Calls")
    choose(page, "add_item")
    field(page, "name: String").fill("axe")
    pick(page, "kind", "blue")
    field(page, "level: I32").fill("3,000,000,000")
    field(page, "x: F32").fill("1.5")
    page.get_by_role("button", name="Call").click()
    shown(page.get_by_text("a I32 is -2,147,483,648 to 2,147,483,647"))
    field(page, "level: I32").fill("30")
    page.get_by_role("button", name="Call").click()
    shown(page.get_by_text("committed", exact=True))
    (answer,) = owner.sql("conformance", "SELECT * FROM item")
    (row,) = answer["rows"]
    assert (row[1], row[2], row[3], row[5]) == ("axe", [2, []], 30, [1.5, 0.0])


def test_what_a_reducer_refuses_is_told_in_its_own_words(open_page: Open) -> None:
    page = open_page()
    tab(page, "Calls")
    choose(page, "fail")
    field(page, "message: String").fill(HOSTILE)
    page.get_by_role("button", name="Call").click()
    shown(page.get_by_text("<img src=x onerror='window.hit=1'>{{window.hit=2}}"))
    assert page.evaluate("window.hit") is None


def test_a_form_has_lists_options_sums_and_numbers_of_any_width(open_page: Open, owner: HttpClient) -> None:
    page = open_page()
    tab(page, "Calls")
    choose(page, "add_compound")
    page.get_by_role("switch", name="maybe_number: given").click()
    field(page, "maybe_number: I32").fill("-5")
    page.get_by_role("button", name="Add to numbers").click()
    page.get_by_role("button", name="Add to numbers").click()
    boxes = page.get_by_label(re.compile(r"^\d: I64$"))
    boxes.nth(0).fill("-9223372036854775808")
    boxes.nth(1).fill("2")
    pick(page, "shape", "circle")
    page.get_by_role("button", name="Call").click()
    shown(page.get_by_text("committed", exact=True))
    (answer,) = owner.sql("conformance", "SELECT * FROM compound")
    (row,) = answer["rows"]
    assert (row[1], row[6]) == ([0, -5], [-(2**63), 2])
    choose(page, "set_scalar")
    field(page, "a_u256: U256").fill(str(2**256 - 1))
    page.get_by_role("button", name="me", exact=True).click()
    field(page, "a_connection_id: ConnectionId").fill("01" * 16)
    page.get_by_role("button", name="Call").click()
    tab(page, "Tables")
    choose(page, "scalar")
    shown(page.get_by_role("cell", name=str(2**256 - 1)[:40]))


def test_a_procedure_returns_what_it_returns(open_page: Open) -> None:
    page = open_page()
    tab(page, "Calls")
    choose(page, "add_numbers")
    field(page, "left: I64").fill("20")
    field(page, "right: I64").fill("21")
    page.get_by_role("button", name="Call").click()
    shown(page.get_by_text("41", exact=True))


def test_texts_of_others_are_texts_everywhere(open_page: Open, owner: HttpClient) -> None:
    item(owner, HOSTILE)
    item(owner, ":hit")
    page = open_page()
    choose(page, "item")
    shown(page.get_by_role("cell", name="<img src=x onerror='window.hit=1'>{{window.hit=2}}\\u202e"))
    page.get_by_placeholder("filter").fill('"<img"')
    shown(page.get_by_text("1 of 2 rows"))
    page.locator(".rows tbody tr").first.click()
    page.get_by_role("button", name="Close").click()
    tab(page, "SQL")
    page.get_by_role("button", name="Run").click()
    tab(page, "Plots")
    pick(page, "table", "item")
    pick(page, "colour", "name")
    shown(page.get_by_text("2 rows", exact=True))
    assert page.evaluate("window.hit") is None
    assert page.locator("img").count() == 0


def test_things_are_drawn_where_they_are_and_move(open_page: Open, owner: HttpClient) -> None:
    for index in range(20):
        item(owner, f"thing {index}", x=float(index), y=float(index % 5))
    page = open_page()
    tab(page, "Plots")
    pick(page, "table", "item")
    shown(page.get_by_text("20 rows", exact=True))
    page.wait_for_function("document.querySelectorAll('canvas').length === 2")
    drawn = "document.querySelector('canvas').toDataURL()"
    page.wait_for_function("document.querySelector('canvas').toDataURL().length > 5000")
    before = page.evaluate(drawn)
    (first,) = owner.sql("conformance", "SELECT item_id FROM item WHERE name = 'thing 0'")[0]["rows"]
    owner.call("conformance", "move_item", [first[0], [9.5, 2.5]])
    page.wait_for_function(f"before => {drawn} !== before", arg=before)


def test_a_number_over_time_is_added_and_taken_away(open_page: Open, owner: HttpClient) -> None:
    item(owner, "sword", level=4)
    page = open_page()
    tab(page, "Plots")
    pick(page, "table", "item", 1)
    pick(page, "number", "level")
    page.get_by_label("of rows with").fill("sword")
    page.get_by_role("button", name="Add").click()
    chips = page.locator(".q-chip")
    shown(chips.filter(has_text="mean item.level with sword"))
    chips.first.locator(".q-chip__icon--remove").click()
    page.wait_for_function("document.querySelectorAll('.q-chip').length === 1")


def test_sql_gives_rows_and_errors_in_words(open_page: Open, owner: HttpClient) -> None:
    item(owner, "sword")
    page = open_page()
    tab(page, "SQL")
    editor = page.locator(".cm-content")
    editor.fill("SELECT name, level FROM item")
    page.get_by_role("button", name="Run").click()
    until_cells(page, 1, ["sword"])
    editor.fill("SELECT * FROM nowhere")
    page.get_by_role("button", name="Run").click()
    shown(page.get_by_text("nowhere"))
    shown(page.locator(".text-negative", has_text="nowhere"))


def test_the_log_is_followed(open_page: Open, owner: HttpClient) -> None:
    page = open_page()
    tab(page, "Log")
    with pytest.raises(Exception, match="boom"):
        owner.call("conformance", "fail", ["boom <b>"])
    shown(page.locator(".log-line", has_text="boom <b>"))
    page.get_by_role("button", name="errors", exact=True).click()
    shown(page.locator(".log-line", has_text="boom <b>"))


def test_private_rows_and_the_log_are_the_owners(open_page: Open, owner: HttpClient) -> None:
    owner.sql("conformance", "INSERT INTO secret (key, value) VALUES ('door', 'sesame')")
    page = open_page()
    choose(page, "secret")
    until_cells(page, 2, ["sesame"])
    other = open_page(is_owner=False)
    choose(other, "secret")
    shown(other.get_by_text("secret is private: give the token of the database's owner with --token"))
    tab(other, "Log")
    shown(other.get_by_text("Only the owner of the database may read its log"))


def test_figures_tell_who_is_connected(open_page: Open) -> None:
    page = open_page()
    tab(page, "Figures")
    shown(page.get_by_text(re.compile(r"^\d+ connections$")))
    shown(page.get_by_role("cell", name="this page"))


def test_a_browser_gets_the_next_update_while_it_draws_one_and_no_more(open_page: Open) -> None:
    page = open_page()
    page.evaluate(
        """() => {
            const draw = window.requestAnimationFrame.bind(window);
            window.drawing = window.most = window.drawn = 0;
            window.requestAnimationFrame = call => {
                if (!String(call).includes('drawn(true)')) return draw(call);
                window.most = Math.max(window.most, ++window.drawing);
                return setTimeout(() => { window.drawing--; window.drawn++; call(0); }, 150);
            };
        }"""
    )
    page.wait_for_function("window.drawn > 20")
    assert page.evaluate("window.most") == 2


def test_a_server_that_went_comes_back(browser: Browser, tmp_path: Path) -> None:
    with ExitStack() as stack:
        first = Server(module, database="conformance", data_dir=tmp_path / "data")
        with first:
            port = urlsplit(first.url).port
            address = stack.enter_context(inspector("conformance", first.url, tmp_path))
            page = browser.new_page()
            stack.callback(page.close)
            page.set_default_timeout(PATIENCE * 1000)
            page.goto(address)
            shown(page.locator(".q-badge", has_text="connected"))
        shown(page.locator(".q-badge", has_text="lost"))
        again = Server(
            module, database="conformance", data_dir=tmp_path / "data", listen=("127.0.0.1", port or 0)
        )
        with again:
            shown(page.locator(".q-badge", has_text="connected"))
            choose(page, "item")
            item(HttpClient(again.url, again.owner_token), "back")
            until_cells(page, 2, ["back"])


def _asked(address: str, headers: dict[str, str], path: str = "/") -> tuple[int, Any]:
    place = urlsplit(address)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=PATIENCE)
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status, answer.headers
    finally:
        connection.close()


def test_the_page_answers_who_has_the_key_alone(server: Server, tmp_path: Path) -> None:
    with inspector("conformance", server.url, tmp_path) as address:
        place = urlsplit(address)
        with_key = f"/?{place.query}"
        assert _asked(address, {})[0] == 403
        assert _asked(address, {"Host": f"rebound.example:{place.port}"}, with_key)[0] == 403
        assert _asked(address, {"Origin": "https://elsewhere.example"}, with_key)[0] == 403
        status, headers = _asked(address, {}, with_key)
        assert (status, headers["location"]) == (303, "/")
        cookie = headers["set-cookie"].partition(";")[0]
        assert "HttpOnly" in headers["set-cookie"]
        assert "SameSite=Strict" in headers["set-cookie"]
        status, headers = _asked(address, {"Cookie": cookie})
        assert (status, headers["x-frame-options"]) == (200, "DENY")
        assert _asked(address, {"Cookie": cookie, "Host": "rebound.example"})[0] == 403


def test_a_server_behind_tls_and_a_path(
    browser: Browser,
    server: Server,
    owner: HttpClient,
    certificate: Certificate,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Rows over the WebSocket, SQL, the log and calls: all of it goes through the proxy."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.path))
    item(owner, "sword")
    with ExitStack() as stack:
        proxy = stack.enter_context(ReverseProxy(server.url, certificate.context))
        url = f"https://127.0.0.1:{proxy.port}/game"
        address = stack.enter_context(inspector("conformance", url, tmp_path, token=server.owner_token))
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        stack.callback(page.close)
        page.set_default_timeout(PATIENCE * 1000)
        page.goto(address)
        shown(page.locator(".q-badge", has_text="connected"))
        choose(page, "item")
        until_cells(page, 2, ["sword"])
        item(owner, "bow")
        shown(page.get_by_text("2 rows", exact=True))
