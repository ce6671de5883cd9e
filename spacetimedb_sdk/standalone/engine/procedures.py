"""Procedures: calls that are answered, and change tables in transactions of their own (spec: websocket.md section 4.6)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from time import perf_counter_ns
from typing import Any

from ...errors import DecodeError, EncodeError
from ...module import Module, ProcedureContext, ReducerContext, ReducerError
from ...module.declarations import ProcedureDeclaration
from ...module.http import ProcedureHttp
from ...sats.algebraic_type import UNIT
from ...sats.bsatn.codec import Codec, CodecSpace
from ...sats.json.decoding import json_decoder, parse_json
from ...sats.json.encoding import JsonEncoder, json_encoder
from ...sats.schema.module_def import ModuleDef, ProcedureDef
from ...system.plain_text import error_text
from ...types import ConnectionId, Identity, Timestamp
from ..answer_slots import NoAnswerSlot
from ..errors import is_interrupt
from .answers import AnswerOverLimit, Room, encoded_answer, json_answer
from .arguments import check_length, longest_arguments
from .http_requests import send_request
from .module_log import ModuleLog

__all__ = ["ProcedureOutcome", "Procedures", "Transact"]

UNKNOWN = "No such procedure"
_PANIC = "The module instance encountered a fatal error: its log says which"
_NEVER = Timestamp(0)
_AT_ONCE = 2
# Of a transaction: its work, who is its sender.
Transact = Callable[[Callable[[], object], Identity], object]
# Of a failure: what failed ("procedure price"), and with what.
Fail = Callable[[str, BaseException], None]


@dataclass(frozen=True, slots=True)
class ProcedureOutcome:
    """What came of a call: BSATN of what was returned, and its JSON in pieces where that was wanted, or the `error` its
    caller gets. The time of a
    procedure that never ended, or never ran, is 0. `refused`: it never ran, for its arguments were none."""

    error: str | None = None
    bsatn: bytes = b""
    json: tuple[bytes, ...] = ()
    timestamp: Timestamp = _NEVER
    duration_micros: int = 0
    refused: bool = False


@dataclass(frozen=True)
class _Procedure:
    definition: ProcedureDef
    declaration: ProcedureDeclaration
    args: Codec
    result: Codec
    longest: int
    space: CodecSpace

    @cached_property
    def json(self) -> JsonEncoder:
        return json_encoder(self.space, self.definition.return_type, positional=True)


def _enough_room(size: int) -> None:
    """Where there is no server whose clients share it."""


class Procedures:
    """The procedures of a module. `reducer_context` makes the context of one transaction, `transact` runs it; `fail` is
    called with what they raise but for ReducerError."""

    def __init__(
        self,
        module: Module,
        definition: ModuleDef,
        space: CodecSpace,
        *,
        reducer_context: Callable[[Identity, ConnectionId | None], ReducerContext],
        transact: Transact,
        fail: Fail,
        module_log: ModuleLog,
    ) -> None:
        # Who runs procedures beside all else ends those that compute without end.
        self.limited: Callable[[Callable[[], Any]], Any] = lambda work: work()
        self._space = space
        self._module_log = module_log
        self._reducer_context = reducer_context
        self._transact = transact
        self._fail = fail
        self._procedures: Mapping[str, _Procedure] = {
            item.name: _Procedure(
                item,
                module.procedures[item.name],
                space.codec(item.params, f"the arguments of {item.name}"),
                space.codec(item.return_type, f"the result of {item.name}"),
                # Many run at once.
                longest_arguments(definition.typespace, item.params) // _AT_ONCE,
                space,
            )
            for item in definition.procedures
        }

    def __contains__(self, name: str) -> bool:
        return name in self._procedures

    def call(
        self,
        name: str,
        args: bytes | str,
        *,
        sender: Identity,
        connection_id: ConnectionId | None,
        as_json: bool = False,
        room: Room = _enough_room,
    ) -> ProcedureOutcome:
        """Runs a procedure on BSATN arguments or JSON text. Failures are outcomes with their error; what it returns is
        written `as_json` too where that is wanted. NoAnswerSlot where there is no `room` for it."""
        procedure = self._procedures.get(name)
        if procedure is None or procedure.definition.is_private:
            return ProcedureOutcome(UNKNOWN)
        try:
            values = self._arguments(procedure, args)
        except (DecodeError, EncodeError) as error:
            return ProcedureOutcome(f"invalid arguments for procedure {name}: {error}", refused=True)
        return self._run(procedure, values, sender, connection_id, as_json=as_json, room=room)

    def run_scheduled(self, name: str, row: object, *, sender: Identity) -> None:
        """Runs the procedure of a timer for its `row`. What it fails with is logged: no caller waits for it."""
        self._run(self._procedures[name], (row,), sender, None, as_json=False, room=_enough_room)

    def _run(
        self,
        procedure: _Procedure,
        values: Any,
        sender: Identity,
        connection_id: ConnectionId | None,
        *,
        as_json: bool,
        room: Room,
    ) -> ProcedureOutcome:
        name = procedure.definition.name
        now = self._reducer_context(sender, connection_id).timestamp
        began = perf_counter_ns()
        context = self._context(sender, connection_id)

        def work() -> tuple[bytes, tuple[bytes, ...]]:
            value = procedure.declaration.function(context, *values)
            if procedure.definition.return_type == UNIT:
                value = ()
            encoded = encoded_answer(procedure.result, value, room, as_json=as_json)
            return encoded, json_answer(procedure.json(value), len(encoded), room) if as_json else ()

        try:
            encoded, pieces = self.limited(work)
        except NoAnswerSlot:
            raise
        except AnswerOverLimit as error:
            self._module_log.failure(name, str(error))
            return ProcedureOutcome(str(error))
        except ReducerError as error:
            self._module_log.failure(name, error_text(error))
            return ProcedureOutcome(error_text(error))
        except (
            BaseException
        ) as error:  # a module may raise anything; its caller gets an error, the server lives on
            if is_interrupt(error):
                raise
            self._fail(f"procedure {name}", error)
            self._module_log.panic(name, error)
            return ProcedureOutcome(_PANIC)
        spent = (perf_counter_ns() - began) // 1000
        return ProcedureOutcome(None, encoded, pieces, now, spent)

    def _arguments(self, procedure: _Procedure, args: bytes | str) -> Any:
        if isinstance(args, bytes):
            check_length(args, procedure.longest)
            return procedure.args.decode(args)
        values = json_decoder(self._space, procedure.definition.params)(parse_json(args, strict=True))
        procedure.args.encode(values)
        return values

    def _context(self, sender: Identity, connection_id: ConnectionId | None) -> ProcedureContext:
        def run(work: Callable[[ReducerContext], Any]) -> Any:
            returned: list[object] = []
            context = self._reducer_context(sender, connection_id)
            self._transact(lambda: returned.append(work(context)), sender)
            return returned[0]

        outer = self._reducer_context(sender, connection_id)
        return ProcedureContext(
            sender=sender,
            connection_id=connection_id,
            timestamp=outer.timestamp,
            identity=outer.identity,
            run=run,
            http=ProcedureHttp(send_request),
            chance=outer.chance,
            logger=outer.logger,
        )
