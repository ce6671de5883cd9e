"""The accelerator: a compiled part (`accelerator/`) that reads rows, used where it is installed.

All the SDK knows of it stands here. It reads by the plan of a row's type, and leaves what it cannot read to the generated
decoder, so that values and errors are the same with and without it. `SPACETIMEDB_ACCELERATOR=off` in the environment leaves it
out of a process; `use(False)` does so from then on.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeVar, cast

from .fast_build import Native

# What else is needed is imported where it is: this is loaded inside a database, too, where each module costs at every start.
if TYPE_CHECKING:
    from logging import Logger

__all__ = ["VARIABLE", "accelerated", "is_used", "use"]

VARIABLE = "SPACETIMEDB_ACCELERATOR"
_MODULE = "spacetimedb_accelerator"
_REMEDY = "rows are read by plain Python. `pip install ./accelerator` builds the one of this SDK"

F = TypeVar("F", bound=Callable[..., Any])
# Makes the compiled function that takes the place of `otherwise`, which it is given.
Make: TypeAlias = Callable[["Accelerator"], F]


class Accelerator(Protocol):
    """What the compiled module has: functions that do what `otherwise` does, and leave to it what they cannot."""

    PLAN_VERSION: int

    def RowsReader(self, plan: object, otherwise: F) -> F: ...

    def KeyedReader(self, plan: object, key: int, otherwise: F) -> F: ...

    def ChangeReader(self, plan: object, key: int, otherwise: F) -> F: ...

    def Plan(self, description: object) -> object: ...

    def NewRows(self, otherwise: F) -> F: ...

    def RowsUnder(self, otherwise: F, plan: object) -> F: ...

    def MixedChanges(self, otherwise: F, plan: object, has_key: bool) -> F: ...

    def PutRows(self, otherwise: F) -> F: ...

    def RunCallback(self, otherwise: F, entries: object) -> F: ...

    def enable(self, is_enabled: bool) -> None: ...


class _Use:
    """Whether the program wants it."""

    is_wanted = True


def use(is_wanted: bool) -> bool:
    """Read rows with the accelerator from now on, or without it, in the whole process; whether it does: not where it is not
    installed, or the environment leaves it out. Any thread."""
    _Use.is_wanted = is_wanted
    module = _module()
    if module is not None:
        module.enable(is_wanted)
    return is_used()


def is_used() -> bool:
    """Whether rows are read by the accelerator."""
    return _Use.is_wanted and _module() is not None


def accelerated(make: Make[F], otherwise: F) -> F:
    """What `make` makes of the compiled module: a function that does what `otherwise` does. `otherwise` itself where there is no
    accelerator, or none for rows like these."""
    module = _module()
    if module is None:
        return otherwise
    try:
        return make(module)
    except (
        ValueError,
        TypeError,
        AttributeError,
    ) as error:  # classes that are laid out in a way of their own
        _log().debug("rows are read by plain Python: %s", error)
        return otherwise


def _log() -> Logger:
    from logging import getLogger

    return getLogger("spacetimedb_sdk.accelerator")


@cache
def _module() -> Accelerator | None:
    """The module, where it is there and fits; looked for when the first rows are about to be read."""
    if Native.make is not None:  # the interpreter inside a database has no modules but its own
        return None
    import os
    from importlib import import_module

    from .row_plan import PLAN_VERSION

    if os.environ.get(VARIABLE, "").lower() in ("off", "0", "false", "no"):
        return None
    try:
        module = cast("Accelerator", import_module(_MODULE))
        version = module.PLAN_VERSION
    except ModuleNotFoundError:
        return None
    except (ImportError, AttributeError) as error:  # of another Python, or half of a build
        _log().warning("the accelerator that is installed cannot be used (%s): %s", error, _REMEDY)
        return None
    if version != PLAN_VERSION:
        _log().warning(
            "the accelerator that is installed reads plans of version %s, this SDK writes %s: %s",
            version,
            PLAN_VERSION,
            _REMEDY,
        )
        return None
    module.enable(_Use.is_wanted)
    return module
