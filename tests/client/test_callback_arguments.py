"""A callback that cannot be called as it will be is refused where it is registered, not at the first row."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pytest_mock import MockerFixture

from spacetimedb_sdk.bindings.callbacks import check_takes
from spacetimedb_sdk.spacetimedb_client import SpacetimeDBClient
from tests.client.scripted import FakeClock, connected


@pytest.fixture
def client() -> Iterator[SpacetimeDBClient]:
    with connected(clock=FakeClock())[0] as client:
        yield client


Register = Callable[[SpacetimeDBClient, Any], object]


@pytest.mark.parametrize(
    ("register", "arguments"),
    [
        pytest.param(lambda c, f: c.db.item.on_insert(f), "row, event", id="insert"),
        pytest.param(lambda c, f: c.db.item.on_delete(f), "row, event", id="delete"),
        pytest.param(lambda c, f: c.db.item.on_update(f), "old, new, event", id="update"),
        pytest.param(lambda c, f: c.register_on_event(f), "message", id="event"),
        pytest.param(lambda c, f: c.register_on_state(f), "state", id="state"),
        pytest.param(lambda c, f: c.register_on_subscription_applied(f), "", id="subscription applied"),
        pytest.param(lambda c, f: c.set_callbacks(on_connect=f), "", id="connect"),
        pytest.param(lambda c, f: c.set_callbacks(on_disconnect=f), "reason", id="disconnect"),
        pytest.param(lambda c, f: c.set_callbacks(on_error=f), "message", id="error"),
        pytest.param(
            lambda c, f: c.set_callbacks(on_identity=f), "token, identity, connection_id", id="identity"
        ),
        pytest.param(
            lambda c, f: c.subscriptions.add(["SELECT * FROM item"]).on_applied(f), "", id="applied"
        ),
        pytest.param(lambda c, f: c.sql("SELECT * FROM item").on_result(f), "result", id="result"),
        pytest.param(lambda c, f: c.sql("SELECT * FROM item").on_result(print, f), "error", id="failure"),
    ],
)
def test_a_wrong_signature_is_refused_at_once(
    client: SpacetimeDBClient, register: Register, arguments: str
) -> None:
    def takes_too_much(a: object, b: object, c: object, d: object) -> None:
        raise AssertionError("never called")

    with pytest.raises(TypeError, match=r"takes_too_much takes \(a.*but is called with \(") as refused:
        register(client, takes_too_much)
    assert f"called with ({arguments})" in str(refused.value)
    register(client, lambda *anything: None)


def test_what_is_called_decides() -> None:
    def two(row: object, event: object) -> None: ...

    @functools.wraps(two)
    def none_of_them(*arguments: object) -> None: ...

    def with_default(row: object, event: object, times: int = 1) -> None: ...

    def with_keyword(row: object, event: object, *, times: int) -> None: ...

    check_takes(two, "row", "event")
    check_takes(none_of_them, "one")
    check_takes(with_default, "row", "event")
    check_takes(functools.partial(two, 1), "event")
    check_takes([].append, "row")
    check_takes(print, "row", "event")
    wrongs: list[Callable[..., object]] = [with_keyword, functools.partial(two, 1), lambda: None, [].append]
    for wrong in wrongs:
        with pytest.raises(TypeError, match="called with"):
            check_takes(wrong, "row", "event")


def test_a_mock_takes_anything(client: SpacetimeDBClient, mocker: MockerFixture) -> None:
    came = mocker.Mock()
    assert client.db.item.on_insert(came) is came
