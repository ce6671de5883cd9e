"""`start` as a process: the ready line, the ways it ends, and what it says when it cannot begin."""

from __future__ import annotations

import contextlib
import http.client
import os
import re
import select
import signal
import socket
import stat
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path

import pytest

from spacetimedb_sdk.errors import AuthenticationError
from spacetimedb_sdk.http import HttpClient
from spacetimedb_sdk.module import Module
from spacetimedb_sdk.standalone.command import main
from spacetimedb_sdk.standalone.identity import identity_from_claims
from spacetimedb_sdk.standalone.module_files import load_module
from tests.places import ROOT
from tests.plugins.waiting import PATIENCE
from tests.standalone.issuer import Issuer

CONFORMANCE = "tests.conformance.conformance_module"
NEWER = "tests.conformance.conformance_2x_module"


def start(tmp_path: Path, *options: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "spacetimedb_sdk.standalone", "--module", CONFORMANCE]
    return subprocess.Popen(
        [*command, "--listen", "127.0.0.1:0", "--data-dir", str(tmp_path), *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
    )


def ready(process: subprocess.Popen[str]) -> str:
    """The address of the ready line."""
    assert process.stdout is not None
    word, url, database = process.stdout.readline().split()
    assert (word, database) == ("ready", "conformance")
    return url


def processor_seconds(process: subprocess.Popen[str]) -> float:
    """What it has had of the processor: the same whatever else the machine does."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_a_long_query_lets_others_be_served(tmp_path: Path) -> None:
    """In a process of its own: in this one, who asks would wait for the interpreter's lock."""
    cross = "SELECT COUNT(*) AS n FROM item a JOIN item b JOIN item c WHERE a.level < b.level AND b.level < c.level"
    with start(tmp_path) as process:
        url = ready(process)
        HttpClient(url).call("conformance", "add_items", ["i", 240])
        with contextlib.closing(
            http.client.HTTPConnection(url.removeprefix("http://"), timeout=PATIENCE)
        ) as asking:
            asking.request("POST", "/v1/database/conformance/sql", cross)
            # 13 million combinations take seconds. A server that stood still meanwhile would answer one of these after them.
            begun = before = processor_seconds(process)
            longest = 0.0
            while before - begun < 1.0:
                with urllib.request.urlopen(f"{url}/v1/ping", timeout=PATIENCE) as answer:
                    assert answer.status == 200
                now = processor_seconds(process)
                longest, before = max(longest, now - before), now
            readable, _, _ = select.select([asking.sock], [], [], 0)
            process.kill()
        assert not readable, "others were answered only after the query"
        assert longest < 0.5, "one was answered after most of the work"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_end_it_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    with start(tmp_path) as process:
        url = ready(process)
        with urllib.request.urlopen(f"{url}/v1/ping", timeout=PATIENCE) as answer:
            assert answer.status == 200
        process.send_signal(number)
        assert process.stdout is not None
        # What readline() took with the first line is in its buffer, where communicate() does not look.
        out = process.stdout.read()
        _, err = process.communicate(timeout=PATIENCE)
        assert (process.returncode, err) == (0, "")
        database, data = out.splitlines()
        assert re.fullmatch(r"database conformance c200[0-9a-f]{60}", database)
        assert data.split() == ["data", str(tmp_path)]


def test_the_owners_token_and_what_may_be_published(tmp_path: Path) -> None:
    file = tmp_path / "owner.token"
    file.write_text("an old one")
    options = ("--owner-token", str(file), "--publishable", NEWER, "--parent")
    with start(tmp_path / "data", *options) as process:
        url = ready(process)
        assert file.stat().st_mode & 0o777 == 0o600
        owner = HttpClient(url, file.read_text())
        (result,) = owner.sql("conformance", "SELECT * FROM secret")
        assert result["rows"] == [["answer", "42"]]
        owner.publish("second", NEWER.encode())
        assert owner.database("second") != owner.database("conformance")
        with pytest.raises(Exception, match="allows"):
            owner.publish("third", b"os")
        _, err = process.communicate(timeout=PATIENCE)
        assert (process.returncode, err) == (0, "")


def test_a_pipe_takes_the_owners_token_and_stays(tmp_path: Path) -> None:
    pipe, read = tmp_path / "token", list[str]()
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()))
    reader.start()
    with start(tmp_path / "data", "--owner-token", str(pipe)) as process:
        url = ready(process)
        reader.join()
        assert stat.S_ISFIFO(pipe.stat().st_mode)
        HttpClient(url, read[0]).sql("conformance", "SELECT * FROM secret")
        process.kill()


def test_accounts_of_trusted_issuers_come_in_and_no_token_is_said(tmp_path: Path) -> None:
    with Issuer() as issuer, Issuer() as other:
        options = (
            "--trust-issuer",
            f"{issuer.url}=the-game",
            "--trust-issuer",
            other.url,
            "--log-level",
            "debug",
        )
        with start(tmp_path, *options, "--parent") as process:
            url = ready(process)
            good, bad = issuer.token(), issuer.token(aud="another-game")
            assert HttpClient(url, good).verify(identity_from_claims(issuer.url, "alice"))
            assert HttpClient(url, other.token(aud=None)).verify(identity_from_claims(other.url, "alice"))
            with pytest.raises(AuthenticationError, match="InvalidAudience"):
                HttpClient(url, bad).sql("conformance", "SELECT * FROM item")
            out, err = process.communicate(timeout=PATIENCE)
            assert process.returncode == 0
            for part in (*good.split(".")[1:], *bad.split(".")[1:]):
                assert part not in out + err


def test_clear_begins_anew_and_keeps_the_key(tmp_path: Path) -> None:
    counts: list[int] = []
    keys: list[bytes] = []
    for options in ((), (), ("--clear",)):
        with start(tmp_path, "--parent", *options) as process:
            server = HttpClient(ready(process))
            server.call("conformance", "add_items", [f"{len(counts)} ", 3])
            counts += server.sql("conformance", "SELECT COUNT(*) AS n FROM item")[0]["rows"]
            keys.append((tmp_path / "id_ecdsa").read_bytes())
            _, err = process.communicate(timeout=PATIENCE)
            assert err.startswith("cleared ") == bool(options)
    assert counts == [[3], [6], [3]]
    assert len(set(keys)) == 1


def test_a_lost_parent_ends_it(tmp_path: Path) -> None:
    with start(tmp_path, "--parent") as process:
        ready(process)
        out, err = process.communicate(timeout=PATIENCE)  # closes stdin
        assert (process.returncode, out, err) == (0, "", "")


def refused(capsys: pytest.CaptureFixture[str], *options: str) -> str:
    code = main(list(options))
    captured = capsys.readouterr()
    assert code != 0
    assert captured.out == ""
    assert len(captured.err.splitlines()) == 1
    return captured.err


@pytest.fixture
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of Python modules to start."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "start_broken.py").write_text("import nothing_of_that_name\n")
    (tmp_path / "start_raising.py").write_text("1 / 0\n")
    (tmp_path / "start_empty.py").write_text("")
    (tmp_path / "start_good.py").write_text(
        "from spacetimedb_sdk.module import Module\narena = Module('arena')\n"
    )
    (tmp_path / "start_mistaken.py").write_text(
        "from spacetimedb_sdk.module import Module, Row\n"
        "module = Module('mistaken')\n"
        "@module.table\n"
        "class Thing(Row):\n"
        "    size: int\n"
    )
    return tmp_path


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("start_nowhere.at_all", "there is no Python module 'start_nowhere.at_all'"),
        ("start_broken", "imports 'nothing_of_that_name', which is not installed"),
        ("start_raising", "start_raising.py:1"),
        ("start_empty", "makes no module: write `module = Module('start_empty')` in it"),
        ("start_mistaken", "start_mistaken.py:3: Thing.size: int is no column type"),
    ],
)
def test_modules_that_cannot_be_run(
    modules: Path, capsys: pytest.CaptureFixture[str], name: str, text: str
) -> None:
    assert text in refused(capsys, "--module", name)


def test_a_module_by_another_name_is_found(modules: Path) -> None:
    found = load_module("start_good")
    assert isinstance(found, Module)
    assert found.name == "arena"


def test_a_port_in_use(modules: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        text = refused(capsys, "--module", "start_good", "--listen", address, "--data-dir", str(modules))
    assert text.startswith(f"error: cannot listen on {address} (Address already in use)")


def test_signals_are_as_before_when_the_server_has_ended(
    modules: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    refused(capsys, "--module", "start_good", "--database", "Bad_Name", "--data-dir", str(modules))
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


@pytest.mark.parametrize("listen", ["nowhere", "127.0.0.1:", "127.0.0.1:99999", "127.0.0.1:http"])
def test_addresses_that_are_none(modules: Path, capsys: pytest.CaptureFixture[str], listen: str) -> None:
    assert "is no address to listen on: give HOST:PORT" in refused(
        capsys, "--module", "start_good", "--listen", listen
    )


def test_database_names_that_are_none(modules: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ("--module", "start_good", "--database", "Bad_Name", "--data-dir", str(modules))
    assert "'Bad_Name' is no database name" in refused(capsys, *options)


def test_help_and_unknown_options(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    assert "--parent" in capsys.readouterr().out
    assert main(["--nonsense"]) == 2


def test_missing_libraries_are_named_with_their_remedy(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "sys.modules['aiohttp'] = None\n"
        "from spacetimedb_sdk.standalone.command import main\n"
        "sys.exit(main(['--module', 'tests.conformance.conformance_module', '--data-dir', sys.argv[1]]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "error: the embedded server needs packages that are not installed (aiohttp): "
        'pip install aiohttp sqlglot "PyJWT[crypto]" blake3\n'
    )
