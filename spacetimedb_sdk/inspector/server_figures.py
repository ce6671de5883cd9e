"""What an embedded server counts for a database, out of its figures for Prometheus; other servers have none of these."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["ServerFigures", "server_figures"]

_LINE = re.compile(r'spacetimedb_(\w+)\{database="([^"]*)"\} (\S+)')
_NAMES = {
    "calls_total": "calls",
    "commits_total": "commits",
    "changed_rows_total": "changed_rows",
    "tick_lateness_seconds_sum": "late_seconds",
    "tick_lateness_seconds_count": "timers",
}


@dataclass(frozen=True, slots=True)
class ServerFigures:
    """Counted since the server was started; `late_seconds` is how late its `timers` were run, together."""

    calls: float = 0.0
    commits: float = 0.0
    changed_rows: float = 0.0
    late_seconds: float = 0.0
    timers: float = 0.0


def server_figures(text: str, database: str) -> ServerFigures | None:
    """Those of the database, or of the only one there is; None where the text has none."""
    found: dict[str, dict[str, float]] = {}
    for name, owner, value in _LINE.findall(text):
        if name in _NAMES:
            try:
                found.setdefault(owner, {})[_NAMES[name]] = float(value)
            except ValueError:  # another server's text
                return None
    own = found.get(database) or (next(iter(found.values())) if len(found) == 1 else None)
    return None if own is None else ServerFigures(**own)
