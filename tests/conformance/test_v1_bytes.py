"""Every recorded v1.bsatn frame is read whole, and written again to the same bytes."""

from pathlib import Path

import pytest

from spacetimedb_sdk.errors import DecodeError
from spacetimedb_sdk.protocol.compression import decompress_frame, has_brotli
from spacetimedb_sdk.protocol.v1_messages import CLIENT_MESSAGE, SERVER_MESSAGE

from .transcripts import events, named, of_protocol

TRANSCRIPTS = of_protocol("v1.bsatn")


def test_there_are_transcripts_of_every_recorded_server() -> None:
    assert {path.parent.name for path in TRANSCRIPTS} == {
        "server-1.2.0",
        "server-2.8.3",
        "server-2.8.3-module-1x",
    }
    assert len(TRANSCRIPTS) == 48


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=named)
def test_frames_survive_decoding_and_encoding(path: Path) -> None:
    assert has_brotli(), "brotli transcripts are among them: install the dev extra"
    frames = [event for event in events(path) if event.binary is not None]
    assert frames
    for event in frames:
        assert event.binary is not None
        if event.kind == "send":
            assert CLIENT_MESSAGE.encode(CLIENT_MESSAGE.decode(event.binary)) == event.binary
        else:
            plain = decompress_frame(event.binary)
            assert SERVER_MESSAGE.encode(SERVER_MESSAGE.decode(plain)) == plain


@pytest.mark.parametrize("path", TRANSCRIPTS[::7], ids=named)
def test_a_frame_cut_short_anywhere_is_an_error(path: Path) -> None:
    frame = next(event.binary for event in events(path) if event.kind == "recv" and event.binary is not None)
    plain = decompress_frame(frame)
    for length in range(len(plain)):
        with pytest.raises(DecodeError):
            SERVER_MESSAGE.decode(plain[:length])
