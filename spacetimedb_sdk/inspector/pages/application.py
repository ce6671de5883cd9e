"""The web application: one page, and what all of its tabs are like."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from nicegui import ui

from ..columns import shown
from ..log_follower import LogFollower
from ..watched import WatchedDatabase
from .frame import Frame

__all__ = ["application"]

_ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#4f46e5"/>'
    '<path d="M8 11h16M8 16h10M8 21h13" stroke="#fff" stroke-width="2.6" stroke-linecap="round"/></svg>'
)
_STYLE = """
:root { --nicegui-default-padding: 0; --nicegui-default-gap: 0.75rem; }
body { font-feature-settings: "tnum"; }
body.body--light { background: #f6f7fb; }
body.body--dark { background: #12141c; }
.body--dark .q-card, .body--dark .q-table__card, .body--dark .q-menu { background: #1b1e2a; }
.body--dark .rows .q-table td, .body--dark .rows .q-table th { border-color: rgba(255, 255, 255, 0.09); }
.panel { border-radius: 12px; border: 1px solid rgba(128, 132, 160, 0.22); box-shadow: none !important; }
.rows .q-table td { font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-size: 12.5px; height: 30px; padding: 2px 12px;
  max-width: 360px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.rows .q-table th { font-weight: 600; font-size: 12px; padding: 4px 12px; }
.rows .q-table thead tr { height: 36px; }
.rows .q-table tbody tr { cursor: pointer; }
.mono { font-family: ui-monospace, "DejaVu Sans Mono", monospace; }
.muted { opacity: 0.65; }
.item-chosen { background: rgba(79, 70, 229, 0.14); font-weight: 600; }
.log-line { white-space: pre-wrap; overflow-wrap: anywhere; font-size: 12.5px; line-height: 1.5; }
.log-error, .log-panic { color: #e5484d; } .log-warn { color: #d97706; } .log-debug, .log-trace { opacity: 0.6; }
"""


def application(watched: WatchedDatabase, log: LogFollower) -> Any:
    """The ASGI application that shows `watched`."""
    app = FastAPI(openapi_url=None)

    async def page() -> None:
        ui.add_css(_STYLE)
        ui.colors(primary="#4f46e5", positive="#16a34a", negative="#e5484d", warning="#d97706")
        Frame(watched, log, ui.context.client).start()

    ui.page("/", title=f"{shown(watched.name, 60)} · inspector")(page)
    ui.run_with(
        app,
        title="inspector",
        favicon=_ICON,
        dark=False,
        show_welcome_message=False,
        gzip_middleware_factory=None,
        binding_refresh_interval=None,
        reconnect_timeout=10.0,
        message_history_length=200,
    )
    return app
