"""Statements that are almost ones: whatever is left out, put in or put elsewhere, each is answered or refused, and nothing is
written into logs for it."""

from __future__ import annotations

import re
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlglot import exp

from spacetimedb_sdk.module import Identity, ReducerError
from spacetimedb_sdk.standalone import Database, QueryError
from spacetimedb_sdk.standalone.sql.compiler import Catalog, check_clauses, compile_relation
from spacetimedb_sdk.standalone.sql.dml import compile_change
from spacetimedb_sdk.standalone.sql.parser import parse_statement
from spacetimedb_sdk.standalone.sql.subscription_query import compile_query
from tests.conformance.conformance_module import module as conformance

OWNER = Identity(bytes(32))
STATEMENTS = [
    "SELECT * FROM item",
    "SELECT i . * FROM item AS i JOIN presence p ON i . owner = p . identity WHERE p . online = true",
    "SELECT a . name , b . name AS other FROM item a JOIN item b ON a . level = b . level LIMIT 2",
    "SELECT COUNT ( * ) AS n FROM item WHERE level >= - 5 AND ( name = 'x' OR owner = : sender )",
    "SELECT id FROM scalar WHERE a_u256 = + 1e3 OR a_f32 < . 5 OR an_identity = 0xab",
    "INSERT INTO note ( author , text ) VALUES ( 0xab , 'x' ) , ( 0xcd , 'y' )",
    "UPDATE tick_count SET ticks = 2 , label = 'a' WHERE label = 'b'",
    "DELETE FROM tick_count WHERE ticks = 8",
]
PARTS = [re.findall(r"'[^']*'|\\S+", statement) for statement in STATEMENTS]
WORDS = sorted(
    {word for parts in PARTS for word in parts} | {"NOT", "IS", "NULL", "@", "?", "0X1", "0x", ";"}
)


@pytest.fixture(scope="module")
def database() -> Database:
    return Database(conformance, clock=lambda: 1)


@st.composite
def almost_statements(draw: st.DrawFn) -> str:
    parts = list(draw(st.sampled_from(PARTS)))
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, len(parts)))
        match draw(st.integers(0, 3)):
            case 0:
                del parts[place : place + 1]
            case 1:
                parts[place : place + 1] = [draw(st.sampled_from(WORDS))]
            case 2:
                parts.insert(place, draw(st.sampled_from(WORDS)))
            case _:
                parts = parts[place:] + parts[:place]
    return " ".join(parts)


def compile_any(database: Database, text: str) -> None:
    stores = database.datastore.stores
    for once in (False, True):
        with suppress(QueryError):
            compile_query(text, stores, OWNER, unknown_table="{}", is_owner=True, once=once).rows()
    with suppress(QueryError, ReducerError):
        statement = parse_statement(text, empty="empty")
        catalog = Catalog(stores, OWNER, is_owner=True, unknown_table="{}", row_limit=None)
        if isinstance(statement, exp.Select):
            check_clauses(statement, text, allow_limit=True)
            compile_relation(statement, catalog)
        else:
            compile_change(statement, text, catalog)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(almost_statements())
def test_each_is_answered_or_refused(database: Database, text: str) -> None:
    compile_any(database, text)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT FROM item",
        "SELECT",
        "UPDATE tick_count",
        "UPDATE tick_count SET",
        "INSERT INTO note (author, text)",
        "INSERT INTO note (0xab, 'x')",
        "DELETE FROM",
        "; ;",
    ],
)
def test_halves_of_statements(database: Database, text: str) -> None:
    compile_any(database, text)
    with pytest.raises(QueryError):
        compile_query(text, database.datastore.stores, OWNER, unknown_table="{}", is_owner=True)


@pytest.mark.parametrize("text", ["CREATE TABLE x ( ) int", "DROP EXPLAIN item", "ALTER ALTER TABLE item"])
def test_strangers_write_nothing_into_the_log(
    database: Database, caplog: pytest.LogCaptureFixture, text: str
) -> None:
    with pytest.raises(QueryError, match=f"Unsupported: {re.escape(text)}"):
        compile_query(text, database.datastore.stores, OWNER, unknown_table="{}")
    assert caplog.records == []
