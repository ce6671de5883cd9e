"""What needs Python's compiler inside: found beforehand, and refused in words where it was left out all the same."""

from __future__ import annotations

import inspect
from collections.abc import Callable

import pytest

from spacetimedb_sdk.module.hosted.entry import PANIC
from spacetimedb_sdk.publishing.build import build
from spacetimedb_sdk.publishing.bundle import gather
from spacetimedb_sdk.publishing.compiling import lines_that_compile
from spacetimedb_sdk.publishing.interpreter import ABI_1, find_interpreter
from tests.module.hosted.python_host import PythonHost

from ..wasm_host import WasmModule
from .kinds import IDIOMS, PLAIN
from .rules import module

pytestmark = pytest.mark.runtime

NAME = "tests.publishing.compiling.rules"
REDUCERS = [reducer.name for reducer in module.definition().reducers]
# Modules that people have written, none of which turns text into code while it runs.
WRITTEN = [
    "examples.adventure.adventure_module",
    "examples.chat.chat_module",
    "examples.tanks.tanks_module",
    "game.rules.world_module",
    "tests.conformance.conformance_2x_module",
    "tests.conformance.conformance_module",
    "tests.standalone.storage.shop",
]


@pytest.fixture(scope="module")
def inside() -> WasmModule:
    """The module without a compiler, in which no idiom may end the instance."""
    return WasmModule(build(NAME, module, find_interpreter(), abi=ABI_1, compiler=False), PythonHost(module))


def call(inside: WasmModule, reducer: str, number: int) -> str | None:
    answer = inside.call_reducer(
        REDUCERS.index(reducer), bytes(32), bytes(16), 5, number.to_bytes(4, "little")
    )
    return None if answer is None else answer.decode()


def found_lines() -> set[tuple[str, int]]:
    bundle = gather(NAME, find_interpreter().library, definition=b"", seed=0)
    return {(found.file, found.line) for found in lines_that_compile(bundle)}


def has_one_of(function: Callable[[], object], lines: set[tuple[str, int]]) -> bool:
    written, first = inspect.getsourcelines(function)
    file = inspect.getfile(function)
    return any((file, line) in lines for line in range(first, first + len(written)))


def test_whatever_needs_the_compiler_was_found_beforehand(inside: WasmModule) -> None:
    lines = found_lines()
    needing = []
    for number, idiom in enumerate(IDIOMS):
        assert call(inside, "run", number) is None
        if "--compiler" in inside.host.logged[-1][3]:
            needing.append(idiom)
    assert len(needing) >= 30
    assert [idiom.__name__ for idiom in needing if not has_one_of(idiom, lines)] == []
    assert [idiom.__name__ for idiom in PLAIN if idiom in needing or has_one_of(idiom, lines)] == []


@pytest.mark.parametrize("name", WRITTEN)
def test_modules_that_people_have_written_do_without(name: str) -> None:
    assert lines_that_compile(gather(name, find_interpreter().library, definition=b"", seed=0)) == []


def test_a_call_that_lacks_what_was_left_out_tells_its_caller_what_to_do(inside: WasmModule) -> None:
    answers = [call(inside, "fail", kind) or "" for kind in range(6)]
    for answer in answers[:2]:
        assert "publish it with --compiler" in answer
    for answer, missing in zip(answers[2:5], ("statistics", "zlib", "json.nothing"), strict=True):
        assert answer.endswith(f"No module named {missing!r}")
        assert "a plain `import` anywhere in the module is enough" in answer
    assert answers[5] == PANIC
    level, file, line, said = inside.host.logged[-6]
    assert (level, file) == (0, "tests/publishing/compiling/texts_into_code.py")
    assert f"line {line}" in said
    assert "ValueError: another" in inside.host.logged[-5][3]
