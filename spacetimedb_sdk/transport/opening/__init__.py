"""Opening: from an address to a WebSocket that stands, or to one error that says why not; HTTP dials the same way."""
