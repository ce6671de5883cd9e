"""Entry: what the host calls. A reducer's call to its function, a failure to what its caller and the log are to know."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import fields
from itertools import count
from typing import Any, TypeVar

from ...sats.algebraic_type import UNIT, ProductType, option_of
from ...sats.bsatn.codec import Codec, CodecSpace
from ...sats.bsatn.fast_build import Native
from ...sats.bsatn.reading_plan import members_of
from ...system.plain_text import error_text
from ...types import ConnectionId, Identity, Timestamp
from ..chance import Chance
from ..context import (
    AnonymousViewContext,
    ProcedureContext,
    ReducerContext,
    ReducerError,
    ViewContext,
)
from ..http import ProcedureHttp
from ..logger import module_logger
from ..module import Module
from ..tables import TablesByClass
from .failures import failure_text
from .host import Host
from .http import request_codecs, send_request
from .log import HostLogHandler
from .tables import DroppedEvents, HostTable

__all__ = ["PANIC", "HostedModule"]

R = TypeVar("R")

# What a caller gets of a failure that is no ReducerError: as from modules in other languages, the rest is for the log.
PANIC = "The instance encountered a fatal error."
# What who looks at a view hears of such a failure.
LOGGED = "the module's log says why"
# What a server of 2.x says to who calls a private reducer.
_NO_SUCH_REDUCER = "no such reducer"
_ERROR = 0
# Where what was left out is refused, and imports are made: never where the mistake is.
_NO_PLACES = ("spacetimedb/boot.py", "<frozen ")
_NO_CONNECTION = bytes(16)
_MOST_SENDERS = 4096
_TIMESTAMP_MEMBERS = members_of(Timestamp, ("micros",))
_CONTEXT_MEMBERS = members_of(ReducerContext, tuple(item.name for item in fields(ReducerContext)))
# The answer of a view begins with what it is: rows, here, and not a query.
_ROWS_FOLLOW = b"\0"


class HostedModule:
    """A module as the host runs it. `now` is called with each call's timestamp, for a clock that is asked for the time. Where the
    server `is_older`, of 1.x, it knows no event tables, and what is inserted into them is dropped; nor private reducers, which
    others than the database itself are then refused here."""

    def __init__(
        self,
        module: Module,
        host: Host,
        *,
        seed: int = 0,
        now: Callable[[int], None],
        is_older: bool = False,
    ) -> None:
        build = module.build()
        definition = build.definition
        space = CodecSpace(definition.typespace, build.classes)
        self._host = host
        self._chance = Chance(seed)
        self._logger = module_logger(module.name, HostLogHandler(host))
        self._now = now
        self._identity: Identity | None = None
        # The same few clients call again and again.
        self._senders: dict[bytes, Identity] = {}
        self._tables: TablesByClass[HostTable[Any]] = TablesByClass(
            {
                table.name: (DroppedEvents if table.is_event and is_older else HostTable)(
                    host, space, table, build.classes[table.row_ref]
                )
                for table in definition.tables
            }
        )
        self._reducers: list[tuple[Callable[..., None], Callable[[bytes], Any]]] = [
            (module.reducers[item.name].function, self._arguments(space, item.params))
            for item in definition.reducers
        ]
        self._private = frozenset(
            number
            for number, item in enumerate(definition.reducers)
            if is_older and item.is_private and item.lifecycle is None
        )
        self._procedures: list[tuple[Callable[..., Any], Codec, Codec | None]] = [
            (
                module.procedures[item.name].function,
                space.codec(item.params),
                None if item.return_type == UNIT else space.codec(item.return_type),
            )
            for item in definition.procedures
        ]
        if definition.procedures:
            request_codecs()  # while there is a compiler: it may be left out later
        # Views are counted apart: those that are the same for everybody, and those that know who looks.
        self._views: dict[bool, list[tuple[str, Callable[..., Any], Callable[[object], bytes], bool]]] = {
            True: [],
            False: [],
        }
        for item in definition.views:
            row = space.row_codec(item.row.index, build.classes[item.row.index])
            row.written_pack()  # while there is a compiler, as above
            is_option = option_of(item.return_type) is not None
            view = item.name, module.views[item.name].function, row.encode, is_option
            self._views[item.is_anonymous].append(view)

    def _arguments(self, space: CodecSpace, params: ProductType) -> Callable[[bytes], Any]:
        """What reads the arguments of a call: where it is one row or value, the interpreter itself, where it can."""
        decode = space.codec(params).decode
        if len(params.elements) != 1:
            return decode if params.elements else lambda data: decode(data) if data else ()
        plan = space.reading_plan(params.elements[0].type)
        reader = None if plan is None else self._host.reader(plan)
        if reader is None:
            return decode
        size, one = space.codec(params.elements[0].type).size, reader.one
        # What is too long or too short is refused as by the codec, and in its words.
        return lambda data: (one(data),) if len(data) == size else decode(data)

    def call_reducer(
        self, number: int, sender: bytes, connection: bytes, timestamp: int, args: bytes
    ) -> bytes | None:
        """None when it has been done, else the text for its caller in UTF-8: the host then undoes everything."""
        self._now(timestamp)
        if number in self._private and sender != self._host.identity():
            return _text(_NO_SUCH_REDUCER)
        function, arguments = self._reducers[number]
        try:
            function(self._reducer_context(sender, connection, timestamp), *arguments(args))
        except ReducerError as error:
            return _text(error_text(error))
        except BaseException as error:  # noqa: BLE001 - whatever a module raises is the failure of this call alone
            self._report(error)
            return _text(_remedy_of(error) or PANIC)
        return None

    def call_procedure(
        self, number: int, sender: bytes, connection: bytes, timestamp: int, args: bytes
    ) -> bytes | None:
        """The BSATN of what it returned; None where it failed: the host takes no text then, so all of it is in the log."""
        self._now(timestamp)
        function, codec, result = self._procedures[number]
        outer = self._reducer_context(sender, connection, timestamp)

        def run(work: Callable[[ReducerContext], Any]) -> Any:
            return self._transaction(work, sender, connection)

        context = ProcedureContext(
            sender=outer.sender,
            connection_id=outer.connection_id,
            timestamp=outer.timestamp,
            identity=outer.identity,
            run=run,
            http=ProcedureHttp(lambda request: send_request(self._host, request)),
            chance=self._chance,
            logger=self._logger,
        )
        try:
            value = function(context, *codec.decode(args))
            return b"" if result is None else result.encode(value)
        except BaseException as error:  # noqa: BLE001 - as for reducers
            self._report(error)
            return None

    def _transaction(self, work: Callable[[ReducerContext], Any], sender: bytes, connection: bytes) -> Any:
        while True:
            timestamp = self._host.start_tx()
            self._now(timestamp)
            try:
                returned = work(self._reducer_context(sender, connection, timestamp))
            except BaseException:
                self._host.abort_tx()
                raise
            if self._host.commit_tx():
                return returned

    def call_view(self, number: int, sender: bytes | None) -> bytes | str:
        """The header and the BSATN of an array of rows, or why there is none, for who asked."""
        name, function, encode, is_option = self._views[sender is None][number]
        try:
            if sender is None:
                returned = function(AnonymousViewContext(db=self._tables))
            else:
                returned = function(ViewContext(sender=Identity(sender[::-1]), db=self._tables))
            rows = [] if returned is None else [returned] if is_option else returned
            return _ROWS_FOLLOW + len(rows).to_bytes(4, "little") + b"".join(map(encode, rows))
        except BaseException as error:  # noqa: BLE001 - as for reducers
            self._report(error)
            said = error_text(error) if isinstance(error, ReducerError) else _remedy_of(error) or LOGGED
            return _text(f"view `{name}` failed: {said}").decode()

    def _reducer_context(self, sender: bytes, connection: bytes, timestamp: int) -> ReducerContext:
        if self._identity is None:
            self._identity = Identity(self._host.identity()[::-1])
        known = self._senders.get(sender)
        if known is None:
            if len(self._senders) >= _MOST_SENDERS:
                self._senders.clear()
            known = self._senders[sender] = Identity(sender[::-1])
        connection_id = None if connection == _NO_CONNECTION else ConnectionId(connection[::-1])
        common = self._tables, self._chance, self._logger
        make = Native.make
        if make is None:
            return ReducerContext(known, connection_id, Timestamp(timestamp), self._identity, *common)
        # Its own constructor sets field by field, which takes longer than a short reducer.
        moment = make(Timestamp, _TIMESTAMP_MEMBERS, timestamp)
        context: ReducerContext = make(
            ReducerContext,
            _CONTEXT_MEMBERS,
            known,
            connection_id,
            moment,
            self._identity,
            *common,
            None,
            count(),
        )
        return context

    def _report(self, error: BaseException) -> None:
        """The traceback in the log, at the line of the module where it happened."""
        file, line = "", 0
        trace = error.__traceback__
        while trace is not None:
            name = trace.tb_frame.f_code.co_filename
            if not name.startswith(_NO_PLACES):
                file, line = name, trace.tb_lineno
            trace = trace.tb_next
        try:
            text = failure_text(error)
        except (MemoryError, RecursionError):  # the interpreter's own text takes neither
            text = self._host.traceback(error).rstrip("\n")
        self._host.log(_ERROR, file, line, text)


def _remedy_of(error: BaseException) -> str | None:
    """What to do about a failure for lack of something that was left out of the file at publishing; `boot` marks those, or has them
    say so."""
    seen: list[BaseException] = []
    last: BaseException | None = error
    while last is not None and last not in seen:
        if isinstance(last, ModuleNotFoundError) or getattr(last, "was_left_out", False):
            return error_text(last)
        seen.append(last)
        last = last.__cause__ or last.__context__
    return None


def _text(text: str) -> bytes:
    # A lone surrogate has no UTF-8: it is shown as what it is.
    return text.encode("utf-8", "backslashreplace")


def module_in(name: str) -> Module:
    """The `Module` that the Python module `name` holds: the one called `module`, or its only one."""
    __import__(name)
    values = vars(sys.modules[name])
    chosen = values.get("module")
    if isinstance(chosen, Module):
        return chosen
    return next(value for value in values.values() if isinstance(value, Module))
