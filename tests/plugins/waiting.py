"""Waiting: the one way in which tests wait until something holds.

A test says what must come about, never how long that takes; the bound is there so that a defect ends the run. It is wide,
since a machine that tests share may be slow.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from game.match.session import Session
from spacetimedb_sdk.spacetimedb_client import SpacetimeDBClient

__all__ = ["PATIENCE", "until"]

PATIENCE = 60.0

# How long one step may wait for news: short enough that a condition which no message brings about is seen soon.
_STEP = 0.02

Stepped = SpacetimeDBClient | Session | Callable[[], object]


def until(
    holds: Callable[[], Any], *stepped: Stepped, seconds: float = PATIENCE, what: str | Callable[[], str] = ""
) -> None:
    """Let clients, sessions or functions go on, in turn, until `holds()`; without any, other threads do the work.

    `what` is said when it does not come about.
    """
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            said = what() if callable(what) else what
            raise AssertionError(f"waited {seconds} s in vain: {said} {', '.join(map(_state, stepped))}")
        for one in stepped or (_rest,):
            _step(one)


def _step(one: Stepped) -> None:
    if isinstance(one, SpacetimeDBClient):
        one.update(timeout=_STEP)
    elif isinstance(one, Session):
        one.update(time.monotonic(), wait=_STEP)
    else:
        one()


def _rest() -> None:
    time.sleep(_STEP)


def _state(one: Stepped) -> str:
    return f"still {one.state}, {one.notice}" if isinstance(one, Session) else repr(one)
