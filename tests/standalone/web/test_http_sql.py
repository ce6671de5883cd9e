"""SQL over HTTP: what is found, changed and refused."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from spacetimedb_sdk.module import Identity, Module, Row, column, u64
from spacetimedb_sdk.standalone import Server
from tests.conformance.conformance_module import Colour, Item, Secret, Vector2
from tests.conformance.conformance_module import module as conformance
from tests.standalone.http_client import ask, new_identity, rows, sql
from tests.standalone.raw_client import RawClient

ZERO_IDENTITY = Identity(bytes(32))


@pytest.fixture(scope="module")
def shop() -> Iterator[Server]:
    """Six items, i0 to i5, none of which a test changes."""
    with Server(conformance, database="shop") as server:
        server.run(lambda database: database.call("add_items", "i", 6, sender=ZERO_IDENTITY))
        yield server


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT name, level AS l FROM item WHERE level > 3", [["i4", 4], ["i5", 5]]),
        ("SELECT item.name FROM item WHERE item_id = 3", [["i2"]]),
        ("SELECT COUNT(*) AS n FROM item WHERE level < 2", [[2]]),
        ("SELECT name FROM item LIMIT 2", [["i0"], ["i1"]]),
        ("SELECT name FROM item LIMIT 0", []),
        ("SELECT a.name, b.name AS other FROM item a JOIN item b ON a.level = b.level WHERE a.level = 2", [["i2", "i2"]]),
        ("SELECT COUNT(*) AS n FROM item a JOIN item b JOIN item c", [[216]]),
        ("SELECT COUNT(*) AS n FROM item a CROSS JOIN item b WHERE a.item_id < b.item_id", [[15]]),
        ("SELECT c.name FROM item a JOIN item b ON a.item_id = b.item_id JOIN item c ON b.level = c.level WHERE a.name = 'i3'", [["i3"]]),
        ("SELECT kind FROM item WHERE name = 'i1'", [[[1, []]]]),
        ("SELECT COUNT(*) AS n FROM item WHERE owner = :sender", [[0]]),
        ("SELECT position FROM item WHERE name = 'i3';", [[[3.0, -3.0]]]),
    ],
)  # fmt: skip
def test_queries(shop: Server, query: str, expected: list[object]) -> None:
    assert rows(shop, query) == expected


def test_the_answer_has_its_schema_and_its_figures(shop: Server) -> None:
    answer = sql(shop, "SELECT owner AS o, COUNT AS c FROM item")
    assert (answer.status, answer.body) == (400, "`COUNT` is not in scope")
    answer = sql(shop, "SELECT kind AS k FROM item LIMIT 1")
    (result,) = answer.json
    unit: dict[str, object] = {"Product": {"elements": []}}
    variants = [{"name": {"some": name}, "algebraic_type": unit} for name in ("Red", "Green", "Blue")]
    assert result["schema"] == {
        "elements": [{"name": {"some": "k"}, "algebraic_type": {"Sum": {"variants": variants}}}]
    }
    assert result["stats"] == {"rows_inserted": 0, "rows_deleted": 0, "rows_updated": 0}
    assert int(answer.headers["spacetime-execution-duration-micros"]) == result["total_duration_micros"]
    assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("", "Empty SQL query"),
        ("-- nothing", "Empty SQL query"),
        (" ; ", "Empty SQL query"),
        ("SELECT * FROM *", "sql parser error: "),
        ("SELECT COUNT(*) FROM item", "Aggregate expressions must have column aliases"),
        ("SELECT SUM(level) AS n FROM item", "Unsupported aggregate function: SUM(level)"),
        ("SELECT COUNT(name) AS n FROM item", "Unsupported aggregate function: COUNT(name)"),
        ("SELECT *, name FROM item", "Mixed wildcard projections are not supported"),
        ("SELECT level + 1 AS l FROM item", "Unsupported projection expression: level + 1"),
        ("SELECT (SELECT key FROM secret) AS k FROM item", "Unsupported projection"),
        ("SELECT name, level AS name FROM item", "Duplicate name `name`"),
        ("SELECT * FROM item a JOIN item b", "SELECT * is not supported for joins"),
        ("SELECT name FROM item a JOIN item b", "Names must be qualified when using joins"),
        ("SELECT * FROM item LIMIT -1", "Unsupported: SELECT * FROM item LIMIT -1"),
        ("SELECT * FROM item LIMIT 1.5", "The literal expression `1.5` cannot be parsed as type `U64`"),
        ("SELECT * FROM item OFFSET 1", "Unsupported: SELECT * FROM item OFFSET 1"),
        ("SELECT * FROM item WHERE name = (SELECT key FROM secret)", "Unsupported expression"),
        ("SELECT * FROM item WHERE EXISTS (SELECT * FROM secret)", "Unsupported expression"),
        ("SELECT * FROM item UNION SELECT * FROM item", "Unsupported: "),
        ("WITH s AS (SELECT * FROM secret) SELECT * FROM s", "Unsupported: WITH s"),
        ("SELECT * FROM secret", "no such table: `secret`"),
        ("SELECT secret.* FROM item JOIN secret ON item.name = secret.key", "no such table: `secret`"),
        ("SELECT s.key FROM item JOIN secret s", "no such table: `secret`"),
        ("SELECT * FROM other.item", "no such table: `other.item`"),
        ("SELECT * FROM pg_catalog.pg_class", "no such table: `pg_catalog.pg_class`"),
        ("COPY item TO '/tmp/x'", "Unsupported: COPY"),
        ("EXPLAIN SELECT * FROM item", "Unsupported: EXPLAIN"),
        ("ATTACH DATABASE 'x' AS y", "sql parser error: Expected an SQL statement, found: ATTACH"),
        ("SET search_path = 1", "search_path is not a valid system variable"),
        ("SHOW ALL", "ALL is not a valid system variable"),
        ("SELECT * FROM item WHERE name = __import__('os')", "Unsupported expression"),
        ("SELECT __class__ FROM item", "`__class__` is not in scope"),
        ("SELECT * FROM item WHERE item.__class__ = 'x'", "`__class__` is not in scope"),
        ("SELECT * FROM item WHERE " + "(" * 5000 + "level = 1" + ")" * 5000, "ecursion"),
        ("SELECT * FROM item WHERE name = '" + "x" * 60_000, "SQL query exceeds maximum allowed length"),
    ],
)  # fmt: skip
def test_refusals(shop: Server, query: str, message: str) -> None:
    answer = sql(shop, query)
    assert answer.status == 400
    assert message in answer.body
    assert "42" not in answer.body


def test_bodies_that_are_no_text(shop: Server) -> None:
    path = "/v1/database/shop/sql"
    assert ask(shop, "POST", path, b"\xff\xfe").status == 400
    assert ask(shop, "POST", path, b"x" * (3 << 20)).status == 413
    assert ask(shop, "POST", f"{path}?confirmed=maybe", "SELECT * FROM item").status == 400
    assert ask(shop, "GET", path).status == 405


def test_the_owner_changes_rows(server: Server) -> None:
    token = server.owner_token
    owner = str(server.database.owner)

    def change(text: str) -> dict[str, int]:
        answer = sql(server, text, token)
        assert answer.status == 200, answer.body
        stats: dict[str, int] = answer.json[0]["stats"]
        return {name.removeprefix("rows_"): count for name, count in stats.items() if count}

    notes = f"INSERT INTO note (author, text) VALUES (0x{owner}, 'it''s'), (X'{owner}', '')"
    assert change(notes) == {"inserted": 2}
    assert rows(server, "SELECT text FROM note") == [["it's"], [""]]
    # A table without a primary key is a set of rows.
    assert change(notes) == {}
    assert change("UPDATE note SET text = 'new' WHERE text = ''") == {"updated": 1}
    assert change("INSERT INTO secret (key, value) VALUES ('a', '1'), ('b', '2')") == {"inserted": 2}
    assert change("UPDATE secret SET key = 'c' WHERE key = 'b'") == {"updated": 1}
    assert change("DELETE FROM secret WHERE key <> 'c'") == {"deleted": 2}
    assert rows(server, "SELECT * FROM secret", token) == [["c", "2"]]
    assert change("DELETE FROM note") == {"deleted": 2}
    assert change("UPDATE secret SET value = '3', value = '4'") == {"updated": 1}
    assert rows(server, "SELECT value FROM secret", token) == [["3"]]
    server.run(lambda database: database.call("add_items", "i", 3, sender=ZERO_IDENTITY))
    assert change("UPDATE item SET level = -9, name = 'first' WHERE item_id = 1") == {"updated": 1}
    (item,) = server.run(lambda database: [row for row in database.rows(Item) if row.item_id == 1])
    assert item == Item(1, "first", Colour.Red, -9, ZERO_IDENTITY, Vector2(0.0, 0.0))


def test_numbers_are_given_where_a_change_has_none() -> None:
    module = Module("numbers")

    @module.table(public=True)
    class Ticket(Row):
        ticket_id: u64 = column(primary_key=True, auto_inc=True)
        text: str

    with Server(module, database="numbers") as server:
        insert = "INSERT INTO ticket (ticket_id, text) VALUES (0, 'a'), (0, 'b'), (7, 3)"
        assert sql(server, insert, server.owner_token).status == 200
        assert rows(server, "SELECT * FROM ticket") == [[1, "a"], [2, "b"], [7, "3"]]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("INSERT INTO note VALUES (0x00, 'x')", "The number of fields (0) in the INSERT does not match the number of columns (2) of the table `note`"),
        ("INSERT INTO note (text) VALUES ('x')", "The number of fields (1)"),
        ("INSERT INTO note (author, text) VALUES ('x')", "Inserting a row with 1 values into `note` which has 2 fields"),
        ("INSERT INTO note (author, text) VALUES (:sender, 'x')", "Unsupported literal expression: :sender"),
        (f"INSERT INTO note (author, text) VALUES ('{ZERO_IDENTITY}', 'x')", "Unexpected type: (expected) String != (__identity__: U256) (inferred)"),
        ("INSERT INTO note (author, text) SELECT * FROM note", "Unsupported INSERT expression: SELECT * FROM note"),
        ("INSERT INTO secret (key, value) VALUES ('answer', 'x')", "duplicate unique column"),
        ("INSERT INTO secret (key, value) VALUES ('k', 'x') ON CONFLICT DO NOTHING", "Unsupported: INSERT"),
        ("INSERT INTO secret (key, value) VALUES ('k', 'x') RETURNING key", "Unsupported: INSERT"),
        ("UPDATE secret SET value = key", "Unsupported column/variable assignment expression: key"),
        ("UPDATE secret SET nothing = 1", "`secret` does not have a field `nothing`"),
        ("UPDATE item SET kind = 1", "cannot be parsed as type"),
        ("UPDATE secret SET value = 'x' FROM item", "Unsupported: UPDATE"),
        ("DELETE FROM secret USING item", "Unsupported: DELETE"),
        ("DELETE FROM st_table", "`st_table` can only be read"),
        ("DELETE FROM nowhere", "no such table: `nowhere`"),
        ("DROP TABLE item", "Unsupported: DROP TABLE item"),
        ("SET row_limit = many", "Unsupported column/variable assignment expression: many"),
        ("SET row_limit = 'x'", "Unexpected type: (expected) U64 != String (inferred)"),
        ("SET row_limit = -1", "Unsupported column/variable assignment expression: -1"),
    ],
)  # fmt: skip
def test_changes_that_are_refused_change_nothing(shop: Server, change: str, message: str) -> None:
    before = shop.run(lambda database: [database.rows(Secret), database.rows(Item)])
    answer = sql(shop, change, shop.owner_token)
    assert answer.status == 400
    assert message in answer.body
    assert shop.run(lambda database: [database.rows(Secret), database.rows(Item)]) == before


def test_a_change_is_told_to_subscribers(server: Server) -> None:
    deltas: list[object] = []

    def listen() -> None:
        host = server.running.database_host
        before = host.database.on_commit
        host.database.on_commit = lambda done: (deltas.extend(done.changes), before(done))[1]

    server.run(lambda _database: listen())
    assert sql(server, "DELETE FROM secret", server.owner_token).status == 200
    assert [change.deletes for change in deltas if change.store.name == "secret"] == [  # type: ignore[attr-defined]
        [Secret("answer", "42")]
    ]


@pytest.mark.parametrize(
    "change", ["DELETE FROM item", "INSERT INTO nowhere (a) VALUES (1)", "SET row_limit = 1"]
)
def test_others_change_nothing(shop: Server, change: str) -> None:
    identity, token = new_identity(shop)
    answer = sql(shop, change, token)
    expected = f"Caller {identity} is not authorized to run SQL DML statements"
    assert (answer.status, answer.body) == (400, expected)


def test_the_owners_limit_holds_for_others(server: Server) -> None:
    token = server.owner_token
    server.run(lambda database: database.call("add_items", "i", 5, sender=ZERO_IDENTITY))
    assert rows(server, "SHOW row_limit", token) == []
    assert sql(server, "SET row_limit = 4", token).status == 200
    assert rows(server, "show ROW_LIMIT".replace("ROW_LIMIT", "row_limit")) == [[[8, 4]]]
    refused = sql(server, "SELECT * FROM item")
    assert refused.body == "Estimated cardinality (5 rows) exceeds limit (4 rows)"
    assert len(rows(server, "SELECT * FROM item", token)) == 5
    assert len(rows(server, "SELECT * FROM item WHERE item_id = 2")) == 1
    join = "SELECT i.* FROM item i JOIN presence p ON i.owner = p.identity WHERE i.item_id = 1"
    assert sql(server, join).status == 200
    with RawClient(server) as client:
        assert "Estimated cardinality (5 rows)" in client.subscribe("SELECT * FROM item").error
        client.subscribe("SELECT * FROM item WHERE item_id = 1")
    with RawClient(server, token=token) as owner:
        assert owner.subscribe("SELECT * FROM item").update.tables


def test_system_tables(shop: Server) -> None:
    tables = {row[1]: row[2:] for row in rows(shop, "SELECT * FROM st_table")}
    assert tables["secret"] == ["user", "private", [0, [0]]]
    assert tables["note"] == ["user", "public", [1, []]]
    identity, token = new_identity(shop)
    (client,) = rows(shop, "SELECT * FROM st_client", token)
    assert client[0] == f"0x{identity}"
    assert rows(shop, "SELECT table_name FROM st_table WHERE table_id = 1") == [["st_table"]]
