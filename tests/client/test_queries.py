"""Queries written as conditions: their text, what they refuse, and that a server finds what Python finds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spacetimedb_sdk.errors import RequestFailedError
from spacetimedb_sdk.queries import SENDER, Query, query
from spacetimedb_sdk.sats.algebraic_type import BOOL, U8, AlgebraicType, Typespace
from spacetimedb_sdk.sats.algebraic_type import UUID as UUID_TYPE
from spacetimedb_sdk.spacetimedb_client import SpacetimeDBClient
from spacetimedb_sdk.types import Address, Identity, Timestamp
from tests.codegen.golden import conformance as bindings
from tests.codegen.golden.conformance import Compound, Item, Presence, Scalar
from tests.codegen.golden.conformance.colour import Colour
from tests.codegen.golden.conformance.vector2 import Vector2
from tests.plugins.waiting import PATIENCE, until

ME = Identity(b"\xc2" * 32)


@pytest.mark.parametrize(
    ("made", "text"),
    [
        (Item.where(), 'SELECT * FROM "item"'),
        (Item.where(lambda item: item.level > 5), 'SELECT * FROM "item" WHERE "level" > 5'),
        (Item.where(lambda item: item.level <= 5), 'SELECT * FROM "item" WHERE "level" <= 5'),
        (
            Item.where(lambda item: item.name == "o'clock"),
            """SELECT * FROM "item" WHERE "name" = 'o''clock'""",
        ),
        (Item.where(lambda item: item.owner == SENDER), 'SELECT * FROM "item" WHERE "owner" = :sender'),
        (Item.where(lambda item: item.owner != ME), f'SELECT * FROM "item" WHERE "owner" <> 0x{"c2" * 32}'),
        (
            Item.where(lambda i: (i.level < 1) | (i.level > 5) & (i.name == "a")),
            """SELECT * FROM "item" WHERE "level" < 1 OR ("level" > 5 AND "name" = 'a')""",
        ),
        (
            Item.where(lambda i: ((i.level < 1) | (i.level > 5)) & (i.item_id != 3) & (i.item_id != 4)),
            'SELECT * FROM "item" WHERE ("level" < 1 OR "level" > 5) AND "item_id" <> 3 AND "item_id" <> 4',
        ),
        (
            Presence.where(lambda p: p.online & (p.connections > 0)),
            'SELECT * FROM "presence" WHERE "online" AND "connections" > 0',
        ),
        (Scalar.where(lambda s: s.a_f64 > 1e22), f'SELECT * FROM "scalar" WHERE "a_f64" > 1{"0" * 22}'),
        (Scalar.where(lambda s: s.a_f64 > -2.5e-7), 'SELECT * FROM "scalar" WHERE "a_f64" > -0.00000025'),
        (
            Scalar.where(lambda s: s.a_f64 > 1e100),
            f'SELECT * FROM "scalar" WHERE "a_f64" > {int(1e100)}',
        ),
        (Scalar.where(lambda s: s.a_f32 <= 2), 'SELECT * FROM "scalar" WHERE "a_f32" <= 2.0'),
        (
            Scalar.where(lambda s: s.a_i256 >= -(2**255)),
            f'SELECT * FROM "scalar" WHERE "a_i256" >= {-(2**255)}',
        ),
        (Scalar.where(lambda s: s.a_bool == False), 'SELECT * FROM "scalar" WHERE "a_bool" = false'),  # noqa: E712
        (Scalar.where(lambda s: s.a_u8 == s.a_u8), 'SELECT * FROM "scalar" WHERE "a_u8" = "a_u8"'),
        (
            Scalar.where(lambda s: s.a_connection_id == Address(b"\x01" * 16)),
            f'SELECT * FROM "scalar" WHERE "a_connection_id" = 0x{"01" * 16}',
        ),
        (
            Scalar.where(lambda s: s.a_timestamp < Timestamp(1_000_001)),
            """SELECT * FROM "scalar" WHERE "a_timestamp" < '1970-01-01T00:00:01.000001Z'""",
        ),
        (Compound.where(lambda c: c.bytes == b"\x01\xff"), 'SELECT * FROM "compound" WHERE "bytes" = 0x01ff'),
        (Compound.where(lambda c: c.bytes == b""), """SELECT * FROM "compound" WHERE "bytes" = ''"""),
    ],
)
def test_a_condition_becomes_sql(made: Query[Any], text: str) -> None:
    assert made == text
    assert isinstance(made, str)


def test_names_are_quoted_and_uuids_written() -> None:
    columns: dict[str, tuple[str, AlgebraicType]] = {
        "from_": ("from", UUID_TYPE),
        "odd": ('o"dd', U8),
        "flag": ("flag", BOOL),
    }
    value = UUID(int=7)
    made = query(
        "shop.offer", Typespace(), columns, lambda row: (row.from_ == value) & (row.odd == 1) & row.flag
    )
    assert made == f"""SELECT * FROM "shop"."offer" WHERE "from" = '{value}' AND "o""dd" = 1 AND "flag\""""


@pytest.mark.parametrize(
    ("condition", "error", "text"),
    [
        (lambda item: item.level > 5 and item.level < 9, TypeError, "join comparisons with `&` and `|`"),
        (lambda item: not item.level, TypeError, "join comparisons"),
        (lambda item: 1 < item.level < 5, TypeError, "join comparisons"),
        (lambda item: item.level in (1, 2), TypeError, "join comparisons"),
        (lambda item: item.level > 5 & item.item_id, TypeError, "unsupported operand"),
        (lambda item: item.level, TypeError, "no condition by itself"),
        (lambda item: (item.level > 5) & True, TypeError, "on the right stands True"),
        (lambda item: True, TypeError, "must compare columns"),
        (lambda item: item.price > 5, AttributeError, "no column 'price': there are item_id, name"),
        (lambda item: item.kind == Colour.Red, TypeError, "column kind cannot be compared"),
        (lambda item: item.position == Vector2(0.0, 0.0), TypeError, "column position cannot be compared"),
        (lambda item: item.level == "5", TypeError, "cannot be compared with '5'"),
        (lambda item: item.level == True, TypeError, "cannot be compared with True"),  # noqa: E712
        (lambda item: item.level == 2**40, ValueError, "of type I32, which cannot be"),
        (lambda item: item.name == item.level, TypeError, "different types"),
        (lambda item: item.name == SENDER, TypeError, "cannot be compared"),
    ],
)
def test_what_sql_cannot_ask_is_refused(
    condition: Callable[[Any], Any], error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text):
        Item.where(condition)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_are_written_in_whole_digits_that_read_as_they_were(value: float) -> None:
    text = str(Scalar.where(lambda s: s.a_f64 == value)).rpartition(" ")[2]
    assert "e" not in text
    assert float(text) == value


def test_numbers_and_moments_without_a_literal_are_refused() -> None:
    with pytest.raises(ValueError, match="no word for nan"):
        Scalar.where(lambda s: s.a_f64 == float("nan"))
    with pytest.raises(ValueError, match="no year"):
        Scalar.where(lambda s: s.a_timestamp == Timestamp(2**62))


CONDITIONS: list[Callable[[Item], Any]] = [
    lambda item: item.level > 5,
    lambda item: (item.level >= 3) & (item.level <= 7) & (item.name != "it's 4"),
    lambda item: ((item.level < 2) | (item.level > 8)) & (item.item_id > 0),
    lambda item: (item.level == 1) | (item.level == 4) & (item.name == "it's 4"),
    lambda item: item.name > "it's 6",
]


@pytest.fixture
def client(host: str) -> Iterator[SpacetimeDBClient]:
    with SpacetimeDBClient.init(None, host, "conformance", False, bindings) as client:
        until(lambda: client.is_connected, client)
        for level in range(10):
            client.reducers.add_item(f"it's {level}", Colour.Green, level, Vector2(0.0, 0.0)).result(PATIENCE)
        yield client
        client.reducers.clear_items().result(PATIENCE)


def test_a_server_finds_what_python_finds(client: SpacetimeDBClient) -> None:
    everything = client.sql(Item.where()).result(PATIENCE)
    assert len(everything) >= 10
    for condition in CONDITIONS:
        found = client.sql(client.db.item.where(condition)).result(PATIENCE)
        expected = [item for item in everything if condition(item)]
        assert sorted(found, key=lambda item: item.item_id) == sorted(expected, key=lambda item: item.item_id)
        assert 0 < len(found) < len(everything)
    mine = client.sql(Item.where(lambda item: item.owner == SENDER)).result(PATIENCE)
    assert {item.owner for item in mine} == {client.identity}


def test_a_query_is_subscribed_to_like_any_text(client: SpacetimeDBClient) -> None:
    handle = client.subscriptions.add([Item.where(lambda item: (item.owner == SENDER) & (item.level > 6))])
    handle.result(PATIENCE)
    assert sorted(item.level for item in client.db.item) == [7, 8, 9]
    with pytest.raises(TypeError, match="a list of queries"):
        client.subscribe(Item.where())


def test_every_literal_is_one_the_server_reads(client: SpacetimeDBClient) -> None:
    queries: list[Query[Any]] = [
        Scalar.where(lambda s: (s.a_f32 < 1.5) & (s.a_f64 > -1e-300) & (s.a_u256 < 2**256 - 1)),
        Scalar.where(lambda s: (s.a_i128 > -(2**127)) | s.a_bool | (s.a_bool == True)),  # noqa: E712
        Scalar.where(lambda s: (s.an_identity == ME) | (s.a_connection_id != Address(b"\x01" * 16))),
        Scalar.where(lambda s: s.a_timestamp <= Timestamp(1_700_000_000_123_456)),
        Scalar.where(lambda s: s.a_string == "'; DROP TABLE scalar; --"),
        Compound.where(lambda c: (c.bytes == b"\x00\xff") | (c.bytes == b"")),
    ]
    for made in queries:
        try:
            client.sql(made).result(PATIENCE)
        except RequestFailedError as error:
            pytest.fail(f"{made}: {error}")
