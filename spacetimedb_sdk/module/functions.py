"""What the decorators look at in a function: where it is written, and its parameters."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from .declarations import Place

__all__ = ["parameters_of", "place_of", "written"]


def written(other: Any, place: Place, this: Any) -> str:
    """How two that the database calls alike are written, the first with its line."""
    return f"{other.__name__!r} in line {place.line} as of {this.__name__!r} here"


def place_of(function: Callable[..., object], seen: Place) -> Place:
    code = getattr(function, "__code__", None)
    return Place(code.co_filename, code.co_firstlineno, seen.names) if code is not None else seen


def parameters_of(
    function: Callable[..., object], name: str, place: Place, *, hinted: bool = True
) -> tuple[str, tuple[str, ...]]:
    """What the context is called, and the parameters after it, which must be `hinted` with their types."""
    if inspect.isclass(function):
        raise place.error(
            f"{name} is a function, and {function.__name__} is a class: take the decorator away"
        )
    if inspect.iscoroutinefunction(function) or inspect.isgeneratorfunction(function):
        raise place.error(f"{name} must be an ordinary function: a transaction cannot wait")
    try:
        context, *rest = inspect.signature(function).parameters.values()
    except ValueError:
        raise place.error(
            f"{name} takes no context: its first parameter is `ctx`, for instance `ctx: ReducerContext`"
        ) from None
    # The name of a method is "Class.method"; that of a function in a function ends in "<locals>.function".
    owner = getattr(function, "__qualname__", "").rpartition(".")[0]
    if owner and not owner.endswith("<locals>"):
        raise place.error(f"{name} is a method of {owner}: write it as a function, outside of the class")
    for parameter in (context, *rest):
        if parameter.kind not in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD):
            raise place.error(f"{name}: parameter {parameter.name!r} must be a plain positional one")
    for parameter in rest:
        if hinted and parameter.annotation is parameter.empty:
            raise place.error(f"{name}: give parameter {parameter.name!r} a type hint")
        if parameter.default is not parameter.empty:
            raise place.error(
                f"{name}: parameter {parameter.name!r} has a default, but callers send every argument: "
                f"without one, or as `T | None` with None for what is not given"
            )
    return context.name, tuple(parameter.name for parameter in rest)
