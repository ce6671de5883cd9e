"""A recording that is cut or broken counts up to its first line that is not whole."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spacetimedb_sdk.replay.recording import FORMAT
from spacetimedb_sdk.testing import Replay

HEAD = {"event": "open", "connection": 1, "format": FORMAT, "database": "d", "t": 0.0}
WHOLE = 3


def message(number: int) -> dict[str, Any]:
    binary = base64.b64encode(bytes([number])).decode()
    return {
        "event": "recv",
        "connection": 1,
        "binary": binary,
        "subprotocol": "v1.bsatn.spacetimedb",
        "t": number,
    }


def recording(folder: Path, last: bytes) -> Path:
    """Whole lines, and a last one."""
    path = folder / "session.jsonl"
    lines = [json.dumps(line).encode() for line in (HEAD, *map(message, range(WHOLE)))]
    path.write_bytes(b"\n".join([*lines, last]))
    return path


BROKEN = {
    "cut": b'{"event": "recv", "conn',
    "not UTF-8": b'{"event": "\xff"}',
    "nested": b"[" * 100_000,
    "a list": b"[1, 2]",
    "no message": json.dumps({**message(9), "binary": None}).encode(),
    "no base64": json.dumps({**message(9), "binary": "%%%"}).encode(),
    "time that is a text": json.dumps({**message(9), "t": "nan"}).encode(),
    "time that is no number": json.dumps({**message(9), "t": float("nan")}).encode(),
    "time without end": json.dumps({**message(9), "t": float("inf")}).encode(),
    "time before the start": json.dumps({**message(9), "t": -1}).encode(),
    "no time": json.dumps({**message(9), "t": None}).encode(),
    "a number of ten thousand digits": b'{"event": "recv", "connection": 1, "t": ' + b"9" * 10_000 + b"}",
}


@pytest.mark.parametrize("last", BROKEN.values(), ids=BROKEN.keys())
def test_what_is_whole_is_played(tmp_path: Path, last: bytes) -> None:
    replay = Replay(recording(tmp_path, last))
    assert replay.received == [bytes([number]) for number in range(WHOLE)]
    assert replay.damage is not None
    assert f"line {WHOLE + 2}" in replay.damage
    assert "\n" not in replay.damage


def test_a_whole_file_has_no_damage(tmp_path: Path) -> None:
    assert Replay(recording(tmp_path, json.dumps(message(9)).encode())).damage is None


def test_time_never_runs_backwards(tmp_path: Path) -> None:
    replay = Replay(recording(tmp_path, json.dumps({**message(9), "t": 0.5}).encode()))
    assert replay.damage is None
    assert replay.times == sorted(replay.times)


@given(
    last=st.one_of(
        st.binary(max_size=300), st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass"))
    )
)
def test_any_last_line_is_taken_or_told(tmp_path_factory: pytest.TempPathFactory, last: bytes) -> None:
    replay = Replay(recording(tmp_path_factory.mktemp("any"), last))
    assert len(replay.received) >= WHOLE


@given(first=st.binary(max_size=200))
def test_any_other_file_is_refused(tmp_path_factory: pytest.TempPathFactory, first: bytes) -> None:
    path = tmp_path_factory.mktemp("other") / "x.jsonl"
    path.write_bytes(first)
    with pytest.raises(ValueError, match="no recorded session"):
        Replay(path)
