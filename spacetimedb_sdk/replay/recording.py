"""A session in a file, and back into a client: one JSON line for each message, both ways, without tokens.

    recorder = Recorder("session.jsonl")
    client = SpacetimeDBClient.init(token, host, name, False, module_bindings, link_factory=recorder.connect)
    ...
    recorder.close()

    replay = Replay("session.jsonl")
    client = replay.connect_client(module_bindings)
    replay.play(client)

The first line names the format, the database and the subprotocol. The file is readable by its owner only: what players
said and did is in it.
"""

from __future__ import annotations

import base64
import json
import os
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, TextIO

from ..errors import DecodeError
from ..protocol.codecs.subprotocol import Decoding, Payload, SubprotocolCodec
from ..protocol.compression import decompress_frame
from ..protocol.outcomes import Connected, Outcome
from ..spacetimedb_client import SpacetimeDBClient
from ..transport.handshake import ConnectRequest
from ..transport.io_thread import DEFAULT_BACKLOG, Link
from ..transport.io_thread import connect as connect_socket
from .scripted_link import ScriptedTransport

__all__ = ["Recorder", "Replay"]

FORMAT = "spacetimedb-session-1"


class Recorder:
    """Writes what the clients that connect through it say and hear. `factory` is what makes the real links."""

    def __init__(self, path: str | Path, *, factory: Callable[..., Any] = connect_socket) -> None:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        self._file: TextIO = os.fdopen(descriptor, "w", encoding="utf-8")
        self._factory = factory
        self._lock = threading.Lock()
        self._began = time.monotonic()
        self._connections = 0

    def connect(
        self,
        request: ConnectRequest,
        codecs: Mapping[str, SubprotocolCodec],
        wake: Callable[[], None],
        *,
        backlog: int = DEFAULT_BACKLOG,
    ) -> Any:
        """The `link_factory` of a client."""
        self._connections += 1
        number = self._connections
        recording = {name: _RecordingCodec(codec, self, number) for name, codec in codecs.items()}
        link = self._factory(request, recording, wake, backlog=backlog)
        self.write({"event": "open", "connection": number, "format": FORMAT, "database": request.database})
        return _RecordingLink(link, self, number)

    def write(self, line: dict[str, Any]) -> None:
        """From any thread; nothing is written any more once the recorder is closed."""
        with self._lock:
            if not self._file.closed:
                line["t"] = round(time.monotonic() - self._began, 6)
                self._file.write(json.dumps(line) + "\n")

    def close(self) -> None:
        """Twice is fine."""
        with self._lock:
            self._file.close()

    def __enter__(self) -> Recorder:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()


def _line(event: str, connection: int, payload: Payload) -> dict[str, Any]:
    line: dict[str, Any] = {"event": event, "connection": connection}
    if isinstance(payload, str):
        line["text"] = payload
    else:
        line["binary"] = base64.b64encode(payload).decode()
    return line


class _RecordingCodec:
    """A codec that keeps each frame it is asked to decode."""

    def __init__(self, codec: SubprotocolCodec, recorder: Recorder, connection: int) -> None:
        self._codec = codec
        self._recorder = recorder
        self._connection = connection

    def __getattr__(self, name: str) -> Any:
        return getattr(self._codec, name)

    def decode(self, frame: Payload) -> Decoding:
        outcomes: list[Outcome] = yield from self._codec.decode(frame)
        kept = frame
        for outcome in outcomes:
            if isinstance(outcome, Connected):
                kept = without_token(kept, outcome.token)
        line = _line("recv", self._connection, kept)
        line["subprotocol"] = self._codec.subprotocol
        self._recorder.write(line)
        return outcomes


def without_token(frame: Payload, token: str) -> Payload:
    """The greeting with an empty token in the place of `token`, uncompressed."""
    if isinstance(frame, str):
        kept: Payload = frame.replace(json.dumps(token), '""')
        found = bool(token) and token in kept
    else:
        data = token.encode()
        plain = decompress_frame(frame) if frame[:1] != b"\0" else frame[1:]
        kept = b"\0" + plain.replace(len(data).to_bytes(4, "little") + data, bytes(4))
        found = bool(data) and data in kept
    if found:
        raise DecodeError("the token stands where no token belongs: this session cannot be recorded")
    return kept


class _RecordingLink:
    """A link that keeps what is sent."""

    def __init__(self, link: Link, recorder: Recorder, connection: int) -> None:
        self._link = link
        self._recorder = recorder
        self._connection = connection

    def __getattr__(self, name: str) -> Any:
        return getattr(self._link, name)

    def send(self, payload: Payload) -> None:
        self._recorder.write(_line("send", self._connection, payload))
        self._link.send(payload)


class Replay:
    """A recorded session, of its first connection. `received` and `sent` are its messages in order.

    `times` are those of the received ones, in seconds since the recording began.
    """

    def __init__(self, path: str | Path) -> None:
        lines = [json.loads(line) for line in Path(path).read_text(encoding="utf-8").splitlines()]
        if not lines or lines[0].get("format") != FORMAT:
            raise ValueError(
                f"{path} is no recorded session: record one with spacetimedb_sdk.testing.Recorder"
            )
        mine = [line for line in lines if line["connection"] == lines[0]["connection"]]
        self.database: str = lines[0]["database"]
        self.received = [_payload(line) for line in mine if line["event"] == "recv"]
        self.times = [float(line["t"]) for line in mine if line["event"] == "recv"]
        self.sent = [_payload(line) for line in mine if line["event"] == "send"]
        names = [line["subprotocol"] for line in mine if line["event"] == "recv"]
        self.transport = ScriptedTransport(subprotocol=names[0] if names else None)
        self._next = 0

    def connect_client(
        self, bindings: ModuleType, client: SpacetimeDBClient | None = None, **options: Any
    ) -> SpacetimeDBClient:
        """A client to which `play` and `step` tell the session; `client` where one was made before."""
        return self.transport.connect_client(bindings, client, **options)

    def step(self, client: SpacetimeDBClient) -> bool:
        """One more message of the server, applied; False when there is none left."""
        if self._next >= len(self.received):
            return False
        self.transport.link.receive(self.received[self._next])
        self._next += 1
        client.update()
        return True

    def play(self, client: SpacetimeDBClient) -> None:
        """All that is left of the session."""
        while self.step(client):
            pass


def _payload(line: dict[str, Any]) -> Payload:
    text = line.get("text")
    return text if isinstance(text, str) else base64.b64decode(line["binary"])
