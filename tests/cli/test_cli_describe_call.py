"""`describe` and `call`."""

from __future__ import annotations

import json
from collections.abc import Callable
from uuid import uuid4

import pytest

from tests.cli.conftest import Owned, Ran, Run


def test_what_a_database_has(run: Run, server: str) -> None:
    shown = run("describe", "conformance", "--server", server)
    assert (shown.code, shown.err) == (0, "")
    assert shown.lines[0] == "kind\tname\taccess\tsignature"
    assert "table\tnote\tpublic\t(author: Identity, text: String)" in shown.lines
    assert "reducer\tadd_items\tpublic\t(prefix: String, count: U32)" in shown.lines
    assert "reducer\tinit\tprivate\t()" in shown.lines


def test_the_columns_of_a_table(run: Run, server: str) -> None:
    shown = run("describe", "conformance", "item", "--server", server)
    assert shown.lines[1:4] == ["item_id\tU32\tprimary key", "name\tString\tunique", "kind\tColour\tindex"]
    missing = run("describe", "conformance", "nowhere", "--server", server)
    assert missing.code == 1
    assert "no table 'nowhere': there are compound, item, note" in missing.err


def test_a_terminal_gets_an_aligned_table(run_on_terminal: Callable[..., list[str]], embedded: str) -> None:
    heading, *rows = run_on_terminal("describe", "conformance", "item", "--server", embedded)
    assert heading.split() == ["COLUMN", "TYPE", "KEY"]
    assert {row.index(row.split()[1]) for row in rows} == {heading.index("TYPE")}
    said = run_on_terminal("call", "conformance", "nothing", "--server", embedded)
    assert said == ["reducer nothing committed"]


def test_the_definition_itself(run: Run, server: str) -> None:
    definition = json.loads(run("describe", "conformance", "--json", "--server", server).out)
    assert "typespace" in definition or "sections" in definition


def test_a_reducer_that_commits_says_nothing_in_a_pipe(run: Run, server: str) -> None:
    name = f"cli-{uuid4().hex[:8]}"
    shown = run("call", "conformance", "add_item", name, "Green", "3", "[1.5, -2]", "--server", server)
    assert (shown.code, shown.out, shown.err) == (0, "", "")
    rows = run("subscribe", "conformance", "SELECT * FROM item", "--no-follow", "--server", server).lines
    (row,) = [line["row"] for line in map(json.loads, rows) if line["row"]["name"] == name]
    assert (row["kind"], row["level"], row["position"]) == ({"Green": []}, 3, {"x": 1.5, "y": -2.0})


def test_a_text_may_look_like_a_number(run: Run, server: str) -> None:
    text = str(uuid4().int)
    assert run("call", "conformance", "write_note", text, "--server", server).code == 0
    query = f"SELECT * FROM note WHERE text = '{text}'"
    (line,) = run("subscribe", "conformance", query, "--no-follow", "--server", server).lines
    assert json.loads(line)["row"]["text"] == text


def test_arguments_may_stand_anywhere_and_be_negative(run: Run, server: str) -> None:
    name = f"cli-{uuid4().hex[:8]}"
    shown = run("call", "conformance", "--server", server, "add_item", name, "Green", "-3", "[1.5, -2]")
    assert (shown.code, shown.err) == (0, "")
    shown = run(
        "call", "--server", server, "conformance", "add_item", f"{name}-2", "--", "Green", "-4", "[-1, 2]"
    )
    assert (shown.code, shown.err) == (0, "")
    rows = run("subscribe", "conformance", "SELECT * FROM item", "--no-follow", "--server", server).lines
    found = [line["row"]["level"] for line in map(json.loads, rows) if line["row"]["name"].startswith(name)]
    assert sorted(found) == [-4, -3]
    refused = run("call", "conformance", "add_item", "--sever", server)
    assert refused.code == 2
    assert "--sever" in refused.err


def test_a_variant_may_be_called_as_in_the_module(run: Run, server: str) -> None:
    name = f"cli-{uuid4().hex[:8]}"
    for number, colour in enumerate(("GREEN", "green", "Green", '"GREEN"')):
        shown = run(
            "call", "conformance", "add_item", f"{name}-{number}", colour, "1", "[0, 0]", "--server", server
        )
        assert (shown.code, shown.err) == (0, "")
    rows = run("subscribe", "conformance", "SELECT * FROM item", "--no-follow", "--server", server).lines
    found = [line["row"]["kind"] for line in map(json.loads, rows) if line["row"]["name"].startswith(name)]
    assert found == [{"Green": []}] * 4


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (
            ["add_item", "x", '{"Pink": []}', "1", "[0, 0]"],
            'expected one of Red, Green, Blue, as {"Red": []}, found',
        ),
        (["fail", "no luck"], "reducer fail failed: no luck"),
        (
            ["crash", "boom"],
            "encountered a fatal error. Its log has the traceback: python -m spacetimedb_sdk logs conformance",
        ),
        (["nowhere"], "there is no reducer or procedure 'nowhere': there are add_compound, add_item"),
        (["write_note"], "write_note takes text: String, not 0 arguments"),
        (["add_items", "x", "many"], "argument count is a U32: "),
        (["add_item", "x", "Pink", "1", "[0, 0]"], "argument kind is a Colour: "),
        (["init"], "can't directly call special Init lifecycle reducer"),
    ],
)
def test_what_cannot_be_called(run: Run, server: str, arguments: list[str], says: str) -> None:
    shown = run("call", "conformance", *arguments, "--server", server)
    assert (shown.code, shown.out) == (1, "")
    assert says in shown.err


def test_an_unknown_database(run: Run, server: str) -> None:
    shown = run("call", "no-such-db", "x", "--server", server)
    assert shown.code == 1
    assert "there is no database 'no-such-db'" in shown.err


def test_a_server_that_is_not_there_has_a_code_of_its_own(run: Run) -> None:
    for command in (
        ["describe", "x"],
        ["call", "x", "y"],
        ["sql", "x", "y"],
        ["subscribe", "x", "y"],
        ["logs", "x"],
    ):
        shown = run(*command, "--server", "http://127.0.0.1:1")
        assert shown.code == 3
        assert "nothing listens there: start the server" in shown.err


def test_a_token_that_is_refused(run: Run, server: str) -> None:
    shown = run("describe", "conformance", "--server", server, "--token", "garbage")
    assert shown.code == 1
    assert "refused the token" in shown.err
    assert "garbage" not in shown.err


def test_what_is_short_for_an_option_a_quoted_connection_and_a_cut_off_identity(
    run: Run, owned: Owned
) -> None:
    identity = "c2" + "00" * 31
    numbers = (*("6", "true", *"12345"), *map(str, range(-1, -7, -1)), "0.1", "1e300", "e")

    def set_scalar(*special: str) -> Ran:
        return run("call", *owned.options, owned.database, "set_scalar", "--", *numbers, *special, "0", "0")

    assert set_scalar(f'"{identity}"', '"0000000a"').code == 0
    query = "SELECT an_identity, a_connection_id FROM scalar WHERE id = 6"
    assert run("sql", owned.database, query, *owned.options).lines[1] == f"{identity}\t{10:032x}"
    vector = '{"x": 1.5, "y": -2}'
    rest = ("00", "[]", "[]", "[]", "[]", vector, "[]", '{"Circle": 1}', "[]")
    given = ("add_compound", "null", "null", "null", vector, *rest)
    assert run("call", *owned.options, owned.database, *given).code == 0
    query = "SELECT maybe_vector FROM compound"
    assert run("sql", owned.database, query, *owned.options).lines[1] == '{"x":1.5,"y":-2.0}'
    for special, said in (
        ((identity[:-1], "7"), f"expected 64 hex digits, found '{identity[:-1]}'"),
        ((identity, "7g"), "expected 1 to 32 hex digits, found '7g'"),
    ):
        shown = set_scalar(*special)
        assert (shown.code, said in shown.err) == (1, True)


def test_what_is_missing_is_named_and_nothing_else(run: Run) -> None:
    shown = run("call", "conformance")
    assert shown.code == 2
    assert "the following arguments are required: FUNCTION (see" in shown.err
