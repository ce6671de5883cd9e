"""`sql` and `logs`, as the owner of a database and as somebody else."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Callable
from uuid import uuid4

import pytest

from spacetimedb_sdk.cli import output
from spacetimedb_sdk.http import HttpClient
from tests.cli.conftest import Owned, Run


def test_rows_in_a_pipe(run: Run, owned: Owned) -> None:
    name = f"tab\t{uuid4().hex}"
    http = HttpClient(owned.url, owned.token)
    http.call(owned.database, "add_item", [name, {"Green": []}, -3, [1.5, 0]])
    query = f"SELECT * FROM item WHERE name = '{name}'"
    shown = run("sql", owned.database, query, *owned.options)
    assert (shown.code, shown.err) == (0, "")
    assert shown.lines[0] == "item_id\tname\tkind\tlevel\towner\tposition"
    item_id, *cells = shown.lines[1].split("\t")
    escaped = name.replace("\t", "\\t")
    identity = str(http.identity_of(owned.database))
    assert cells == [escaped, "Green", "-3", identity, '{"x":1.5,"y":0.0}']
    (line,) = run("sql", owned.database, query, "--json", *owned.options).lines
    assert json.loads(line) == {
        "item_id": int(item_id),
        "name": name,
        "kind": {"Green": []},
        "level": -3,
        "owner": {"__identity__": f"0x{identity}"},
        "position": {"x": 1.5, "y": 0.0},
    }


def test_values_of_every_kind_have_a_text(run: Run, owned: Owned) -> None:
    identity = "c2" + "00" * 31
    numbers = (*("5", "true", "1", "2", "3", str(2**127), str(2**255)), *map(str, range(-1, -7, -1)))
    special = (identity, "7", "1700000000000001", "-1500000")
    arguments = ("set_scalar", "--", *numbers, "0.1", "1e300", "é", *special)
    assert run("call", *owned.options, owned.database, *arguments).code == 0
    query = "SELECT * FROM scalar WHERE id = 5"
    _heading, row = run("sql", owned.database, query, *owned.options).lines
    assert row.split("\t") == [
        *("5", "true", "1", "2", "3", str(2**127), str(2**255), "-1", "-2", "-3", "-4", "-5", "-6"),
        *("0.1", "1e+300", "é", identity, f"{7:032x}", "2023-11-14 22:13:20.000001Z", "-1.500000"),
    ]


def test_the_query_may_come_from_stdin(run: Run, owned: Owned, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("SELECT COUNT(*) AS n FROM presence\n"))
    heading, count = run("sql", owned.database, "-", *owned.options).lines
    assert heading == "n"
    assert count.isdigit()


def test_a_terminal_is_told_how_many(run_on_terminal: Callable[..., list[str]], owned: Owned) -> None:
    key = uuid4().hex

    def ask(query: str) -> list[str]:
        return run_on_terminal("sql", owned.database, query, *owned.options)

    assert ask(f"INSERT INTO secret (key, value) VALUES ('{key}', 'x')") == ["1 row inserted"]
    assert ask(f"UPDATE secret SET value = 'y' WHERE key = '{key}'") == ["1 row updated"]
    shown = ask(f"SELECT value FROM secret WHERE key = '{key}'")
    assert [line.strip() for line in shown] == ["VALUE", "y", "(1 row)"]
    assert ask(f"DELETE FROM secret WHERE key = '{key}'") == ["1 row deleted"]
    assert ask(f"DELETE FROM secret WHERE key = '{key}'") == ["nothing changed"]


def test_what_a_row_holds_is_shown_and_not_obeyed(
    run: Run, run_on_terminal: Callable[..., list[str]], owned: Owned
) -> None:
    """A title for the window, C1's own CSI, and letters that turn the line around."""
    key, value = uuid4().hex, "\x1b]0;owned\x07 \x9b2J \u202egnp.exe"
    query = f"SELECT value FROM secret WHERE key = '{key}'"
    run("sql", owned.database, f"INSERT INTO secret (key, value) VALUES ('{key}', '{value}')", *owned.options)
    for options in ((), ("--json",)):
        shown = "\n".join(run_on_terminal("sql", owned.database, query, *owned.options, *options))
        assert not {"\x1b", "\x07", "\x9b", "\u202e"}.intersection(shown)
        assert "gnp.exe" in shown
    assert "\\x1b]0;owned\\x07 \\x9b2J \\u202egnp.exe" in "\n".join(
        run_on_terminal("sql", owned.database, query, *owned.options)
    )
    (line,) = run("sql", owned.database, query, "--json", *owned.options).lines
    assert json.loads(line) == {"value": value}, "a pipe gets it as it is"


@pytest.mark.parametrize("terminal", [True, False])
def test_what_a_column_is_called_is_shown_and_not_obeyed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], terminal: bool
) -> None:
    monkeypatch.setattr(output, "on_terminal", lambda: terminal)
    output.table(["\x1b]0;owned\x07", "tab\tnew\r\nline", "\u202egnp.exe"], [["1", "2", "3"]])
    heading, row = capsys.readouterr().out.splitlines()
    assert row.split() == ["1", "2", "3"]
    assert heading.isprintable() or heading.replace("\t", "").isprintable()
    assert heading.lower().split() == ["\\x1b]0;owned\\x07", "tab\\tnew\\r\\nline", "\\u202egnp.exe"]


@pytest.mark.parametrize("query", ["SELEKT", "SELECT * FROM nowhere", "SELECT * FROM item ORDER BY level"])
def test_a_refused_query_is_one_sentence(run: Run, owned: Owned, query: str) -> None:
    shown = run("sql", owned.database, query, *owned.options)
    assert (shown.code, shown.out) == (1, "")
    assert "the server refused the query: " in shown.err


def answer(elements: object, rows: object, stats: object = None) -> list[object]:
    return [{"schema": {"elements": elements}, "rows": rows, "stats": stats}]


def element(name: object, type_: object) -> dict[str, object]:
    return {"name": {"some": name}, "algebraic_type": type_}


def arrays(depth: int) -> object:
    type_: object = {"U8": []}
    for _ in range(depth):
        type_ = {"Array": type_}
    return type_


NUMBER = element("a", {"U32": []})


@pytest.mark.parametrize("terminal", [True, False])
@pytest.mark.parametrize(
    "results",
    [
        answer([NUMBER], [[1, 2]]),
        answer([NUMBER, NUMBER], [[1]]),
        answer([NUMBER], [{"a": 1}]),
        answer([NUMBER], [5]),
        answer([NUMBER], 5),
        answer([NUMBER], [["x"]]),
        answer([element(5, {"U32": []})], [[1]]),
        answer([element("a", arrays(600))], [[[]]]),
        answer([5], [[1]]),
        answer([{"name": {"some": "a"}}], [[1]]),
        answer({}, []),
        answer([], [], 5),
        [None],
        [[]],
        ["x"],
    ],
)
def test_an_answer_that_is_none_is_told_in_a_sentence(
    run: Run, monkeypatch: pytest.MonkeyPatch, owned: Owned, results: list[object], terminal: bool
) -> None:
    monkeypatch.setattr(HttpClient, "sql", lambda *_: results)
    monkeypatch.setattr(output, "on_terminal", lambda: terminal)
    for options in ((), ("--json",)):
        shown = run("sql", owned.database, "SELECT", *owned.options, *options)
        assert (shown.code, shown.out) == (1, "")
        assert shown.err.count("\n") == 1
        assert "the answer of the server makes no sense" in shown.err


def test_only_the_owner_sees_private_tables_and_logs(run: Run, owned: Owned) -> None:
    shown = run("sql", owned.database, "SELECT * FROM secret", "--server", owned.url)
    assert shown.code == 1
    assert "secret" in shown.err
    shown = run("logs", owned.database, "--server", owned.url)
    assert (shown.code, shown.out) == (1, "")
    assert f"only the owner of {owned.database} may read its logs: give the owner's token" in shown.err


def test_logs_are_json_in_a_pipe_and_sentences_on_a_terminal(
    run: Run, run_on_terminal: Callable[..., list[str]], owned: Owned
) -> None:
    text = uuid4().hex
    assert run("call", owned.database, "fail", text, *owned.options).code == 1
    entries = [json.loads(line) for line in run("logs", owned.database, *owned.options).lines]
    (entry,) = [entry for entry in entries if text in entry["message"]]
    assert entry["level"] == "Error"
    assert len(run("logs", owned.database, "-n", "1", *owned.options).lines) == 1
    (said,) = [line for line in run_on_terminal("logs", owned.database, *owned.options) if text in line]
    day, time, level, *_ = said.split()
    assert (len(day), time[-1], level) == (10, "Z", "ERROR")


def test_new_lines_of_the_log_are_followed(owned: Owned) -> None:
    http, before, text = HttpClient(owned.url, owned.token), uuid4().hex, uuid4().hex
    with pytest.raises(Exception, match=before):
        http.call(owned.database, "fail", [before])
    command = [
        sys.executable,
        "-m",
        "spacetimedb_sdk",
        "logs",
        owned.database,
        "-f",
        "-n",
        "1",
        *owned.options,
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert before in json.loads(process.stdout.readline())["message"]
            http.call(owned.database, "write_note", [text])
            with pytest.raises(Exception, match=text):
                http.call(owned.database, "fail", [text])
            assert text in process.stdout.readline()
        finally:
            process.kill()


@pytest.mark.parametrize(
    ("query", "hint"),
    [
        ("SELECT * FROM itm", "(did you mean item)"),
        ("SELECT * FROM item WHERE lvel = 3", "(did you mean level)"),
        ("SELECT * FROM item ORDER BY level", "(SpacetimeDB's SQL has no ORDER BY: "),
        ("SELECT * FROM secret", "(secret is private: give the owner's token with --token)"),
    ],
)
def test_a_refused_query_has_a_hint(run: Run, embedded: str, query: str, hint: str) -> None:
    shown = run("sql", "conformance", query, "--server", embedded)
    assert shown.code == 1
    assert hint in shown.err
