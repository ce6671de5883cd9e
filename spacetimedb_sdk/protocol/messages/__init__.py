"""Messages: what v1 and v2 send, as dataclasses with their codecs (spec: websocket.md)."""
