"""SQL texts made to cost more than they are long: they are refused by their shape, or read in linear time."""

from __future__ import annotations

import contextlib
import re
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlglot import Dialect, exp

from spacetimedb_sdk.standalone import Database
from spacetimedb_sdk.standalone.errors import QueryError
from spacetimedb_sdk.standalone.sql import statements
from spacetimedb_sdk.standalone.sql.parser import MAX_SQL_LENGTH, parse_statement
from spacetimedb_sdk.standalone.sql.shape import sql_text
from spacetimedb_sdk.standalone.sql.subscription_query import compile_query, is_all_tables
from spacetimedb_sdk.types import Identity
from tests.hostile.hostile_module import module

ALICE = Identity.from_string("c2" + "0" * 61 + "a")
PARSER: Any = type(Dialect.get_or_raise("postgres").parser())
_WORDS = """SELECT * , FROM item JOIN ON WHERE AND OR NOT ( ) = <> ' " ; -- :sender 0xff X'a' COUNT( AS n LIMIT 1 INSERT INTO
VALUES UPDATE SET DELETE item.level . NULL IN CASE WHEN THEN END CAST( :: $$ UNION WITH RETURNING < > - + [ ] { } BETWEEN
LIKE IS EXISTS LATERAL INTERVAL 'x' ARRAY STRUCT< f( -> ->> @ ? $a$ E'x' | || & ~ ! % ^ ALL ANY DISTINCT GROUP BY ORDER
HAVING WINDOW OVER PARTITION FILTER WITHIN USING NATURAL LEFT CROSS FULL OUTER TABLESAMPLE PIVOT( UNNEST( ROW( DATE
TIMESTAMP int[] int EXTRACT( IF( TRIM( SUBSTRING( POSITION( := => /* */ a.b.c.d "q" CONFLICT COLLATE ESCAPE MATCH VALUES(
a.x=b.y date. OVERLAPS"""
WORDS = _WORDS.split()
BEGINNINGS = ["SELECT * FROM item ", "SELECT * FROM item WHERE ", "SELECT ", "SELECT * FROM ", "WITH "]
BEGINNINGS += ["INSERT INTO item VALUES (", "UPDATE item SET a = ", "DELETE FROM item WHERE "]


@st.composite
def repetitions(draw: st.DrawFn) -> str:
    """A few words again and again, closed or not: what makes a parser go back, it does again each time."""
    words = " ".join(draw(st.lists(st.sampled_from(WORDS), min_size=1, max_size=4))) + " "
    count = draw(st.integers(1, 40) | st.sampled_from([400, 3000]))
    closing = draw(st.sampled_from(["", "1 ", "id = 1 ", "item "])) + ")" * (words.count("(") * count)
    return draw(st.sampled_from(BEGINNINGS)) + words * count + draw(st.sampled_from(["", closing]))


def steps_of(text: str, monkeypatch: pytest.MonkeyPatch) -> int:
    """How often the general parser moves, forth or back, on one text."""
    moves = 0
    advance = PARSER._advance

    def counted(parser: Any, *args: Any) -> None:
        nonlocal moves
        moves += 1
        advance(parser, *args)

    with monkeypatch.context() as patch:
        patch.setattr(PARSER, "_advance", counted)
        with contextlib.suppress(QueryError):
            parse_statement(text, empty="empty")
    return moves


@settings(max_examples=150, deadline=None)
@example("SELECT * FROM item" + " JOIN item" * 18)
@example("SELECT * FROM item" + " JOIN item" * 4_000)
@example("SELECT * FROM item WHERE id = " + "? JOIN " * 22 + "id = 1")
@example("SELECT * FROM item WHERE " + "TIME(" * 22 + "1" + ")" * 22)
@example("DELETE FROM item WHERE " + "( UNION " * 22)
@example("SELECT * FROM item WHERE id IN " + "(SELECT id FROM item WHERE id IN " * 100 + "(1)" + ")" * 100)
@example("SELECT * FROM item WHERE " + "CASE WHEN " * 30 + "TRUE")
@example("SELECT * FROM item WHERE " + " OR ".join(f"level = {number}" for number in range(1_900)))
@given(text=repetitions())
def test_the_parser_moves_no_more_than_the_text_is_long(text: str) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        # The small texts that are tried at all may go back: a constant, whatever the text.
        assert steps_of(text, monkeypatch) <= 40 * len(text.split()) + 20_000


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("SELECT * FROM item" + " JOIN item" * 18, "more than 16 joins"),
        ("SELECT * FROM item" + " JOIN item" * 5, "more than 4 joins without ON"),
        ("SELECT * FROM item WHERE " + "(" * 51 + "level = 1" + ")" * 51, "recursion limit exceeded"),
        ("SELECT * FROM item WHERE level = " + "- " * 51 + "1", "Unsupported expression: --"),
        ("SELECT * FROM item WHERE " + "NOT " * 51 + "TRUE", "recursion limit exceeded"),
        ("SELECT * FROM " + "a." * 20_000 + "item", "recursion limit exceeded"),
        ("SELECT * FROM item WHERE " + "a." * 20_000 + "b = 1", "recursion limit exceeded"),
        ("SELECT * FROM item WHERE level = " + "9" * 401, "more than 400 digits"),
        ("SELECT * FROM item WHERE " + " OR ".join(["level = 1"] * 2_001), "compares more than 2000 times"),
        (
            "SELECT * FROM item WHERE id IN " + "(SELECT id FROM item WHERE id IN " * 4 + "(1)" + ")" * 4,
            "`IN`",
        ),
        ("SELECT * FROM item WHERE " + "f(" * 20 + "1" + ")" * 20, "`f`"),
        ("SELECT * FROM item WHERE name = '" + "x" * MAX_SQL_LENGTH + "'", "maximum allowed length"),
    ],
    ids=lambda part: part[:60],
)
def test_what_is_too_complex_is_refused_with_the_reason(text: str, why: str) -> None:
    with pytest.raises(QueryError, match=re.escape(why)):
        parse_statement(text, empty="empty")


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * FROM item WHERE " + " OR ".join(f"level = {number}" for number in range(2_000)),
        "SELECT * FROM item WHERE " + "(" * 40 + "level = 1" + ")" * 40,
        "SELECT * FROM item WHERE " + " OR ".join(["item.level = 1 AND (item.name <> 'x')"] * 200),
    ],
    ids=lambda text: text[:60],
)
def test_long_texts_of_the_plain_kind_are_read(text: str) -> None:
    database = Database(module, clock=lambda: 0)
    query = compile_query(text, database.datastore.stores, ALICE, unknown_table="{}")
    assert query.rows() == []


def test_what_is_too_deep_to_be_shown_is_named_by_its_kind() -> None:
    node: exp.Expr = exp.column("a")
    for _ in range(5_000):
        node = exp.Neg(this=node)
    assert sql_text(node) == "Neg"
    assert sql_text(exp.column("a")) == "a"


# Each of these was once matched by an expression that goes back, which on a text of this length never ends.
def test_no_expression_goes_back_over_blanks() -> None:
    blanks = " " * 2_000_000
    assert not is_all_tables(f"select * from *{blanks}x")
    assert is_all_tables("  select *\n from\t*  ; ")
    for text in (
        f"SHOW row_limit{blanks}x",
        f"SET row_limit = 1{blanks}x",
        "SET row_limit = " + "1;" * 1_000_000,
    ):
        assert statements._SHOW.match(text) is None
        assert statements._SET.match(text) is None


@pytest.mark.parametrize("literal", ["9" * 5_000, "٣", "-1", "1.5", str(1 << 64), "0" * 5_000 + "x"])
def test_numbers_that_python_will_not_read_are_no_numbers(literal: str) -> None:
    with pytest.raises(QueryError, match="cannot be parsed as type `U64`"):
        statements._u64(literal)
    assert statements._u64("0" * 30 + "7") == 7
