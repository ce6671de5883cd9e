"""Whatever a server sends: a typed error in its place, soon, and never an exception that escapes.

Recorded frames are cut, changed, joined and packed again by a seeded source of chance; a failure prints its seed.
"""

from __future__ import annotations

import gzip
import json
import random
import time
from typing import get_args

import pytest

from spacetimedb_sdk.errors import SpacetimeDBException
from spacetimedb_sdk.protocol.codecs.subprotocol import Payload, SubprotocolCodec
from spacetimedb_sdk.protocol.compression import decompress_frame
from spacetimedb_sdk.protocol.outcomes import Malformed, Outcome
from tests.conformance.transcripts import decoded, events, of_protocol, protocol_of, schema_of
from tests.hostile.fuzzing import JSON_TOKENS

pytestmark = pytest.mark.both_decoders

FRAMES = 8_000
SOAK_FRAMES = 1_000_000
PATIENCE = 5.0
PROTOCOLS = ("v1.bsatn", "v1.json", "v2.bsatn", "v3.bsatn")
LENGTHS = [
    b"\0\0\0\0",
    b"\xff\xff\xff\xff",
    b"\xff\xff\xff\x7f",
    b"\0\0\0\x80",
    b"\x01\0\0\0",
    b"\xff\xff\0\0",
]


def corpus(protocol: str) -> list[Payload]:
    """Recorded frames, each once, none so long that it takes the time of many."""
    found: set[Payload] = set()
    for path in of_protocol(protocol):
        if path.parent.name == "server-2.8.3" and protocol_of(path) == protocol:
            payloads = (event.payload for event in events(path) if event.kind == "recv")
            found |= {payload for payload in payloads if payload and len(payload) < 1500}
    return sorted(found, key=repr)


def mutated(chance: random.Random, frames: list[bytes]) -> bytes:
    """A binary frame that no server sent, of messages that one did; now and then packed, so that the mutation is inside, or
    made up whole."""
    if chance.random() < 0.02:
        return chance.randbytes(chance.randrange(200))
    data = bytearray(chance.choice(frames))
    for _ in range(chance.choice((1, 1, 1, 2, 5))):
        at = chance.randrange(len(data) + 1)
        match chance.randrange(7):
            case 0:
                del data[at:]
            case 1:
                del data[at : at + chance.randrange(1, 9)]
            case 2:
                data[at:at] = chance.randbytes(chance.randrange(1, 9))
            case 3:
                data[at : at + 1] = chance.randbytes(1)
            case 4:
                data[at : at + 4] = chance.choice(LENGTHS)
            case 5:
                data[at:at] = chance.choice(frames)
            case 6:
                data[at:] = chance.choice(frames)[chance.randrange(2) :]
    if chance.random() < 0.05:
        packed = bytearray(gzip.compress(data, 1))
        if chance.random() < 0.5:
            packed[chance.randrange(len(packed))] ^= 1 << chance.randrange(8)
        return b"\2" + packed
    return (
        chance.choice((b"\0", b"\0", b"\0", b"\1", b"\2", b"\3", b"")) + data
        if chance.random() < 0.1
        else b"\0" + data
    )


def mutated_text(chance: random.Random, frames: list[str]) -> str:
    text = chance.choice(frames)
    for _ in range(chance.choice((1, 1, 1, 2, 5))):
        at = chance.randrange(len(text) + 1)
        match chance.randrange(6):
            case 0:
                text = text[:at]
            case 1:
                text = text[:at] + text[at + chance.randrange(1, 9) :]
            case 2:
                text = text[:at] + chance.choice(JSON_TOKENS) + text[at:]
            case 3:
                text = text[:at] + chance.choice(JSON_TOKENS) + text[at + 1 :]
            case 4:
                text = text[:at] + chr(chance.randrange(0x3000)) + text[at + 1 :]
            case 5:
                text = json.dumps(moved(chance, text))
    return text


def moved(chance: random.Random, text: str) -> object:
    """Parsed JSON with one value put in the place of another: sound JSON that is no message."""
    try:
        root = json.loads(text)
    except ValueError:
        return text
    places = []
    pending = [root]
    while pending:
        value = pending.pop()
        keys = (
            list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
        )
        for key in keys:
            places.append((value, key))
            pending.append(value[key])
    if places:
        (into, key), (source, other) = chance.choice(places), chance.choice(places)
        into[key] = json.loads(json.dumps(source[other]))
    return root


def check(codec: SubprotocolCodec, frame: Payload) -> bool:
    """Whether the frame was malformed; fails where it led to anything but outcomes."""
    started = time.process_time()  # work, not time: the machine may be busy
    outcomes = decoded(codec, frame)
    assert time.process_time() - started < PATIENCE
    for outcome in outcomes:
        assert isinstance(outcome, get_args(Outcome))
    assert not any(isinstance(outcome, Malformed) for outcome in outcomes[:-1])
    if outcomes and isinstance(outcomes[-1], Malformed):
        assert isinstance(outcomes[-1].error, SpacetimeDBException)
        assert str(outcomes[-1].error)
        return True
    return False


def bombard(protocol: str, count: int, seed: int) -> tuple[int, int]:
    """How many frames were malformed and how many were not."""
    chance, frames = random.Random(seed), corpus(protocol)
    texts = [str(one) for one in frames]
    plain = [decompress_frame(one) for one in frames if isinstance(one, bytes)]
    codec = schema_of("server-2.8.3").codec(protocol, message_limit=1 << 20)
    assert len(frames) > 30
    bad = 0
    for number in range(count):
        frame: bytes | str
        if protocol == "v1.json":
            frame = mutated_text(chance, texts)
        else:
            frame = mutated(chance, plain)
        try:
            bad += check(codec, frame)
        except BaseException:
            print(f"seed {seed}, frame {number} over {protocol}: {frame!r}")  # noqa: T201
            raise
    return bad, count - bad


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_frames_that_chance_has_changed(protocol: str) -> None:
    bad, good = bombard(protocol, FRAMES, seed=1)
    assert bad > FRAMES // 4
    assert good > FRAMES // 100


@pytest.mark.soak
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_many_more_of_them(protocol: str) -> None:
    seed = random.randrange(1 << 32)
    bad, _ = bombard(protocol, SOAK_FRAMES, seed)
    assert bad > SOAK_FRAMES // 4


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_every_cut_of_every_kind_of_frame_is_malformed(protocol: str) -> None:
    codec = schema_of("server-2.8.3").codec(protocol)
    for frame in corpus(protocol)[::5]:
        lengths = range(0, len(frame), 1 if len(frame) < 300 else 7)
        whole = len(decoded(codec, frame))
        for length in lengths:
            # A frame of several messages may be cut between two of them.
            assert check(codec, frame[:length]) or (protocol == "v3.bsatn" and whole > 1)
