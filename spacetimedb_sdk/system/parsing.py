"""Files and answers that others wrote, parsed: whatever they hold, what cannot be read is a ValueError.

Python's parsers call themselves for each bracket, and end in a RecursionError where there are a thousand.
"""

from __future__ import annotations

import json
from typing import Any

__all__ = ["parsed_json", "parsed_toml"]

_TOO_DEEP = "it is nested too deeply"


def parsed_json(text: str | bytes) -> Any:
    """The value that a text is in JSON."""
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None


def parsed_toml(text: str) -> dict[str, Any]:
    """The tables that a text is in TOML."""
    import tomllib  # few programs read any

    try:
        return tomllib.loads(text)
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None
