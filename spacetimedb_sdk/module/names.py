"""From the names in a module's source to those of its definition."""

from __future__ import annotations

import keyword
import re

__all__ = ["RESERVED_FIELDS", "is_column_name", "source_name"]

# The slot where the datastore keeps a row's BSATN, and what every row can do: no attribute of a class can be called so.
RESERVED_FIELDS = frozenset({"replace", "_encoded"})
_COLUMN_NAME = re.compile(r"[^\W\d]\w*\Z")


def source_name(attribute: str) -> str:
    """What a field or parameter stands for: `from_` is `from`, as no Python name can be. All others are what they are."""
    bare = attribute[:-1]
    escapes = attribute.endswith("_") and (keyword.iskeyword(bare) or bare in RESERVED_FIELDS)
    return bare if escapes else attribute


def is_column_name(name: str) -> bool:
    """Whether a database takes it for a column: letters, digits and underscores, no digit first."""
    return _COLUMN_NAME.match(name) is not None
