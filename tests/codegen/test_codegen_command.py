"""`python -m spacetimedb_sdk generate`: sources, and one sentence for what cannot be."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from spacetimedb_sdk.__main__ import main
from spacetimedb_sdk.publishing.build import definition_for
from spacetimedb_sdk.publishing.interpreter import ABI_1
from spacetimedb_sdk.sats.schema.raw_def import definition_from_bsatn
from tests.publishing.timed_rules import module as timed

SCHEMA = Path(__file__).parent / "data" / "conformance.v9.json"

MODULE = """
from spacetimedb_sdk.module import Module, ReducerContext, Row, column, i32

module = Module("quickstart")


@module.table(public=True)
class Person(Row):
    person_id: i32 = column(primary_key=True, auto_inc=True)
    name: str


@module.reducer
def add(ctx: ReducerContext, name: str) -> None:
    ctx.db[Person].insert(Person(person_id=0, name=name))
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The current folder; what is imported from it is forgotten."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        if str(tmp_path) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


def contents(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.glob("*.py")}


def complaint(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 1) -> str:
    assert main(arguments) == code
    shown = capsys.readouterr()
    assert "Traceback" not in shown.err
    if code in (1, 3):
        assert len(shown.err.splitlines()) == 1
    return shown.err


def test_from_a_file(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["generate", "--schema", str(SCHEMA), "--out", "out"]) == 0
    assert capsys.readouterr().out == "out: 35 files\n"
    assert (
        (project / "out" / "__init__.py").read_text().startswith('"""Bindings of the module `conformance`.')
    )


def test_from_a_python_module(project: Path) -> None:
    (project / "quick_rules.py").write_text(MODULE)
    assert main(["generate", "--module", "quick_rules", "--out", "out", "--sdk", "vendor.sdk"]) == 0
    assert (project / "out" / "__init__.py").read_text().startswith('"""Bindings of the module `quickstart`.')
    assert "from vendor.sdk.bindings import" in (project / "out" / "person.py").read_text()


@pytest.fixture
def quickstart_server(project: Path) -> Iterator[str]:
    """The URL of an embedded server that runs MODULE."""
    (project / "quick_rules.py").write_text(MODULE)
    command = [
        "-m",
        "spacetimedb_sdk",
        "start",
        "--module",
        "quick_rules",
        "--listen",
        "127.0.0.1:0",
        "--parent",
    ]
    with subprocess.Popen(
        [sys.executable, *command, "--data-dir", str(project / "keys")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        ready, url, database = server.stdout.readline().split()
        assert (ready, database) == ("ready", "quickstart")
        yield url
        server.stdin.close()


def test_from_a_running_server(
    quickstart_server: str, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = ["--server", quickstart_server, "--database", "quickstart"]
    assert main(["generate", *source, "--out", "from_server"]) == 0
    assert main(["generate", "--module", "quick_rules", "--out", "from_module"]) == 0
    assert contents(project / "from_server") == contents(project / "from_module")
    said = complaint(
        capsys, "generate", "--server", quickstart_server, "--database", "nobody", "--out", "out"
    )
    assert "there is no database 'nobody' on it: check the name" in said
    said = complaint(capsys, "generate", *source, "--token", "garbage", "--out", "out")
    assert "refused the token" in said
    assert "garbage" not in said


@pytest.mark.real_server
def test_from_a_real_server(real_server: str, tmp_path: Path) -> None:
    source = ["--server", real_server, "--database", "conformance"]
    assert main(["generate", *source, "--out", str(tmp_path / "out")]) == 0
    assert contents(tmp_path / "out") == contents(SCHEMA.parent.parent / "golden" / "conformance")


def test_a_module_and_a_server_of_1_x_that_runs_it_give_the_same(project: Path) -> None:
    (project / "timed.json").write_text(
        json.dumps(definition_from_bsatn(definition_for(timed, ABI_1, lambda _text: None)))
    )
    assert main(["generate", "--out", "server", "--schema", "timed.json"]) == 0
    assert main(["generate", "--out", "module", "--module", "tests.publishing.timed_rules"]) == 0
    assert contents(project / "server") == contents(project / "module")
    assert "stroke.py" in contents(project / "module")
    assert "strike_reducer.py" not in contents(project / "module")


def test_what_v9_does_not_tell_is_said(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    schema = json.loads(SCHEMA.read_text())
    view = {
        "name": "my_items",
        "index": 0,
        "is_public": True,
        "is_anonymous": False,
        "params": {"elements": []},
        "return_type": {"Array": {"Ref": 6}},
    }
    schema["misc_exports"] = [{"View": view}]
    (project / "schema.json").write_text(json.dumps(schema))
    assert main(["generate", "--schema", "schema.json", "--out", "out"]) == 0
    assert "event tables" in capsys.readouterr().err
    assert (project / "out" / "my_items.py").exists()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "cannot read schema.json: No such file"),
        ("not json", "is not JSON"),
        ("[]", "not a module definition: save what"),
        ('{"sections": [{"Tables": [{}]}]}', "not a V10 module definition (KeyError: 'source_name')"),
        ('{"typespace": {}}', "not a V9 module definition (KeyError: 'types')"),
    ],
)
def test_a_bad_schema_file(
    project: Path, capsys: pytest.CaptureFixture[str], content: str | None, says: str
) -> None:
    if content is not None:
        (project / "schema.json").write_text(content)
    assert says in complaint(capsys, "generate", "--schema", "schema.json", "--out", "out")
    assert not (project / "out").exists()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "there is no Python module 'bad_rules' here"),
        (
            "x = 1\n",
            "'bad_rules' makes no module: write `module = Module('bad_rules')` in it, or name another",
        ),
        (
            "import json\nraise RuntimeError('boom')\n",
            "cannot be imported: RuntimeError: boom (",
        ),
        (
            "import not_installed_here\n",
            "module 'bad_rules' imports 'not_installed_here', which is not installed",
        ),
    ],
)
def test_a_bad_python_module(
    project: Path, capsys: pytest.CaptureFixture[str], content: str | None, says: str
) -> None:
    if content is not None:
        (project / "bad_rules.py").write_text(content)
    assert says in complaint(capsys, "generate", "--module", "bad_rules", "--out", "out")


def test_a_mistake_in_a_python_module_has_its_place(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "wrong_rules.py").write_text(MODULE.replace("name: str\n", "name: complex\n", 1))
    assert "wrong_rules.py:" in complaint(capsys, "generate", "--module", "wrong_rules", "--out", "out")


def test_a_server_that_is_not_there(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = ["--server", "127.0.0.1:1", "--database", "x"]
    said = complaint(capsys, "generate", *source, "--out", "out", code=3)
    assert "http://127.0.0.1:1: nothing listens there: start the server" in said


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["frobnicate"],
        ["generate", "--out", "out"],
        ["generate", "--schema", "a", "--module", "b", "--out", "out"],
        ["generate", "--server", "http://127.0.0.1:3000", "--out", "out"],
        ["generate", "--schema", "a", "--database", "b", "--out", "out"],
        ["generate", "--schema", "a"],
    ],
)
def test_a_wrong_command_line(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    said = complaint(capsys, *arguments, code=2)
    # Without a word there is help, else a sentence that says where it is.
    assert ("--help)" if arguments else "usage: python -m spacetimedb_sdk") in said
    assert not arguments or len(said.splitlines()) == 1


def test_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    assert "generate" in capsys.readouterr().out
    assert main(["generate", "--help"]) == 0
    assert "--sdk PACKAGE" in capsys.readouterr().out
