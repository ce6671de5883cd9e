"""Procedures and views over HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from spacetimedb_sdk.module import Identity
from spacetimedb_sdk.standalone import Server
from tests.conformance.conformance_2x_module import module
from tests.conformance.conformance_module import Note
from tests.standalone.http_client import JSON, ask, new_identity

CALL = "/v1/database/twos/call"


@pytest.fixture
def twos() -> Iterator[Server]:
    with Server(module, database="twos") as server:
        yield server


@pytest.mark.parametrize(
    ("name", "body", "status", "answer"),
    [
        ("add_numbers", "[3, -5]", 200, "-2"),
        ("add_numbers", '{"right":1,"left":2}', 200, "3"),
        (
            "mirror",
            '[{"label":"x"}, {"some":{"x":1.5,"y":2}}]',
            200,
            '[[3,"x"],[3,"some"]]',
        ),
        ("add_numbers", "[1]", 400, "invalid arguments for procedure add_numbers: "),
        ("add_numbers", "[" * 100_000, 400, "invalid arguments for procedure add_numbers: "),
        ("crash_procedure", "[]", 500, "The module instance encountered a fatal error"),
    ],
)
def test_procedures_are_answered(twos: Server, name: str, body: str, status: int, answer: str) -> None:
    found = ask(twos, "POST", f"{CALL}/{name}", body, JSON)
    assert found.status == status
    if status != 200:
        assert found.body.startswith(answer)
        return
    assert found.body == answer
    assert found.headers["content-type"] == "application/json"
    assert int(found.headers["spacetime-execution-duration-micros"]) >= 0


def test_a_procedures_transaction_is_committed(twos: Server) -> None:
    identity, token = new_identity(twos)
    found = ask(twos, "POST", f"{CALL}/write_note_slowly", '["slow"]', JSON, token)
    assert (found.status, found.body) == (200, "1")
    notes = twos.run(lambda database: database.rows(Note))
    assert notes == [Note(Identity.from_string(identity), "slow")]


def test_views_are_selected_as_their_caller_sees_them(twos: Server) -> None:
    identity, token = new_identity(twos)
    path = "/v1/database/twos/sql"
    ask(twos, "POST", f"{CALL}/add_items", '["mine", 2]', JSON, token)
    ask(twos, "POST", f"{CALL}/add_items", '["theirs", 3]', JSON)
    query = "SELECT name FROM my_items WHERE level > 0"
    assert ask(twos, "POST", path, query, token=token).json[0]["rows"] == [["mine1"]]
    assert ask(twos, "POST", path, query).json[0]["rows"] == []
    own = ask(twos, "POST", path, "SELECT identity FROM my_presence", token=token).json[0]["rows"]
    assert own == [[[f"0x{identity}"]]]
    owner = twos.owner_token
    for change in ("DELETE FROM my_items", "INSERT INTO sword (a) VALUES (1)"):
        assert ask(twos, "POST", path, change, token=owner).status == 400


def test_what_a_procedure_raises_is_in_the_log(twos: Server) -> None:
    ask(twos, "POST", f"{CALL}/crash_procedure", "[]", JSON)
    lines = ask(twos, "GET", "/v1/database/twos/logs", token=twos.owner_token).body.splitlines()
    panic = json.loads(lines[-1])
    assert (panic["level"], panic["function"], panic["message"]) == ("Panic", "crash_procedure", "boom")
