"""WebAssembly of strangers, as `generate --bin-path` is given it: each file ends in a sentence, whatever its code does."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from spacetimedb_sdk.errors import SchemaError
from spacetimedb_sdk.publishing import instance
from spacetimedb_sdk.publishing.definition import definition_of
from spacetimedb_sdk.publishing.instance import HostCallError, ModuleInstance
from spacetimedb_sdk.publishing.wasm_file import WasmError

wasmtime = pytest.importorskip("wasmtime")

MEMORY = '(memory (export "memory") 1)'
DESCRIBE = '(func (export "__describe_module__") (param i32))'
ENDLESS = "(loop $again (br $again))"
SINK = '(import "spacetime_10.0" "bytes_sink_write" (func $write (param i32 i32 i32) (result i32)))'
LOG = '(import "spacetime_10.0" "console_log" (func $log (param i32 i32 i32 i32 i32 i32 i32 i32)))'


def compiled(*parts: str) -> bytes:
    return bytes(wasmtime.wat2wasm(f"(module {' '.join(parts)})"))


def described(*code: str) -> str:
    return f'(func (export "__describe_module__") (param i32) {" ".join(code)})'


HOSTILE = {
    "an endless start": compiled(MEMORY, DESCRIBE, f"(func $start {ENDLESS})", "(start $start)"),
    "an endless preinit": compiled(MEMORY, DESCRIBE, f'(func (export "__preinit__1") {ENDLESS})'),
    "an endless description": compiled(MEMORY, described(ENDLESS)),
    "a start that fails": compiled(MEMORY, DESCRIBE, "(func $start unreachable)", "(start $start)"),
    "a recursion": compiled(
        MEMORY, '(func $f (export "__describe_module__") (param i32) (call $f (i32.const 0)))'
    ),
    "all memory at once": compiled('(memory (export "memory") 65536)', DESCRIBE),
    "all table entries at once": compiled(MEMORY, DESCRIBE, "(table 100000000 funcref)"),
    "memory that is none": compiled('(func (export "memory"))', DESCRIBE),
    "a description that is none": compiled(
        MEMORY, '(global (export "__describe_module__") i32 (i32.const 1))'
    ),
    "a description with other parameters": compiled(
        MEMORY, '(func (export "__describe_module__") (param i64 i64))'
    ),
    "a preinit with parameters": compiled(MEMORY, DESCRIBE, '(func (export "__preinit__1") (param i32))'),
    "a sink that is none": compiled(
        SINK, MEMORY, described("(drop (call $write (i32.const 9) (i32.const 0) (i32.const 0)))")
    ),
    "a size beyond the memory": compiled(
        SINK, MEMORY, described("(drop (call $write (i32.const 1) (i32.const 0) (i32.const -1)))")
    ),
    "a text without an end": compiled(
        SINK,
        MEMORY,
        '(data (i32.const 0) "\\00\\f0\\00\\00")',
        described("(loop $again (drop (call $write (i32.const 1) (i32.const 0) (i32.const 0))) (br $again))"),
    ),
    "a host's function that is another": compiled(
        '(import "spacetime_10.0" "bytes_sink_write" (func $write))', MEMORY, described("(call $write)")
    ),
    "a host's function in the start": compiled(
        SINK,
        MEMORY,
        DESCRIBE,
        "(func $start (drop (call $write (i32.const 1) (i32.const 0) (i32.const 0))))",
        "(start $start)",
    ),
    "a host's global": compiled('(import "spacetime_10.0" "x" (global i32))', MEMORY, DESCRIBE),
    "nothing told": compiled(MEMORY, DESCRIBE),
    "cut short": compiled(MEMORY, DESCRIBE)[:-3],
    "nothing": b"",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_strangers_file_ends_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    # Each step of it counts, not how long the machine takes: an endless one is ended by the first look.
    monkeypatch.setattr(ModuleInstance.__init__, "__kwdefaults__", {"cached": False, "seconds": 0.5})
    file = tmp_path / "stranger.wasm"
    file.write_bytes(HOSTILE[name])
    with pytest.raises(SchemaError, match=r"stranger\.wasm: \S"):
        definition_of(file)


def test_what_does_not_end_is_said_so() -> None:
    module = ModuleInstance(HOSTILE["an endless description"], seconds=0.2)
    with pytest.raises(HostCallError, match=r"does not end: it was stopped after 0\.2 s"):
        module.describe()


def test_a_busy_machine_has_all_the_time_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    """What counts is the processor's time, of which a process may have had a thousandth."""
    monkeypatch.setattr(instance, "process_time", lambda: time.process_time() / 1000)
    next_number = "(i32.add (local.get 0) (i32.const 1))"
    counting = f"(loop $again (br_if $again (i32.lt_u (local.tee 0 {next_number}) (i32.const 500000000))))"
    module = ModuleInstance(compiled(MEMORY, described(counting)), seconds=0.005)
    assert module.describe() == b""


def test_a_log_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(instance, "_LOG_LINES", 5)
    zeros = " ".join(["(i32.const 0)"] * 7)
    wasm = compiled(LOG, MEMORY, described(f"(loop $again (call $log {zeros} (i32.const -1)) (br $again))"))
    module = ModuleInstance(wasm, seconds=0.2)
    with pytest.raises(HostCallError, match="does not end"):
        module.describe()
    assert len(module.log) <= 5
    assert all(len(line.text) <= 64 << 10 for line in module.log)


def test_memory_ends_where_an_instances_does() -> None:
    with pytest.raises((WasmError, HostCallError), match="memory"):
        ModuleInstance(HOSTILE["all memory at once"])
