"""Messages and codecs of the subprotocols, and the state of a connection: bytes in, outcomes out, no I/O."""
