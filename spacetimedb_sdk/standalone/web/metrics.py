"""What a host watches: a sign of health, and figures in Prometheus' text format."""

from __future__ import annotations

from collections.abc import Iterable

from aiohttp import web

from ..hosting.host import DatabaseHost
from ..hosting.timer_lateness import LATENESS_BUCKETS
from .requests import DATABASES, written_json

__all__ = ["health", "metrics"]


async def health(request: web.Request) -> web.Response:
    """200 as long as the loop turns."""
    return written_json({"status": "ok", "databases": len(request.app[DATABASES].hosts)})


async def metrics(request: web.Request) -> web.Response:
    """Figures of every database. Private tables have no name here."""
    hosts = request.app[DATABASES].hosts
    text = "".join(_family(*family) for family in _families(hosts))
    return web.Response(body=text.encode(), content_type="text/plain", charset="utf-8")


Sample = tuple[str, DatabaseHost, dict[str, str], float]


def _families(hosts: tuple[DatabaseHost, ...]) -> Iterable[tuple[str, str, str, list[Sample]]]:
    def simple(name: str, kind: str, help_: str, values: list[float]) -> tuple[str, str, str, list[Sample]]:
        return name, kind, help_, [("", host, {}, v) for host, v in zip(hosts, values, strict=True)]

    yield simple(
        "connections", "gauge", "Open WebSocket connections.", [len(host.connections) for host in hosts]
    )
    yield simple("calls_total", "counter", "Reducers run.", [host.database.calls for host in hosts])
    failed: list[float] = [host.database.failed_calls for host in hosts]
    yield simple("failed_calls_total", "counter", "Reducers that failed; they changed nothing.", failed)
    yield simple("commits_total", "counter", "Transactions committed.", [h.database.commits for h in hosts])
    changed: list[float] = [host.changed_rows for host in hosts]
    yield simple("changed_rows_total", "counter", "Rows inserted and deleted by commits.", changed)
    waiting: list[float] = [sum(c.waiting_frames for c in host.connections) for host in hosts]
    yield simple("waiting_frames", "gauge", "Frames that clients have not taken yet.", waiting)
    rows = [
        ("", host, {"table": store.name}, float(store.count()))
        for host in hosts
        for store in host.database.datastore.stores.values()
        # How many rows there are that a client may not see is nothing it may know.
        if store.definition.is_public and store.name not in host.subscriptions.visible
    ]
    yield "table_rows", "gauge", "Rows of a public table.", rows
    yield "tick_lateness_seconds", "histogram", "How late timers were run.", list(_lateness(hosts))


def _lateness(hosts: tuple[DatabaseHost, ...]) -> Iterable[Sample]:
    for host in hosts:
        lateness = host.lateness
        below = 0
        for bound, count in zip(LATENESS_BUCKETS, lateness.counts, strict=False):
            below += count
            yield "_bucket", host, {"le": str(bound)}, below
        yield "_bucket", host, {"le": "+Inf"}, lateness.count
        yield "_sum", host, {}, lateness.total_seconds
        yield "_count", host, {}, lateness.count


def _family(name: str, kind: str, help_: str, samples: list[Sample]) -> str:
    name = f"spacetimedb_{name}"
    lines = [f"# HELP {name} {help_}", f"# TYPE {name} {kind}"]
    for suffix, host, labels, value in samples:
        pairs = ",".join(f'{key}="{label}"' for key, label in {"database": host.name, **labels}.items())
        lines.append(
            f"{name}{suffix}{{{pairs}}} {value:g}" if value % 1 else f"{name}{suffix}{{{pairs}}} {int(value)}"
        )
    return "\n".join(lines) + "\n"
