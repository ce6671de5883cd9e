"""Raw clients that only count: WebSocket frames out of and into plain sockets, nothing decoded, so that the load costs
little beside the server under it. Run as a process of its own by `benchmarks/server.py`; prints one JSON object."""

from __future__ import annotations

import argparse
import json
import os
import selectors
import struct
import time
from collections import deque
from collections.abc import Callable
from urllib.request import Request, urlopen

import websocket

from spacetimedb_sdk.protocol.messages import v1

__all__ = ["Link", "main"]

PROTOCOL = "v1.bsatn.spacetimedb"
WINDOW = 256
WORLD = ("circle", "config", "entity", "food", "player")
TICK = struct.pack("<I", 16) + b"move_all_players"


class Link:
    """One client. `on_message` gets every whole message's tag and total size, and its bytes where `keep` is set."""

    def __init__(self, url: str, database: str, *, keep: bool = False) -> None:
        self.handshake = websocket.create_connection(
            f"{url.replace('http', 'ws', 1)}/v1/database/{database}/subscribe?compression=None",
            subprotocols=[PROTOCOL],
            timeout=20,
        )
        self.handshake.recv()
        sock = self.handshake.sock
        assert sock is not None
        self.socket = sock
        self.socket.setblocking(False)
        self.buffer = bytearray()
        self.out = b""
        self.keep = keep
        self.sent = self.answered = 0
        self.messages = 0
        self.bytes = 0
        self.kept: list[bytes] = []
        self._parts: list[bytes] = []

    def call(self, reducer: str, args: bytes, *, request_id: int | None = None) -> None:
        self.sent += 1
        self.send(v1.CallReducer(reducer, args, self.sent if request_id is None else request_id, 0))

    def send(self, message: v1.ClientMessage) -> None:
        self.write(framed(v1.CLIENT_MESSAGE.encode(message)))

    def write(self, data: bytes) -> None:
        if self.out:
            self.out += data
            return
        try:
            written = self.socket.send(data)
        except BlockingIOError:
            written = 0
        self.out = data[written:]

    def flush(self) -> None:
        out, self.out = self.out, b""
        if out:
            self.write(out)

    def receive(self) -> int:
        """Reads what is there; returns how many messages ended in it."""
        try:
            data = self.socket.recv(1 << 18)
        except BlockingIOError:
            return 0
        if not data:
            raise ConnectionError("the server closed the connection")
        buffer = self.buffer
        buffer += data
        self.bytes += len(data)
        position, ended, available = 0, 0, len(buffer)
        while available - position >= 2:
            first, length = buffer[position], buffer[position + 1]
            start = position + 2
            if length == 126:
                if available - position < 4:
                    break
                length = int.from_bytes(buffer[start : start + 2], "big")
                start += 2
            elif length == 127:
                if available - position < 10:
                    break
                length = int.from_bytes(buffer[start : start + 8], "big")
                start += 8
            if available - start < length:
                break
            opcode = first & 0x0F
            if opcode == 9:
                self.write(framed(bytes(buffer[start : start + length]), 10))
            elif opcode == 8:
                raise ConnectionError(f"closed: {bytes(buffer[start + 2 : start + length])!r}")
            else:
                if self.keep:
                    self._parts.append(bytes(buffer[start : start + length]))
                if first & 0x80:
                    ended += 1
                    if self.keep:
                        self.kept.append(b"".join(self._parts))
                        self._parts.clear()
            position = start + length
        del buffer[:position]
        self.messages += ended
        return ended


def framed(payload: bytes, opcode: int = 2) -> bytes:
    """A client's frame, masked with zeros."""
    length = len(payload)
    head = struct.pack(">BB", 0x80 | opcode, 0x80 | min(length, 126))
    if length >= 126:
        head += struct.pack(">H", length)
    return head + bytes(4) + payload


class Links:
    """Clients served by one selector."""

    def __init__(self, links: list[Link]) -> None:
        self.links: list[Link] = []
        self.selector = selectors.DefaultSelector()
        for link in links:
            self.add(link)

    def add(self, link: Link) -> None:
        self.links.append(link)
        self.selector.register(link.socket, selectors.EVENT_READ, link)

    def serve(self, until: float, received: Callable[[Link, int], None]) -> None:
        while (left := until - time.perf_counter()) > 0:
            for key, _ in self.selector.select(min(left, 0.05)):
                link: Link = key.data
                count = link.receive()
                if count:
                    received(link, count)
            for link in self.links:
                if link.out:
                    link.flush()


def string(text: str) -> bytes:
    data = text.encode()
    return struct.pack("<I", len(data)) + data


def measure_calls(url: str, database: str, connections: int, seconds: float) -> dict[str, float]:
    """Pipelined calls of the reducer `nothing`... of each connection a window of them."""
    links = [Link(url, database) for _ in range(connections)]
    window = max(WINDOW // connections, 8)
    call = [framed(v1.CLIENT_MESSAGE.encode(v1.CallReducer("nothing", b"", 7, 0)))] * window
    for link in links:
        link.write(b"".join(call))

    def received(link: Link, count: int) -> None:
        link.write(call[0] * count)

    everyone = Links(links)
    everyone.serve(time.perf_counter() + 0.5, received)
    before, began = sum(link.messages for link in links), time.perf_counter()
    everyone.serve(began + seconds, received)
    spent = time.perf_counter() - began
    return {"calls": (sum(link.messages for link in links) - before) / spent}


def measure_writes(url: str, database: str, connections: int, seconds: float) -> dict[str, float]:
    """As `measure_calls`, each call a row inserted."""
    links = [Link(url, database) for _ in range(connections)]
    window = max(WINDOW // connections, 8)

    def received(link: Link, count: int) -> None:
        for _ in range(count):
            link.call("write_note", string(f"note {link.sent}"))

    for link in links:
        received(link, window)
    everyone = Links(links)
    everyone.serve(time.perf_counter() + 0.5, received)
    before, began = sum(link.messages for link in links), time.perf_counter()
    everyone.serve(began + seconds, received)
    spent = time.perf_counter() - began
    return {"calls": (sum(link.messages for link in links) - before) / spent}


def measure_latency(url: str, database: str, rate: float, seconds: float) -> dict[str, float]:
    """Calls at `rate` a second from one connection, those of a millisecond in one write: microseconds from that to the
    answer, median and p99."""
    link = Link(url, database)
    call = framed(v1.CLIENT_MESSAGE.encode(v1.CallReducer("nothing", b"", 7, 0)))
    sent: deque[tuple[float, int]] = deque()
    times: list[float] = []

    def received(link: Link, count: int) -> None:
        now = time.perf_counter()
        while count:
            at, left = sent.popleft()
            taken = min(left, count)
            times.extend([now - at] * taken)
            count -= taken
            if left > taken:
                sent.appendleft((at, left - taken))

    everyone = Links([link])
    began, done = time.perf_counter(), 0
    while (now := time.perf_counter()) < began + seconds:
        due = 1 + int(
            (now - began) * rate
        )  # the first at once: there is a time to tell however slow the server is
        if due > done:
            sent.append((now, due - done))
            link.write(call * (due - done))
            done = due
        everyone.serve(now + 0.001, received)
    while sent:
        everyone.serve(time.perf_counter() + 0.01, received)
    times.sort()
    return {"p50": times[len(times) // 2] * 1e6, "p99": times[int(len(times) * 0.99)] * 1e6}


def measure_fan_out(url: str, database: str, subscribers: int, rows: int, seconds: float) -> dict[str, float]:
    """`rows` rows moved by every call, sent to all subscribers: rows a second that arrived at all together."""
    caller = Link(url, database)
    others = [Link(url, database) for _ in range(subscribers)]
    caller.call("clear_items", b"")
    caller.call("add_items", string("item") + struct.pack("<I", rows))
    everyone = Links([caller, *others])
    everyone.serve(time.perf_counter() + 0.2, lambda link, count: None)
    for link in others:
        link.send(v1.Subscribe(["SELECT * FROM item"], 1))
    deadline = time.perf_counter() + 20
    while any(link.messages == 0 for link in others) and time.perf_counter() < deadline:
        everyone.serve(time.perf_counter() + 0.05, lambda link, count: None)

    def received(link: Link, count: int) -> None:
        if link is caller:
            for _ in range(count):
                link.call("move_all", b"")

    for _ in range(4):
        caller.call("move_all", b"")
    everyone.serve(time.perf_counter() + 0.5, received)
    before, began = sum(link.messages for link in others), time.perf_counter()
    everyone.serve(began + seconds, received)
    spent = time.perf_counter() - began
    return {"rows": (sum(link.messages for link in others) - before) * rows / spent}


def measure_crowd(url: str, database: str, players: int, rate: float, seconds: float) -> dict[str, float]:
    """Players of Blackholio who each subscribe to the whole world and steer `rate` times a second: the share of their
    calls that was answered, calls answered a second, and how late the tick of 50 ms began, p99 in milliseconds."""
    everyone = Links([])
    links = everyone.links
    acknowledged = 0
    ticks: list[int] = []

    def received(link: Link, count: int) -> None:
        nonlocal acknowledged
        for message in link.kept:
            tail = message[-400:]
            if b"update_player_input" in tail:
                acknowledged += 1
            elif link is links[0] and (place := tail.find(TICK)) >= 0:
                # Before the reducer's name: the caller's identity and connection, before those the time.
                ticks.append(*struct.unpack_from("<q", tail, place - 56))
        link.kept.clear()

    for number in range(players):
        # Those who are there are served meanwhile: who does not answer a ping for half a minute is dropped.
        link = Link(url, database, keep=True)
        everyone.add(link)
        link.send(v1.Subscribe([f"SELECT * FROM {name}" for name in WORLD], 1))
        link.call("enter_game", string(f"bot {number}"))
        everyone.serve(time.perf_counter() + 0.01, received)
    everyone.serve(time.perf_counter() + 2.0, received)
    acknowledged = 0
    ticks.clear()
    sent, began = 0, time.perf_counter()
    total = int(players * rate * seconds)
    while sent < total:
        due = min(int((time.perf_counter() - began) * players * rate) + 1, total)
        while sent < due:
            angle = (sent * 37 % 360) / 360
            links[sent % players].call("update_player_input", struct.pack("<ff", angle, 1 - angle))
            sent += 1
        everyone.serve(time.perf_counter() + 0.002, received)
    spent = time.perf_counter() - began
    everyone.serve(time.perf_counter() + 0.3, received)
    late = lateness(ticks, 50_000)
    return {
        "share": acknowledged / sent,
        "calls": acknowledged / spent,
        "late_p50": late[len(late) // 2] / 1000,
        "late_p99": late[int(len(late) * 0.99)] / 1000,
    }


def lateness(times: list[int], interval: int) -> list[int]:
    """How much later than their turns things happened that should happen every `interval`, sorted, where turns that were over
    by then are left out: the one that was the least late is taken to be in time."""
    first_turn = times[0]
    while True:
        late, turn = [], first_turn
        for at in times:
            late.append(at - turn)
            turn += (max(at - turn, 0) // interval + 1) * interval
        too_early = min(late)
        if too_early >= 0:
            return sorted(late)
        # None happens before its turn: all turns are earlier by as much.
        first_turn += too_early


def fill(url: str, database: str, rows: int) -> dict[str, float]:
    """Puts that many items into the database, and waits until they are there."""
    link = Link(url, database)
    everyone = Links([link])
    step = 1_000
    for start in range(0, rows, step):
        link.call("add_items", string(f"item {start} ") + struct.pack("<I", min(step, rows - start)))
    deadline = time.perf_counter() + 120
    while link.messages < link.sent and time.perf_counter() < deadline:
        everyone.serve(time.perf_counter() + 0.05, lambda link, count: None)
    return {"calls": link.messages}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["calls", "writes", "latency", "fan-out", "crowd", "fill"])
    parser.add_argument("url")
    parser.add_argument("database")
    parser.add_argument("--count", type=int, default=1, help="connections, subscribers, players or rows")
    parser.add_argument("--rate", type=float, default=20.0)
    parser.add_argument("--seconds", type=float, default=3.0)
    options = parser.parse_args()
    with urlopen(Request(f"{options.url}/v1/ping"), timeout=5):
        pass
    target = (options.url, options.database)
    match options.what:
        case "calls":
            result = measure_calls(*target, options.count, options.seconds)
        case "writes":
            result = measure_writes(*target, options.count, options.seconds)
        case "latency":
            result = measure_latency(*target, options.rate, options.seconds)
        case "fan-out":
            result = measure_fan_out(*target, options.count, 500, options.seconds)
        case "crowd":
            result = measure_crowd(*target, options.count, options.rate, options.seconds)
        case _:
            result = fill(*target, options.count)
    print(json.dumps(result), flush=True)
    # The sockets are let go with the process.
    os._exit(0)


if __name__ == "__main__":
    main()
