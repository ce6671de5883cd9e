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
import contextlib
import json
import logging
import os
import socket
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
from ..system.parsing import parsed_json
from ..transport.client_link import ClientLink, LinkFactory
from ..transport.gc_pause import GcPause
from ..transport.io_thread import DEFAULT_BACKLOG
from ..transport.io_thread import connect as connect_socket
from ..transport.opening.handshake import ConnectRequest
from ..transport.timing import LinkTiming
from .scripted_link import ScriptedTransport

__all__ = ["Recorder", "Replay"]

FORMAT = "spacetimedb-session-1"
log = logging.getLogger("spacetimedb_sdk.replay")
# Seconds. A later time is a broken one: no program runs for thirty years.
_LONGEST = 1e9


class Recorder:
    """Writes what the clients that connect through it send and receive. `factory` is what makes the real links.

    OSError where the file cannot be made. One that cannot be written any more (a full disk) ends there, with a warning in
    the log and the error in `failure`: the clients go on.
    """

    def __init__(self, path: str | Path, *, factory: LinkFactory = connect_socket) -> None:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        self._file: TextIO = os.fdopen(descriptor, "w", encoding="utf-8")
        self.failure: OSError | None = None
        self._path = path
        self._factory = factory
        # Links write from the I/O thread, from the program's and, with several clients, at once.
        # A signal's handler may send in the midst of another write.
        self._lock = threading.RLock()
        self._began = time.monotonic()
        self._connections = 0
        self._begun: set[object] = set()

    def connect(
        self,
        request: ConnectRequest,
        codecs: Mapping[str, SubprotocolCodec],
        wake: Callable[[], None],
        *,
        backlog: int = DEFAULT_BACKLOG,
    ) -> ClientLink:
        """The `link_factory` of a client."""
        self._connections += 1
        number = self._connections
        opening = {"event": "open", "connection": number, "format": FORMAT, "database": request.database}
        recording = {name: _RecordingCodec(codec, self, number, opening) for name, codec in codecs.items()}
        link = self._factory(request, recording, wake, backlog=backlog)
        self.begin(opening)
        return _RecordingLink(link, self, number)

    def begin(self, opening: dict[str, object]) -> None:
        """Write the first line of a connection, unless it is there: messages may come before its link is handed out."""
        with self._lock:
            if opening["connection"] not in self._begun:
                self._begun.add(opening["connection"])
                self._write(opening)

    def write(self, line: dict[str, object]) -> None:
        """From any thread; nothing is written any more once the recorder is closed."""
        with self._lock:
            self._write(line)

    def _write(self, line: dict[str, object]) -> None:
        if not self._file.closed:
            line["t"] = round(time.monotonic() - self._began, 6)
            try:
                self._file.write(json.dumps(line) + "\n")
            except OSError as error:
                self._fail(error)

    def _fail(self, error: OSError) -> None:
        self.failure = error
        log.warning(
            "the recording %s ends here, the session goes on: %s", self._path, error.strerror or error
        )
        # What waits to be written goes with it: to close the file would try that once more.
        with contextlib.suppress(OSError):
            self._file.close()

    def close(self) -> None:
        """Twice is fine."""
        with self._lock:
            try:
                self._file.close()
            except OSError as error:
                self._fail(error)

    def __enter__(self) -> Recorder:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()


def _line(event: str, connection: int, payload: Payload) -> dict[str, object]:
    line: dict[str, object] = {"event": event, "connection": connection}
    if isinstance(payload, str):
        line["text"] = payload
    else:
        line["binary"] = base64.b64encode(payload).decode()
    return line


class _RecordingCodec:
    """A codec that keeps each frame it is asked to decode."""

    def __init__(
        self, codec: SubprotocolCodec, recorder: Recorder, connection: int, opening: dict[str, object]
    ) -> None:
        self._opening = opening
        self._codec = codec
        self._recorder = recorder
        self._connection = connection

    def __getattr__(self, name: str) -> Any:
        return getattr(self._codec, name)

    def decode(self, frame: Payload) -> Decoding:
        said = self._codec.decode(frame)
        outcomes: list[Outcome] = said if isinstance(said, list) else (yield from said)
        kept = frame
        for outcome in outcomes:
            if isinstance(outcome, Connected):
                kept = without_token(kept, outcome.token)
        line = _line("recv", self._connection, kept)
        line["subprotocol"] = self._codec.subprotocol
        self._recorder.begin(self._opening)
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
    """A link that keeps what is sent; all else is the inner link's."""

    def __init__(self, link: ClientLink, recorder: Recorder, connection: int) -> None:
        self._link = link
        self._recorder = recorder
        self._connection = connection

    def send(self, payload: Payload) -> None:
        self._recorder.write(_line("send", self._connection, payload))
        self._link.send(payload)

    @property
    def request(self) -> ConnectRequest:
        return self._link.request

    @property
    def timing(self) -> LinkTiming:
        return self._link.timing

    @property
    def bytes_received(self) -> int:
        return self._link.bytes_received

    @property
    def bytes_sent(self) -> int:
        return self._link.bytes_sent

    @property
    def queued_bytes(self) -> int:
        return self._link.queued_bytes

    @property
    def waiting(self) -> int:
        return self._link.waiting

    def take(self) -> Outcome | None:
        return self._link.take()

    def wait(self, timeout: float, pause: GcPause) -> bool:
        return self._link.wait(timeout, pause)

    @property
    def is_quiet(self) -> bool:
        return self._link.is_quiet

    def lend(self) -> socket.socket | None:
        return self._link.lend()

    @property
    def is_lent(self) -> bool:
        return self._link.is_lent

    def read(self) -> bool:
        return self._link.read()

    @property
    def looks_for_answer(self) -> bool:
        return self._link.looks_for_answer

    def give_back(self) -> None:
        self._link.give_back()

    def close(self) -> None:
        self._link.close()

    def join(self, timeout: float) -> bool:
        return self._link.join(timeout)

    @property
    def has_ended(self) -> bool:
        return self._link.has_ended


class Replay:
    """A recorded session, of its first connection. `received` and `sent` are its messages in order.

    `times` are those of the received ones, in seconds since the recording began; they never run backwards. A file that is
    cut or broken counts up to its first line that is not whole; `damage` then says in one sentence what is missing, else
    it is None. Raises OSError for a file that cannot be read, ValueError for one that is no recorded session.
    """

    def __init__(self, path: str | Path) -> None:
        self.database = ""
        self.received: list[Payload] = []
        self.times: list[float] = []
        self.sent: list[Payload] = []
        self.damage: str | None = None
        self._connection: object = None
        subprotocol: str | None = None
        number = 0
        with open(path, "rb") as file:
            for number, text in enumerate(file, start=1):
                try:
                    line = _whole_line(text)
                    if number == 1:
                        self._open(line)
                    name = self._keep(line)
                except ValueError as error:
                    if number == 1:
                        number = 0
                        break
                    self.damage = (
                        f"line {number} of {path} is broken ({error}): what comes before it is played"
                    )
                    break
                subprotocol = subprotocol or name
        if not number:
            raise ValueError(
                f"{path} is no recorded session: record one with spacetimedb_sdk.testing.Recorder"
            )
        self.transport = ScriptedTransport(subprotocol=subprotocol, is_recorded=True)
        self._next = 0

    def _open(self, line: dict[str, Any]) -> None:
        if line.get("format") != FORMAT or not isinstance(line.get("database"), str):
            raise ValueError("it names no format")
        self.database = line["database"]
        self._connection = line.get("connection")

    def _keep(self, line: dict[str, object]) -> str | None:
        """Take in a line, if it is of the first connection; the subprotocol that it names."""
        event = line.get("event")
        if event not in ("recv", "send") or line.get("connection") != self._connection:
            return None
        payload, name = _payload(line), line.get("subprotocol")
        if event == "send":
            self.sent.append(payload)
            return None
        self.times.append(max(_time(line.get("t")), self.times[-1] if self.times else 0.0))
        self.received.append(payload)
        return name if isinstance(name, str) else None

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


def _whole_line(text: bytes) -> dict[str, object]:
    """ValueError for anything but one JSON object."""
    line = parsed_json(text)
    if not isinstance(line, dict):
        raise ValueError("it is no object")
    return line


def _payload(line: dict[str, object]) -> Payload:
    """ValueError where the line carries no message."""
    text, binary = line.get("text"), line.get("binary")
    if isinstance(text, str):
        return text
    if not isinstance(binary, str):
        raise ValueError("it carries no message")
    return base64.b64decode(binary, validate=True)


def _time(value: object) -> float:
    """ValueError for what is no time: JSON as Python reads it has NaN and Infinity, too."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0.0 <= value < _LONGEST:
        raise ValueError(f"its time is {value!r:.40}")
    return float(value)
