"""Parts of the interpreter, found in a linked module and behind an optimizer: what is in use otherwise is in none."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import wasmtime

from runtime.linked import LinkedModule, WasmModule
from runtime.parts import NEVER as NEVER_IN
from runtime.parts import OPTIONAL, REPLACED, Part, finished
from spacetimedb_sdk.publishing.wasm_file import (
    Section,
    WasmError,
    sections,
    unsigned,
    with_bodies,
    without_functions,
    written,
)

# What the linker would be given for an interpreter, by the numbers of its functions. `$used` and `$lost` are the same but for
# their names; `$used` is called by its place in the table, 1, and so is `$lost`, 2, by the part's function `$work` alone.
CALL, USED, LOST, ENTER, WORK, SHARED, LEFT_OUT, DESCRIPTIONS, PAIR, MULTIPLY = range(10)
NAMES = [
    "call",
    "used",
    "lost",
    "enter",
    "work",
    "shared",
    "left_out",
    "4part10module_def0E 5never10module_def0E",
    "pair",
    "multiply",
]
OWN, COMMON = 10, 11
FUNCTIONS = """
    (memory (export "memory") 1)
    (table 8 funcref)
    (elem (i32.const 1) func $used $lost)
    (func $call (export "__call_reducer__") (param i32) (result i32)
        (if (local.get 0) (then (call $enter)))
        (i32.add (call $shared) (call_indirect (result i32) (i32.const 1))))
    (func $used (result i32) (i32.const 40))
    (func $lost (result i32) (i32.const 40))
    (func $enter (call $work))
    (func $work
        (drop (i32.add (i32.load (i32.const 64)) (i32.add (call $shared) (call_indirect (result i32) (i32.const 2))))))
    (func $shared (result i32) (i32.load (i32.const 96)))
    (func $left_out (export "python_left_out") (param i32 i32) unreachable)
    (func (export "a_library_in_C") unreachable)
    (func $pair (param i64 i32) (result i32) (i32.const 7))
    (func (export "python_multiply") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2)))
    (data (i32.const 64) "\\01\\00\\00\\00 of the part alone          \\02\\00\\00\\00 of others as well ")
"""
# Who refers to whom: functions by number (0) or place (1), constants (4).
REFERENCES = [
    (CALL, ENTER, 0), (CALL, SHARED, 0), (CALL, USED, 1), (ENTER, WORK, 0),
    (WORK, SHARED, 0), (WORK, LOST, 1), (WORK, OWN, 4), (SHARED, COMMON, 4),
]  # fmt: skip
PART = {"part": Part(("_part",), ("4part",), ("enter",))}
NEVER = Part(("_never",), ("5never",))
# Where the constants lie, within the only segment and in memory.
CONSTANTS = {OWN: (0, 32), COMMON: (32, 23)}


def linked(
    *, names: dict[int, str] | None = None, references: list[tuple[int, int, int]] = REFERENCES
) -> bytes:
    """A module with its linker's symbols and relocations; further `names` for some of its functions."""
    wasm = bytes(wasmtime.wat2wasm(f"(module {FUNCTIONS})"))
    module = WasmModule(wasm)
    symbols = [(b"\0\0", number, name) for number, name in enumerate(NAMES)]
    listed = b"".join(kind + unsigned(number) + text(name) for kind, number, name in symbols)
    for number, (offset, size) in CONSTANTS.items():
        listed += b"\1\0" + text(f"constant {number}") + b"\0" + unsigned(offset) + unsigned(size)
    for number, name in (names or {}).items():
        listed += b"\0\0" + unsigned(number) + text(name)
    table = unsigned(len(symbols) + len(CONSTANTS) + len(names or {})) + listed
    relocations = b"".join(
        bytes([kind]) + unsigned(module.bodies[source][0]) + unsigned(target) + (b"\0" if kind == 4 else b"")
        for source, target, kind in references
    )
    custom = {
        "linking": b"\2\x08" + unsigned(len(table)) + table,
        "reloc.CODE": b"\0" + unsigned(len(references)) + relocations,
        "reloc.DATA": b"\0\0",
    }
    return written([*sections(wasm), *((0, text(name) + content) for name, content in custom.items())])


def text(value: str) -> bytes:
    return unsigned(len(value)) + value.encode()


def gone(parts: dict[str, dict[str, list[tuple[int, int]]]]) -> set[int]:
    return {number for start, end in parts["part"]["functions"] for number in range(start, end)}


def called(wasm: bytes, argument: int) -> int:
    """What the finished module answers, started anew."""
    store = wasmtime.Store()
    exports = wasmtime.Instance(store, wasmtime.Module(store.engine, wasm), []).exports(store)
    return int(exports["__call_reducer__"](store, argument))  # type: ignore[operator]


def without_part(optimized: Callable[[bytes], bytes]) -> tuple[set[int], bytes]:
    wasm, parts = finished(linked(), optimized, PART, NEVER, {})
    return gone(parts), without_functions(wasm, gone(parts), "python_left_out", (0, 0))


def test_a_part_is_what_only_its_entry_leads_to() -> None:
    wasm, parts = finished(linked(), lambda wasm: wasm, PART, NEVER, {})
    assert gone(parts) == {LOST, ENTER, WORK, DESCRIPTIONS, PAIR}
    assert parts["part"]["modules"] == ("_part",)
    assert parts["part"]["data"] == [(64, 96)]
    assert set(WasmModule(wasm).functions) == {"__call_reducer__", "python_left_out", "python_multiply"}
    assert called(wasm, 1) == called(wasm, 0) == 42, "it is whole before it is taken out"
    without = without_functions(wasm, gone(parts), "python_left_out", (0, 0))
    assert called(without, 0) == 42
    with pytest.raises(wasmtime.Trap):
        called(without, 1)


def test_functions_that_the_optimizer_made_one_stay_whatever_their_name() -> None:
    def merging(wasm: bytes) -> bytes:
        """`$used` is `$lost` from now on: by its place in the table, and gone itself."""
        listed = b"\1\0\x41\1\x0b\2" + bytes([LOST, LOST])
        merged = written(
            (kind, listed if kind == Section.ELEMENT else content) for kind, content in sections(wasm)
        )
        return with_bodies(merged, {USED: b"\0\0\x0b"})

    taken, without = without_part(merging)
    assert LOST not in taken
    assert {ENTER, WORK} <= taken
    assert called(without, 0) == 42


def test_a_function_that_is_called_by_number_behind_the_optimizer_stays() -> None:
    def direct(wasm: bytes) -> bytes:
        body = WasmModule(wasm).body(CALL)
        return with_bodies(wasm, {CALL: body.replace(b"\x41\1\x11\1\0", bytes([0x10, LOST]))})

    taken, without = without_part(direct)
    assert LOST not in taken
    assert called(without, 0) == 42


def test_an_entry_whose_code_is_inside_another_function_too_leaves_its_part_where_it_is() -> None:
    def inlining(wasm: bytes) -> bytes:
        module = WasmModule(wasm)
        inner = module.body(ENTER)[1:-1]
        assert len(inner) > 10, "it is marked"
        return with_bodies(wasm, {CALL: module.body(CALL).replace(bytes([0x10, ENTER]), inner)})

    wasm, parts = finished(linked(), inlining, PART, NEVER, {})
    assert WORK not in gone(parts)
    assert parts["part"]["data"] == [], "what it reads is read"
    assert called(without_functions(wasm, gone(parts), "python_left_out", (0, 0)), 1) == 42


def test_a_function_that_has_another_name_as_well_is_no_entry() -> None:
    _, parts = finished(linked(names={ENTER: "of_others"}), lambda wasm: wasm, PART, NEVER, {})
    assert not {ENTER, WORK, LOST} & gone(parts)


def test_what_no_module_needs_is_gone_before_the_optimizer() -> None:
    given: list[bytes] = []

    def optimizer(wasm: bytes) -> bytes:
        given.append(wasm)
        return wasm

    _, parts = finished(linked(), optimizer, {}, Part(("_never",), ("5never",), ("enter",)), {})
    module = WasmModule(given[0])
    stub = bytes([0, 0x41, 0, 0x41, 0, 0x10, LEFT_OUT, 0, 0x0B])
    assert [module.body(number) for number in (ENTER, WORK, LOST, module.table[2])] == [stub] * 4
    assert b"of the part" not in module.content[Section.DATA]
    assert b"of others" in module.content[Section.DATA]
    assert module.table[1] == USED
    assert parts == {"never": {"modules": ("_never",), "functions": [], "data": []}}


def test_a_name_that_is_not_found_ends_the_build_and_is_told() -> None:
    """An upgrade of the interpreter may rename what is cut: it would stay in every module without a word."""
    parts = {
        "some": Part(("_part",), ("4part",), ("enter", "renamed")),
        "other": Part((), ("5gone",), ("work",)),
    }
    with pytest.raises(WasmError) as refused:
        finished(
            linked(),
            lambda wasm: wasm,
            parts,
            Part((), ("5never", "6absent"), ("lost",)),
            {"moved": None, "work": "python_divide"},
        )
    told = str(refused.value).partition("others: ")[2]
    assert told.split("; ") == [
        "renamed (some)",
        "5gone (other)",
        "6absent (what is in no interpreter)",
        "moved (what is replaced)",
        "python_divide (exported)",
    ]


def test_the_interpreter_s_own_names_are_all_asked_for() -> None:
    with pytest.raises(WasmError) as refused:
        finished(linked(), lambda wasm: wasm)
    told = str(refused.value)
    patterns = [name for part in (NEVER_IN, *OPTIONAL.values()) for name in (*part.paths, *part.entries)]
    assert len(patterns) > 30
    assert [name for name in (*patterns, *REPLACED) if name not in told] == []


def test_a_function_that_is_replaced_calls_another_with_its_last_arguments_or_nothing() -> None:
    given: list[bytes] = []

    def optimizer(wasm: bytes) -> bytes:
        given.append(wasm)
        return wasm

    replaced = {"call": "python_multiply", "pair": "python_multiply"}
    wasm, _ = finished(linked(), optimizer, {}, NEVER, replaced)
    assert called(wasm, 21) == 42
    module = WasmModule(given[0])
    assert module.body(PAIR) == bytes([0, 0x20, 1, 0x10, MULTIPLY, 0x0B])
    assert module.body(USED) != WasmModule(linked()).body(USED), "what only it called is gone"
    wasm, _ = finished(linked(), lambda wasm: wasm, {}, NEVER, {"enter": None})
    assert called(wasm, 1) == 42
    assert WasmModule(wasm).body(ENTER) == bytes([0, 0x0B])


@pytest.mark.parametrize(("name", "instead"), [("used", "python_multiply"), ("shared", None)])
def test_a_function_whose_arguments_do_not_fit_is_not_replaced(name: str, instead: str | None) -> None:
    with pytest.raises(WasmError, match="cannot take its place"):
        finished(linked(), lambda wasm: wasm, {}, NEVER, {name: instead})


def test_an_optimizer_that_moves_the_table_is_refused() -> None:
    def moving(wasm: bytes) -> bytes:
        listed = b"\1\0\x41\2\x0b\2" + bytes([USED, LOST])
        return written(
            (kind, listed if kind == Section.ELEMENT else content) for kind, content in sections(wasm)
        )

    with pytest.raises(WasmError, match="places of the table"):
        finished(linked(), moving, PART, NEVER, {})


def test_what_was_not_linked_for_it_is_refused_in_words() -> None:
    with pytest.raises(WasmError, match=r"--emit-relocs: it has no linking, reloc\.CODE, reloc\.DATA"):
        LinkedModule(bytes(wasmtime.wat2wasm(f"(module {FUNCTIONS})")))
    with pytest.raises(WasmError, match="unknown kind: 99"):
        LinkedModule(linked(references=[(CALL, ENTER, 99)]))
    with pytest.raises(WasmError, match="leads nowhere"):
        LinkedModule(linked(references=[(CALL, 99, 0)]))
