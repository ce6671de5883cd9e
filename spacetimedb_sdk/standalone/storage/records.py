"""What storage keeps of a commit: a record, in BSATN. A snapshot is records too: those that make the same database."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from ...sats.algebraic_type import (
    BYTES,
    CONNECTION_ID,
    I128,
    IDENTITY,
    STRING,
    ArrayType,
    Element,
    ProductType,
    Typespace,
)
from ...sats.bsatn.codec import Codec, CodecSpace
from ...types import ConnectionId, Identity
from ..tables.datastore import TableChange
from ..tables.table_store import TableStore

__all__ = ["Client", "ColumnDefaults", "RecordReader", "record_of", "snapshot_of"]

Client = tuple[Identity, ConnectionId]
# Rows of a snapshot are written in parts: one is some hundred kilobytes, however large the table.
_ROWS_PER_PART = 2_000
_BYTES_PER_PART = 4 << 20


def _product(**elements: Any) -> ProductType:
    return ProductType(tuple(Element(name, type_) for name, type_ in elements.items()))


_CLIENTS = ArrayType(_product(identity=IDENTITY, connection_id=CONNECTION_ID))
# Rows lie back to back. A row that is inserted takes the place of one with its primary key.
_RECORD = CodecSpace(Typespace(()), {}).codec(
    _product(
        changes=ArrayType(_product(table=STRING, deletes=BYTES, inserts=BYTES)),
        sequences=ArrayType(_product(table=STRING, column=STRING, last=I128)),
        joined=_CLIENTS,
        left=_CLIENTS,
    )
)


def record_of(
    changes: Iterable[TableChange], joined: Sequence[Client] = (), left: Sequence[Client] = ()
) -> bytes:
    """The record of a commit. The rows of event tables are sent, never kept."""
    written = []
    sequences: list[tuple[str, str, int]] = []
    for change in changes:
        store = change.store
        if store.is_event:
            continue
        deletes = change.deletes
        if deletes and change.inserts:
            key = store.key_of
            replaced = set(map(key, change.inserts))
            deletes = [row for row in deletes if key(row) not in replaced]
        written.append((store.name, store.packed(deletes), store.packed(change.inserts)))
        if store.sequences:
            sequences += [(store.name, column, state[0]) for column, state in store.sequences.items()]
    return _RECORD.encode((written, sequences, list(joined), list(left)))


def snapshot_of(stores: Iterable[TableStore[object]], clients: Sequence[Client]) -> Iterator[bytes]:
    """Records that make these tables as they are now; each of 2,000 rows or 4 MiB, made when it is asked for."""
    tables = [(store, store.rows()) for store in stores if not store.is_event]
    sequences = [
        (store.name, column, state[0]) for store, _ in tables for column, state in store.sequences.items()
    ]
    yield _RECORD.encode(([], sequences, list(clients), []))
    for store, rows in tables:
        for part in _parts(rows, store.encoded):
            yield _RECORD.encode(([(store.name, b"", store.packed(part))], [], [], []))


def _parts(rows: Sequence[object], encoded: Callable[[Any], bytes]) -> Iterator[Sequence[object]]:
    """The rows in runs, none of which holds the loop up, or is more than SQLite keeps in one place."""
    start = size = 0
    for number, row in enumerate(rows):
        if number - start >= _ROWS_PER_PART or size >= _BYTES_PER_PART:
            yield rows[start:number]
            start, size = number, 0
        size += len(encoded(row))
    if rows:
        yield rows[start:]


class ColumnDefaults:
    """Turns rows that were kept before a table got more columns into rows of now: the new ones come last."""

    def __init__(self, before: Codec, added: bytes) -> None:
        self._before = before
        self._added = added

    def widen(self, rows: bytes) -> bytes:
        """`rows` back to back, each with the values of the new columns after it. DecodeError for what are no rows."""
        if self._before.size == 0:
            return self._added * len(rows)
        parts: list[bytes] = []
        position = 0
        while position < len(rows):
            _, end = self._before.decode_from(rows, position)
            parts += (rows[position:end], self._added)
            position = end
        return b"".join(parts)


class RowsAside(Protocol):
    """Where rows go that are none of any table now."""

    def apply(self, deletes: bytes, inserts: bytes) -> None: ...


class RecordReader:
    """Puts records into tables; `clients` are those connected after the last one.

    `names` are what tables are called now that had another name, `wider` those with columns more than the records have,
    `aside` those whose rows are none of any table now: all by the name in the records.
    """

    def __init__(
        self,
        stores: Mapping[str, TableStore[object]],
        *,
        names: Mapping[str, str] | None = None,
        wider: Mapping[str, ColumnDefaults] | None = None,
        aside: Mapping[str, RowsAside] | None = None,
    ) -> None:
        self.clients: dict[Client, None] = {}
        self._stores = stores
        self._names = names or {}
        self._wider = wider or {}
        self._aside = aside or {}

    def apply(self, records: bytes) -> None:
        """DecodeError for bytes that are no records."""
        position = 0
        while position < len(records):
            (changes, sequences, joined, left), position = _RECORD.decode_from(records, position)
            for table, deletes, inserts in changes:
                if table in self._aside:
                    self._aside[table].apply(deletes, inserts)
                    continue
                store = self._stores[self._names.get(table, table)]
                wider = self._wider.get(table)
                if wider is not None:
                    deletes, inserts = wider.widen(deletes), wider.widen(inserts)
                store.restore(store.decode_rows(deletes), store.decode_rows(inserts))
            for table, column, last in sequences:
                if table not in self._aside:
                    self._number(self._stores[self._names.get(table, table)].sequences, column, last)
            for client in joined:
                self.clients[client] = None
            for client in left:
                self.clients.pop(client, None)

    @staticmethod
    def _number(sequences: Mapping[str, list[int]], column: str, last: int) -> None:
        """Goes on counting; the column may have another name now, or count no more."""
        state = sequences.get(column)
        if state is None and len(sequences) == 1:
            (state,) = sequences.values()
        if state is not None:
            state[0] = max(state[0], last)
