"""Modules inside the interpreter: the same scripts do the same there, over the same host, as here."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spacetimedb_sdk.module.hosted.entry import PANIC, HostedModule
from spacetimedb_sdk.publishing.build import StartError, build
from spacetimedb_sdk.publishing.freeze import freeze
from spacetimedb_sdk.publishing.interpreter import ABI_1, ABI_2, find_interpreter
from spacetimedb_sdk.sats.schema.raw_def import definition_from_bsatn
from spacetimedb_sdk.sats.schema.v9 import write_v9
from spacetimedb_sdk.sats.schema.v10 import write_v10
from tests.module.hosted.python_host import PythonHost

from .newer_rules import module as newer
from .scripted_rules import module
from .wasm_host import WasmModule

pytestmark = pytest.mark.runtime

SENDER, CONNECTION = bytes(range(32)), bytes(range(16))
REDUCERS = [reducer.name for reducer in module.definition().reducers]
NAMES = st.sampled_from(["ann", "bo", "cy", "日本"])
SMALL = st.integers(-2, 5)
STEPS = st.one_of(
    st.tuples(st.just("insert"), NAMES, SMALL, SMALL, st.floats(-9, 9, width=32)),
    st.tuples(st.just("update"), st.integers(1, 6), SMALL),
    st.tuples(st.just("rename"), st.integers(1, 6), NAMES),
    st.tuples(st.just("delete"), st.integers(1, 6)),
    st.tuples(st.just("plain"), SMALL, st.none() | NAMES),
    st.tuples(st.just("unplain"), SMALL, st.none() | NAMES),
    st.tuples(st.just("level"), SMALL),
    st.tuples(st.just("range"), SMALL, st.floats(-9, 0, width=32), st.floats(0, 9, width=32)),
    st.tuples(st.just("count")),
    st.tuples(st.just("chance")),
    st.tuples(st.just("fail")),
)


@pytest.fixture(scope="module")
def wasm() -> bytes:
    built = build("tests.publishing.scripted_rules", module, find_interpreter(), abi=ABI_1, seed=11)
    return built


class Inside:
    """The module inside the interpreter."""

    def __init__(self, wasm: bytes) -> None:
        self.host = PythonHost(module)
        self.module = WasmModule(wasm, self.host)
        self.call: Callable[..., bytes | None] = self.module.call_reducer


class Here:
    """The same entry in this interpreter, over the same host."""

    def __init__(self) -> None:
        self.host = PythonHost(module)
        self.call = HostedModule(module, self.host, seed=11, now=lambda _micros: None).call_reducer


def text(value: str) -> bytes:
    data = value.encode()
    return len(data).to_bytes(4, "little") + data


def transact(ground: Any, reducer: str, timestamp: int, args: bytes) -> bytes | None:
    before = ground.host.snapshot()
    failed: bytes | None = ground.call(REDUCERS.index(reducer), SENDER, CONNECTION, timestamp, args)
    if failed is not None:
        ground.host.restore(before)
    return failed


def test_it_describes_itself_as_the_module_does(wasm: bytes) -> None:
    described = definition_from_bsatn(WasmModule(wasm, PythonHost(module)).describe())
    assert described == {**write_v9(module.definition()), "misc_exports": []}


@settings(deadline=None, max_examples=15)
@given(scripts=st.lists(st.lists(STEPS, min_size=1, max_size=8), min_size=1, max_size=6))
def test_the_same_scripts_leave_the_same_rows_answers_and_chance(
    wasm: bytes, scripts: list[list[tuple[Any, ...]]]
) -> None:
    inside, here = Inside(wasm), Here()
    for number, script in enumerate(scripts):
        args = text(json.dumps(script))
        # What is printed here goes to the terminal, inside it goes to the module's log.
        assert transact(inside, "work", 1_000 + number, args) == transact(here, "work", 1_000 + number, args)
        assert inside.host.snapshot() == here.host.snapshot()


def test_what_is_printed_is_logged_with_its_line(wasm: bytes) -> None:
    inside = Inside(wasm)
    assert transact(inside, "work", 5, text('[["chance"]]')) is None
    ((level, file, line, said),) = inside.host.logged
    assert (level, file) == (2, "tests/publishing/scripted_rules.py")
    assert line > 0
    rng = random.Random("11 5")
    assert json.loads(said) == [rng.random(), rng.randrange(1000), rng.choice("abcdef")]


def test_a_failure_is_the_caller_s_text_or_the_log_s_traceback(wasm: bytes) -> None:
    inside = Inside(wasm)
    assert transact(inside, "work", 1, text('[["plain", 1, "a"], ["fail"]]')) == b"as the script says"
    assert inside.host.row_count(inside.host.table_id("plain")) == 0
    assert transact(inside, "crash", 1, bytes(4)) == PANIC.encode()
    level, file, line, said = inside.host.logged[-1]
    assert (level, file) == (0, "tests/publishing/scripted_rules.py")
    assert said.startswith("Traceback")
    assert "ValueError: the bottom" in said
    assert f"line {line}" in said


def test_recursion_without_an_end_fails_its_call_alone(wasm: bytes) -> None:
    inside = Inside(wasm)
    assert transact(inside, "crash", 1, (100_000).to_bytes(4, "little")) == PANIC.encode()
    assert "RecursionError" in inside.host.logged[-1][3]
    assert transact(inside, "work", 2, text('[["count"]]')) is None


@pytest.fixture(scope="module")
def newer_wasm() -> bytes:
    return build("tests.publishing.newer_rules", newer, find_interpreter(), abi=ABI_2)


def test_a_module_for_2x_describes_itself_in_v10(newer_wasm: bytes) -> None:
    described = definition_from_bsatn(WasmModule(newer_wasm, PythonHost(newer)).describe())
    assert described == write_v10(newer.definition())


def test_procedures_and_views_of_2x(newer_wasm: bytes) -> None:
    host = PythonHost(newer)
    inside = WasmModule(newer_wasm, host)
    assert inside.call_view(0, None) == bytes(5), "no rows, behind their header"
    assert inside.call_reducer(0, SENDER, CONNECTION, 1, (5).to_bytes(4, "little")) is None
    answer = inside.call_procedure(0, SENDER, CONNECTION, 2, (4).to_bytes(4, "little"))
    assert answer == (9).to_bytes(4, "little")
    assert host.transactions == ["start", "commit"]
    assert inside.call_view(0, SENDER)[:5] == b"\0\2\0\0\0"
    assert inside.call_view(0, bytes(32)) == bytes(5)
    assert inside.call_view(0, None)[-4:] == (5).to_bytes(4, "little")
    before = host.snapshot()
    failed = inside.call_procedure(0, SENDER, CONNECTION, 3, (-1).to_bytes(4, "little", signed=True))
    assert failed is None
    assert host.transactions[-2:] == ["start", "abort"]
    assert host.snapshot() == before
    assert "ValueError: -1" in host.logged[-2][3]


def test_a_module_that_does_not_start_says_why() -> None:
    source = b"raise LookupError('not like this')\n"
    with pytest.raises(StartError, match="LookupError: not like this"):
        freeze(find_interpreter().wasm(ABI_1), len(source).to_bytes(4, "little") + source)
