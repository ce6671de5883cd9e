"""Freezing: the interpreter started once with its bundle, and its memory written into the file.

What a server starts is then a module that has been loaded already: a new instance takes milliseconds, not seconds.
"""

from __future__ import annotations

from collections.abc import Sequence

from .instance import HostCallError, ModuleInstance
from .interpreter import Part
from .wasm_file import WasmError, first_data, with_memory, with_names, with_stack, without_functions

__all__ = ["StartError", "freeze", "recorded"]

# The interpreter's own function that says so, see `runtime/src/lib.rs`.
_LEFT_OUT = "python_left_out"
# Whose end the interpreter sees (it has 8 MiB to start with, and notes their end then): a `RecursionError` is raised 32 KiB before. The
# stack that it cannot see is the engine's own, of 512 KiB, whose overflow ends the instance: no measured way to call inside a call, but
# for values inside of values, has filled that when this is full.
_STACK_BYTES = 320 << 10
# Of a procedure that fails a server tells its caller nothing but the names of what was running.
_SHOWN = {"__call_procedure__": "__call_procedure__: the module's log says why it failed"}


class StartError(WasmError):
    """The module does not start in the interpreter: `reason` in a line, `log` is what it wrote, the traceback among it."""

    def __init__(self, reason: str, log: str) -> None:
        self.reason = reason
        self.log = log
        super().__init__(reason, log)

    def __str__(self) -> str:
        return f"the module does not start inside the database: {self.reason}"


def recorded(wasm: bytes, bundle: bytes) -> bytes:
    """What the interpreter `wasm` compiles of `bundle`, a recording one, as more of a bundle. StartError as of `freeze`."""
    return _started(wasm, bundle)[0].describe()


def freeze(wasm: bytes, bundle: bytes, without: Sequence[Part] = (), *, name: str = "python") -> bytes:
    """The interpreter `wasm` with `bundle` inside and started, and then without some of its parts, as the module `name`. StartError
    where the module cannot be loaded in it."""
    instance, at = _started(wasm, bundle)
    memory = bytearray(instance.memory)
    wasm = with_stack(wasm, _STACK_BYTES)
    # Left behind by the start: what was on the stack, and the bundle, which has been taken apart. Zeros take no room.
    for start, end in ((0, first_data(wasm)), (at, at + len(bundle))):
        memory[start:end] = bytes(end - start)
    for part in without:
        # The bundle's place is nothing else's: the sentences that say what was left out lie there now.
        said = part.said.encode()
        memory[at : at + len(said)] = said
        wasm = without_functions(wasm, part.functions, _LEFT_OUT, (at, len(said)))
        at += len(said)
        for start, end in part.data:
            memory[start:end] = bytes(end - start)
    return with_names(with_memory(wasm, bytes(memory)), name, _SHOWN)


def _started(wasm: bytes, bundle: bytes) -> tuple[ModuleInstance, int]:
    """The interpreter after its start, and where `bundle` lies in its memory."""
    instance = ModuleInstance(wasm, cached=True)
    at = int(instance.call("python_bundle_room", len(bundle)))
    instance.write(at, bundle)
    try:
        instance.start()
    except HostCallError as error:
        log = "\n".join(line.text for line in instance.log)
        # The interpreter writes the exception's own line last, before it gives up.
        said = [line for text in instance.log[:1] for line in text.text.strip().splitlines()]
        raise StartError(said[-1] if said else error.reason, log) from error
    return instance, at
