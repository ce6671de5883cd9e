"""Compressed frames: what is broken is named, what is a bomb is stopped long before memory is."""

from __future__ import annotations

import gzip
import os
import tracemalloc
from collections.abc import Callable
from typing import Any

import brotli
import pytest

from spacetimedb_sdk.errors import ProtocolError
from spacetimedb_sdk.protocol import compression
from spacetimedb_sdk.protocol.codecs.v1_bsatn import V1Bsatn
from spacetimedb_sdk.protocol.codecs.v2_bsatn import V2Bsatn, V3Bsatn
from spacetimedb_sdk.protocol.compression import Compression, decompress, decompress_frame
from spacetimedb_sdk.protocol.messages import v1, v2
from spacetimedb_sdk.protocol.outcomes import Malformed, Transaction
from tests.protocol.notes import SCHEMA, decoded, encode_rows, note_rows

MIB = 1024 * 1024
COMPRESS: dict[Compression, Callable[[bytes], bytes]] = {
    Compression.GZIP: gzip.compress,
    Compression.BROTLI: lambda data: brotli.compress(data, quality=5),
}
TAGS = {Compression.NONE: b"\0", Compression.BROTLI: b"\1", Compression.GZIP: b"\2"}


@pytest.fixture(scope="module")
def bombs() -> dict[Compression, bytes]:
    """64 MiB each, in less than 100 KiB."""
    return {kind: compress(bytes(64 * MIB)) for kind, compress in COMPRESS.items()}


def peak_of(work: Callable[[], Any]) -> int:
    """The most bytes of Python memory that `work` holds at once."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("kind", list(COMPRESS))
@pytest.mark.parametrize("data", [b"", b"a", bytes(5 * MIB), os.urandom(3 * MIB), os.urandom(1000) * 3000])
def test_everything_up_to_the_bound_survives(kind: Compression, data: bytes) -> None:
    packed = COMPRESS[kind](data)
    assert decompress(packed, kind, len(data)) == data
    assert decompress_frame(TAGS[kind] + packed) == data
    if data:
        with pytest.raises(ProtocolError, match=f"more than {len(data) - 1} bytes"):
            decompress(packed, kind, len(data) - 1)


@pytest.mark.parametrize("kind", list(COMPRESS))
def test_a_bomb_ends_at_the_bound(kind: Compression, bombs: dict[Compression, bytes]) -> None:
    def explode() -> None:
        with pytest.raises(ProtocolError, match=f"more than {MIB} bytes"):
            decompress(bombs[kind], kind, MIB)

    assert len(bombs[kind]) < 100_000
    assert peak_of(explode) < 8 * MIB


@pytest.mark.parametrize("kind", list(COMPRESS))
@pytest.mark.parametrize("codec", [V1Bsatn, V2Bsatn, V3Bsatn])
def test_a_bomb_in_a_frame_is_malformed(
    codec: Any, kind: Compression, bombs: dict[Compression, bytes]
) -> None:
    def explode() -> None:
        (outcome,) = decoded(codec(SCHEMA, message_limit=MIB), TAGS[kind] + bombs[kind])
        assert isinstance(outcome, Malformed)
        assert isinstance(outcome.error, ProtocolError)

    assert peak_of(explode) < 8 * MIB


@pytest.mark.parametrize("codec", [V1Bsatn, V2Bsatn, V3Bsatn])
def test_a_frame_that_is_not_compressed_keeps_to_the_bound_too(codec: Any) -> None:
    longest = note_frame(codec)
    for limit, kind in ((len(longest) - 1, Transaction), (len(longest) - 2, Malformed)):
        (outcome,) = decoded(codec(SCHEMA, message_limit=limit), longest)
        assert isinstance(outcome, kind)


def note_frame(codec: Any) -> bytes:
    """A transaction of one row, with its compression byte."""
    if codec is V1Bsatn:
        return light(v1.Uncompressed(v1.QueryUpdate(encode_rows([]), encode_rows(note_rows("a")))))
    rows = v2.EventTable(v2.EventTableRows(encode_rows(note_rows("a"))))
    update = v2.QuerySetUpdate(v2.QuerySetId(1), [v2.TableUpdate("note", [rows])])
    return b"\0" + v2.SERVER_MESSAGE.encode(v2.TransactionUpdate([update]))


def light(*parts: v1.CompressableQueryUpdate) -> bytes:
    update = v1.DatabaseUpdate([v1.TableUpdate(1, "note", 1, list(parts))])
    return b"\0" + v1.SERVER_MESSAGE.encode(v1.TransactionUpdateLight(1, update))


QUERY_UPDATE = v1.QueryUpdate(encode_rows([]), encode_rows(note_rows(*"a" * 20_000)))
PLAIN = v1.QUERY_UPDATE.encode(QUERY_UPDATE)


@pytest.mark.parametrize("kind", list(COMPRESS))
def test_compressed_query_updates_are_read_and_share_the_bound(kind: Compression) -> None:
    variant = v1.Gzip if kind is Compression.GZIP else v1.Brotli
    parts = [variant(COMPRESS[kind](PLAIN))] * 3
    (outcome,) = decoded(V1Bsatn(SCHEMA, message_limit=3 * len(PLAIN)), light(*parts))
    assert isinstance(outcome, Transaction)
    assert len(outcome.tables[0].rows) == 60_000
    (outcome,) = decoded(V1Bsatn(SCHEMA, message_limit=3 * len(PLAIN) - 1), light(*parts))
    assert isinstance(outcome, Malformed)


@pytest.mark.parametrize("kind", list(COMPRESS))
def test_a_bomb_in_a_query_update_is_malformed(kind: Compression, bombs: dict[Compression, bytes]) -> None:
    variant = v1.Gzip if kind is Compression.GZIP else v1.Brotli
    (outcome,) = decoded(V1Bsatn(SCHEMA, message_limit=MIB), light(variant(bombs[kind])))
    assert isinstance(outcome, Malformed)
    assert "more than" in str(outcome.error)


@pytest.mark.parametrize("kind", list(COMPRESS))
def test_a_broken_stream_is_named(kind: Compression) -> None:
    packed = COMPRESS[kind](b"some bytes" * 100)
    for bad in (b"", packed[:-1], packed + b"more", b"\xff" + packed[1:], packed[: len(packed) // 2]):
        with pytest.raises(ProtocolError, match=f"broken {kind.value.lower()} stream"):
            decompress(bad, kind)


@pytest.mark.parametrize(("frame", "text"), [(b"", "empty frame"), (b"\3", "unknown compression 3")])
def test_a_frame_that_is_none(frame: bytes, text: str) -> None:
    with pytest.raises(ProtocolError, match=text):
        decompress_frame(frame)


def test_brotli_without_its_package_names_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compression, "has_brotli", lambda: False)
    with pytest.raises(ProtocolError, match="pip install brotli, or"):
        decompress(b"", Compression.BROTLI)


DECOMPRESSOR = brotli.Decompressor


class OlderDecompressor:
    """The decompressor of brotli before 1.2, which has no bound of its own."""

    def __init__(self) -> None:
        stream = DECOMPRESSOR()
        self.process = lambda data: stream.process(data)
        self.is_finished = stream.is_finished


def test_an_older_brotli_is_bounded_too(
    monkeypatch: pytest.MonkeyPatch, bombs: dict[Compression, bytes]
) -> None:
    data = os.urandom(1000) * 3000
    packed = COMPRESS[Compression.BROTLI](data)
    monkeypatch.setattr(brotli, "Decompressor", OlderDecompressor)
    assert decompress(packed, Compression.BROTLI) == data
    with pytest.raises(ProtocolError, match=f"more than {MIB} bytes"):
        decompress(bombs[Compression.BROTLI], Compression.BROTLI, MIB)
    for bad in (b"", packed[:-1], packed + b"more", b"\xff" + packed[1:]):
        with pytest.raises(ProtocolError, match="broken brotli stream"):
            decompress(bad, Compression.BROTLI)
