"""Plays a recorded scenario against a server of our own, over real sockets, under a clock that the recording moves.

Identities are hashes that nobody can ask for: those of the recording are written as ours on the way in, and ours as theirs
on the way out. Connection ids are asked for as they were recorded. After each frame every client pings and waits for the
pong, which the server sends in order: what has come until then is all that comes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator
from typing import Any, Literal

from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType

from spacetimedb_sdk.module import Module
from spacetimedb_sdk.protocol.compression import decompress_frame
from spacetimedb_sdk.standalone.server import ServerHandle, serve
from spacetimedb_sdk.types import Identity
from tests.standalone.transcripts import MOMENTS, Transcript, messages, payload

__all__ = ["Replay"]


class Replay:
    """One scenario against `module`. `compressed` are the compression bytes of the frames that were."""

    def __init__(
        self, transcript: Transcript, module: Module, compatibility: Literal["1.2", "2.8"] | None
    ) -> None:
        self.transcript = transcript
        self.module = module
        self.compatibility = compatibility
        self.now = self.start = MOMENTS.start
        self.inboxes: dict[str, deque[Any]] = {}
        self.compressed: list[int] = []
        self._sockets: dict[str, ClientWebSocketResponse] = {}
        self._ours: dict[str, Identity] = {}  # by the recorded one, in hex

    async def play(self) -> AsyncIterator[tuple[Any, Any]]:
        """(recorded, ours) for every message a client received."""
        options: dict[str, Any] = {"database": "golden", "compatibility": self.compatibility}
        async with (
            serve(self.module, clock=lambda: self.now, **options) as running,
            ClientSession() as session,
        ):
            self._running: ServerHandle = running
            self._database = running.database_host.database
            recorded = self.transcript.header["database_identity"]["__identity__"]
            self._ours[recorded.removeprefix("0x")] = self._database.identity
            for position, event in enumerate(self.transcript.events):
                async for pair in self._event(session, position, event):
                    yield pair
            left = {client: list(inbox) for client, inbox in self.inboxes.items() if inbox}
            assert left == {}, f"nobody was recorded to hear this: {left}"
            for socket in self._sockets.values():
                await socket.close()

    async def _event(
        self, session: ClientSession, position: int, event: dict[str, Any]
    ) -> AsyncIterator[tuple[Any, Any]]:
        client = event["client"]
        match event["event"]:
            case "open":
                await self._advance(event["t"])
                await self._open(session, client, position)
            case "send":
                await self._advance(event["t"])
                sent = self._renamed(payload(event), inwards=True)
                if isinstance(sent, str):
                    await self._sockets[client].send_str(sent)
                else:
                    await self._sockets[client].send_bytes(sent)
                await self._settle()
            case "client-close":
                socket = self._sockets.pop(client, None)  # some recordings close everybody again at the end
                if socket is not None:
                    await socket.close()
                    await self._settle()
            case "recv":
                for recorded in messages(self.transcript.protocol, payload(event)):
                    await self._procedures_ended(client)
                    while not self.inboxes[client] and (due := self._database.next_due()) is not None:
                        await self._run_until(due)
                    assert self.inboxes[client], f"event {position}: nothing came to {client}: {recorded}"
                    yield recorded, self.inboxes[client].popleft()

    async def _procedures_ended(self, client: str) -> None:
        """Procedures answer from beside the loop: what they change and return is there once none runs any more."""
        beside = self._running.database_host.beside
        while not self.inboxes[client] and beside is not None and beside.is_busy:
            await self._settle()
        if not self.inboxes[client]:
            await self._settle()

    async def _open(self, session: ClientSession, client: str, position: int) -> None:
        identity, connection_id = self.transcript.greeting(position)
        tokens = self._running.database_host.tokens
        credentials = tokens.mint(f"recorded as {identity}")
        self._ours[identity] = credentials.identity
        query = self.transcript.events[position]["path"].partition("?")[2]
        self._sockets[client] = await session.ws_connect(
            f"{self._running.url}/v1/database/golden/subscribe?{query}&connection_id={connection_id}",
            protocols=(self.transcript.protocol,),
            headers={"Authorization": f"Bearer {credentials.token}"},
            autoping=False,
            max_msg_size=0,
        )
        assert self._sockets[client].protocol == self.transcript.protocol
        self.inboxes[client] = deque()
        await self._settle()

    def _renamed(self, frame: str | bytes, *, inwards: bool) -> Any:
        """Recorded identities for ours, or back. They have one length, so every length field still holds."""
        for theirs, identity in self._ours.items():
            before, after = Identity.from_string(theirs), identity
            if not inwards:
                before, after = after, before
            if isinstance(frame, str):
                frame = frame.replace(str(before), str(after))
            else:
                frame = frame.replace(before.to_le(), after.to_le())
                frame = frame.replace(str(before).encode(), str(after).encode())
        return frame

    async def _settle(self) -> None:
        """Returns once every client has all that was sent to it until now."""
        for client, socket in self._sockets.items():
            await socket.ping(b"settled")
            while (message := await socket.receive()).type is not WSMsgType.PONG:
                assert message.type in (WSMsgType.BINARY, WSMsgType.TEXT), message
                frame = message.data
                if isinstance(frame, bytes) and frame[0]:
                    self.compressed.append(frame[0])
                    frame = b"\x00" + decompress_frame(frame)
                frame = self._renamed(frame, inwards=False)
                self.inboxes[client].extend(messages(self.transcript.protocol, frame))

    async def _advance(self, seconds: float) -> None:
        await self._run_until(self.start + round(seconds * 1_000_000))

    async def _run_until(self, now: int) -> None:
        while (due := self._database.next_due()) is not None and due <= now:
            self.now = max(due, self.now)
            self._database.run_scheduled(self.now)
            await self._settle()
        self.now = max(self.now, now)
