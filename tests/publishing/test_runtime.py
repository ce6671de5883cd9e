"""Modules inside the interpreter: the same scripts do the same there, over the same host, as here."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spacetimedb_sdk.module import HttpRequest, Identity, ReducerError
from spacetimedb_sdk.module.hosted.entry import PANIC, HostedModule
from spacetimedb_sdk.module.hosted.http import write_request
from spacetimedb_sdk.publishing.build import StartError, build
from spacetimedb_sdk.publishing.freeze import freeze
from spacetimedb_sdk.publishing.instance import HostCallError, ModuleInstance
from spacetimedb_sdk.publishing.interpreter import ABI_1, ABI_2, find_interpreter
from spacetimedb_sdk.publishing.wasm_file import PAGE, Section, sections, without_functions
from spacetimedb_sdk.sats.schema.raw_def import definition_from_bsatn
from spacetimedb_sdk.sats.schema.v9 import write_v9
from spacetimedb_sdk.sats.schema.v10 import write_v10
from spacetimedb_sdk.standalone import Database
from tests.module.hosted.python_host import PythonHost

from .everyday import EVERYDAY, SYSTEM
from .newer_rules import module as newer
from .scripted_rules import module
from .wasm_host import WasmModule

pytestmark = pytest.mark.runtime

SENDER, CONNECTION = bytes(range(32)), bytes(range(16))
# The numbers of the procedures, which are in the order of their names.
ASK, WEIGH = 0, 1
# And of a view that everybody sees alike.
VERDICT = 1
COMPILER_LEFT_OUT = (
    "Python's compiler was left out when this module was published, for no line of it seemed to need it: "
    "publish it with --compiler"
)
REDUCERS = [reducer.name for reducer in module.definition().reducers]
NAMES = st.sampled_from(["ann", "bo", "cy", "日本"])
SMALL = st.integers(-2, 5)
HALVES = st.integers(-6, 6).map(lambda number: number / 2)
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
    st.tuples(st.just("spots"), st.integers(60, 70), NAMES, st.integers(1, 9)),
    st.tuples(
        st.just("reach"),
        st.lists(st.tuples(HALVES, HALVES), max_size=20),
        st.lists(st.tuples(HALVES, HALVES, HALVES | SMALL), max_size=5),
    ),
    st.tuples(st.just("rich"), st.integers(0, 3), NAMES, st.integers(0, 9)),
    st.tuples(st.just("odd")),
    st.tuples(st.just("fail")),
)


@pytest.fixture(scope="module")
def wasm() -> bytes:
    return build(
        "tests.publishing.scripted_rules", module, find_interpreter(), abi=ABI_1, seed=11, compiler=False
    )


class Inside:
    """The module inside the interpreter, over a host in Python."""

    def __init__(self, wasm: bytes) -> None:
        self.host = PythonHost(module)
        self.module = WasmModule(wasm, self.host)
        self.call: Callable[..., bytes | None] = self.module.call_reducer

    def rows(self) -> list[bytes]:
        return sorted(row for rows in self.host.snapshot().values() for row in rows)

    def said(self) -> list[str]:
        return [text for *_, text in self.host.logged]


class Here(Inside):
    """The same entry in this interpreter, over the same host."""

    def __init__(self) -> None:
        self.host = PythonHost(module)
        self.call = HostedModule(module, self.host, seed=11, now=lambda _micros: None).call_reducer


class Embedded:
    """The embedded server's engine."""

    def __init__(self) -> None:
        self.now = 0
        self.database = Database(module, clock=lambda: self.now, seed=11)

    def work(self, timestamp: int, script: str) -> bytes | None:
        self.now = timestamp
        try:
            self.database.call("work", script, sender=Identity(SENDER[::-1]))
        except ReducerError as error:
            return str(error).encode()
        return None

    def rows(self) -> list[bytes]:
        stores = self.database.datastore.stores.values()
        return sorted(store.encoded(row) for store in stores for row in store.rows())

    def said(self) -> list[str]:
        lines = map(json.loads, self.database.module_log.lines())
        return [line["message"] for line in lines if "line_number" in line]


def text(value: str) -> bytes:
    data = value.encode()
    return len(data).to_bytes(4, "little") + data


def transact(ground: Any, reducer: str, timestamp: int, args: bytes) -> bytes | None:
    before = ground.host.snapshot()
    failed: bytes | None = ground.call(REDUCERS.index(reducer), SENDER, CONNECTION, timestamp, args)
    if failed is not None:
        ground.host.restore(before)
    return failed


def test_what_only_the_start_needed_is_not_in_the_file(wasm: bytes) -> None:
    (memory,) = [content for kind, content in sections(wasm) if kind == Section.DATA]
    docstring, comment = (
        b"Tables over the host's functions",
        b"# The host does not say which constraint it was",
    )
    assert (docstring in memory, comment in memory) == (False, False), (
        "of the library and the SDK the code is enough"
    )
    assert memory.count(b"return [items.count(), plain.count(), len(list(items.iter()))]") == 1, (
        "a traceback shows it"
    )
    assert ModuleInstance(wasm, cached=True).memory[PAGE : 100 * PAGE] == bytes(99 * PAGE), (
        "the stack is empty"
    )


def test_rows_that_were_read_before_are_those_of_now(wasm: bytes) -> None:
    inside = Inside(wasm)
    for number, name in enumerate("abcab"):
        assert transact(inside, "work", number, text(json.dumps([["spots", 300, name, number + 1]]))) is None
        rows = json.loads(inside.said()[-1])
        assert len(rows) == 300
        assert {row[1] for row in rows[:: number + 1]} == {name}


def test_it_describes_itself_as_the_module_does(wasm: bytes) -> None:
    described = definition_from_bsatn(WasmModule(wasm, PythonHost(module)).describe())
    assert described == {**write_v9(module.definition()), "misc_exports": []}


@settings(deadline=None, max_examples=15)
@given(scripts=st.lists(st.lists(STEPS, min_size=1, max_size=8), min_size=1, max_size=6))
def test_the_same_scripts_leave_the_same_rows_answers_and_chance(
    wasm: bytes, scripts: list[list[tuple[Any, ...]]]
) -> None:
    inside, here, embedded = Inside(wasm), Here(), Embedded()
    for number, script in enumerate(scripts):
        # Some follow each other in the same microsecond.
        timestamp, written = 1_000 + number // 2, json.dumps(script)
        answer = transact(inside, "work", timestamp, text(written))
        assert transact(here, "work", timestamp, text(written)) == answer
        assert embedded.work(timestamp, written) == answer
        assert inside.rows() == here.rows() == embedded.rows()
        assert inside.said() == here.said() == embedded.said()


def test_what_no_column_holds_is_refused_in_the_same_words(wasm: bytes) -> None:
    inside, here = Inside(wasm), Here()
    for ground in (inside, here):
        assert transact(ground, "work", 5, text('[["odd"], ["unfit"]]')) is None
    assert inside.said() == here.said()
    assert all("EncodeError" in line for line in json.loads(inside.said()[-1]))


def test_what_is_printed_and_logged_is_in_the_log_with_its_line(wasm: bytes) -> None:
    inside = Inside(wasm)
    assert transact(inside, "work", 5, text('[["print"]]')) is None
    lines = {said: (level, file) for level, file, line, said in inside.host.logged if line > 0}
    file = "tests/publishing/scripted_rules.py"
    assert lines == {"as printed": (2, file), "as warned": (1, file), "null": (2, file)}


def test_what_makers_write_every_day_does_there_what_it_does_here(wasm: bytes) -> None:
    inside = Inside(wasm)
    assert transact(inside, "work", 5, text('[["everyday"]]')) is None
    assert json.loads(inside.said()[-1]) == [repr(thing()) for thing in EVERYDAY]


def test_the_time_is_that_of_the_call_in_utc(wasm: bytes) -> None:
    inside = Inside(wasm)
    assert transact(inside, "work", 1_717_243_200_500_000, text('[["clock"]]')) is None
    assert json.loads(inside.said()[-1]) == [
        1_717_243_200.5,
        [2024, 6, 1, 12, 0, 0, 5, 153, 0],
        [1970, 1, 1, 0, 0, 0, 3, 1],
        "2024-06-01 12:00:00 Sat UTC %Z",
        "Sat Jun  1 12:00:00 2024",
        "2024-06-01 12:00:00.500000",
        "2024-06-01T12:00:00.500000+00:00",
        "2024-06-01",
    ]


def test_what_needs_a_system_fails_in_words_and_the_instance_lives(wasm: bytes) -> None:
    inside = Inside(wasm)
    assert transact(inside, "work", 5, text('[["system"], ["count"]]')) is None
    failures = json.loads(inside.said()[-2])
    assert failures[:2] == ["UnsupportedOperation"] * 2
    assert failures[2:-1] == ["OSError"] * (len(SYSTEM) - 3)
    assert failures[-1] == "RuntimeError"


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
    assert transact(inside, "work", 1, text('[["fail", ""]]')) == b""


def test_the_log_has_the_notes_of_an_error_and_the_errors_of_a_group(wasm: bytes) -> None:
    inside = Inside(wasm)
    assert transact(inside, "work", 1, text('[["group"]]')) == PANIC.encode()
    said = inside.host.logged[-1][3]
    shown = [
        "several",
        "1 of 2 of several",
        "IndexError: the first",
        "2 of 2",
        "ValueError: the second\nas noted",
    ]
    places = [said.index(text) for text in shown]
    assert places == sorted(places)


def test_the_log_has_what_an_error_says_and_not_what_it_was_made_with(wasm: bytes) -> None:
    inside = Inside(wasm)
    assert transact(inside, "work", 1, text('[["own_text"]]')) == PANIC.encode()
    said = inside.host.logged[-1][3].splitlines()
    assert said[0] == "KeyError: 'a key'"
    assert said[-1] == "tests.publishing.scripted_rules._OddError: odd 7"


def test_recursion_without_an_end_fails_its_call_alone(wasm: bytes) -> None:
    inside = Inside(wasm)
    assert transact(inside, "crash", 1, (100_000).to_bytes(4, "little")) == PANIC.encode()
    assert "RecursionError" in inside.host.logged[-1][3]
    assert transact(inside, "work", 2, text('[["count"]]')) is None


def test_memory_taken_without_an_end_fails_its_call_alone(wasm: bytes) -> None:
    inside = Inside(wasm)
    assert transact(inside, "work", 1, text('[["plain", 1, "a"], ["glutton"]]')) == PANIC.encode()
    assert "MemoryError" in inside.host.logged[-1][3]
    assert transact(inside, "work", 2, text('[["count"]]')) is None
    assert json.loads(inside.said()[-1]) == [0, 0, 0]


def test_what_would_be_compiled_later_is_refused_where_the_compiler_was_left_out(wasm: bytes) -> None:
    inside = Inside(wasm)
    assert transact(inside, "work", 1, text('[["compiled"], ["count"]]')) is None
    said, counted = inside.said()[-2:]
    assert json.loads(counted) == [0, 0, 0]
    *refused, imported = json.loads(said)
    assert refused == [f"RuntimeError {COMPILER_LEFT_OUT}"] * 10
    assert imported == "[1, 0, 3]", "what a function imports was compiled before"


def test_the_compiler_stays_for_a_line_that_calls_it_and_what_nothing_uses_goes(wasm: bytes) -> None:
    said: list[str] = []
    kept = build(
        "tests.publishing.scripted_rules",
        module,
        find_interpreter(),
        abi=ABI_1,
        seed=11,
        progress=said.append,
    )
    (line,) = [line for line in said if "compiler" in line]
    assert re.search(r"scripted_rules\.py:\d+: namedtuple may need it; also scripted_rules\.py:\d+, ", line)
    assert len(kept) > len(wasm) + 1_500_000
    inside, here = Inside(kept), Here()
    for ground in (inside, here):
        assert transact(ground, "work", 1, text('[["compiled"]]')) is None
    assert inside.said() == here.said()


def test_a_part_that_is_called_all_the_same_ends_the_call_in_words() -> None:
    source = b"import _stdb\n_stdb.log(2, '', 0, repr(compile('1', 'x', 'eval')))\n"
    interpreter = find_interpreter()
    part = interpreter.parts(ABI_1)["compiler"]
    without = without_functions(interpreter.wasm(ABI_1), part.functions, "python_left_out", (0, 0))
    instance = ModuleInstance(without)
    bundle = len(source).to_bytes(4, "little") + source
    instance.write(instance.call("python_bundle_room", len(bundle)), bundle)
    with pytest.raises(HostCallError):
        instance.start()
    assert "what is asked for is in no interpreter inside a database" in instance.log[0].text


@pytest.fixture(scope="module")
def newer_wasm() -> bytes:
    return build("tests.publishing.newer_rules", newer, find_interpreter(), abi=ABI_2, compiler=False)


def test_a_module_for_2x_describes_itself_in_v10(newer_wasm: bytes) -> None:
    described = definition_from_bsatn(WasmModule(newer_wasm, PythonHost(newer)).describe())
    assert described == write_v10(newer.definition(), by_itself=True)


def test_views_are_called_inside_a_procedure_before_its_transaction_ends(newer_wasm: bytes) -> None:
    host = PythonHost(newer)
    inside = WasmModule(newer_wasm, host)
    assert inside.call_view(VERDICT, None) == bytes(5)
    assert inside.call_view(0, SENDER) == bytes(5)
    answer = inside.call_procedure(WEIGH, SENDER, CONNECTION, 2, (4).to_bytes(4, "little"))
    assert answer == (4).to_bytes(4, "little"), (
        "what the procedure had before its views were called is there after"
    )
    assert inside.call_procedure(WEIGH, SENDER, CONNECTION, 3, (5).to_bytes(4, "little")) == b"\x09\0\0\0"
    before = host.snapshot()
    assert inside.call_procedure(WEIGH, SENDER, CONNECTION, 4, (13).to_bytes(4, "little")) is None
    assert "there is no verdict on 13" in inside.trapped
    assert host.snapshot() == before


def test_procedures_and_views_of_2x(newer_wasm: bytes) -> None:
    host = PythonHost(newer)
    inside = WasmModule(newer_wasm, host)
    assert inside.call_view(0, None) == bytes(5), "no rows, behind their header"
    assert inside.call_reducer(0, SENDER, CONNECTION, 1, (5).to_bytes(4, "little")) is None
    answer = inside.call_procedure(WEIGH, SENDER, CONNECTION, 2, (4).to_bytes(4, "little"))
    assert answer == (9).to_bytes(4, "little")
    assert host.transactions == ["start", "commit"]
    assert inside.call_view(0, SENDER)[:5] == b"\0\2\0\0\0"
    assert inside.call_view(0, bytes(32)) == bytes(5)
    assert inside.call_view(0, None)[-4:] == (5).to_bytes(4, "little")
    before = host.snapshot()
    failed = inside.call_procedure(WEIGH, SENDER, CONNECTION, 3, (-1).to_bytes(4, "little", signed=True))
    assert failed is None
    assert host.transactions[-2:] == ["start", "abort"]
    assert host.snapshot() == before
    ((level, file, line, said),) = host.logged
    assert (level, file) == (0, "tests/publishing/newer_rules.py")
    assert line > 0
    assert "ValueError: -1" in said
    # All that the host has for the caller.
    assert re.fullmatch(
        r"error while executing at wasm backtrace:\s+0:\s+0x\w+ - tests\.publishing\.newer_rules!"
        r"__call_procedure__: the module's log says why it failed\s*",
        inside.trapped,
    )


def test_a_view_that_fails_says_why_to_who_looks_or_to_the_log(newer_wasm: bytes) -> None:
    def shown(weight: int) -> tuple[object, list[str]]:
        host = PythonHost(newer)
        inside = WasmModule(newer_wasm, host)
        assert inside.call_reducer(0, SENDER, CONNECTION, 1, weight.to_bytes(4, "little")) is None
        found = inside.call_view(VERDICT, None)
        assert inside.call_view(0, SENDER)[:1] == b"\0", "the instance lives on"
        return found, [f"{file} {text.splitlines()[-1]}" for _, file, _, text in host.logged]

    file = "tests/publishing/newer_rules.py"
    assert shown(1) == (bytes(5), [])
    said = "there is no verdict on 13"
    found, logged = shown(13)
    assert found == f"view `verdict` failed: {said}"
    (line,) = logged
    assert line.startswith(file)
    assert line.endswith(f"ReducerError: {said}")
    assert shown(14) == ("view `verdict` failed: the module's log says why", [f"{file} ValueError: 14"])
    assert shown(11) == (
        f"view `verdict` failed: {COMPILER_LEFT_OUT}",
        [f"{file} RuntimeError: {COMPILER_LEFT_OUT}"],
    )


def test_requests_of_procedures_go_out_by_the_host(newer_wasm: bytes) -> None:
    host = PythonHost(newer)
    inside = WasmModule(newer_wasm, host)
    uri = b"\x08\0\0\0http://a"
    assert inside.call_procedure(ASK, SENDER, CONNECTION, 1, uri) == b"\x12\0\0\0no answer: nowhere"
    asked = HttpRequest("http://a", "POST", headers={"X-A": "1"}, timeout=1.5)
    assert host.requests == [(write_request(asked), b"asked")]
    head = b"\x01\0\0\0\x0c\0\0\0content-type\x0a\0\0\0text/plain\x02\xc8\0"
    host.answer = True, head, b"hello"
    assert inside.call_procedure(ASK, SENDER, CONNECTION, 2, uri) == b"\x14\0\0\x00200 text/plain hello"
    host.answer = True, head, b""
    assert inside.call_procedure(ASK, SENDER, CONNECTION, 3, uri) == b"\x0f\0\0\x00200 text/plain "


def test_a_module_that_does_not_start_says_why() -> None:
    source = b"raise LookupError('not like this')\n"
    with pytest.raises(StartError, match="LookupError: not like this"):
        freeze(find_interpreter().wasm(ABI_1), len(source).to_bytes(4, "little") + source)
