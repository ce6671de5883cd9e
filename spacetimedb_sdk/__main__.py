"""`python -m spacetimedb_sdk`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.util import find_spec

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; in a copy for clients alone, which has none, say so."""
    if find_spec(".cli", __package__) is None:
        given = sys.argv[1:] if arguments is None else arguments
        asked = [f"command {word!r} is" for word in given[:1] if not word.startswith("-")] or ["commands are"]
        sys.stderr.write(
            f"python -m {__package__}: this copy of the SDK is for clients alone, no {asked[0]} in it: run them as "
            "`python -m spacetimedb_sdk ...` where the whole SDK is, or copy the whole with `vendor DIR --replace`\n"
        )
        return 2
    from .cli import main as command_line

    return command_line(arguments)


if __name__ == "__main__":
    sys.exit(main())
