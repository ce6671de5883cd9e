"""What callbacks get of a transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Protocol

from .types import Address, Identity

__all__ = ["ReducerArgs", "ReducerEvent", "TransactionUpdateMessage"]


class ReducerArgs(list[Any]):
    """The typed arguments of a reducer in order, which may be looked up by parameter name too."""

    __slots__ = ("names",)

    def __init__(self, values: Iterable[Any] = (), names: Iterable[str] = ()) -> None:
        self.extend(values)  # a `super()` takes longer than all the rest
        self.names = tuple(names)

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, str):
            try:
                return super().__getitem__(self.names.index(key))
            except (ValueError, IndexError):
                raise KeyError(key) from None
        return super().__getitem__(key)

    def get(self, name: str, default: object = None) -> Any:
        return self[name] if name in self.keys() else default

    def keys(self) -> tuple[str, ...]:
        return self.names[: len(self)]

    def items(self) -> list[tuple[str, object]]:
        return list(zip(self.names, self, strict=False))


class CallMade(Protocol):
    """What an event tells of a reducer call."""

    reducer_name: str
    args: list[Any]
    caller_identity: Identity | None
    caller_address: Address | None


class ReducerEvent:
    """Which reducer call changed a row, and how it ended.

    Takes the reference's five arguments, or 0.7.0's six with `caller_address` second; both by keyword as well.
    `caller_address` is None for scheduled reducers, `caller_identity` None where the server does not tell. Over v2 and v3,
    and with `light=True`, it tells of this client's own calls alone: `is_known` is False for the rest, whose `reducer_name`
    is empty.
    """

    __slots__ = ("_args", "_names", "caller_address", "caller_identity", "message", "reducer_name", "status")

    def __init__(self, *positional: Any, **keywords: Any) -> None:
        names = ["caller_identity", "reducer_name", "status", "message", "args"]
        if len(positional) == 6:
            names.insert(1, "caller_address")
        values = _bind("ReducerEvent", names, positional, keywords, optional=("caller_address",))
        self.caller_identity: Identity | None = values["caller_identity"]
        self.caller_address: Address | None = values.get("caller_address")
        self.reducer_name: str = values["reducer_name"]
        self.status: str = values["status"]
        self.message: str = values["message"]
        self._args: list[Any] = values["args"]
        self._names: Mapping[str, tuple[str, ...]] | None = None

    @classmethod
    def of(
        cls, call: CallMade, status: str, message: str, names: Mapping[str, tuple[str, ...]]
    ) -> ReducerEvent:
        """The same of a call, and of the names of parameters by reducer: every transaction makes one."""
        event = cls.__new__(cls)
        event.caller_identity = call.caller_identity
        event.caller_address = call.caller_address
        event.reducer_name = call.reducer_name
        event.status = status
        event.message = message
        event._args = call.args  # noqa: SLF001 its own
        event._names = names  # noqa: SLF001
        return event

    @property
    def args(self) -> list[Any]:
        """The reducer's arguments: see `ReducerArgs`."""
        if self._names is not None:  # made at the first look, which few callbacks take
            self._args, self._names = ReducerArgs(self._args, self._names.get(self.reducer_name, ())), None
        return self._args

    @args.setter
    def args(self, args: list[Any]) -> None:
        self._args, self._names = args, None

    @property
    def is_known(self) -> bool:
        """Whether the server said which reducer it was."""
        return bool(self.reducer_name)

    def __repr__(self) -> str:
        if not self.is_known:
            return f"ReducerEvent(of an unknown call, {self.status})"
        text = f", message={self.message!r}" if self.message else ""
        return f"ReducerEvent({self.reducer_name!r}, {self.status}, caller={self.caller_identity}{text})"


class TransactionUpdateMessage:
    """A transaction as `on_event` callbacks get it.

    `events` holds, by table class name, the row changes `(row_op, old, new)` in callback order.
    """

    transaction_type: ClassVar[str] = "TransactionUpdate"
    __slots__ = ("events", "reducer_event")

    def __init__(self, *positional: Any, **keywords: Any) -> None:
        names = ["caller_identity", "status", "message", "reducer_name", "args"]
        if len(positional) == 6:
            names.insert(1, "caller_address")
        values = _bind("TransactionUpdateMessage", names, positional, keywords, optional=("caller_address",))
        self.reducer_event = ReducerEvent(**values)
        self.events: dict[str, list[tuple[str, object, object]]] = {}

    @classmethod
    def of(
        cls, reducer_event: ReducerEvent, events: dict[str, list[tuple[str, object, object]]]
    ) -> TransactionUpdateMessage:
        message = cls.__new__(cls)
        message.reducer_event, message.events = reducer_event, events
        return message

    @property
    def caller_identity(self) -> Identity | None:
        return self.reducer_event.caller_identity

    @property
    def caller_address(self) -> Address | None:
        return self.reducer_event.caller_address

    @property
    def status(self) -> str:
        return self.reducer_event.status

    @property
    def message(self) -> str:
        return self.reducer_event.message

    @property
    def reducer_name(self) -> str:
        return self.reducer_event.reducer_name

    reducer = reducer_name

    @property
    def args(self) -> list[object]:
        return self.reducer_event.args

    def __repr__(self) -> str:
        return f"TransactionUpdateMessage({self.reducer_event!r}, tables={list(self.events)})"


def _bind(
    what: str,
    names: list[str],
    positional: tuple[object, ...],
    keywords: dict[str, Any],
    optional: tuple[str, ...],
) -> dict[str, Any]:
    """The arguments by name; TypeError as a plain signature would raise it."""
    if len(positional) > len(names):
        raise TypeError(
            f"{what} takes {len(names)} arguments ({', '.join(names)}), or 6 with caller_address second"
        )
    values = dict(zip(names, positional, strict=False))
    for name, value in keywords.items():
        if name in values or name not in (*names, *optional):
            raise TypeError(f"{what} got an unexpected argument {name!r}")
        values[name] = value
    missing = [name for name in names if name not in values and name not in optional]
    if missing:
        raise TypeError(f"{what} lacks {', '.join(missing)}")
    return values
