"""The recorded client frames, sent to the same module in Python, are answered as the real server answered."""

from __future__ import annotations

import asyncio
from functools import cache
from importlib import import_module
from typing import Literal

import pytest

from spacetimedb_sdk.protocol.compression import has_brotli
from spacetimedb_sdk.protocol.messages import v1
from tests.places import RECORDINGS
from tests.standalone.raw_client import row_bytes
from tests.standalone.replay import Replay
from tests.standalone.transcripts import Comparable, Transcript

FOLDERS: dict[str, tuple[Literal["1.2", "2.8"], str]] = {
    "server-1.2.0": ("1.2", "tests.conformance.conformance_module"),
    "server-2.8.3-module-1x": ("2.8", "tests.conformance.conformance_module"),
    "server-2.8.3": ("2.8", "tests.conformance.conformance_2x_module"),
}
TRANSCRIPTS = [
    (folder, path.stem) for folder in FOLDERS for path in sorted((RECORDINGS / folder).glob("v*.jsonl"))
]


def replay_of(folder: str, name: str) -> Replay:
    compatibility, module = FOLDERS[folder]
    return Replay(Transcript(folder, name), import_module(module).module, compatibility)


@cache
def comparable(folder: str) -> Comparable:
    return Comparable(import_module(FOLDERS[folder][1]).module.build())


@pytest.mark.parametrize(("folder", "name"), TRANSCRIPTS, ids=lambda part: part)
def test_recorded_frames_are_answered_as_they_were(folder: str, name: str) -> None:
    replay = replay_of(folder, name)
    same = comparable(folder)

    async def play() -> int:
        count = 0
        async for recorded, ours in replay.play():
            assert same(ours) == same(recorded)
            count += 1
        return count

    assert asyncio.run(play()) >= 3
    wanted = {"gzip": {2}, "brotli": {1}}.get(name.partition(".bsatn-")[2].partition(".")[0], set())
    assert set(replay.compressed) == (wanted if wanted != {1} or has_brotli() else set())


def test_row_bytes_are_the_recorded_ones() -> None:
    """Whole updates, byte by byte, where one row leaves or comes at a time: several have no order to be held to."""
    # 1.2.0 never says that changed rows have a fixed size; 2.8.3 does.
    replay = replay_of("server-2.8.3-module-1x", "v1.bsatn.items")

    async def play() -> int:
        compared = 0
        async for recorded, ours in replay.play():
            if not isinstance(recorded, v1.TransactionUpdate) or not isinstance(
                recorded.status, v1.Committed
            ):
                continue
            assert isinstance(ours, v1.TransactionUpdate)
            lists = [
                rows
                for table in recorded.status.value.tables
                for part in table.updates
                if isinstance(part, v1.Uncompressed)
                for rows in (part.value.deletes, part.value.inserts)
            ]
            if lists and all(len(row_bytes(rows)) <= 1 for rows in lists):
                expected = v1.SERVER_MESSAGE.encode(v1.TransactionUpdateLight(0, recorded.status.value))
                assert isinstance(ours.status, v1.Committed)
                assert v1.SERVER_MESSAGE.encode(v1.TransactionUpdateLight(0, ours.status.value)) == expected
                compared += 1
        return compared

    assert asyncio.run(play()) >= 5
