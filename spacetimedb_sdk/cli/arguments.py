"""Arguments: command lines whose values may stand anywhere, and begin with a minus; numbers within bounds."""

from __future__ import annotations

import math
import re
from argparse import ArgumentTypeError
from collections.abc import Callable, Collection, Sequence

__all__ = ["options_first", "seconds", "whole_number"]

_NUMBER = re.compile(r"-(\d|\.\d|Infinity\Z)")


def options_first(given: Sequence[str], with_value: Collection[str]) -> list[str]:
    """`given` with its options before everything else, which argparse takes for values alone: it would end them at the
    first option, and take `-5` for one. `with_value` are the options that a value follows; after `--` all are values.
    """
    options: list[str] = []
    values: list[str] = []
    rest = iter(given)
    for word in rest:
        if word == "--":
            values += rest
        elif not word.startswith("-") or word == "-" or _NUMBER.match(word):
            values.append(word)
        else:
            options.append(word)
            if word in with_value:
                options += [value for value in (next(rest, None),) if value is not None]
    return [*options, "--", *values]


def whole_number(least: int) -> Callable[[str], int]:
    """The `type` of an option that is a whole number, `least` or more."""

    def number(text: str) -> int:
        value = int(text)
        if value < least:
            raise ArgumentTypeError(f"must be {least} or more")
        return value

    number.__name__ = "int"  # as argparse calls it where the text is none
    return number


def seconds(text: str) -> float:
    """The `type` of an option that is a time."""
    value = float(text)
    if not 0 <= value < math.inf:
        raise ArgumentTypeError("must be a number of seconds, 0 or more")
    return value
