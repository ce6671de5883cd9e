"""From the names in a module's source to those of its definition."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator

from ..sats.schema.module_def import ModuleDef, TableDef

__all__ = ["RESERVED_FIELDS", "is_column_name", "named_twice", "source_name"]

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


def named_twice(definition: ModuleDef) -> tuple[str, str] | None:
    """The first table or view of which something would be called what something of the module is called already, and what to say
    of it. A server has one row of names for tables, views, indexes, constraints, sequences and schedules, and takes no module in
    which one comes twice.
    """
    names = [*((table.name, *named) for table in definition.tables for named in _names_of(table))]
    names += [(view.name, view.name, f"view {view.name!r}", ()) for view in definition.views]
    found: dict[str, tuple[str, str, tuple[int, ...]]] = {}
    for owner, name, what, columns in names:
        if name not in found:
            found[name] = owner, what, columns
            continue
        other_owner, other, other_columns = found[name]
        if other_owner == owner and columns and columns == other_columns:
            return owner, f"table {owner!r} has two indexes over the same columns: one of them is enough"
        # The names of one table's indexes are those of their columns.
        remedy = "a column" if other_owner == owner else "the table or view"
        return owner, f"{what} and {other} would both be called {name!r}: give {remedy} another name="
    return None


def _names_of(table: TableDef) -> Iterator[tuple[str, str, tuple[int, ...]]]:
    """Name, what it is of, and the columns of an index."""
    yield table.name, f"table {table.name!r}", ()
    for index in table.indexes:
        yield index.name or "", f"index {index.accessor_name!r} of table {table.name!r}", index.columns
    for constraint in table.constraints:
        yield constraint.name or "", f"a unique column of table {table.name!r}", ()
    for sequence in table.sequences:
        yield sequence.name or "", f"an auto_inc column of table {table.name!r}", ()
    if table.schedule is not None:
        yield table.schedule.name or "", f"the schedule of table {table.name!r}", ()
