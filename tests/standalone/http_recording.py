"""Plays a recorded `http.json` to a server of ours, and says where the answers differ.

Identities and tokens are the server's own: each recorded one stands for the one that came in its place. What no two
servers could have in common (times, durations, keys, program hashes, places in source code) is not compared.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import websocket

from spacetimedb_sdk.standalone import Server
from tests.plugins.waiting import PATIENCE

__all__ = ["Answered", "play"]

_NUMBERS = re.compile(r'("(?:total_duration_micros|ts|timestamp|line_number)":)\d+')
_HIDDEN = (
    (_NUMBERS, r"\g<1>0"),
    (re.compile(r'("initial_program":)"0x[0-9a-f]+"'), r'\1"program"'),
    (re.compile(r'("token":)"[^"]+"'), r'\1"token"'),
    (re.compile(r"(?s)(-----BEGIN PUBLIC KEY-----).*"), r"\1"),
    # Where a panic came from is Rust's in one, Python's in the other.
    (re.compile(r'"filename":"(?!external|__spacetimedb__)[^"]*"'), '"filename":"source"'),
    (re.compile(r',"trace":\[.*\]'), ',"trace":[]'),
    # How a parser ends its sentence is its own; the beginning, with what it is about, is compared.
    (re.compile(r"(?s)^(invalid arguments for reducer \w+: ).*"), r"\1"),
    (re.compile(r"^(TokenError\(Error\(|Invalid token: ).*"), r"\1"),
    # The connection of the request itself, in st_client.
    (re.compile(r'(\["0x[0-9a-f]{64}",)\d+(\]\])'), r"\g<1>0\2"),
)


@dataclass(frozen=True)
class Answered:
    """One recorded exchange: what was asked, what was answered then and now; `body` is comparable text."""

    number: int
    asked: str
    then: tuple[Any, ...]
    now: tuple[Any, ...]


def _plain(body: str) -> str:
    for pattern, replacement in _HIDDEN:
        body = pattern.sub(replacement, body)
    if body.startswith('[{"schema":'):
        # A result without an order is a bag: index reads come in the order of the index.
        (result,) = json.loads(body)
        result["rows"].sort(key=json.dumps)
        return json.dumps(result)
    if body.startswith('{"sections":'):
        return json.dumps(_unordered(json.loads(body)), sort_keys=True)
    return body


def _unordered(definition: Any) -> Any:
    """A definition of version 10, whose sections and their entries have no order; types are told by their places."""
    sections = {name: value for section in definition["sections"] for name, value in section.items()}
    sections["ExplicitNames"] = sections["ExplicitNames"]["entries"]
    for table in sections["Tables"]:
        table["indexes"].sort(key=json.dumps)
    return {
        name: entries if name == "Typespace" else sorted(entries, key=json.dumps)
        for name, entries in sections.items()
    }


class _Names:
    """Recorded identities, tokens and names, and what stands for them here."""

    def __init__(self) -> None:
        self._ours: dict[str, str] = {}

    def learn(self, recorded: str | None, ours: str | None) -> None:
        if recorded and ours:
            self._ours.setdefault(recorded, ours)

    def translate(self, text: str) -> str:
        # The recorded messages shorten some identities to 16 digits.
        for recorded, ours in self._ours.items():
            text = text.replace(recorded, ours)
            if len(recorded) == 64:
                text = text.replace(recorded[:16], ours[:16])
        return text


def play(server: Server, recording: list[dict[str, Any]], program: str) -> Iterator[Answered]:
    """Sends every request; `program` is published where the recording published a compiled module."""
    names = _Names()
    for number, exchange in enumerate(recording):
        if "upgrade" in exchange:
            yield _upgrade(server, number, exchange, names)
        else:
            yield _request(server, number, exchange, names, program)


def _request(server: Server, number: int, exchange: dict[str, Any], names: _Names, program: str) -> Answered:
    request, recorded = exchange["request"], exchange["response"]
    # The program that recorded said so of every body, without noting it: with no type at all the answer is another one.
    headers = {"Content-Type": "application/x-www-form-urlencoded"} if request["body"] else {}
    headers |= {name: names.translate(value) for name, value in request["headers"].items()}
    body = program if re.fullmatch(r"<\d+ bytes>", request["body"]) else names.translate(request["body"])
    connection = http.client.HTTPConnection(server.host, timeout=PATIENCE)
    with contextlib.closing(connection):
        path = names.translate(request["path"])
        connection.request(request["method"], path, body.encode() or None, headers)
        response = connection.getresponse()
        found = response.read().decode()
    _learn(names, request, recorded, response.headers, found)
    kept = ("content-type", "cache-control", *(("allow",) if recorded["status"] == 405 else ()))
    then = {name: recorded["headers"].get(name) for name in kept}
    now = {name: response.headers.get(name) for name in kept}
    bodies = _plain(names.translate(recorded["body"])), _plain(found)
    if bodies[0].startswith("failed to parse WebAssembly") and bodies[1].startswith("failed to load"):
        # Why a program cannot be published: one server reads WebAssembly, the other a name.
        bodies = bodies[0], bodies[0]
    return Answered(
        number,
        f"{request['method']} {request['path']} {request['body'][:80]}",
        (recorded["status"], then, bodies[0]),
        (response.status, now, bodies[1]),
    )


def _learn(names: _Names, request: Any, recorded: Any, headers: Any, found: str) -> None:
    names.learn(recorded["headers"].get("spacetime-identity"), headers.get("spacetime-identity"))
    if recorded["status"] != 200 or headers.get("content-type") != "application/json":
        return
    then, now = json.loads(recorded["body"]), json.loads(found)
    if request["path"] == "/v1/identity":
        names.learn(then["identity"], now["identity"])
        names.learn(then["token"], now["token"])
    elif "Success" in then and "Success" in now:
        names.learn(then["Success"]["database_identity"], now["Success"]["database_identity"])


def _upgrade(server: Server, number: int, exchange: dict[str, Any], names: _Names) -> Answered:
    upgrade = exchange["upgrade"]
    url = f"ws://{server.host}{names.translate(upgrade['path'])}"
    asked = f"upgrade {upgrade['path']} {upgrade['protocols']} {exchange.get('sent', '')}"
    client = websocket.WebSocket()
    client.settimeout(10)
    with contextlib.ExitStack() as stack:
        stack.callback(client.shutdown)
        try:
            client.connect(  # type: ignore[no-untyped-call]
                url,
                subprotocols=upgrade["protocols"],
                header=[names.translate(line) for line in upgrade["headers"]],
            )
        except websocket.WebSocketBadStatusException as refused:
            body = _plain((refused.resp_body or b"").decode())
            then = (exchange.get("rejected"), _plain(names.translate(exchange.get("body", ""))))
            return Answered(number, asked, then, (refused.status_code, body))
        accepted = client.getsubprotocol()
        if "sent" not in exchange:
            opcode = client.recv_data()[0]
            return Answered(
                number, asked, (exchange.get("accepted"), int(exchange["first"][1])), (accepted, opcode)
            )
        then = exchange["answer"]
        # One recorded Close was too long for the library that took it; the text of all is the parser's own.
        code = 1011 if isinstance(then, str) else then["data"][0] if then["opcode"] == 8 else None
        expected = ("close", code) if code else ("message", then["opcode"])
        return Answered(number, asked, (exchange["accepted"], expected), (accepted, _said(client, exchange)))


def _said(client: Any, exchange: dict[str, Any]) -> tuple[str, int]:
    """What comes back for a malformed message: a Close and its code, or a message and its opcode."""
    sent = exchange["sent"]
    client.recv_data()
    if exchange["accepted"] == "v1.json.spacetimedb" or sent.startswith("{"):
        client.send(sent)
    else:
        client.send_binary(bytes.fromhex(sent))
    opcode, data = client.recv_data()
    if opcode == websocket.ABNF.OPCODE_CLOSE:
        return "close", int.from_bytes(data[:2], "big")
    return "message", opcode
