"""Arguments: command lines whose values may stand anywhere, and begin with a minus."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

__all__ = ["options_first"]

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
