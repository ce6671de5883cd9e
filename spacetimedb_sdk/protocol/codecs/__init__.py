"""Codecs: one class for each subprotocol, frames into outcomes and calls into frames."""
