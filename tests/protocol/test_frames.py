"""Frames: whole messages from bytes in any cut, in time that grows with their size alone; masked ones as a server reads them."""

from __future__ import annotations

import io
import os
import struct

import pytest
from websocket._abnf import frame_buffer

from spacetimedb_sdk.errors import ProtocolError
from spacetimedb_sdk.protocol import frames
from spacetimedb_sdk.protocol.frames import (
    FrameParser,
    Opcode,
    client_frame,
    close_reason,
)


def frame(opcode: int, payload: bytes, *, final: bool = True) -> bytes:
    first = bytes([(0x80 if final else 0) | opcode])
    if len(payload) < 126:
        return first + bytes([len(payload)]) + payload
    if len(payload) < 1 << 16:
        return first + b"\x7e" + struct.pack(">H", len(payload)) + payload
    return first + b"\x7f" + struct.pack(">Q", len(payload)) + payload


def fragmented(payload: bytes, size: int) -> bytes:
    parts = [payload[at : at + size] for at in range(0, len(payload), size)]
    return b"".join(
        frame(Opcode.CONTINUATION if index else Opcode.BINARY, part, final=index == len(parts) - 1)
        for index, part in enumerate(parts)
    )


MESSAGES = [b"", b"x", b"y" * 125, b"z" * 126, b"q" * 65535, b"w" * 65536]


@pytest.mark.parametrize("cut", [1, 2, 3, 7, 4096, 1 << 20])
def test_messages_come_whole_whatever_the_cut(cut: int) -> None:
    wire = b"".join(frame(Opcode.BINARY, message) for message in MESSAGES)
    parser, seen = FrameParser(), []
    for at in range(0, len(wire), cut):
        seen += parser.feed(wire[at : at + cut])
    assert seen == [(Opcode.BINARY, message) for message in MESSAGES]
    assert parser.buffered == 0


def test_fragments_are_joined_and_control_frames_may_come_between() -> None:
    wire = fragmented(b"abcdef", 2)
    first, rest = wire[:4], wire[4:]
    seen = FrameParser().feed(first + frame(Opcode.PING, b"p") + rest)
    assert seen == [(Opcode.PING, b"p"), (Opcode.BINARY, b"abcdef")]


def test_the_joining_of_fragments_is_not_quadratic() -> None:
    """Each byte is moved a bounded number of times: what waits is never copied again when more comes."""
    parser = FrameParser()
    part = frame(Opcode.CONTINUATION, b"x" * 4096, final=False)
    parser.feed(frame(Opcode.BINARY, b"", final=False))
    for _ in range(1000):
        parser.feed(part)
        assert len(parser._buffer) == 0
    assert parser.buffered == 4096 * 1000
    ((_, payload),) = parser.feed(frame(Opcode.CONTINUATION, b""))
    assert len(payload) == 4096 * 1000


@pytest.mark.parametrize(
    ("wire", "complaint"),
    [
        (b"\x82\x81\x00\x00\x00\x00x", "masked"),
        (b"\xc2\x00", "reserved bit"),
        (b"\x83\x00", "unknown kind 3"),
        (b"\x80\x00", "had not begun"),
        (b"\x02\x00\x82\x00", "inside another"),
        (b"\x09\x00", "control frame"),
    ],
)
def test_what_no_server_may_send_is_an_error(wire: bytes, complaint: str) -> None:
    with pytest.raises(ProtocolError, match=complaint):
        FrameParser().feed(wire)


def test_what_came_whole_before_it_still_counts() -> None:
    parser = FrameParser()
    assert parser.feed(frame(Opcode.BINARY, b"said") + b"\x80\x00") == [(Opcode.BINARY, b"said")]
    assert "had not begun" in str(parser.error)
    with pytest.raises(ProtocolError, match="had not begun"):
        parser.feed(b"")


def test_a_close_reason_longer_than_allowed_is_read_all_the_same() -> None:
    payload = struct.pack(">H", 1011) + b"r" * 300
    assert FrameParser().feed(frame(Opcode.CLOSE, payload)) == [(Opcode.CLOSE, payload)]
    assert close_reason(payload) == (1011, "r" * 300)
    assert close_reason(b"") == (None, "")


@pytest.mark.parametrize("payload", MESSAGES, ids=len)
@pytest.mark.parametrize("opcode", [Opcode.TEXT, Opcode.BINARY, Opcode.PING])
def test_another_librarys_reader_takes_our_frames(opcode: Opcode, payload: bytes) -> None:
    wire = client_frame(opcode, payload)
    reader = frame_buffer(io.BytesIO(wire).read, skip_utf8_validation=True)
    read = reader.recv_frame()
    assert (read.fin, read.opcode, read.data) == (1, opcode, payload)
    assert wire[1] & 0x80, "a server refuses what is not masked"
    assert len(wire) == 6 + len(payload) + (0 if len(payload) < 126 else 2 if len(payload) < 1 << 16 else 8)


def test_no_two_masks_are_alike() -> None:
    assert len({client_frame(Opcode.BINARY, b"")[2:] for _ in range(100)}) == 100


def test_every_mask_is_drawn_and_none_is_used_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[bytes] = []

    def urandom(size: int) -> bytes:
        data = b"".join((1_000_000 + len(drawn) * 10_000 + n).to_bytes(4, "big") for n in range(size // 4))
        drawn.append(data)
        return data

    monkeypatch.setattr(frames, "_MASKS", [])
    monkeypatch.setattr(os, "urandom", urandom)
    used = [client_frame(Opcode.BINARY, b"")[2:6] for _ in range(1000)]
    assert len(set(used)) == 1000
    assert set(used) <= {data[at : at + 4] for data in drawn for at in range(0, len(data), 4)}
    assert len(drawn) < 10


@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows has no fork")
def test_a_child_process_draws_masks_of_its_own() -> None:
    client_frame(Opcode.BINARY, b"")
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, b"".join(client_frame(Opcode.BINARY, b"")[2:6] for _ in range(8)))
        os._exit(0)
    os.waitpid(child, 0)
    ours = b"".join(client_frame(Opcode.BINARY, b"")[2:6] for _ in range(8))
    assert os.read(reading, 64) != ours
    os.close(reading)
    os.close(writing)
