"""Limits as they are written on a command line."""

from __future__ import annotations

import pytest

from spacetimedb_sdk.standalone import Limits
from spacetimedb_sdk.standalone.command import main


def test_limits_are_read() -> None:
    settings = ["connections=500", "queued_bytes=16M", "all-queued-bytes=1g", "request_seconds=2.5"]
    assert Limits.parse(settings) == Limits(
        queued_bytes=16 << 20, all_queued_bytes=1 << 30, connections=500, request_seconds=2.5
    )
    assert Limits.parse([]) == Limits()


@pytest.mark.parametrize(
    ("setting", "why"),
    [
        ("connections", "'connections' is no limit: give NAME=VALUE"),
        (
            "clients=5",
            "NAME one of queued_bytes, all_queued_bytes, all_received_bytes, connections, request_seconds",
        ),
        ("queued_bytes=much", "give one like queued_bytes=64M"),
        ("connections=5M", "give one like connections=500"),
        ("connections=0", "connections is a number above 0"),
        ("request_seconds=nan", "request_seconds is a number above 0"),
        ("queued_bytes=-1K", "queued_bytes is a number above 0"),
    ],
)
def test_what_is_no_limit_is_said(setting: str, why: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match=r"\w") as caught:
        Limits.parse([setting])
    assert why in str(caught.value)
    assert main(["--module", "none", "--limit", setting]) == 2
    assert "argument --limit" in capsys.readouterr().err
