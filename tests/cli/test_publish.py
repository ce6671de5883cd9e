"""`publish` on its way: what is told before anything is built, and a server's refusals in words. The interpreter is left out."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from pytest_mock import MockerFixture

from spacetimedb_sdk.cli import main
from spacetimedb_sdk.errors import CommandError, ConnectCause, HttpError
from spacetimedb_sdk.http import HttpClient, MigrationPlan
from spacetimedb_sdk.module import Module, Row, column, i128, u32
from spacetimedb_sdk.module.hosted.entry import PANIC
from spacetimedb_sdk.publishing.refusals import PublishRefused
from spacetimedb_sdk.publishing.server import generation_of, refuse_fatal_changes
from spacetimedb_sdk.sats.schema.module_def import ModuleDef
from spacetimedb_sdk.standalone import Server
from spacetimedb_sdk.transport.opening.refusals import connect_error
from spacetimedb_sdk.types import Identity
from tests.cli.conftest import Owned, Run
from tests.conformance.conformance_module import module as conformance
from tests.publishing.timed_rules import module as timed

MODULE = "tests.publishing.timed_rules"


@pytest.fixture(autouse=True)
def quick(mocker: MockerFixture) -> None:
    mocker.patch("spacetimedb_sdk.publishing.interpreter.find_interpreter")
    mocker.patch("spacetimedb_sdk.publishing.build.build", return_value=b"\0asm")


def refused(status: int, body: str) -> str:
    return str(PublishRefused("rules", "arena", HttpError(status, body, "http://there/v1/database/arena")))


def test_a_migration_that_cannot_be_is_told_column_by_column_with_what_to_do() -> None:
    body = (
        "Database update rejected: Errors occurred:\n"
        "Adding a column level to table item requires a manual migration\n"
        "Removing the table note requires a manual migration\n"
    )
    text = refused(400, body)
    assert text.startswith(
        "the server does not take rules: Adding a column level to table item; Removing the table note ("
    )
    assert "what arena holds stays as it is" in text
    assert "--clear" in text


def test_what_a_server_says_twice_is_told_once() -> None:
    body = "Errors occurred:\nReordering table item requires a manual migration\n" * 2
    assert refused(400, body).startswith("the server does not take rules: Reordering table item (what arena")


def test_timers_owners_and_publishers_at_the_same_moment_have_words_of_their_own() -> None:
    text = refused(500, "Removing schedules is not yet implemented")
    assert "a table that is stored may neither become a timer nor cease to be one" in text
    text = refused(500, "Permission denied: `c2009c` does not own database `c20086`")
    assert "arena is another identity's: give its owner's token with --token" in text
    text = refused(500, "database with identity c20009 already exists")
    assert text.endswith("(somebody published it at the same moment: publish again)")


def counting(*, auto_inc: bool, wide: bool = False, indexed: bool = True) -> ModuleDef:
    module = Module("counting", style="1.x")

    if wide:

        @module.table(name="shelf")
        class WideShelf(Row):
            shelf_id: i128 = column(primary_key=indexed, auto_inc=auto_inc)

    else:

        @module.table(name="shelf")
        class Shelf(Row):
            shelf_id: u32 = column(primary_key=indexed, auto_inc=auto_inc)

    return module.definition()


def test_what_a_server_of_1_x_does_not_survive_is_not_sent() -> None:
    with pytest.raises(CommandError) as refusal:
        refuse_fatal_changes("arena", counting(auto_inc=False), counting(auto_inc=True))
    assert str(refusal.value).startswith("shelf.shelf_id may not become auto_inc in arena as it is")
    for stored, changed in (
        (counting(auto_inc=True), counting(auto_inc=True)),
        (counting(auto_inc=True), counting(auto_inc=False)),
        (counting(auto_inc=False, wide=True), counting(auto_inc=True, wide=True)),
        (counting(auto_inc=False, indexed=False), counting(auto_inc=True)),
        (Module("empty").definition(), counting(auto_inc=True)),
    ):
        refuse_fatal_changes("arena", stored, changed)


def test_it_is_looked_for_where_the_database_is_of_1_x_and_keeps_its_rows(
    run: Run, owned: Owned, mocker: MockerFixture
) -> None:
    mocker.patch("spacetimedb_sdk.publishing.server.is_embedded", return_value=False)
    asked = mocker.patch(
        "spacetimedb_sdk.publishing.server.refuse_fatal_changes", side_effect=CommandError("no")
    )
    mocker.patch.object(HttpClient, "publish")
    publishing = ("publish", owned.database, "--module", MODULE, *owned.options)
    for generation, more, code in (("1.x", (), 1), ("1.x", ("--clear",), 0), ("2.x", (), 0)):
        mocker.patch("spacetimedb_sdk.publishing.server.generation_of", return_value=generation)
        assert run(*publishing, *more).code == code
    ((database, stored, changed),) = (call.args for call in asked.call_args_list)
    assert (database, changed) == (owned.database, timed.definition())
    assert {table.name for table in stored.tables} >= {"item", "note"}


def test_a_server_that_ends_while_it_takes_a_module_is_no_wrong_port(
    owned: Owned, mocker: MockerFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    mocker.patch("spacetimedb_sdk.publishing.server.is_embedded", return_value=False)
    gone = connect_error(owned.url, ConnectCause.LOST, "Remote end closed connection without response")
    mocker.patch.object(HttpClient, "publish", side_effect=gone)
    assert main(["publish", "gone", "--module", MODULE, *owned.options]) == 3
    said = capsys.readouterr().err
    assert f"connection lost: {owned.url} ended it while it took {MODULE}: its own log says why" in said
    assert "is the port right" not in said


def test_an_init_that_fails_has_its_traceback_where_the_module_is_run_here() -> None:
    text = refused(500, PANIC)
    assert "its init failed, or its start" in text
    assert "start --module rules" in text
    assert refused(500, "no room for a world") == "the server does not take rules: no room for a world"
    assert refused(502, " ") == "the server does not take rules: it answered 502 without a text"


def test_a_mistake_of_one_s_own_is_told_before_a_server_is_asked(run: Run, tmp_path: Path) -> None:
    nowhere = ["--server", "http://127.0.0.1:9"]
    shown = run("publish", "arena", "--module", "tests.publishing.nothing", *nowhere)
    assert shown.code == 1
    assert "there is no Python module 'tests.publishing.nothing' here" in shown.err
    shown = run("publish", "arena", "--module", "tests.places", *nowhere)
    assert shown.code == 1
    assert "'tests.places' makes no module: write `module = Module('places')` in it" in shown.err
    assert run("publish", "arena", "--module", MODULE, *nowhere).code == 3


def test_a_name_that_no_database_can_have_is_told_before_anything_is_sent(run: Run, embedded: str) -> None:
    shown = run("publish", "bad name!", "--module", MODULE, "--server", embedded)
    assert shown.code == 1
    assert "'bad name!' is no database name: lower-case letters, digits and single hyphens" in shown.err
    assert "sending" not in shown.err


def test_an_embedded_server_is_told_the_name_of_what_its_host_allows(
    run: Run, embedded: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["publish", "arena", "--module", MODULE, "--server", embedded]) == 1
    said = capsys.readouterr().err
    assert "is an embedded server, which is told the module's name alone" in said
    assert f"start that server with --publishable {MODULE}" in said
    with Server(conformance, publishable={MODULE: timed}) as allowing:
        shown = run("publish", "arena", "--module", MODULE, "--server", allowing.url)
        assert shown.code == 0
        assert f"arena at {allowing.url} runs {MODULE}" in shown.out
        names = [item["name"] for item in HttpClient(allowing.url).schema("arena", 9)["tables"]]
    assert names == ["clock", "stroke"]


def test_an_older_server_runs_nothing_built_for_a_newer_one(
    run: Run, owned: Owned, mocker: MockerFixture
) -> None:
    mocker.patch("spacetimedb_sdk.publishing.server.is_embedded", return_value=False)
    mocker.patch("spacetimedb_sdk.publishing.server.generation_of", return_value="1.x")
    shown = run("publish", owned.database, "--module", MODULE, "--abi", "2.x", *owned.options)
    assert shown.code == 1
    assert "is a SpacetimeDB of 1.x, which runs nothing built for 2.x: leave --abi out" in shown.err


def test_a_database_of_somebody_else_is_told_before_anything_is_sent(
    run: Run, owned: Owned, mocker: MockerFixture
) -> None:
    mocker.patch("spacetimedb_sdk.publishing.server.generation_of", return_value="1.x")
    other = HttpClient(owned.url).identity()
    shown = run("publish", owned.database, "--module", MODULE, "--server", owned.url, "--token", other.token)
    assert shown.code == 1
    assert f"{owned.database} at {owned.url} belongs to c200" in shown.err
    assert "give its owner's token with --token, or choose another name" in shown.err
    assert "sending" not in shown.err


def test_a_server_that_takes_long_is_told_to_be_at_it(run: Run, embedded: str, mocker: MockerFixture) -> None:
    said = threading.Event()
    mocker.patch("spacetimedb_sdk.cli.publish._SAY_EACH_SECONDS", 0.001)
    note = mocker.patch("spacetimedb_sdk.cli.publish.output.note")
    note.side_effect = lambda text: said.set() if "is at it" in text else None

    def publish(
        _http: HttpClient, database: str, _wasm: bytes, *, clear: bool, plan: MigrationPlan | None
    ) -> None:
        assert (database, clear, plan) == ("slow", True, None)
        said.wait()
        raise HttpError(400, "Database update rejected: no")

    mocker.patch("spacetimedb_sdk.publishing.server.is_embedded", return_value=False)
    mocker.patch.object(HttpClient, "publish", publish)
    shown = run("publish", "slow", "--module", MODULE, "--server", embedded, "--clear")
    assert shown.code == 1
    assert f"the server does not take {MODULE}: no" in shown.err


def test_what_clients_do_not_get_on_with_is_done_where_it_is_said_to_be_known(
    owned: Owned, mocker: MockerFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[str] = []

    def request(
        _http: HttpClient, method: str, path: str, body: bytes | None = None, *_rest: object
    ) -> bytes:
        asked.append(f"{method} {path}")
        if "/pre_publish" in path:
            assert body == b"\0asm"
            return (
                b'{"AutoMigrate":{"migrate_plan":"Added column level\\nDisconnect all users\\n","break_clients":true,'
                b'"token":"0x2a","major_version_upgrade":false}}'
            )
        if path.endswith("token=0x2a"):
            return b"{}"
        raise HttpError(
            400,
            "Failed to create or update the database: Migration plan contains a client-breaking change which is disallowed "
            "under current policy",
        )

    mocker.patch("spacetimedb_sdk.publishing.server.is_embedded", return_value=False)
    mocker.patch("spacetimedb_sdk.publishing.server.generation_of", return_value="2.x")
    mocker.patch("spacetimedb_sdk.cli.publish._owner_of", return_value=Identity(bytes(32)))
    mocker.patch.object(HttpClient, "_request", request)
    assert main(["publish", owned.database, "--module", MODULE, *owned.options]) == 1
    assert "--break-clients sends those that are connected away" in capsys.readouterr().err
    assert [line.partition("?")[2] for line in asked] == [""]
    asked.clear()
    assert main(["publish", owned.database, "--module", MODULE, "--break-clients", *owned.options]) == 0
    assert "Added column level\n" in capsys.readouterr().err
    path = f"/v1/database/{owned.database}"
    assert asked == [
        f"POST {path}/pre_publish?style=NoColor",
        f"PUT {path}?policy=BreakClients&token=0x2a",
    ]


def test_a_plan_that_cannot_be_done_has_its_reason_and_no_token(mocker: MockerFixture) -> None:
    http = HttpClient("http://127.0.0.1:9")
    answer = b'{"ManualMigrate":{"reason":"Removing the table note requires a manual migration"}}'
    mocker.patch.object(HttpClient, "_request", return_value=answer)
    assert http.migration_plan("arena", b"\0asm") == MigrationPlan(
        "Removing the table note requires a manual migration", False, ""
    )


@pytest.mark.real_server
def test_a_real_server_of_1_2_is_known_as_one(real_server: str) -> None:
    assert generation_of(HttpClient(real_server)) == "1.x"
