"""The recorded HTTP exchanges of real servers, asked of ours: the answers are the same."""

from __future__ import annotations

import json
from typing import Any, Literal

import pytest

from spacetimedb_sdk.module import Module
from spacetimedb_sdk.standalone import Server
from tests.conformance.conformance_2x_module import module as conformance_2x
from tests.conformance.conformance_module import module as conformance_1x
from tests.places import RECORDINGS
from tests.standalone.http_recording import play


def recording(version: str) -> list[dict[str, Any]]:
    exchanges: list[dict[str, Any]] = json.loads((RECORDINGS / f"server-{version}" / "http.json").read_text())
    return exchanges


@pytest.mark.parametrize(
    ("version", "compatibility", "module"),
    [("1.2.0", "1.2", conformance_1x), ("2.8.3", "2.8", conformance_2x)],
)
def test_every_answer_is_the_recorded_one(
    version: str, compatibility: Literal["1.2", "2.8"], module: Module
) -> None:
    exchanges = recording(version)
    with Server(Module("first"), compatibility=compatibility, publishable={"conformance": module}) as server:
        answered = list(play(server, exchanges, "conformance"))
    assert len(answered) == len(exchanges) == 118
    assert [one for one in answered if one.then != one.now] == []
