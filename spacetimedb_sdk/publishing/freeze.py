"""Freezing: the interpreter started once with its bundle, and its memory written into the file.

What a server starts is then a module that has been loaded already: a new instance takes milliseconds, not seconds.
"""

from __future__ import annotations

from .instance import HostCallError, ModuleInstance
from .wasm_file import WasmError, with_memory

__all__ = ["StartError", "freeze"]


class StartError(WasmError):
    """The module does not start in the interpreter; `log` is what it wrote, the traceback among it."""

    def __init__(self, log: str) -> None:
        self.log = log
        super().__init__(log)

    def __str__(self) -> str:
        last = self.log.strip().splitlines()[-1:] or ["it wrote nothing"]
        return f"the module does not start inside the database: {last[0]}"


def freeze(wasm: bytes, bundle: bytes) -> bytes:
    """The interpreter `wasm` with `bundle` inside and started. StartError where the module cannot be loaded in it."""
    instance = ModuleInstance(wasm, cached=True)
    at = int(instance.call("python_bundle_room", len(bundle)))
    instance.write(at, bundle)
    try:
        instance.start()
    except HostCallError as error:
        lines = [line.text for line in instance.log]
        raise StartError("\n".join([*lines, error.reason])) from error
    return with_memory(wasm, instance.memory)
