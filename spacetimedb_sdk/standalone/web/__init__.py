"""Web: HTTP routes and WebSocket connections, on aiohttp."""
