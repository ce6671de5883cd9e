"""A host in Python: SpacetimeDB's functions over rows in memory, as far as a module's tables use them.

It knows no module, only definitions and BSATN, as the real one: rows are told apart by their bytes, indexes compare
values, generated columns come back alone. Undoing a failed call is the caller's, by `snapshot` and `restore`.
"""

from __future__ import annotations

import struct
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from spacetimedb_sdk.module import Module
from spacetimedb_sdk.module.hosted.host import NO_SUCH_ROW, UNIQUE_ALREADY_EXISTS
from spacetimedb_sdk.sats.algebraic_type import ProductType
from spacetimedb_sdk.sats.bsatn.codec import CodecSpace
from spacetimedb_sdk.sats.schema.module_def import TableDef

# Rows come in pieces of as many, so that what takes them has to ask again.
PIECE = 3


@dataclass
class _Table:
    definition: TableDef
    space: CodecSpace
    columns: list[Any]
    rows: list[bytes] = field(default_factory=list)
    numbers: dict[int, int] = field(default_factory=dict)

    def values(self, row: bytes) -> list[Any]:
        at, found = 0, []
        for codec in self.columns:
            value, at = codec.decode_from(row, at)
            found.append(value)
        return found

    def encode(self, values: list[Any]) -> bytes:
        return b"".join(codec.encode(value) for codec, value in zip(self.columns, values, strict=True))


class PlanReader:
    """What the interpreter's own reader does, in Python: values by a plan (see `reading_plan`)."""

    def __init__(self, plan: Any) -> None:
        self._plan = plan

    def one(self, data: bytes) -> Any:
        return self._take(self._plan, data, 0)[0]

    def all(self, data: bytes) -> list[Any]:
        at, values = 0, []
        while at < len(data):
            value, at = self._take(self._plan, data, at)
            values.append(value)
        return values

    def _take(self, plan: Any, data: bytes, at: int) -> tuple[Any, int]:
        match plan:
            case "s" | "y":
                end = at + 4 + int.from_bytes(data[at : at + 4], "little")
                value = data[at + 4 : end]
                return (value.decode() if plan == "s" else value), end
            case str():
                (value,) = struct.unpack_from(f"<{plan}", data, at)
                return value, at + struct.calcsize(f"<{plan}")
            case int():
                return data[at : at + plan], at + plan
            case ("turned", function, _, _, width):
                return function(data[at : at + width]), at + width
            case ("variant", members):
                return members[data[at]], at + 1
            case ("option", inner):
                return self._take(inner, data, at + 1) if data[at] == 0 else (None, at + 1)
            case ("list", inner):
                count, at = int.from_bytes(data[at : at + 4], "little"), at + 4
                values = []
                for _ in range(count):
                    value, at = self._take(inner, data, at)
                    values.append(value)
                return values, at
            case ("sum", variants):
                return self._take(variants[data[at]], data, at + 1)
            case (function, inner):
                value, at = self._take(inner, data, at)
                return function(value), at
            case (cls, members, plans):
                made = object.__new__(cls)
                for member, inner in zip(members, plans, strict=True):
                    value, at = self._take(inner, data, at)
                    member.__set__(made, value)
                return made, at
        raise AssertionError(plan)


class PythonHost:
    """The database of one module."""

    def __init__(self, module: Module) -> None:
        build = module.build()
        space = CodecSpace(build.definition.typespace, {})
        self.tables: dict[int, _Table] = {}
        self.indexes: dict[int, tuple[int, tuple[int, ...]]] = {}
        self._table_ids: dict[str, int] = {}
        self._index_ids: dict[str, int] = {}
        # What is left of each scan that nobody has come to the end of, nor closed.
        self.iterators: dict[int, list[bytes]] = {}
        self._scans = 0
        self.logged: list[tuple[int, str, int, str]] = []
        self.transactions: list[str] = []
        self.before_commit: Callable[[], bool] = lambda: True
        # Every request with its body, and what it is answered: see `Host.http_request`.
        self.requests: list[tuple[bytes, bytes]] = []
        self.answer: tuple[bool, bytes, bytes] = False, b"\x07\0\0\0nowhere", b""
        for number, definition in enumerate(build.definition.tables, 4096):
            row = build.definition.typespace.types[definition.row_ref]
            assert isinstance(row, ProductType)
            columns = [space.codec(element.type) for element in row.elements]
            self.tables[number] = _Table(definition, space, columns)
            self._table_ids[definition.name] = number
            for index in definition.indexes:
                index_id = len(self.indexes) + 1
                self.indexes[index_id] = number, index.columns
                self._index_ids[index.name or ""] = index_id

    def snapshot(self) -> dict[int, list[bytes]]:
        return {number: list(table.rows) for number, table in self.tables.items()}

    def restore(self, rows: dict[int, list[bytes]]) -> None:
        for number, kept in rows.items():
            self.tables[number].rows = kept

    # -- the host's functions --------------------------------------------------------------------------------------------

    def table_id(self, name: str) -> int:
        return self._table_ids[name]

    def index_id(self, name: str) -> int:
        return self._index_ids[name]

    def row_count(self, table: int) -> int:
        return len(self.tables[table].rows)

    def insert(self, table: int, row: bytes) -> bytes | int:
        owner = self.tables[table]
        values = owner.values(row)
        generated = b""
        # As a server has them: in an order of their own, which is not that of the columns.
        for sequence in sorted(owner.definition.sequences, key=lambda item: -item.column):
            if values[sequence.column] == 0:
                number = owner.numbers.get(sequence.column, 0) + 1
                owner.numbers[sequence.column] = values[sequence.column] = number
                # As `Table::sequence_triggers_for`: of the others nothing comes back.
                generated += owner.columns[sequence.column].encode(number)
        encoded = owner.encode(values)
        if encoded in owner.rows:
            return generated
        if self._holder(owner, values) is not None:
            return UNIQUE_ALREADY_EXISTS
        if not owner.definition.is_event:
            owner.rows.append(encoded)
        return generated

    def update(self, table: int, index: int, row: bytes) -> bytes | int:
        owner = self.tables[table]
        values = owner.values(row)
        _, columns = self.indexes[index]
        old = next(
            (r for r in owner.rows if _picked(owner.values(r), columns) == _picked(values, columns)), None
        )
        if old is None:
            return NO_SUCH_ROW
        others = [r for r in owner.rows if r != old]
        if self._holder(owner, values, others) is not None:
            return UNIQUE_ALREADY_EXISTS
        owner.rows[owner.rows.index(old)] = owner.encode(values)
        return b""

    def _holder(self, owner: _Table, values: list[Any], rows: list[bytes] | None = None) -> bytes | None:
        for row in owner.rows if rows is None else rows:
            held = owner.values(row)
            if any(
                _picked(held, c.columns) == _picked(values, c.columns) for c in owner.definition.constraints
            ):
                return row
        return None

    def scan(self, table: int) -> int:
        self._scans += 1
        self.iterators[self._scans] = list(self.tables[table].rows)
        return self._scans

    def next_rows(self, iterator: int) -> tuple[bytes, bool]:
        rows = self.iterators[iterator]
        piece = b"".join(rows[:PIECE])
        del rows[:PIECE]
        if not rows:
            del self.iterators[iterator]
        return piece, not rows

    def close_rows(self, iterator: int) -> None:
        del self.iterators[iterator]

    def _between(
        self, index: int, prefix: bytes, elements: int, start: bytes, end: bytes
    ) -> tuple[_Table, list[bytes]]:
        table, columns = self.indexes[index]
        owner = self.tables[table]
        codecs = [owner.columns[column] for column in columns]
        at, before = 0, []
        for codec in codecs[:elements]:
            value, at = codec.decode_from(prefix, at)
            before.append(_sorting(value))
        ranged = codecs[elements]
        low = None if start[0] == 2 else (_sorting(ranged.decode(start[1:])), start[0] == 0)
        high = None if end[0] == 2 else (_sorting(ranged.decode(end[1:])), end[0] == 0)
        found = []
        for row in owner.rows:
            held = _picked(owner.values(row), columns)
            value = held[elements]
            if (
                list(held[:elements]) == before
                and (low is None or value > low[0] or (low[1] and value == low[0]))
                and (high is None or value < high[0] or (high[1] and value == high[0]))
            ):
                found.append(row)
        if low != high or low is None:
            found.sort(key=lambda row: _picked(owner.values(row), columns))
        return owner, found

    def index_scan(self, index: int, prefix: bytes, elements: int, start: bytes, end: bytes) -> bytes:
        return b"".join(self._between(index, prefix, elements, start, end)[1])

    def index_delete(self, index: int, prefix: bytes, elements: int, start: bytes, end: bytes) -> int:
        owner, found = self._between(index, prefix, elements, start, end)
        owner.rows = [row for row in owner.rows if row not in found]
        return len(found)

    def delete_equal(self, table: int, relation: bytes) -> int:
        owner = self.tables[table]
        assert relation[:4] == (1).to_bytes(4, "little")
        before = len(owner.rows)
        owner.rows = [row for row in owner.rows if row != relation[4:]]
        return before - len(owner.rows)

    def log(self, level: int, file: str, line: int, text: str) -> None:
        self.logged.append((level, file, line, text))

    def traceback(self, error: BaseException) -> str:
        return "".join(traceback.format_exception(error))

    def identity(self) -> bytes:
        return bytes(range(32))

    def lookup(self, *_: Any) -> None:
        """Python's own."""

    def writer(self, *_: Any) -> None:
        """Python's own."""

    def reader(self, plan: Any) -> PlanReader:
        return PlanReader(plan)

    def start_tx(self) -> int:
        self._kept = self.snapshot()
        self.transactions.append("start")
        return 5_000_000

    def commit_tx(self) -> bool:
        done = self.before_commit()
        self.transactions.append("commit" if done else "again")
        if not done:
            self.restore(self._kept)
        return done

    def abort_tx(self) -> None:
        self.transactions.append("abort")
        self.restore(self._kept)

    def http_request(self, request: bytes, body: bytes) -> tuple[bool, bytes, bytes]:
        self.requests.append((request, body))
        return self.answer


def _picked(values: list[Any], columns: tuple[int, ...]) -> tuple[Any, ...]:
    return tuple(_sorting(values[column]) for column in columns)


def _sorting(value: Any) -> Any:
    """Floats as a server has them: NaN is itself, and comes last."""
    return (value != value, 0.0 if value != value else value) if isinstance(value, float) else value
