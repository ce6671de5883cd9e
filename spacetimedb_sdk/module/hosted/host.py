"""The host's functions as Python calls them: `_stdb` inside the interpreter, a stand-in of the same shape in tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

__all__ = ["NO_SUCH_ROW", "UNIQUE_ALREADY_EXISTS", "Host", "Reader"]

# The refusals that are ordinary: `insert` and `update` return these numbers in place of bytes.
UNIQUE_ALREADY_EXISTS = 12
NO_SUCH_ROW = 15


class Reader(Protocol):
    """Reads the BSATN of one type, which the host's interpreter does itself."""

    def one(self, data: bytes) -> Any:
        """The value that `data` begins with."""
        ...

    def all(self, data: bytes) -> list[Any]:
        """The values that lie back to back in `data`."""
        ...


class Host(Protocol):
    """Every function raises OSError for what the host refuses, if not said otherwise. Rows and values are BSATN."""

    def table_id(self, name: str) -> int: ...

    def index_id(self, name: str) -> int: ...

    def row_count(self, table: int) -> int: ...

    def insert(self, table: int, row: bytes) -> bytes | int:
        """The columns of the row as stored that were 0 and were generated, in their order, or the number of the refusal."""
        ...

    def update(self, table: int, index: int, row: bytes) -> bytes | int:
        """As `insert`; the row takes the place of the one with its value in the unique index."""
        ...

    def scan(self, table: int) -> int:
        """An iterator for `next_rows`."""
        ...

    def next_rows(self, iterator: int) -> tuple[bytes, bool]:
        """Some rows back to back, and whether they were the last: then the iterator is gone."""
        ...

    def close_rows(self, iterator: int) -> None:
        """Give an iterator up before its end: nobody else does, not the end of the call either."""
        ...

    def index_scan(self, index: int, prefix: bytes, elements: int, start: bytes, end: bytes) -> bytes:
        """The rows between two bounds of one column, behind a prefix of values for the columns before it."""
        ...

    def index_delete(self, index: int, prefix: bytes, elements: int, start: bytes, end: bytes) -> int:
        """Delete those; how many there were."""
        ...

    def delete_equal(self, table: int, relation: bytes) -> int:
        """Delete the rows that equal those of an array of rows; how many there were."""
        ...

    def log(self, level: int, file: str, line: int, text: str) -> None:
        """Levels: 0 error, 1 warning, 2 info, 3 debug, 4 trace."""
        ...

    def traceback(self, error: BaseException) -> str: ...

    def identity(self) -> bytes:
        """32 bytes, little end first."""
        ...

    def reader(self, plan: Any) -> Reader | None:
        """A reader of what a plan describes (`sats.bsatn.reading_plan`); None where there is no other than Python's own."""
        ...

    def lookup(
        self, what: str, key: object, rows: object, ask: Callable[[], int], slow: Callable[[Any], Any]
    ) -> Callable[[Any], Any] | None:
        """`slow`, a function of what the first column of an index may hold (plan `key`), done by the interpreter itself. `what`:
        `found`, the BSATN of the rows; `get`, the first of `rows` (their plan), or None; `contains`; `deleted`, how many were; or
        `delete`, whether any was. `ask` gives the index's number. None where there is no other than Python's own."""
        ...

    def writer(
        self,
        replaces: bool,
        plan: object,
        generated: tuple[int, object] | None,
        ask: Callable[[], tuple[int, int]],
        slow: Callable[..., Any],
    ) -> Callable[[Any], Any] | None:
        """`slow`, which stores a row of `plan` and gives it with what was generated, done by the interpreter itself. `generated`
        are the place and the plan of the only generated column, `ask` gives the number of the table and, where the row takes
        another's place, of its key's index. `slow` gets what the host answered, too, where that is out of the ordinary. None
        where there is no other than Python's own."""
        ...

    def start_tx(self) -> int:
        """Begin a procedure's transaction; its timestamp in microseconds. On servers of 2.x."""
        ...

    def commit_tx(self) -> bool:
        """False where another transaction was first: the work is to be done again. On servers of 2.x."""
        ...

    def abort_tx(self) -> None:
        """On servers of 2.x."""
        ...

    def http_request(self, request: bytes, body: bytes) -> tuple[bool, bytes, bytes]:
        """Whether there was an answer, its head and its body; or the reason, a string, where there was none. On servers of
        2.x, while no transaction is open."""
        ...
