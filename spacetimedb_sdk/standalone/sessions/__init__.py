"""Sessions: one client's protocol, its messages in and what answers them. Bytes only, no sockets."""
