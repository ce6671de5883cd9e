"""A small client for a server's HTTP routes (spec: http-api.md sections 2 and 3)."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from .errors import AuthenticationError, ConnectError, DatabaseNotFoundError, HttpError
from .transport.handshake import parse_host
from .types import Identity

__all__ = ["DatabaseInfo", "HttpClient", "IssuedIdentity"]


@dataclass(frozen=True, slots=True)
class IssuedIdentity:
    """An identity the server made, and the token that proves it."""

    identity: Identity
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class DatabaseInfo:
    """`host_type` is `Wasm` or `Js`; `initial_program` is the program's hash as the server prints it (hex)."""

    database_identity: Identity
    owner_identity: Identity
    host_type: str
    initial_program: str


class HttpClient:
    """One server, spoken to as the owner of `token` or as nobody. A call that takes over `timeout` seconds ends.

    Every method raises ConnectError when no answer comes, AuthenticationError when the token is refused,
    DatabaseNotFoundError for a database that does not exist, and HttpError for any other answer that is no success.
    """

    def __init__(
        self,
        server_url: str,
        token: str | None = None,
        *,
        timeout: float = 15.0,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        try:
            address = parse_host(server_url, server_url.strip().lower().startswith(("https:", "wss:")))
        except ValueError as error:
            raise ConnectError(server_url, str(error)) from None
        self.server_url = f"{'https' if address.tls else 'http'}://{address.netloc}"
        self.timeout = timeout
        self._token = token
        proxies: dict[str, str] | None = {} if address.is_loopback else None  # None: those of the environment
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler(proxies), urllib.request.HTTPSHandler(context=ssl_context)
        )

    def __repr__(self) -> str:
        return f"HttpClient({self.server_url!r})"

    def ping(self) -> None:
        """Return when the server answers."""
        self._request("GET", "/v1/ping")

    def identity(self) -> IssuedIdentity:
        """A new identity."""
        answer = self._json(self._request("POST", "/v1/identity", b""))
        try:
            return IssuedIdentity(Identity.from_string(answer["identity"]), answer["token"])
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise self._not_spacetimedb() from error

    def database(self, name: str) -> DatabaseInfo:
        """What the server tells about a database, by its name or identity."""
        answer = self._json(self._database("GET", name))
        try:
            (host_type,) = answer["host_type"]
            return DatabaseInfo(
                Identity.from_string(answer["database_identity"]["__identity__"]),
                Identity.from_string(answer["owner_identity"]["__identity__"]),
                host_type,
                answer["initial_program"],
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise self._not_spacetimedb() from error

    def schema(self, database: str, version: int | None = None) -> Any:
        """The module definition as JSON (spec: schema.md): the newest version the server has, or the one asked for.

        Version 10 came with SpacetimeDB 2; an older server refuses to give it, and 9 is taken.
        """
        try:
            return self._json(self._database("GET", database, f"/schema?version={version or 10}"))
        except HttpError as error:
            if version is not None or not 400 <= error.status < 500:
                raise
        return self._json(self._database("GET", database, "/schema?version=9"))

    def call(self, database: str, function: str, arguments: Sequence[Any] | Mapping[str, Any] = ()) -> Any:
        """Call a reducer or procedure with SATS-JSON arguments, in order or by name.

        None for a reducer that committed, the value (positional SATS-JSON) for a procedure. A reducer that fails is an
        HttpError of status 530 with its text.
        """
        given: Any = dict(arguments) if isinstance(arguments, Mapping) else list(arguments)
        body = json.dumps(given).encode()
        answer = self._database(
            "POST", database, f"/call/{quote(function, safe='')}", body, "application/json"
        )
        return self._json(answer) if answer else None

    def sql(self, database: str, query: str) -> list[Any]:
        """Run one statement: a list of `{"schema": ..., "rows": ..., "stats": ...}`, rows as positional SATS-JSON.

        What the server refuses is an HttpError of status 400 with its text.
        """
        answer = self._json(self._database("POST", database, "/sql", query.encode(), "text/plain"))
        if not isinstance(answer, list):
            raise self._not_spacetimedb()
        return answer

    def logs(
        self, database: str, *, num_lines: int | None = None, follow: bool = False
    ) -> Iterator[dict[str, Any]]:
        """The module's log, oldest line first, each as parsed JSON (spec: http-api.md section 3.8); its owner may read it.

        With `follow` it goes on for as long as the module runs, waiting for each line without a timeout.
        """
        query = f"?follow={'true' if follow else 'false'}"
        if num_lines is not None:
            query += f"&num_lines={num_lines}"
        if follow:
            self.ping()  # a server that is not there is noticed within the timeout
        with self._answer(
            "GET", database, f"/logs{query}", timeout=None if follow else self.timeout
        ) as lines:
            for line in lines:
                if line.strip():
                    entry = self._json(line)
                    if not isinstance(entry, dict) or not {"level", "ts", "message"} <= entry.keys():
                        raise self._not_spacetimedb()
                    yield entry

    def identity_of(self, database: str) -> Identity:
        """Whom the server takes the token for; a new identity where there is no token."""
        with self._answer("GET", database, timeout=self.timeout) as response:
            try:
                return Identity.from_string(response.headers["spacetime-identity"] or "")
            except ValueError as error:
                raise self._not_spacetimedb() from error

    def verify(self, identity: Identity) -> bool:
        """Whether the token is that of `identity`."""
        try:
            self._request("GET", f"/v1/identity/{identity}/verify")
        except HttpError as error:
            if error.status != 400:
                raise
            return False
        return True

    def publish(self, database: str, program: bytes) -> None:
        """Create or update a database from a compiled module (WebAssembly)."""
        self._database("PUT", database, "", program, "application/octet-stream")

    def _database(
        self,
        method: str,
        name: str,
        rest: str = "",
        body: bytes | None = None,
        content_type: str | None = None,
    ) -> bytes:
        try:
            return self._request(method, f"/v1/database/{quote(name, safe='')}{rest}", body, content_type)
        except HttpError as error:
            raise self._database_refusal(name, error) from None

    def _database_refusal(self, name: str, error: HttpError) -> Exception:
        # A function that does not exist is a 404 as well, and says so.
        if error.status != 404 or "reducer" in error.body or "procedure" in error.body:
            return error
        return DatabaseNotFoundError(
            self.server_url, f"it has no database {name!r}: check the name, or publish the module first"
        )

    @contextmanager
    def _answer(
        self, method: str, name: str, rest: str = "", *, timeout: float | None
    ) -> Iterator[http.client.HTTPResponse]:
        """The answer while it still comes in."""
        path = f"/v1/database/{quote(name, safe='')}{rest}"
        try:
            with self._open(method, path, timeout=timeout) as response:
                yield response
        except HttpError as error:
            raise self._database_refusal(name, error) from None

    def _request(
        self, method: str, path: str, body: bytes | None = None, content_type: str | None = None
    ) -> bytes:
        with self._open(method, path, body, content_type, timeout=self.timeout) as response:
            return response.read()

    @contextmanager
    def _open(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        content_type: str | None = None,
        *,
        timeout: float | None,
    ) -> Iterator[http.client.HTTPResponse]:
        request = urllib.request.Request(f"{self.server_url}{path}", data=body, method=method)
        if content_type is not None:
            request.add_header("Content-Type", content_type)
        if self._token is not None:
            request.add_unredirected_header("Authorization", f"Bearer {self._token}")
        try:
            with self._opener.open(request, timeout=timeout) as response:
                yield response
        except urllib.error.HTTPError as error:
            with error:
                raise self._refusal(error.code, error.read().decode("utf-8", "replace"), path) from None
        except urllib.error.URLError as error:
            reason = error.reason if isinstance(error.reason, OSError) else error
            raise ConnectError(self.server_url, self._remedy(reason)) from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise ConnectError(self.server_url, self._remedy(error)) from error

    def _refusal(self, status: int, body: str, path: str) -> Exception:
        if self._token:
            body = body.replace(self._token, "<token>")
        if status == 401 and self._token is not None:
            return AuthenticationError(
                self.server_url,
                f"it refused the token ({body.strip() or '401'}): leave it out, or get a new one",
            )
        return HttpError(status, body, f"{self.server_url}{path}")

    def _remedy(self, error: Exception) -> str:
        match error:
            case ConnectionRefusedError():
                return "nothing listens there: start the server, or check host and port"
            case socket.gaierror():
                return "no such host: check its name"
            case TimeoutError():
                return f"no answer within {self.timeout:g} seconds: is it the right host and port?"
            case ssl.SSLError():
                return f"no secure connection ({error.reason or error}): use http:// if the server has no TLS"
            case http.client.HTTPException() | ValueError():
                return "what answers there does not speak HTTP: check the port, and http:// or https://"
        return str(error)

    def _json(self, answer: bytes) -> Any:
        try:
            return json.loads(answer)
        except ValueError as error:
            raise self._not_spacetimedb() from error

    def _not_spacetimedb(self) -> ConnectError:
        return ConnectError(self.server_url, "its answer is not SpacetimeDB's: check host and port")
