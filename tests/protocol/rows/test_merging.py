"""What several queries say of a table in one message."""

from __future__ import annotations

from spacetimedb_sdk.protocol.outcomes import TableRows
from spacetimedb_sdk.protocol.rows.merging import joined


def test_what_leaves_for_one_query_may_come_for_another() -> None:
    leaves = TableRows("item", [1, 2], [3], ["three"], may_repeat=False)
    comes = TableRows("item", [4], [1], ["one"], may_repeat=False)
    assert joined(leaves, comes) == TableRows("item", [1, 2, 4], [3, 1], ["three", "one"], may_repeat=True)
