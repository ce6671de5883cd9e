"""Every recorded binary frame is read whole, and written again to the same bytes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from spacetimedb_sdk.errors import DecodeError
from spacetimedb_sdk.protocol.compression import decompress_frame, has_brotli
from spacetimedb_sdk.protocol.messages import v1, v2
from spacetimedb_sdk.sats.bsatn.codec import Codec
from spacetimedb_sdk.types import Timestamp
from tests.conformance.transcripts import events, named, of_protocol

V1, V2, V3 = of_protocol("v1.bsatn"), of_protocol("v2.bsatn"), of_protocol("v3.bsatn")
TRANSCRIPTS = [*V1, *V2, *V3]


def codecs(path: Path) -> tuple[Codec, Codec]:
    """Those of client and server messages."""
    messages = v1 if path in V1 else v2
    return messages.CLIENT_MESSAGE, messages.SERVER_MESSAGE


def messages(codec: Codec, payload: bytes) -> list[Any]:
    """All messages that lie back to back in `payload`."""
    found, position = [], 0
    while position < len(payload):
        message, position = codec.decode_from(payload, position)
        found.append(message)
    return found


def test_there_are_transcripts_of_every_recorded_server() -> None:
    both = {"server-2.8.3", "server-2.8.3-module-1x"}
    assert {path.parent.name for path in V1} == {"server-1.2.0", *both}
    assert {path.parent.name for path in V2} == {path.parent.name for path in V3} == both
    assert (len(V1), len(V2), len(V3)) == (48, 22, 25)


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=named)
def test_frames_survive_decoding_and_encoding(path: Path) -> None:
    assert has_brotli(), "brotli transcripts are among them: install the dev extra"
    client, server = codecs(path)
    frames = [event for event in events(path) if event.binary is not None]
    assert frames
    for event in frames:
        assert event.binary is not None
        codec, plain = (
            (client, event.binary) if event.kind == "send" else (server, decompress_frame(event.binary))
        )
        said = messages(codec, plain)
        assert b"".join(map(codec.encode, said)) == plain
        assert len(said) == 1 or path in V3


def test_v3_puts_several_messages_into_one_frame() -> None:
    counts: set[tuple[str, int]] = set()
    for path in V3:
        for event in events(path):
            if event.binary is not None:
                codec = v2.CLIENT_MESSAGE if event.kind == "send" else v2.SERVER_MESSAGE
                plain = event.binary if event.kind == "send" else decompress_frame(event.binary)
                counts.add((event.kind, len(messages(codec, plain))))
    assert max(count for kind, count in counts if kind == "send") > 1
    assert max(count for kind, count in counts if kind == "recv") > 1


@pytest.mark.parametrize("path", TRANSCRIPTS[::7], ids=named)
def test_a_frame_cut_short_anywhere_is_an_error(path: Path) -> None:
    _, codec = codecs(path)
    frame = next(event.binary for event in events(path) if event.kind == "recv" and event.binary is not None)
    plain = decompress_frame(frame)
    for length in range(len(plain)):
        with pytest.raises(DecodeError):
            codec.decode(plain[:length])


@pytest.mark.parametrize(
    ("message", "bytes_"),
    [
        (
            v2.SubscribeBatch(1, [v2.SubscribeSet(v2.QuerySetId(5), ["a"])]),
            "05 01000000 01000000 05000000 01000000 01000000 61",
        ),
        (
            v2.Unsubscribe(2, v2.QuerySetId(1), v2.UnsubscribeFlags.SendDroppedRows),
            "01 02000000 01000000 01",
        ),
        (v2.CallReducer(4, 0, "add", b"\x02\0\0\0Bo"), "03 04000000 00 03000000616464 06000000 02000000426f"),
    ],
)
def test_client_messages_that_the_specification_spells_out(message: Any, bytes_: str) -> None:
    assert v2.CLIENT_MESSAGE.encode(message) == bytes.fromhex(bytes_)
    assert v2.CLIENT_MESSAGE.decode(bytes.fromhex(bytes_)) == message


@pytest.mark.parametrize(
    ("message", "bytes_"),
    [
        (
            v2.ReducerResult(4, Timestamp(1_700_000_000_000_000), v2.OutcomeErr(b"\x02\0\0\0no")),
            "06 04000000 00401e18240a0600 02 06000000 020000006e6f",
        ),
        (v2.ReducerResult(4, Timestamp(0), v2.OutcomeOkEmpty()), "06 04000000 0000000000000000 01"),
        (
            v2.SubscribeBatchApplied(
                1,
                [
                    v2.SubscribeSetResult(v2.QuerySetId(5), v2.SetApplied(v2.QueryRows([]))),
                    v2.SubscribeSetResult(v2.QuerySetId(6), v2.SetError("no")),
                ],
            ),
            "08 01000000 02000000 05000000 00 00000000 06000000 01 02000000 6e6f",
        ),
    ],
)
def test_server_messages_that_no_recording_holds(message: Any, bytes_: str) -> None:
    assert v2.SERVER_MESSAGE.encode(message) == bytes.fromhex(bytes_)
    assert v2.SERVER_MESSAGE.decode(bytes.fromhex(bytes_)) == message
