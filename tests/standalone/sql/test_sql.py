"""The SQL subset: what it selects, and SpacetimeDB's words for what it refuses."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spacetimedb_sdk.module import ConnectionId, Identity, TimeDuration, Timestamp
from spacetimedb_sdk.standalone import Database, QueryError
from spacetimedb_sdk.standalone.sql.subscription_query import compile_query, is_all_tables
from tests.conformance.conformance_module import Colour, Presence, Scalar, Vector2
from tests.conformance.conformance_module import module as conformance

ALICE = Identity.from_string("c2" + "0" * 61 + "a")
BOB = Identity.from_string("c2" + "0" * 61 + "b")
CONNECTION = ConnectionId(bytes(range(16)))
UNKNOWN = "no such table: `{}`"
ORIGIN = Vector2(0.0, 0.0)


@pytest.fixture(scope="module")
def database() -> Database:
    database = Database(conformance, clock=lambda: 1_739_202_330_000_000)  # 2025-02-10T15:45:30Z
    database.call("add_items", "i", 6, sender=ALICE)
    database.call("add_item", 'it\'s "7"', Colour.Red, -7, ORIGIN, sender=BOB)
    database.connect(ALICE, CONNECTION)
    database.call(
        "set_scalar",
        *(1, True, 2, 3, 2**63, 2**127, 2**255, -1, -2, -3, -4, -(2**127), -(2**255), 0.1, 0.1, "x"),
        *(BOB, CONNECTION, Timestamp(0), TimeDuration(5)),
        sender=ALICE,
    )
    return database


def levels(database: Database, condition: str) -> list[int]:
    query = compile_query(
        f"SELECT * FROM item WHERE {condition}", database.datastore.stores, ALICE, unknown_table=UNKNOWN
    )
    return [row.level for row in query.rows()]  # type: ignore[attr-defined]


def count(database: Database, text: str) -> int:
    query = compile_query(text, database.datastore.stores, ALICE, unknown_table=UNKNOWN)
    return len(query.rows())


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("level = 3", [3]),
        ("level <> 3 AND level > 0", [1, 2, 4, 5]),
        ("level != 3 and level >= 2 and level < 5", [2, 4]),
        ("level <= 0 OR level = 5", [0, 5, -7]),
        ("level = 1 OR level = 2 AND name = 'i5'", [1]),
        ("(level = 1 OR level = 2) AND name = 'i2'", [2]),
        ("3 > level AND 0 <= level", [0, 1, 2]),
        ("level = +3 OR level = -7", [3, -7]),
        ("level = 2e0", [2]),
        ("name = 'it''s \"7\"'", [-7]),
        ('"name" = \'i0\' or "item"."level" = 1', [0, 1]),
        ("owner = :sender AND level > 4", [5]),
        (f"owner = 0x{BOB}", [-7]),
        (f"owner = X'{BOB}' OR owner = '{BOB}'", [-7]),
        ("true AND level = 1", [1]),
        ("level = 1 OR false", [1]),
        ("level = item_id", []),
        ("name = 5", []),
    ],
)
def test_conditions(database: Database, condition: str, expected: list[int]) -> None:
    if condition == "level = item_id":
        with pytest.raises(QueryError, match=r"Unexpected type: \(expected\) U32 != I32"):
            levels(database, condition)
    else:
        assert levels(database, condition) == expected


@pytest.mark.parametrize(
    "condition",
    [
        "a_bool",
        "a_bool = true",
        f"a_u64 = {2**63} AND a_u128 = {2**127} AND a_u256 = {2**255}",
        f"a_i128 = -{2**127} AND a_i256 = -{2**255}",
        "a_f32 = 0.1 AND a_f64 = 0.1",
        "a_f64 > .05 AND a_f64 < 1e-0",
        f"an_identity = 0x{BOB} AND an_identity > 0x{ALICE}",
        f"a_connection_id = 0x{CONNECTION}",
        "a_string = 'x' AND :sender <> an_identity",
        "a_timestamp = '1970-01-01T00:00:00Z' AND a_timestamp < '2025-02-10T15:45:30+01:00'",
    ],
)
def test_literals_of_every_type(database: Database, condition: str) -> None:
    assert len(database.rows(Scalar)) == 1
    assert count(database, f"SELECT * FROM scalar WHERE {condition}") == 1


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * FROM presence",
        "select presence.* from presence;",
        "SELECT * FROM presence AS p WHERE p.online",
        'SELECT p.* FROM "presence" p WHERE p.identity = :sender -- who asks',
        "SELECT * FROM presence /* all of it */",
    ],
)
def test_forms_of_a_query(database: Database, text: str) -> None:
    assert len(database.rows(Presence)) == 1
    assert count(database, text) == 1


@pytest.mark.parametrize("text", ["SELECT * FROM *", " select  *\nfrom * ;", "Select * From *"])
def test_all_tables(text: str) -> None:
    assert is_all_tables(text)
    assert not is_all_tables("SELECT * FROM item")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "SubscriptionError: Empty string"),
        ("SELEKT", "sql parser error: Expected an SQL statement, found: SELEKT at Line: 1, Column 1"),
        (
            "\n  oops * FROM item",
            "sql parser error: Expected an SQL statement, found: oops at Line: 2, Column 3",
        ),
        ("SELECT * FROM item WHERE level = ", "sql parser error: "),
        ("SELECT * FROM item; SELECT * FROM note", "Multiple SQL statements are not supported"),
        ("INSERT INTO note (text) VALUES ('x')", "Unsupported: Non-SELECT queries"),
        ("DELETE FROM item", "Unsupported: Non-SELECT queries"),
        ("CREATE TABLE t (a INT)", "Unsupported: CREATE TABLE t (a INT)"),
        ("SELECT * FROM item ORDER BY level", "Unsupported: SELECT * FROM item ORDER BY level"),
        ("SELECT * FROM item LIMIT 2;", "Unsupported: SELECT * FROM item LIMIT 2"),
        ("SELECT DISTINCT * FROM item", "Unsupported SELECT: SELECT DISTINCT * FROM item"),
        ("SELECT 1", "A FROM clause is required"),
        ("SELECT name FROM item", "Column projections are not supported in subscriptions"),
        ("SELECT COUNT(*) AS n FROM item", "Column projections are not supported in subscriptions"),
        ("SELECT note.* FROM item", "`note` is not in scope"),
        ("SELECT * FROM nowhere", "no such table: `nowhere`"),
        ("SELECT * FROM secret", "no such table: `secret`"),
        ("SELECT * FROM ITEM", "no such table: `ITEM`"),
        ("SELECT * FROM item JOIN presence ON item.owner = presence.identity", "SELECT * is not supported"),
        (
            "SELECT item.* FROM item JOIN presence ON owner = identity",
            "Names must be qualified when using joins",
        ),
        ("SELECT item.* FROM item, presence", "Implicit joins are not supported"),
        ("SELECT item.* FROM item, presence WHERE item.owner = presence.identity", "Implicit joins are not"),
        (
            "SELECT item.* FROM item LEFT JOIN presence ON item.owner = presence.identity",
            "Non-inner joins are not supported",
        ),
        ("SELECT item.* FROM item NATURAL JOIN presence", "Non-inner joins are not supported"),
        ("SELECT item.* FROM item JOIN presence", "Subscriptions require indexes on join columns"),
        (
            "SELECT item.* FROM item JOIN note ON item.owner = note.author",
            "Subscriptions require indexes on join columns",
        ),
        (
            "SELECT item.* FROM item JOIN presence ON item.name = presence.identity",
            "Unexpected type: (expected) (__identity__: U256) != String (inferred)",
        ),
        (
            "SELECT a.* FROM item a JOIN item b ON a.item_id = b.item_id JOIN item c ON a.item_id = c.item_id",
            "Invalid number of tables in subscription: 3",
        ),
        ("SELECT a.* FROM item a JOIN item a ON a.item_id = a.item_id", "Duplicate name `a`"),
        ("SELECT a.* FROM item a JOIN secret b ON a.name = b.key", "no such table: `secret`"),
        ("SELECT * FROM (SELECT * FROM item) x", "Unsupported FROM expression"),
        ("SELECT * FROM generate_series(1, 1000000000)", "Unsupported FROM expression"),
        ("SELECT * FROM item WHERE name = '" + "x" * 50_000 + "'", "exceeds maximum allowed length"),
        ("SELECT * FROM item WHERE " + "level = 1 AND (" * 900 + "level = 1" + ")" * 900, "recursion limit"),
        ("SELECT * FROM item WHERE missing = 1", "`missing` is not in scope"),
        ("SELECT * FROM item WHERE note.level = 1", "`note` is not in scope"),
        ("SELECT * FROM item WHERE level = 'x'", "The literal expression `x` cannot be parsed as type `I32`"),
        (
            "SELECT * FROM item WHERE level = 1.5",
            "The literal expression `1.5` cannot be parsed as type `I32`",
        ),
        ("SELECT * FROM item WHERE level = 2147483648", "cannot be parsed as type `I32`"),
        ("SELECT * FROM item WHERE item_id = -1", "cannot be parsed as type `U32`"),
        (
            "SELECT * FROM item WHERE level = 0x10",
            "The literal expression `10` cannot be parsed as type `I32`",
        ),
        (
            "SELECT * FROM item WHERE owner = 0xabcd",
            "The literal expression `abcd` cannot be parsed as type `(__identity__: U256)`",
        ),
        (
            "SELECT * FROM item WHERE level = :sender",
            f"The literal expression `{ALICE}` cannot be parsed as type `I32`",
        ),
        ("SELECT * FROM item WHERE level = true", "Unexpected type: (expected) Bool != I32 (inferred)"),
        ("SELECT * FROM item WHERE level", "Unexpected type: (expected) I32 != Bool (inferred)"),
        ("SELECT * FROM item WHERE kind = 1", "cannot be parsed as type `(Red: () | Green: () | Blue: ())`"),
        ("SELECT * FROM item WHERE kind <> kind", "Invalid binary operator `<>` for type `(Red: () | Green"),
        ("SELECT * FROM item WHERE position = 1", "cannot be parsed as type `(x: F32, y: F32)`"),
        ("SELECT * FROM compound WHERE numbers = 1", "cannot be parsed as type `Array<I64>`"),
        (
            "SELECT * FROM compound WHERE maybe_number = 1",
            "cannot be parsed as type `(some: I32 | none: ())`",
        ),
        ("SELECT * FROM item WHERE level = NULL", "Unsupported literal expression: NULL"),
        ("SELECT * FROM item WHERE 1 = 1", "Cannot resolve type for literal expression"),
        ("SELECT * FROM item WHERE NOT level = 1", "Unsupported expression: NOT level = 1"),
        ("SELECT * FROM item WHERE level IN (1, 2)", "Unsupported expression: level IN (1, 2)"),
        ("SELECT * FROM item WHERE level = 1 + 1", "Unsupported binary operator: +"),
        ("SELECT * FROM item WHERE " + "(" * 300 + "level = 1" + ")" * 300, "recursion limit"),
    ],
)
def test_refusals(database: Database, text: str, message: str) -> None:
    with pytest.raises(QueryError) as caught:
        count(database, text)
    assert message.lower() in str(caught.value).lower()


def test_a_thousand_alternatives_are_no_recursion(database: Database) -> None:
    assert levels(database, " OR ".join(f"level = {n}" for n in range(1000))) == [0, 1, 2, 3, 4, 5]


@given(st.text(max_size=40))
def test_any_text_is_answered_or_refused(database: Database, text: str) -> None:
    for query in (text, f"SELECT * FROM item WHERE {text}"):
        with suppress(QueryError):
            assert count(database, query) >= 0
