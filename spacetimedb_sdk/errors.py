"""Every error of the SDK, one tree; a class stands in this file unless its line ends with the file it stands in.

    SpacetimeDBException
    ├── DecodeError                  bytes or JSON that are not what the type says (spec: bsatn.md)
    ├── EncodeError                  a Python value that its column or argument cannot hold
    ├── SchemaError                  a module definition that cannot be read
    ├── ModuleError                  a mistake in a Python server module, with file and line
    ├── ConnectError                 a connection that never came about
    │   ├── BadAddressError          a host or a database name that cannot be one; a ValueError, too
    │   ├── AuthenticationError      the server refused the token
    │   └── DatabaseNotFoundError    the server has no such database
    ├── ConnectionLost               a connection that was there and is gone
    │   └── BacklogError             more waited to be read, or to be sent, than is allowed
    ├── ProtocolError                the server said something the protocol does not know
    │   └── SchemaMismatchError      rows that do not fit the generated bindings
    ├── SubscriptionError            the server refused a set of queries
    ├── RequestFailedError           the server refused a query, or a reducer or procedure failed
    ├── ClientStateError             the program called a client where it may not
    │   ├── ForkedClientError        a client of the process that this one was forked from
    │   ├── NoClientError            nothing is connected
    │   └── AmbiguousClientError     several clients are open and none was named
    ├── ConfigError                  a settings file that cannot be read
    ├── HttpError                    an HTTP answer that is not a success
    ├── SignInError                  a player who has not signed in at a provider of accounts
    ├── MissingPackageError          a package that is not installed; an ImportError, too
    ├── CommandError                 something a command cannot do
    ├── OutputError                  standard output does not take what a command prints  [cli/errors.py]
    ├── GenerateError                bindings that cannot be written where asked for      [codegen/package.py]
    ├── RustError                    a definition that cannot be written as Rust          [codegen/rust/names.py]
    ├── ReducerError                 a reducer's own failure, which undoes it             [module/context.py]
    │   └── UniqueConstraintViolation  a row whose key another row has                    [module/context.py]
    ├── HttpRequestError             a request of a procedure that brought no answer      [module/http.py]
    ├── CallRefused                  a reducer call that never started                    [standalone/errors.py]
    ├── ReducerPanic                 a reducer that raised anything but ReducerError      [standalone/errors.py]
    ├── AnswerOverLimit              an answer with more bytes than one may have          [standalone/engine/answers.py]
    ├── ConnectionIdInUse            a connection ID that another connection has          [standalone/errors.py]
    ├── QueryError                   SQL outside the subset, or about what is not there   [standalone/errors.py]
    │   └── TooManyPairs             a join whose changes cost more than they may         [standalone/sql/query.py]
    ├── PublishError                 a program that cannot be published here              [standalone/errors.py]
    ├── ModuleChangeRefused          a changed module that does not fit the stored rows   [standalone/errors.py]
    ├── AddressError                 no address to listen on; a ValueError, too           [standalone/errors.py]
    ├── ListenError                  an address that the server cannot listen on          [standalone/errors.py]
    ├── DatabaseNameError            a name that no database can have                     [standalone/errors.py]
    ├── StorageError                 a file or folder that cannot keep a database         [standalone/errors.py]
    │   └── CommitsLost              one that has lost commits it had confirmed           [standalone/errors.py]
    ├── TokenRefused                 a token that the embedded server does not accept     [standalone/hosting/credentials.py]
    ├── IssuerUnavailable            an issuer that does not give the keys of its tokens  [standalone/hosting/issuer_keys.py]
    ├── FieldError                   what was filled in is no value of its field          [inspector/fields.py]
    ├── FilterError                  what was typed is no filter of a table               [inspector/row_filter.py]
    ├── CheckError                   lines of a module that will not work in a database   [publishing/build.py]
    ├── AbiError                     a module that needs a newer server than it is for    [publishing/build.py]
    ├── PublishRefused               a module that the server did not take                [publishing/refusals.py]
    ├── WasmError                    a file that is no WebAssembly module of the kind     [publishing/wasm_file.py]
    │   └── StartError               a module that does not start in the interpreter      [publishing/freeze.py]
    ├── HostCallError                a module asked for a database where there is none    [publishing/instance.py]
    └── RuntimeMissingError          there is no interpreter to put a module into         [publishing/interpreter.py]

Outside the tree are signals that end within the SDK and reach no caller of it:

    HintError                        a type hint that is no column type; becomes a ModuleError   [module/hints.py]
    NotInline                        a column whose check is not written into that of its row  [standalone/tables/own_rows.py]
    TimedOut                         a function of a module had its time                  [standalone/errors.py]
    ClientGone                       who asked over HTTP hung up                          [standalone/turns.py]
    NoAnswerSlot                     a long answer found no room in time; becomes a 503   [standalone/answer_slots.py]
    Refusal                          an HTTP request that is answered with an error       [standalone/web/requests.py]
    KeysUnavailable                  why keys cannot be had; becomes an IssuerUnavailable    [standalone/hosting/key_discovery.py]
    AnswerTooLong                    an HTTP answer over its bound; becomes a ConnectError   [transport/opening/dialing.py]

Attributes come first, the text is built from them and names the remedy.
"""

from __future__ import annotations

from enum import Enum

__all__ = [
    "AmbiguousClientError",
    "AuthenticationError",
    "BacklogError",
    "BadAddressError",
    "ClientStateError",
    "CommandError",
    "ConfigError",
    "ConnectCause",
    "ConnectError",
    "ConnectionLost",
    "DatabaseNotFoundError",
    "DecodeError",
    "EncodeError",
    "ForkedClientError",
    "HttpError",
    "MissingPackageError",
    "ModuleError",
    "NoClientError",
    "ProtocolError",
    "RequestFailedError",
    "SchemaError",
    "SchemaMismatchError",
    "SignInError",
    "SpacetimeDBException",
    "SubscriptionError",
]


class SpacetimeDBException(Exception):
    """The root of the SDK's errors."""


class DecodeError(SpacetimeDBException):
    """Bytes or JSON that do not fit the type they should hold."""


class EncodeError(SpacetimeDBException):
    """A Python value that does not fit the type it is sent as."""


class SchemaError(SpacetimeDBException):
    """A module definition that cannot be read."""


class ModuleError(SpacetimeDBException):
    """A mistake in a Python server module, found when it was loaded."""

    def __init__(self, message: str, file: str | None = None, line: int | None = None) -> None:
        self.message = message
        self.file = file
        self.line = line
        super().__init__(message, file, line)

    def __str__(self) -> str:
        at = "" if self.line is None else f":{self.line}"
        place = f"{self.file}{at}: " if self.file else ""
        return f"{place}{self.message}"


class ConnectCause(Enum):
    """Why no connection came about: what a program decides by, where the sentence is for people."""

    BAD_ADDRESS = "bad address"  # the host, port or database name cannot be one
    BAD_TOKEN = "bad token"  # the token cannot be sent: no server was asked
    UNKNOWN_HOST = "unknown host"  # its name stands for no address
    REFUSED = "refused"  # the machine answers, nothing listens at the port
    UNREACHABLE = "unreachable"  # there is no way to the machine
    TIMED_OUT = "timed out"  # no whole answer within the time limit
    PROXY = "proxy"  # the proxy in between failed, or is of a kind that is not spoken
    TLS = "tls"  # no secure connection: certificate, version, or no TLS there at all
    REDIRECTED = "redirected"  # the server names another place, which gets no token
    UNAUTHORIZED = "unauthorized"  # the server refused the token
    FORBIDDEN = "forbidden"  # the server knows who this is, and does not let it in (403): a ban, for example
    NO_DATABASE = "no database"  # the server has no such database
    VERSION = "version"  # the server speaks none of the protocols offered
    UNAVAILABLE = "unavailable"  # the server answers that it cannot serve now (5xx, 429)
    NOT_SPACETIMEDB = "not a SpacetimeDB"  # what answers there is something else
    REJECTED = (
        "rejected by the module"  # gone before its first message, as a failed connect reducer leaves it
    )
    LOST = "lost"  # the connection broke while it was being made
    CLOSED = "closed"  # this side gave up: `close()` was called meanwhile
    OTHER = "other"


class ConnectError(SpacetimeDBException):
    """No connection came about: `url` is where to, `cause` why not, `reason` the same as a sentence with its remedy.

    `detail` is what was found there, in a server's own words where it said some, fit to be shown; it may be empty.
    """

    usual_cause = ConnectCause.OTHER

    def __init__(self, url: str, reason: str, cause: ConnectCause | None = None, detail: str = "") -> None:
        self.url = url
        self.detail = detail
        self.reason = reason
        self.cause = self.usual_cause if cause is None else cause
        super().__init__(url, reason)

    def __str__(self) -> str:
        return f"cannot connect to {self.url}: {self.reason}"


class BadAddressError(ConnectError, ValueError):
    """The host, the port or the database name cannot be one: no server was asked. `url` is empty where not even that is known."""

    usual_cause = ConnectCause.BAD_ADDRESS

    def __str__(self) -> str:
        return super().__str__() if self.url else self.reason


class AuthenticationError(ConnectError):
    """The token is of no use: the server refused it, or (`ConnectCause.BAD_TOKEN`) it cannot be sent at all."""

    usual_cause = ConnectCause.UNAUTHORIZED


class DatabaseNotFoundError(ConnectError):
    """The server has no database of that name."""

    usual_cause = ConnectCause.NO_DATABASE


class ConnectionLost(SpacetimeDBException):
    """The connection ended without being asked to.

    `may_have_committed` tells of a pending reducer call that it was sent and its answer never came.
    """

    def __init__(self, reason: str, *, may_have_committed: bool = False) -> None:
        self.reason = reason
        self.may_have_committed = may_have_committed
        super().__init__(reason)

    def __str__(self) -> str:
        doubt = "; a call in flight may have committed" if self.may_have_committed else ""
        return f"connection lost: {self.reason}{doubt}"


class BacklogError(ConnectionLost):
    """More than `limit_bytes` waited: `queued_bytes` for a program that reads too slowly, or, `to_server`, for a server that does."""

    def __init__(self, queued_bytes: int, limit_bytes: int, *, to_server: bool = False) -> None:
        self.queued_bytes = queued_bytes
        self.limit_bytes = limit_bytes
        self.to_server = to_server
        super().__init__(
            f"{queued_bytes} bytes waited to be sent, {limit_bytes} are allowed: the server takes calls more slowly than "
            "they are made, make fewer of them"
            if to_server
            else f"{queued_bytes} bytes of messages waited for update(), {limit_bytes} are allowed: "
            "call update() more often, subscribe to less, or raise backlog_bytes"
        )


class ProtocolError(SpacetimeDBException):
    """The server sent something that is no message of the protocol."""


class SchemaMismatchError(ProtocolError):
    """Rows of `table` do not fit the generated bindings; or what a reducer or procedure of that name takes or returns."""

    def __init__(self, table: str, detail: str, *, kind: str = "table") -> None:
        self.table = table
        self.detail = detail
        self.kind = kind
        super().__init__(table, detail)

    def __str__(self) -> str:
        what = (
            f"rows of table {self.table!r} do" if self.kind == "table" else f"{self.kind} {self.table!r} does"
        )
        return (
            f"{what} not fit the generated bindings ({self.detail}): regenerate them with "
            "`python -m spacetimedb_sdk generate --server URL --database NAME --out DIR`"
        )


class SubscriptionError(SpacetimeDBException):
    """The server refused `queries`; `message` is its own text."""

    def __init__(self, queries: tuple[str, ...], message: str, hint: str = "") -> None:
        self.queries = queries
        self.message = message
        self.hint = hint
        super().__init__(queries, message, hint)

    def __str__(self) -> str:
        return f"subscription refused: {self.message}{f' ({self.hint})' if self.hint else ''}"


class RequestFailedError(SpacetimeDBException):
    """What was asked failed on the server: `what` was asked, `message` is the server's own text, `hint` what was meant perhaps."""

    def __init__(self, what: str, message: str, hint: str = "") -> None:
        self.what = what
        self.message = message
        self.hint = hint
        super().__init__(what, message, hint)

    def __str__(self) -> str:
        return f"{self.what} failed: {self.message}{f' ({self.hint})' if self.hint else ''}"


class ClientStateError(SpacetimeDBException):
    """A client was called from where, or when, it may not be."""


class ForkedClientError(ClientStateError):
    """A client was used in a child process; it is the parent's (process id `owner`), which goes on using it."""

    def __init__(self, owner: int) -> None:
        self.owner = owner
        super().__init__(owner)

    def __str__(self) -> str:
        return (
            f"this client belongs to process {self.owner}, from which this one was forked: connect another one here, "
            "after the fork"
        )


class NoClientError(ClientStateError):
    """A generated class or function was used while no client is open."""


class AmbiguousClientError(ClientStateError):
    """A generated class or function was used outside a callback while several clients are open."""


class ConfigError(SpacetimeDBException):
    """A settings file that cannot be read; it was kept under another name."""


class SignInError(SpacetimeDBException):
    """Nobody was signed in at the provider `issuer`, for the reason `why`; no token is in it. `code` is what the provider calls its
    error (`access_denied`, `invalid_grant`, `expired_token` ...), empty for one that is not the provider's."""

    def __init__(self, issuer: str, why: str, code: str = "") -> None:
        self.issuer = issuer
        self.why = why
        self.code = code
        super().__init__(f"signing in at {issuer}: {why}")


class HttpError(SpacetimeDBException):
    """The server answered `status` (an HTTP status code) with the text `body`; `remedy` is what to do, where one is known."""

    def __init__(self, status: int, body: str, url: str = "") -> None:
        self.status = status
        self.body = body
        self.url = url
        super().__init__(status, body, url)

    @property
    def remedy(self) -> str:
        if self.status == 400 and "HTTPS port" in self.body:  # as nginx says it
            return "the port speaks TLS: write https:// before the host"
        return _HTTP_REMEDIES.get(self.status, "")

    def __str__(self) -> str:
        where = f" for {self.url}" if self.url else ""
        remedy = f" ({self.remedy})" if self.remedy else ""
        return f"the server answered {self.status}{where}: {self.body.strip() or 'no text'}{remedy}"


_HTTP_REMEDIES = {
    401: "it wants a token: give one it issued, or log in",
    403: "this identity may not: use the token of the database's owner",
    413: "the request is too large: send less at once",
    429: "too many requests: wait a moment",
    502: "what stands in front of the server does not reach it: is it running?",
    503: "it cannot serve now: try again later",
    504: "what stands in front of the server got no answer from it: try again later",
}


class MissingPackageError(SpacetimeDBException, ImportError):
    """`purpose`, a part of the SDK or of a program, needs the packages `missing` (names as imported, in order), which are
    not installed; `remedy` is the whole line that installs them."""

    def __init__(self, purpose: str, missing: tuple[str, ...], remedy: str) -> None:
        self.purpose = purpose
        self.missing = missing
        self.remedy = remedy
        super().__init__(purpose, missing, remedy)
        self.name = missing[0]

    def __str__(self) -> str:
        return (
            f"{self.purpose} needs packages that are not installed ({', '.join(self.missing)}): {self.remedy}"
        )


class CommandError(SpacetimeDBException):
    """Something that a command cannot do with what it was given; the text is one sentence."""
