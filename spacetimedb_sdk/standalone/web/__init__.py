"""Web: HTTP routes and WebSocket connections, on aiohttp."""

from ...requirements import require

require("the embedded server", "server")
