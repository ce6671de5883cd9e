"""Web: HTTP routes and WebSocket connections, on aiohttp."""

from ...system.requirements import require

require("the embedded server", "server")
