"""Sessions without sockets, whose frames are kept as the very objects they are."""

from __future__ import annotations

from typing import Any, Literal

from spacetimedb_sdk.module import Module
from spacetimedb_sdk.protocol.compression import decompress_frame
from spacetimedb_sdk.protocol.frames import FrameParser
from spacetimedb_sdk.standalone import Database
from spacetimedb_sdk.standalone.sessions.session import Session
from spacetimedb_sdk.standalone.sessions.v1 import V1BsatnSession
from spacetimedb_sdk.standalone.subscriptions.registry import Subscriptions
from spacetimedb_sdk.types import ConnectionId, Identity
from tests.conformance.conformance_module import module

__all__ = ["Inbox", "payloads"]


class Inbox:
    """A database and sessions with it."""

    def __init__(self, module: Module = module, compatibility: Literal["1.2", "2.8"] | None = None) -> None:
        self.database = Database(module, clock=lambda: 1_000_000, compatibility=compatibility)
        self.subscriptions = Subscriptions(self.database)
        self.database.on_commit = self.subscriptions.broadcast

    def session(
        self, number: int, kind: type[Session] = V1BsatnSession, **options: Any
    ) -> tuple[Session, list[bytes]]:
        """Session number `number`, which has been greeted, and what it will be sent."""
        frames: list[bytes] = []
        session = kind(
            self.database,
            self.subscriptions,
            frames.append,
            identity=Identity(number.to_bytes(32, "big")),
            connection_id=ConnectionId(number.to_bytes(16, "big")),
            token="",
            clock=lambda: 1_000_000,
            **options,
        )
        session.open()
        frames.clear()
        return session, frames


def payloads(frames: list[bytes]) -> list[bytes]:
    """What the frames hold, decompressed: a message each, or text."""
    found = []
    for opcode, payload in FrameParser().feed(b"".join(frames)):
        found.append(payload if opcode == 1 else decompress_frame(payload))
    return found
