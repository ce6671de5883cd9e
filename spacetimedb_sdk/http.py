"""A small client for a server's HTTP routes (spec: http-api.md sections 2 and 3)."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from .errors import AuthenticationError, ConnectError, DatabaseNotFoundError, HttpError
from .handshake import parse_host
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

    def __init__(self, server_url: str, token: str | None = None, *, timeout: float = 15.0) -> None:
        try:
            address = parse_host(server_url, server_url.strip().lower().startswith(("https:", "wss:")))
        except ValueError as error:
            raise ConnectError(server_url, str(error)) from None
        self.server_url = f"{'https' if address.tls else 'http'}://{address.netloc}"
        self.timeout = timeout
        self._token = token
        proxies: dict[str, str] | None = {} if address.is_loopback else None  # None: those of the environment
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler(proxies))

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
        """The module definition as JSON (schema.md): the newest version the server has, or the one asked for.

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
            # A function that does not exist is a 404 as well, and says so.
            if error.status == 404 and "reducer" not in error.body and "procedure" not in error.body:
                raise DatabaseNotFoundError(
                    self.server_url,
                    f"it has no database {name!r}: check the name, or publish the module first",
                ) from None
            raise

    def _request(
        self, method: str, path: str, body: bytes | None = None, content_type: str | None = None
    ) -> bytes:
        request = urllib.request.Request(f"{self.server_url}{path}", data=body, method=method)
        if content_type is not None:
            request.add_header("Content-Type", content_type)
        if self._token is not None:
            request.add_unredirected_header("Authorization", f"Bearer {self._token}")
        try:
            with self._opener.open(request, timeout=self.timeout) as response:
                answer: bytes = response.read()
        except urllib.error.HTTPError as error:
            with error:
                raise self._refusal(error.code, error.read().decode("utf-8", "replace"), path) from None
        except urllib.error.URLError as error:
            reason = error.reason if isinstance(error.reason, OSError) else error
            raise ConnectError(self.server_url, self._remedy(reason)) from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise ConnectError(self.server_url, self._remedy(error)) from error
        return answer

    def _refusal(self, status: int, body: str, path: str) -> Exception:
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
