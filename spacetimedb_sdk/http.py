"""A small client for a server's HTTP routes (spec: http-api.md sections 2 and 3)."""

from __future__ import annotations

import http.client
import json
import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

from .errors import AuthenticationError, ConnectCause, ConnectError, HttpError, SpacetimeDBException
from .records import field, record
from .system.parsing import parsed_json
from .transport.opening.address import database_path, parse_host
from .transport.opening.dialing import AnswerTooLong, Attempt, PatientSocket, dial, failed
from .transport.opening.refusals import (
    REDIRECTS,
    answer_text,
    check_token,
    connect_error,
    page_instead,
    servers_text,
    status_cause,
)
from .types import Identity

__all__ = ["Ban", "DatabaseInfo", "HttpClient", "IssuedIdentity", "MigrationPlan"]

# The longest answer that is taken in, and the longest text of a refusal.
ANSWER_LIMIT = 1 << 28
REFUSAL_LIMIT = 1 << 16


@record
class IssuedIdentity:
    """An identity the server made, and the token that proves it."""

    identity: Identity
    token: str = field(repr=False)


@record
class DatabaseInfo:
    """`host_type` is `Wasm` or `Js`; `initial_program` is the program's hash as the server prints it (hex)."""

    database_identity: Identity
    owner_identity: Identity
    host_type: str
    initial_program: str


@record
class MigrationPlan:
    """What a server would do to take a module in the place of the one it runs, in its own words. `token` says that one knows it,
    and is "" where it cannot be done; with `breaks_clients` those that are connected are sent away."""

    text: str
    breaks_clients: bool
    token: str


@record
class Ban:
    """An identity that may not come in: `reason` is what it is told, `seconds_left` None for as long as the server runs."""

    identity: Identity
    reason: str
    seconds_left: float | None


class HttpClient:
    """One server, asked as the owner of `token`, or without one. `server_url` may have a path, a reverse proxy's.

    A call that takes over `timeout` seconds in all ends, whatever the server does. No redirect is followed: the token goes
    to this server alone. Any thread may call; each call is a connection of its own. With `tunnel` a proxy is asked for a
    tunnel, as WebSockets ask it, and sees no request.

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
        tunnel: bool = False,
    ) -> None:
        self._address = parse_host(server_url)
        self.server_url = self._address.url
        self.timeout = timeout
        self._token = check_token(self.server_url, token)
        self._ssl_context = ssl_context
        self._tunnel = tunnel

    def __repr__(self) -> str:
        return f"HttpClient({self.server_url!r})"

    def ping(self) -> None:
        """Return when the server answers."""
        try:
            self._request("GET", "/v1/ping")
        except HttpError as error:
            if error.status != 404:
                raise
            detail = f"it has nothing at {self.server_url}/v1/ping, whose path may be another"
            raise connect_error(self.server_url, ConnectCause.NOT_SPACETIMEDB, detail) from None

    def identity(self) -> IssuedIdentity:
        """A new identity."""
        answer = self._json(self._request("POST", "/v1/identity", b""))
        try:
            return IssuedIdentity(Identity.from_string(answer["identity"]), answer["token"])
        except (KeyError, TypeError, ValueError, AttributeError):
            raise self._not_spacetimedb() from None

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
        except (KeyError, TypeError, ValueError, AttributeError):
            raise self._not_spacetimedb() from None

    def metrics(self) -> str:
        """The server's figures, as Prometheus reads them."""
        return self._request("GET", "/v1/metrics").decode("utf-8", "replace")

    def schema(self, database: str, version: int | None = None, *, within: Attempt | None = None) -> Any:
        """The module definition as JSON (spec: schema.md): the newest version the server has, or the one asked for.

        Version 10 came with SpacetimeDB 2; an older server refuses to give it, and 9 is taken. `within` is a time limit
        that this shares with other work.
        """
        attempt = within or Attempt(self.timeout)
        try:
            return self._schema(database, version or 10, attempt)
        except HttpError as error:
            if version is not None or not 400 <= error.status < 500:
                raise
        return self._schema(database, 9, attempt)

    def _schema(self, database: str, version: int, attempt: Attempt) -> Any:
        definition = self._json(
            self._database("GET", database, f"/schema?version={version}", attempt=attempt)
        )
        if not isinstance(definition, dict) or not definition.keys() & {"sections", "typespace"}:
            raise self._not_spacetimedb()
        return definition

    def call(
        self, database: str, function: str, arguments: Sequence[object] | Mapping[str, object] = ()
    ) -> Any:
        """Call a reducer or procedure with SATS-JSON arguments, in order or by name.

        None for a reducer that committed, the value (positional SATS-JSON) for a procedure. A reducer that fails is an
        HttpError of status 530 with its text.
        """
        given: object = dict(arguments) if isinstance(arguments, Mapping) else list(arguments)
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
            except ValueError:
                raise self._not_spacetimedb() from None

    def databases(self, identity: Identity) -> list[Identity]:
        """The databases that an identity owns."""
        answer = self._json(self._request("GET", f"/v1/identity/{identity}/databases"))
        try:
            return [Identity.from_string(each) for each in answer["identities"]]
        except (KeyError, TypeError, ValueError, AttributeError):
            raise self._not_spacetimedb() from None

    def names(self, database: str) -> list[str]:
        """The names of a database; it may have none."""
        answer = self._json(self._database("GET", database, "/names"))
        try:
            return [str(name) for name in answer["names"]]
        except (KeyError, TypeError):
            raise self._not_spacetimedb() from None

    def verify(self, identity: Identity) -> bool:
        """Whether the token is that of `identity`."""
        try:
            self._request("GET", f"/v1/identity/{identity}/verify")
        except HttpError as error:
            if error.status != 400:
                raise
            return False
        return True

    def publish(
        self, database: str, program: bytes, *, clear: bool = False, plan: MigrationPlan | None = None
    ) -> None:
        """Create or update a database from a compiled module (WebAssembly); with `clear` without what it held. A server of 2.x
        sends clients away for it only where that is said to be known, by its `plan` for the same program."""
        rest = "?clear=true" if clear else ""
        if plan is not None and plan.breaks_clients:
            rest = f"?policy=BreakClients&token={quote(plan.token, safe='')}"
        self._database("PUT", database, rest, program, "application/octet-stream")

    def migration_plan(self, database: str, program: bytes) -> MigrationPlan:
        """What a server of 2.x would do to take `program` in the place of what it runs. The owner may ask."""
        answer = self._json(
            self._database(
                "POST", database, "/pre_publish?style=NoColor", program, "application/octet-stream"
            )
        )
        try:
            ((kind, plan),) = answer.items()
            if kind == "ManualMigrate":
                return MigrationPlan(str(plan["reason"]), False, "")
            return MigrationPlan(str(plan["migrate_plan"]), bool(plan["break_clients"]), str(plan["token"]))
        except (KeyError, TypeError, ValueError, AttributeError):
            raise self._not_spacetimedb() from None

    def plans_migrations(self) -> bool:
        """Whether the server has the route that plans a migration, as those from 2.0 on do: older ones know none of it."""
        try:
            self._request(
                "POST", "/v1/database/no-such-database/pre_publish", b"", "application/octet-stream"
            )
        except AuthenticationError:
            return True
        except HttpError as error:
            # No such route has nothing to say; no such database has.
            return error.status not in (404, 405) or bool(error.body.strip())
        return True

    def ban(
        self, database: str, identity: Identity, *, reason: str = "", seconds: float | None = None
    ) -> None:
        """End the connections of a client and let it in no more, for so many seconds or as long as the server runs.

        The client is told the reason. The embedded server's owner may; a real SpacetimeDB has no such route (HttpError 404).
        """
        terms = json.dumps({"reason": reason, "seconds": seconds})
        self._database("PUT", database, f"/bans/{identity}", terms.encode(), "application/json")

    def lift_ban(self, database: str, identity: Identity) -> bool:
        """Let a client in again; False where it is not banned."""
        try:
            self._request("DELETE", f"{self._path_of(database)}/bans/{identity}")
        except HttpError as error:
            if error.status != 404 or "is not banned" not in error.body:
                raise self._database_refusal(database, error) from None
            return False
        return True

    def bans(self, database: str) -> list[Ban]:
        """Who may not come in, those first that were banned first."""
        answer = self._json(self._database("GET", database, "/bans"))
        try:
            return [
                Ban(Identity.from_string(each["identity"]), str(each["reason"]), each["seconds_left"])
                for each in answer["bans"]
            ]
        except (KeyError, TypeError, ValueError, AttributeError):
            raise self._not_spacetimedb() from None

    def _database(
        self,
        method: str,
        name: str,
        rest: str = "",
        body: bytes | None = None,
        content_type: str | None = None,
        attempt: Attempt | None = None,
    ) -> bytes:
        path = f"{self._path_of(name)}{rest}"
        try:
            return self._request(method, path, body, content_type, attempt)
        except HttpError as error:
            raise self._database_refusal(name, error) from None

    def _path_of(self, database: str) -> str:
        try:
            return database_path(database)
        except ValueError as error:
            raise connect_error(self.server_url, ConnectCause.BAD_ADDRESS, str(error)) from None

    def _database_refusal(self, name: str, error: HttpError) -> SpacetimeDBException:
        # A function that does not exist is a 404 as well, and says so.
        if error.status != 404 or "reducer" in error.body or "procedure" in error.body:
            return error
        return connect_error(self.server_url, ConnectCause.NO_DATABASE, repr(name))

    @contextmanager
    def _answer(
        self, method: str, name: str, rest: str = "", *, timeout: float | None
    ) -> Iterator[http.client.HTTPResponse]:
        """The answer while it still comes in."""
        try:
            with self._open(method, f"{self._path_of(name)}{rest}", attempt=Attempt(timeout)) as response:
                yield response
        except HttpError as error:
            raise self._database_refusal(name, error) from None

    def _request(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        content_type: str | None = None,
        attempt: Attempt | None = None,
    ) -> bytes:
        with self._open(
            method, path, body, content_type, attempt=attempt or Attempt(self.timeout)
        ) as response:
            return response.read()

    @contextmanager
    def _open(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        content_type: str | None = None,
        *,
        attempt: Attempt,
    ) -> Iterator[http.client.HTTPResponse]:
        """The answer to one request, over a connection of its own."""
        address = self._address
        sock, proxy = dial(address, attempt, self._ssl_context, tunnel=self._tunnel)
        headers = {"Connection": "close"}
        if content_type is not None:
            headers["Content-Type"] = content_type
        if self._token is not None:
            headers["Authorization"] = f"Bearer {self._token}"
        target = f"{address.prefix}{path}"
        if proxy is not None and not address.tls and not self._tunnel:
            # To a proxy that is asked in plain text the whole URL is named.
            target = f"{address.url}{path}"
            if proxy.authorization is not None:
                headers["Proxy-Authorization"] = proxy.authorization
        limit = ANSWER_LIMIT if attempt.timeout is not None else 1 << 62
        connection = http.client.HTTPConnection(address.host, address.port)
        connection.sock = PatientSocket(sock, attempt, limit)
        try:
            connection.request(method, target, body, headers)
            response = connection.getresponse()
            if not 200 <= response.status < 300:
                raise self._refusal(response, path)
            if response.headers.get_content_type() == "text/html":
                # As a web server answers for any path, and a network that wants a sign-in first.
                shown, _ = answer_text(response.read(REFUSAL_LIMIT), self._token)
                raise page_instead(self.server_url, response.status, shown)
            if response.length is not None and response.length > limit:
                raise AnswerTooLong
            yield response
        except (OverflowError, MemoryError):
            # Room is made for as much as the answer says that it, or a part of it, is long.
            raise failed(address, AnswerTooLong(), attempt) from None
        except (AnswerTooLong, OSError) as error:
            raise failed(address, error, attempt) from None
        except http.client.IncompleteRead:
            raise connect_error(self.server_url, ConnectCause.LOST, "its answer was cut off") from None
        except (http.client.HTTPException, ValueError) as error:
            detail = f"what answers there does not speak HTTP ({type(error).__name__})"
            raise connect_error(self.server_url, ConnectCause.NOT_SPACETIMEDB, detail) from None
        finally:
            sock.close()

    def _refusal(self, response: http.client.HTTPResponse, path: str) -> SpacetimeDBException:
        status = response.status
        if status in REDIRECTS:
            elsewhere = servers_text(response.headers.get("location") or "another place", self._token)
            return connect_error(self.server_url, ConnectCause.REDIRECTED, elsewhere)
        content = response.read(REFUSAL_LIMIT)
        shown, is_page = answer_text(content, self._token)
        if is_page and status == 404:
            return page_instead(self.server_url, status, shown)
        body = shown if is_page else content.decode("utf-8", "replace")
        if self._token:
            body = body.replace(self._token, "<token>")
        if status == 401 and self._token is not None:
            detail = servers_text(body) or "no reason given"
            return connect_error(self.server_url, status_cause(status), detail)
        return HttpError(status, body, f"{self.server_url}{path}")

    def _json(self, answer: bytes) -> Any:
        try:
            return parsed_json(answer)
        except ValueError:
            raise self._not_spacetimedb() from None

    def _not_spacetimedb(self) -> ConnectError:
        detail = "its answer is not SpacetimeDB's"
        return connect_error(self.server_url, ConnectCause.NOT_SPACETIMEDB, detail)
