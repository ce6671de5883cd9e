"""WebAssembly files: read section by section, and given other memory."""

from __future__ import annotations

import pytest
import wasmtime

from spacetimedb_sdk.publishing.instance import HostCallError, ModuleInstance
from spacetimedb_sdk.publishing.wasm_file import (
    PAGE,
    Section,
    WasmError,
    first_data,
    sections,
    with_memory,
    with_names,
    with_stack,
    without_functions,
)
from tests.places import ROOT

WASM = (ROOT / "tests" / "conformance" / "conformance.wasm").read_bytes()


@pytest.mark.parametrize("data", [b"", b"\0asm", b"\x7fELF", WASM[:-10], WASM[:40]])
def test_what_is_no_whole_module_is_refused(data: bytes) -> None:
    with pytest.raises(WasmError):
        sections(data)


def test_a_module_starts_with_the_memory_it_was_given() -> None:
    fresh, instance = ModuleInstance(WASM), ModuleInstance(WASM)
    fresh.start()
    instance.start()
    frozen = with_memory(WASM, instance.memory)
    assert all(kind != Section.CUSTOM for kind, _ in sections(frozen))
    again = ModuleInstance(frozen)
    assert again.memory == instance.memory
    assert again.describe() == fresh.describe(), "it has been started, and goes on"


def test_an_instance_takes_no_more_memory_than_half_a_gigabyte() -> None:
    frozen = with_memory(WASM, ModuleInstance(WASM).memory)
    (limits,) = [content for kind, content in sections(frozen) if kind == Section.MEMORY]
    assert limits == b"\1\1\x11\x80\x40", "17 pages to begin with, 8,192 at most"


def test_memory_with_little_in_it_makes_a_small_file() -> None:
    memory = bytearray(40 * PAGE)
    memory[5] = 1
    memory[30 * PAGE : 30 * PAGE + 3] = b"abc"
    frozen = with_memory(WASM, bytes(memory))
    (data,) = [content for kind, content in sections(frozen) if kind == Section.DATA]
    assert len(data) < 400
    assert ModuleInstance(frozen).memory == memory


def test_the_stack_is_below_what_a_module_has_as_data() -> None:
    memory = ModuleInstance(WASM).memory
    assert first_data(WASM) == 16 * PAGE, "Rust's stack is a megabyte"
    assert memory[: first_data(WASM)] == bytes(first_data(WASM))
    assert first_data(with_memory(WASM, bytes(PAGE) + b"abc".ljust(PAGE, b"\0"))) == PAGE


def test_functions_that_are_taken_out_leave_the_others_where_they_are() -> None:
    last = 10_000
    emptied = without_functions(WASM, range(last), "no_such_function")
    assert len(emptied) < len(WASM) * 2 / 3
    with pytest.raises(HostCallError, match="unreachable"):
        ModuleInstance(emptied).describe()
    untouched = without_functions(WASM, [], "no_such_function")
    assert ModuleInstance(untouched).describe() == ModuleInstance(WASM).describe()


def test_an_engine_shows_the_names_that_a_module_is_given() -> None:
    wasm = bytes(wasmtime.wat2wasm('(module (func) (func (export "call") unreachable))'))
    named = with_names(wasm, "rules", {"call": "call: the log says why", "absent": "nobody's"})
    store = wasmtime.Store()
    exports = wasmtime.Instance(store, wasmtime.Module(store.engine, named), []).exports(store)
    with pytest.raises(wasmtime.Trap, match="rules!call: the log says why"):
        exports["call"](store)  # type: ignore[operator]
    assert [content for kind, content in sections(named) if kind] == [
        content for kind, content in sections(wasm) if kind
    ]


def test_a_stack_can_be_made_smaller_from_its_lower_end() -> None:
    smaller = with_stack(WASM, 3 * PAGE)
    (before,), (behind,) = (
        [content for kind, content in sections(wasm) if kind == Section.GLOBAL] for wasm in (WASM, smaller)
    )
    assert before.startswith(b"\3\x7f\1\x41\x80\x80\xc0\0\x0b"), "a megabyte"
    assert behind == before.replace(b"\x41\x80\x80\xc0\0\x0b", b"\x41\x80\x80\x0c\x0b", 1)
    assert ModuleInstance(smaller).describe() == ModuleInstance(WASM).describe()


@pytest.mark.parametrize(
    "kind", ["(mut i32) (i32.const 5)", "i32 (i32.const 65536)", "(mut i64) (i64.const 65536)"]
)
def test_what_has_its_stack_elsewhere_keeps_it(kind: str) -> None:
    text = f'(module (memory 2) (global {kind}) (data (i32.const 65536) "a"))'
    with pytest.raises(WasmError, match="stack"):
        with_stack(bytes(wasmtime.wat2wasm(text)), 16)
    with pytest.raises(WasmError, match="stack"):
        with_stack(WASM, 17 * PAGE)
