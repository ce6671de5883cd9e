"""Plain HTTP requests to a server in a test."""

from __future__ import annotations

import contextlib
import http.client
import json
from dataclasses import dataclass
from typing import Any

from spacetimedb_sdk.standalone import Server
from tests.plugins.waiting import PATIENCE

__all__ = ["JSON", "Answer", "ask", "new_identity", "rows", "sql"]

JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: str

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def ask(
    server: Server,
    method: str,
    path: str,
    body: str | bytes = "",
    headers: dict[str, str] | None = None,
    token: str = "",
) -> Answer:
    connection = http.client.HTTPConnection(server.host, timeout=PATIENCE)
    with contextlib.closing(connection):
        bearer = {"Authorization": f"Bearer {token}"} if token else {}
        data = body.encode() if isinstance(body, str) else body
        connection.request(method, path, data or None, {**(headers or {}), **bearer})
        response = connection.getresponse()
        found = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, found, response.read().decode())


def new_identity(server: Server) -> tuple[str, str]:
    made = ask(server, "POST", "/v1/identity").json
    return made["identity"], made["token"]


def sql(server: Server, text: str, token: str = "") -> Answer:
    return ask(server, "POST", f"/v1/database/{server.name}/sql", text, token=token)


def rows(server: Server, text: str, token: str = "") -> list[Any]:
    """The rows of a query that is answered."""
    answer = sql(server, text, token)
    assert answer.status == 200, answer.body
    found: list[Any] = answer.json[0]["rows"]
    return found
