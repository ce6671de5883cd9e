"""What an editor shows of the clients: each public name has a docstring, and says from which thread it may be used."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from spacetimedb_sdk.client.handles import Procedures, Reducers, TableHandle, Tables
from spacetimedb_sdk.client.requests.calls import ReducerCall, Request
from spacetimedb_sdk.client.requests.subscriptions import Subscription, Subscriptions
from spacetimedb_sdk.spacetimedb_async_client import SpacetimeDBAsyncClient
from spacetimedb_sdk.spacetimedb_client import SpacetimeDBClient
from spacetimedb_sdk.testing import LockStep, Recorder, ScriptedTransport

CLASSES = [
    SpacetimeDBClient,
    SpacetimeDBAsyncClient,
    Subscriptions,
    Subscription,
    Request,
    ReducerCall,
    TableHandle,
    Tables,
    Reducers,
    Procedures,
    LockStep,
    Recorder,
    ScriptedTransport,
]


def members(cls: Any) -> dict[str, Any]:
    """Public methods and properties, those of the SDK's own bases too."""
    bases = [base for base in reversed(cls.__mro__) if base.__module__.startswith("spacetimedb_sdk")]
    return {
        name: member
        for base in bases
        for name, member in vars(base).items()
        if not name.startswith("_")
        and (inspect.isfunction(member) or isinstance(member, property | classmethod | staticmethod))
    }


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_each_public_name_is_documented(cls: Any) -> None:
    assert inspect.getdoc(cls)
    assert [name for name, member in members(cls).items() if not member.__doc__] == []


@pytest.mark.parametrize("cls", CLASSES[:10], ids=lambda cls: cls.__name__)
def test_the_thread_is_named_by_the_class_or_by_the_method(cls: Any) -> None:
    assert "thread" in cls.__doc__ or all("thread" in member.__doc__ for member in members(cls).values())


@pytest.mark.parametrize(
    ("cls", "names"),
    [
        (SpacetimeDBClient, ["call_reducer", "call_procedure", "sql", "state", "is_connected", "identity"]),
        (SpacetimeDBAsyncClient, ["force_close"]),
    ],
)
def test_what_any_thread_may_call_says_so(cls: Any, names: list[str]) -> None:
    for name in names:
        assert "any thread" in members(cls)[name].__doc__.lower(), name
