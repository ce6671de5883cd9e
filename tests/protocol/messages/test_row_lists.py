"""Whether a transaction's two lists of rows can have a row in common, told from their bytes."""

from __future__ import annotations

import struct

from hypothesis import given
from hypothesis import strategies as st

from spacetimedb_sdk.protocol.messages.row_lists import RawRows, may_share_rows

ROW = struct.Struct("<HH")
Rows = dict[int, int]


def row_list(rows: Rows) -> RawRows:
    data = b"".join(ROW.pack(*row) for row in rows.items())
    return ROW.size, b"x" + data + b"yz", 1, 1 + len(data)


@given(
    before=st.dictionaries(st.integers(0, 9), st.integers(0, 3), min_size=1),
    after=st.dictionaries(st.integers(0, 9), st.integers(0, 3), min_size=1),
)
def test_a_common_row_is_never_denied(before: Rows, after: Rows) -> None:
    has_common = bool(before.items() & after.items())
    same_keys = list(before) == list(after)
    told = may_share_rows(row_list(before), row_list(after), same_keys=same_keys)
    assert told or not has_common
    if not same_keys:
        assert told == has_common


@given(
    rows=st.dictionaries(st.integers(0, 9), st.tuples(st.integers(0, 2), st.integers(3, 5)), min_size=1),
    kept=st.sets(st.integers(0, 9)),
)
def test_rows_in_the_same_order_are_compared_place_by_place(
    rows: dict[int, tuple[int, int]], kept: set[int]
) -> None:
    before = {key: old for key, (old, _) in rows.items()}
    after = {key: old if key in kept else new for key, (old, new) in rows.items()}
    told = may_share_rows(row_list(before), row_list(after), same_keys=True)
    assert told == bool(kept & rows.keys())


def test_rows_of_different_widths_are_different_rows() -> None:
    assert not may_share_rows((2, b"ab", 0, 2), (3, b"abc", 0, 3), same_keys=False)


def test_nothing_is_denied_of_rows_without_a_fixed_width() -> None:
    one = [0, 1], b"abc", 0, 3
    assert may_share_rows(one, ([0], b"xyz", 0, 3), same_keys=False)
