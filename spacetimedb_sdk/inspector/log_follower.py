"""The module's log, followed while a page shows it."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import Any

from ..errors import HttpError, SpacetimeDBException
from ..sats.readable import when
from ..system.aside import aside
from ..system.plain_text import error_text
from ..types import Timestamp
from .columns import shown
from .watched import WatchedDatabase

__all__ = ["LogFollower", "LogLine"]

# Lines that are kept, and those that are asked for at the start.
_KEPT = 2000
_FIRST = 500
_RETRY = 2.0
_FORBIDDEN = 403
# Letters of a line on the page: a traceback has many.
_SHOWN = 4000


@dataclass(frozen=True, slots=True)
class LogLine:
    """`number` grows by one with each line; `level` is `error`, `warn`, `info`, `debug`, `trace` or `panic`."""

    number: int
    level: str
    text: str


class LogFollower:
    """`lines` are the last ones; `problem` says why there are none. It begins when it is `start`ed, once."""

    def __init__(self, database: WatchedDatabase) -> None:
        self._database = database
        self.lines: deque[LogLine] = deque(maxlen=_KEPT)
        self.problem = ""
        self._number = 0
        self._following: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Follow, unless it does."""
        if self._following is None:
            self._following = asyncio.get_running_loop().create_task(self._follow())

    async def _follow(self) -> None:
        while True:
            if not self._database.is_owner:
                self.problem = (
                    "Only the owner of the database may read its log: give the owner's token with --token."
                )
            if self._database.is_connected and self._database.is_owner:
                await self._read()
            await asyncio.sleep(_RETRY)

    async def _read(self) -> None:
        loop, http, name = asyncio.get_running_loop(), self._database.http, self._database.name
        self.lines.clear()
        self.problem = ""

        def read() -> None:
            for entry in http.logs(name, num_lines=_FIRST, follow=True):
                loop.call_soon_threadsafe(self._took, entry)

        try:
            await aside(read)
        except HttpError as error:
            refused = error.status == _FORBIDDEN or "does not own" in error.body
            self.problem = (
                "Only the owner of the database may read its log." if refused else error_text(error)
            )
        except (SpacetimeDBException, RuntimeError) as error:  # a loop that has ended takes no more lines
            self.problem = error_text(error)

    def _took(self, entry: Any) -> None:
        self._number += 1
        level = str(entry["level"]).lower()
        function = f"{entry['function']}: " if entry.get("function") else ""
        try:
            moment = when(Timestamp(int(entry["ts"])))
        except (TypeError, ValueError):
            moment = "?"
        lines = [shown(line, _SHOWN) for line in f"{function}{entry['message']}".split("\n")]
        text = "\n".join(
            [f"{moment}  {level.upper():<5}  {lines[0]}", *(f"    {line}" for line in lines[1:])]
        )
        self.lines.append(LogLine(self._number, level, text))
