"""A module in wasmtime over the host in Python: the functions of the host, as WebAssembly calls them.

What crosses the border is addresses and lengths; `PythonHost` knows nothing of them.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any, cast

import wasmtime

from spacetimedb_sdk.sats.schema.raw_def import definition_from_bsatn
from tests.module.hosted.python_host import PythonHost
from tests.publishing.abi import import_type, require_exports
from tests.publishing.taking import taken

__all__ = ["WasmModule"]

_EXHAUSTED = -1
_NO_SUCH_ITER = 6
_BUFFER_TOO_SMALL = 11
_HTTP_ERROR = 21
_CALL_FAILURE = 1


class WasmModule:
    """One instance of a finished module, with the database of `host` behind it."""

    def __init__(self, wasm: bytes, host: PythonHost) -> None:
        self.host = host
        config = wasmtime.Config()
        config.cache = True
        engine = wasmtime.Engine(config)
        module = wasmtime.Module(engine, wasm)
        self._store = wasmtime.Store(engine)
        self._sources: dict[int, bytes] = {}
        self._sinks: dict[int, bytearray] = {}
        self._ids = 1
        # What of an iterator is waiting for room, and whether it is the last.
        self._left: dict[int, tuple[bytes, bool]] = {}
        # The views that somebody looks at: a procedure's transaction calls them again before it ends.
        self.looked_at: list[tuple[int, bytes | None]] = []
        self.trapped = ""
        require_exports(module)
        linker = wasmtime.Linker(engine)
        for item in module.imports:
            function: Callable[..., Any] = getattr(self, f"_{item.name}")
            linker.define(
                self._store,
                item.module,
                item.name or "",
                wasmtime.Func(self._store, import_type(item), function),
            )
        self._exports = cast(Any, linker.instantiate(self._store, module).exports(self._store))
        for name in sorted(exported.name or "" for exported in module.exports):
            if name.startswith("__preinit__"):
                self._exports[name](self._store)

    def describe(self) -> bytes:
        sink = self._sink()
        self._exports["__describe_module__"](self._store, sink)
        described = bytes(self._sinks.pop(sink))
        definition = definition_from_bsatn(described)
        if "sections" in definition:
            taken(definition)
        return described

    def call_reducer(
        self, number: int, sender: bytes, connection: bytes, timestamp: int, args: bytes
    ) -> bytes | None:
        """As `HostedModule.call_reducer`: what the host would do with a failure is the caller's."""
        source, sink = self._source(args), self._sink()
        words = struct.unpack("<4q", sender) + struct.unpack("<2q", connection)
        code = self._exports["__call_reducer__"](self._store, number, *words, timestamp, source, sink)
        text = bytes(self._sinks.pop(sink))
        return text if code else None

    def call_procedure(
        self, number: int, sender: bytes, connection: bytes, timestamp: int, args: bytes
    ) -> bytes | None:
        """The BSATN of the result; None where it trapped, which is how a procedure fails."""
        source, sink = self._source(args), self._sink()
        words = struct.unpack("<4q", sender) + struct.unpack("<2q", connection)
        try:
            code = self._exports["__call_procedure__"](self._store, number, *words, timestamp, source, sink)
        except wasmtime.Trap as error:
            # The host tells the caller this, without its cause.
            self.trapped = str(error).partition("Caused by:")[0]
            return None
        assert code == 0
        return bytes(self._sinks.pop(sink))

    def call_view(self, number: int, sender: bytes | None) -> bytes | str:
        """The header and the rows, or the text of a failure."""
        sink = self._sink()
        if sender is None:
            code = self._exports["__call_view_anon__"](self._store, number, 0, sink)
        else:
            words = struct.unpack("<4q", sender)
            code = self._exports["__call_view__"](self._store, number, *words, 0, sink)
        data = bytes(self._sinks.pop(sink))
        if code == _CALL_FAILURE:
            return data.decode()
        assert code == 2, "the answer has a header"
        if (number, sender) not in self.looked_at:
            self.looked_at.append((number, sender))
        return data

    def _source(self, data: bytes) -> int:
        if not data:
            return 0
        self._ids += 1
        self._sources[self._ids] = data
        return self._ids

    def _sink(self) -> int:
        self._ids += 1
        self._sinks[self._ids] = bytearray()
        return self._ids

    # -- memory ----------------------------------------------------------------------------------------------------------

    def _read(self, at: int, size: int) -> bytes:
        assert at, "null pointer passed to a spacetime function"
        return bytes(self._exports["memory"].read(self._store, at, at + size))

    def _write(self, at: int, data: bytes) -> None:
        assert at, "null pointer passed to a spacetime function"
        self._exports["memory"].write(self._store, data, at)

    def _number(self, at: int) -> int:
        return int.from_bytes(self._read(at, 4), "little")

    def _put(self, at: int, number: int, size: int = 4) -> None:
        self._write(at, number.to_bytes(size, "little"))

    # -- the host's functions --------------------------------------------------------------------------------------------

    def _table_id_from_name(self, at: int, size: int, out: int) -> int:
        self._put(out, self.host.table_id(self._read(at, size).decode()))
        return 0

    def _index_id_from_name(self, at: int, size: int, out: int) -> int:
        self._put(out, self.host.index_id(self._read(at, size).decode()))
        return 0

    def _datastore_table_row_count(self, table: int, out: int) -> int:
        self._put(out, self.host.row_count(table), 8)
        return 0

    def _datastore_table_scan_bsatn(self, table: int, out: int) -> int:
        self._put(out, self.host.scan(table))
        return 0

    def _datastore_btree_scan_bsatn(self, index: int, *rest: int) -> int:
        *bounds, out = rest
        data = self.host.index_scan(index, *self._bounds(*bounds))
        self._ids += 1
        iterator = (1 << 31) + self._ids
        self._left[iterator] = data, True
        self._put(out, iterator)
        return 0

    def _datastore_delete_by_btree_scan_bsatn(self, index: int, *rest: int) -> int:
        *bounds, out = rest
        self._put(out, self.host.index_delete(index, *self._bounds(*bounds)))
        return 0

    def _bounds(
        self,
        prefix: int,
        prefix_size: int,
        elements: int,
        start: int,
        start_size: int,
        end: int,
        end_size: int,
    ) -> tuple[bytes, int, bytes, bytes]:
        before = self._read(prefix, prefix_size) if elements else b""
        return before, elements, self._read(start, start_size), self._read(end, end_size)

    def _datastore_delete_all_by_eq_bsatn(self, table: int, at: int, size: int, out: int) -> int:
        self._put(out, self.host.delete_equal(table, self._read(at, size)))
        return 0

    def _row_iter_bsatn_advance(self, iterator: int, at: int, size_at: int) -> int:
        iterator &= 0xFFFF_FFFF
        if iterator in self._left:
            data, done = self._left.pop(iterator)
        elif iterator in self.host.iterators:
            data, done = self.host.next_rows(iterator)
        else:
            return _NO_SUCH_ITER
        if len(data) > self._number(size_at):
            self._left[iterator] = data, done
            self._put(size_at, len(data))
            return _BUFFER_TOO_SMALL
        self._write(at, data)
        self._put(size_at, len(data))
        return _EXHAUSTED if done else 0

    def _row_iter_bsatn_close(self, iterator: int) -> int:
        iterator &= 0xFFFF_FFFF
        held = self._left.pop(iterator, None), self.host.iterators.pop(iterator, None)
        return _NO_SUCH_ITER if held == (None, None) else 0

    def _datastore_insert_bsatn(self, table: int, at: int, size_at: int) -> int:
        return self._answer(self.host.insert(table, self._read(at, self._number(size_at))), at, size_at)

    def _datastore_update_bsatn(self, table: int, index: int, at: int, size_at: int) -> int:
        return self._answer(
            self.host.update(table, index, self._read(at, self._number(size_at))), at, size_at
        )

    def _answer(self, answer: bytes | int, at: int, size_at: int) -> int:
        if isinstance(answer, int):
            return answer
        self._write(at, answer)
        self._put(size_at, len(answer))
        return 0

    def _bytes_sink_write(self, sink: int, at: int, size_at: int) -> int:
        self._sinks[sink] += self._read(at, self._number(size_at))
        return 0

    def _bytes_source_read(self, source: int, at: int, size_at: int) -> int:
        room = self._number(size_at)
        data = self._sources[source]
        self._sources[source] = data[room:]
        self._write(at, data[:room])
        self._put(size_at, len(data[:room]))
        return 0 if data[room:] else _EXHAUSTED

    def _console_log(
        self, level: int, _t: int, _ts: int, file: int, file_size: int, line: int, at: int, size: int
    ) -> None:
        name = self._read(file, file_size).decode() if file else ""
        self.host.log(level, name, line, self._read(at, size).decode())

    def _procedure_start_mut_tx(self, out: int) -> int:
        self._put(out, self.host.start_tx(), 8)
        return 0

    def _procedure_commit_mut_tx(self) -> int:
        # `refresh_views`: inside the procedure's own call the module is called again. What fails there ends the procedure.
        for number, sender in self.looked_at:
            answer = self.call_view(number, sender)
            if isinstance(answer, str):
                self.host.abort_tx()
                raise wasmtime.Trap(f"view call failed: {answer}")
        return 0 if self.host.commit_tx() else 1

    def _procedure_abort_mut_tx(self) -> int:
        self.host.abort_tx()
        return 0

    def _procedure_http_request(self, at: int, size: int, body_at: int, body_size: int, out: int) -> int:
        answered, head, body = self.host.http_request(self._read(at, size), self._read(body_at, body_size))
        self._put(out, self._source(head))
        if not answered:
            return _HTTP_ERROR
        self._put(out + 4, self._source(body))
        return 0

    def _identity(self, out: int) -> None:
        self._write(out, self.host.identity())
