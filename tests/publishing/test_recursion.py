"""Calls inside calls inside a database: as many as a module has use for, and more of them fail their call alone."""

from __future__ import annotations

import pytest

from spacetimedb_sdk.module.hosted.entry import PANIC
from spacetimedb_sdk.publishing.build import build
from spacetimedb_sdk.publishing.interpreter import ABI_1, find_interpreter
from tests.module.hosted.python_host import PythonHost

from .deep_rules import DEEP, module
from .wasm_host import WasmModule

pytestmark = pytest.mark.runtime

# Each of these calls a function of its own beside.
TWICE = {"copied", "entered", "shown", "substituted", "summed", "compared", "hashed", "defaulted", "missing"}


@pytest.fixture(scope="module")
def wasm() -> bytes:
    return build("tests.publishing.deep_rules", module, find_interpreter(), abi=ABI_1)


@pytest.fixture
def inside(wasm: bytes) -> tuple[WasmModule, PythonHost]:
    """An instance of its own for each: what has been called before takes less of the stack."""
    host = PythonHost(module)
    return WasmModule(wasm, host), host


def called(inside: tuple[WasmModule, PythonHost], name: str, levels: int) -> tuple[str | None, str]:
    """What a call of the reducer is answered, and its last line of the log."""
    instance, host = inside
    args = len(name).to_bytes(4, "little") + name.encode() + levels.to_bytes(4, "little")
    failed = instance.call_reducer(0, bytes(32), bytes(16), 1, args)
    return (None if failed is None else failed.decode()), host.logged[-1][3]


@pytest.mark.parametrize("name", DEEP)
def test_a_hundred_levels_are_the_same_inside(inside: tuple[WasmModule, PythonHost], name: str) -> None:
    levels = 60 if name in TWICE else 120
    assert called(inside, name, levels) == (None, repr(DEEP[name](levels)))


@pytest.mark.parametrize("name", ["lists_in_json", "objects_in_json"])
def test_values_in_json_are_counted_whatever_they_are(
    inside: tuple[WasmModule, PythonHost], name: str
) -> None:
    assert called(inside, name, 250)[0] is None
    failed, said = called(inside, name, 251)
    assert (failed, "RecursionError" in said) == (PANIC, True)


@pytest.mark.parametrize("name", DEEP)
def test_levels_without_an_end_fail_their_call_alone(
    inside: tuple[WasmModule, PythonHost], name: str
) -> None:
    failed, said = called(inside, name, 20_000)
    assert (failed, "RecursionError" in said) == (PANIC, True)
    assert called(inside, "function", 3) == (None, "3")
