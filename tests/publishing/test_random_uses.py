"""The language and its library at random: the same inside a database as here."""

from __future__ import annotations

import random

import pytest

from spacetimedb_sdk.publishing.build import build
from spacetimedb_sdk.publishing.interpreter import ABI_1, find_interpreter
from tests.module.hosted.python_host import PythonHost

from .random_uses import RANDOM, module
from .wasm_host import WasmModule

pytestmark = pytest.mark.runtime

# So many at a time: a module's log is kept in memory.
PIECE = 100


@pytest.fixture(scope="module")
def wasm() -> bytes:
    return build("tests.publishing.random_uses", module, find_interpreter(), abi=ABI_1)


def otherwise(wasm: bytes, name: str, count: int) -> list[tuple[int, str, str]]:
    """The seeds that give something else there, what, and what here."""
    host = PythonHost(module)
    inside, found = WasmModule(wasm, host), []
    for first in range(0, count, PIECE):
        host.logged.clear()
        args = len(name).to_bytes(4, "little") + name.encode() + first.to_bytes(4, "little")
        assert inside.call_reducer(0, bytes(32), bytes(16), 1, args + PIECE.to_bytes(4, "little")) is None
        there = [text for *_, text in host.logged]
        here = [ascii(RANDOM[name](random.Random(seed))) for seed in range(first, first + PIECE)]
        found += [
            (first + i, *pair) for i, pair in enumerate(zip(there, here, strict=True)) if len({*pair}) > 1
        ]
    return found


@pytest.mark.parametrize("name", RANDOM)
def test_what_is_done_at_random_is_the_same_inside(wasm: bytes, name: str) -> None:
    assert otherwise(wasm, name, 2 * PIECE) == []


@pytest.mark.soak
@pytest.mark.parametrize("name", RANDOM)
def test_what_is_done_at_random_for_long_is_the_same_inside(wasm: bytes, name: str) -> None:
    assert otherwise(wasm, name, 20 * PIECE) == []
