"""Lists of callbacks, and the fitting of older signatures, decided once at registration.

A callback that is registered while callbacks run waits for the next event; one that is taken back does not run any more.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from types import FunctionType

__all__ = ["CallbackList", "adapt_reducer_callback", "adapt_row_callback", "check_takes", "describe"]


def describe(callback: Callable[..., object]) -> str:
    """`module.function`, for messages about a callback."""
    name = getattr(callback, "__qualname__", None) or repr(callback)
    return f"{getattr(callback, '__module__', '?')}.{name}"


def check_takes(callback: Callable[..., object], *arguments: str) -> None:
    """TypeError for a callback that cannot be called with `arguments`, which are given by their names."""
    _check_callable(callback)
    if isinstance(callback, FunctionType):
        # Read off, as most are: this is asked for at every call whose answer a callback waits for.
        code = callback.__code__
        fewest = code.co_argcount - len(callback.__defaults__ or ())
        if fewest <= len(arguments) <= code.co_argcount and not code.co_kwonlyargcount:
            return
    try:
        # What is called is the wrapper, not what it wraps.
        signature = inspect.signature(callback, follow_wrapped=False)
    except (TypeError, ValueError):  # some callables of C have none
        return
    try:
        signature.bind(*arguments)
    except TypeError as error:
        raise TypeError(
            f"{describe(callback)} takes {signature}, but is called with ({', '.join(arguments)}): {error}"
        ) from None


def _positional_limit(callback: Callable[..., object]) -> int | None:
    """How many positional arguments the callback takes at the most; None for no limit, or where it is not known."""
    try:
        parameters = inspect.signature(callback).parameters.values()
    except (TypeError, ValueError):
        return None
    if any(parameter.kind is parameter.VAR_POSITIONAL for parameter in parameters):
        return None
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return sum(parameter.kind in kinds for parameter in parameters)


def adapt_row_callback(callback: Callable[..., object]) -> Callable[..., object]:
    """A row callback with the four arguments of the reference; one that takes three gets no reducer event."""
    _check_callable(callback)
    limit = _positional_limit(callback)
    if limit is None or limit >= 4:
        return callback
    if limit == 3:
        return lambda row_op, old, new, _event: callback(row_op, old, new)
    raise TypeError(
        f"{describe(callback)} takes {limit} arguments; a row callback takes (row_op, old, new, reducer_event)"
    )


def adapt_reducer_callback(callback: Callable[..., object], parameters: int) -> Callable[..., object]:
    """A reducer callback with the address; one that takes exactly an argument less gets none (see the reference)."""
    _check_callable(callback)
    limit = _positional_limit(callback)
    if limit is None or limit >= 4 + parameters:
        return callback
    if limit == 3 + parameters:
        return lambda identity, _address, status, message, *args: callback(identity, status, message, *args)
    raise TypeError(
        f"{describe(callback)} takes {limit} arguments; this reducer's callback takes "
        f"(caller_identity, caller_address, status, message) and {parameters} of the reducer's own"
    )


def _check_callable(callback: object) -> None:
    if not callable(callback):
        raise TypeError(f"a callback must be callable, not {callback!r}")


class CallbackList:
    """Callbacks in the order of their registration; the same one may be there twice.

    `entries` holds `(registered, called)` pairs; it is another tuple after each change.
    """

    __slots__ = ("entries",)

    def __init__(self) -> None:
        self.entries: tuple[tuple[Callable[..., object], Callable[..., object]], ...] = ()

    def __len__(self) -> int:
        return len(self.entries)

    def add(self, callback: Callable[..., object], adapted: Callable[..., object] | None = None) -> None:
        """Register `callback`; `adapted` is what is called in its place."""
        _check_callable(callback)
        self.entries = (*self.entries, (callback, adapted or callback))

    def remove(self, callback: Callable[..., object]) -> bool:
        """Take back the latest registration; False where there is none."""
        for index in range(len(self.entries) - 1, -1, -1):
            if self.entries[index][0] == callback:
                self.entries = self.entries[:index] + self.entries[index + 1 :]
                return True
        return False

    def __iter__(self) -> Iterator[tuple[Callable[..., object], Callable[..., object]]]:
        """The callbacks of now, as `(registered, called)`, leaving out those taken back meanwhile."""
        for entry in self.entries:
            if entry in self.entries:
                yield entry
