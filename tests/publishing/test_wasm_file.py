"""WebAssembly files: read section by section, and given other memory."""

from __future__ import annotations

import pytest

from spacetimedb_sdk.publishing.instance import ModuleInstance
from spacetimedb_sdk.publishing.wasm_file import PAGE, Section, WasmError, sections, with_memory
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


def test_memory_with_little_in_it_makes_a_small_file() -> None:
    memory = bytearray(40 * PAGE)
    memory[5] = 1
    memory[30 * PAGE : 30 * PAGE + 3] = b"abc"
    frozen = with_memory(WASM, bytes(memory))
    (data,) = [content for kind, content in sections(frozen) if kind == Section.DATA]
    assert len(data) < 400
    assert ModuleInstance(frozen).memory == memory
