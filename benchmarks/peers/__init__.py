"""What the benchmark of the SDK is made of: a source of messages, and the clients that receive them."""
