"""Instances: a SpacetimeDB module started in wasmtime on this machine, as far as describing itself goes.

No database stands behind it: of the host's functions those that a start and a description need are there, each other one
ends the call with a sentence. The package `wasmtime` is imported when the first module is started.
"""

from __future__ import annotations

import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass
from time import process_time
from typing import Any, TypeVar

from ..errors import SpacetimeDBException
from ..system.requirements import needs
from .wasm_file import WasmError, is_wasm

__all__ = ["HostCallError", "LogLine", "ModuleInstance"]

T = TypeVar("T")
_SINK = 1
# Interpreters start within seconds: what takes longer than this does not end.
_START_SECONDS = 60.0
_MEMORY_BYTES = 512 << 20
_TABLE_ENTRIES = 1_000_000
# Of what a module describes itself by, and of its log, while it starts.
_DESCRIPTION_BYTES = 64 << 20
_LOG_LINES = 1_000
_LOG_BYTES = 64 << 10


class HostCallError(SpacetimeDBException):
    """A module called a function of the host that there is no database behind, or its code failed; `log` tells more."""

    def __init__(self, reason: str, log: list[LogLine]) -> None:
        self.reason = reason
        self.log = log
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class LogLine:
    """`level`: 0 error, 1 warning, 2 info, 3 debug."""

    level: int
    text: str


class ModuleInstance:
    """One instance of a compiled module; what it logs is in `log`. WasmError for bytes that are no such module,
    HostCallError where its own start fails.

    With `cached` the compiled code is kept in wasmtime's own cache, for modules that are started again and again. What
    the module does is ended after `seconds` of the processor each time, and has 512 MiB of memory: it may be anybody's.
    """

    def __init__(self, wasm: bytes, *, cached: bool = False, seconds: float = _START_SECONDS) -> None:
        if not is_wasm(wasm):
            raise WasmError("this is no WebAssembly module")
        with needs("starting a compiled module", "publish"):
            import wasmtime  # optional, and half a second to load

        self._wasmtime = wasmtime
        config = wasmtime.Config()
        config.epoch_interruption = True
        if cached:
            config.cache = True
        self._seconds = seconds
        self._engine = engine = wasmtime.Engine(config)
        try:
            module = wasmtime.Module(engine, wasm)
        except wasmtime.WasmtimeError as error:
            raise WasmError(f"this WebAssembly module is broken: {error}") from error
        self.log: list[LogLine] = []
        self._sinks: dict[int, bytearray] = {}
        self._failure: HostCallError | None = None
        self._has_expired = False
        self._store = wasmtime.Store(engine)
        self._store.set_limits(memory_size=_MEMORY_BYTES, table_elements=_TABLE_ENTRIES)
        kinds = {item.name: item.type for item in module.exports}
        if not isinstance(kinds.get("memory"), wasmtime.MemoryType) or "__describe_module__" not in kinds:
            raise WasmError("this is no module of SpacetimeDB: it exports no description of itself")
        linker = wasmtime.Linker(engine)
        for item in module.imports:
            if not isinstance(item.type, wasmtime.FuncType) or not item.module.startswith("spacetime_"):
                raise WasmError(f"this is no module of SpacetimeDB: it imports {item.module}.{item.name}")
            function = wasmtime.Func(self._store, item.type, self._function(item.name or ""))
            linker.define(self._store, item.module, item.name or "", function)
        self._exports: Any = {}
        self._exports = self._ended(lambda: linker.instantiate(self._store, module)).exports(self._store)
        self._preinits = sorted(
            item.name for item in module.exports if (item.name or "").startswith("__preinit__")
        )

    def start(self) -> None:
        """Run what a server runs first. HostCallError where the module fails."""
        for name in self._preinits:
            self.call(name)

    def describe(self) -> bytes:
        """What the module hands to its server as its definition, in BSATN. HostCallError where the module fails."""
        sink = self._sinks[_SINK] = bytearray()
        self.call("__describe_module__", _SINK)
        return bytes(sink)

    def call(self, name: str, *args: int) -> Any:
        """Call an exported function. HostCallError where it fails, or does not end."""
        return self._ended(lambda: self._exports[name](self._store, *args))

    def _ended(self, work: Callable[[], T]) -> T:
        """What `work` returns, which runs the module's code. HostCallError where that fails, or does not end."""
        self._store.set_epoch_deadline(1)
        has_ended = threading.Event()
        ends = process_time() + self._seconds
        threading.Thread(target=self._watch, args=(ends, has_ended), daemon=True).start()
        try:
            return work()
        except (self._wasmtime.Trap, self._wasmtime.WasmtimeError, HostCallError, TypeError) as error:
            failure, self._failure = self._failure, None
            if failure is not None:
                raise failure from error
            if self._has_expired:
                reason = f"the module does not end: it was stopped after {self._seconds:g} s"
                raise HostCallError(reason, self.log) from error
            raise HostCallError(str(error).strip().splitlines()[-1].strip(), self.log) from error
        finally:
            has_ended.set()

    def _watch(self, ends: float, has_ended: threading.Event) -> None:
        # Processor time, since a busy machine may take minutes for what is the work of seconds. A module cannot sleep.
        while (left := ends - process_time()) > 0:
            if has_ended.wait(left):
                return
        if not has_ended.is_set():
            self._has_expired = True
            self._engine.increment_epoch()

    @property
    def memory(self) -> bytes:
        """All of the instance's memory."""
        memory = self._exports["memory"]
        return bytes(memory.read(self._store, 0, memory.data_len(self._store)))

    def write(self, at: int, data: bytes) -> None:
        self._exports["memory"].write(self._store, data, at)

    # -- the host's functions --------------------------------------------------------------------------------------------

    def _read(self, at: int, size: int) -> bytes:
        # Addresses come as the signed numbers of their bits.
        at, size = at & 0xFFFF_FFFF, size & 0xFFFF_FFFF
        return bytes(self._exports["memory"].read(self._store, at, at + size))

    def _function(self, name: str) -> Callable[..., object]:
        known: dict[str, Callable[..., object]] = {
            "console_log": self._console_log,
            "bytes_sink_write": self._bytes_sink_write,
            "bytes_source_read": self._bytes_source_read,
        }
        found = known.get(name)
        return self._guarded(name, found) if found is not None else self._refusal(name)

    def _guarded(self, name: str, function: Callable[..., object]) -> Callable[..., object]:
        """`function`, whatever it is called with, and however often."""

        def call(*args: int) -> object:
            try:
                return function(*args)
            except (struct.error, LookupError, TypeError, ValueError) as error:
                self._failure = HostCallError(
                    f"the module calls {name} as it cannot be called: {error}", self.log
                )
                raise self._failure from error

        return call

    def _refusal(self, name: str) -> Callable[..., object]:
        def refuse(*_: object) -> Any:
            self._failure = HostCallError(
                f"the module calls {name} while it is loaded: there is a database only inside its functions",
                self.log,
            )
            raise self._failure

        return refuse

    def _console_log(
        self, level: int, _t: int, _tl: int, _f: int, _fl: int, _line: int, at: int, size: int
    ) -> None:
        if len(self.log) < _LOG_LINES:
            size = min(size & 0xFFFF_FFFF, _LOG_BYTES)
            self.log.append(LogLine(level, self._read(at, size).decode("utf-8", "replace")))

    def _bytes_sink_write(self, sink: int, at: int, size_at: int) -> int:
        (size,) = struct.unpack("<I", self._read(size_at, 4))
        written = self._sinks[sink]
        if len(written) + size > _DESCRIPTION_BYTES:
            raise ValueError(f"it tells more than {_DESCRIPTION_BYTES} bytes of itself")
        written += self._read(at, size)
        return 0

    def _bytes_source_read(self, _source: int, _at: int, size_at: int) -> int:
        self.write(size_at, bytes(4))
        return -1
