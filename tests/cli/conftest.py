"""The command line, run in this process with a home of its own, against servers over real sockets."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest

from spacetimedb_sdk.cli import main
from spacetimedb_sdk.http import HttpClient
from spacetimedb_sdk.standalone import Server
from tests.conformance.conformance_module import module
from tests.places import TESTS

# A server compiles a module, and others beside it: on a busy machine that is minutes.
_PATIENCE = 600.0


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


Run = Callable[..., Ran]


@pytest.fixture(scope="session")
def embedded_server() -> Iterator[Server]:
    with Server(module, database="conformance") as server:
        yield server


@pytest.fixture(scope="session")
def embedded(embedded_server: Server) -> str:
    return embedded_server.url


@pytest.fixture(params=["embedded", pytest.param("real", marks=pytest.mark.real_server)])
def server(request: pytest.FixtureRequest) -> str:
    """The URL of a server with the conformance module: the embedded one, or a real one where it is named."""
    url: str = request.getfixturevalue("embedded" if request.param == "embedded" else "real_server")
    return url.rstrip("/")


@dataclass(frozen=True)
class Owned:
    """A database of the conformance module, and the token of its owner."""

    url: str
    database: str
    token: str

    @property
    def options(self) -> tuple[str, ...]:
        return "--server", self.url, "--token", self.token


@pytest.fixture(scope="session")
def owned_on_a_real_server(request: pytest.FixtureRequest) -> Owned:
    url = request.config.getoption("--real-server")
    wasm = Path(os.environ.get("CONFORMANCE_WASM", TESTS / "conformance" / "conformance.wasm"))
    owner = HttpClient(url, timeout=_PATIENCE).identity()
    database = f"cli-{uuid4().hex[:12]}"
    HttpClient(url, owner.token, timeout=_PATIENCE).publish(database, wasm.read_bytes())
    return Owned(url.rstrip("/"), database, owner.token)


@pytest.fixture(scope="session")
def owned_on_an_embedded_server(embedded_server: Server) -> Owned:
    return Owned(embedded_server.url, "conformance", embedded_server.owner_token)


@pytest.fixture(params=["an_embedded_server", pytest.param("a_real_server", marks=pytest.mark.real_server)])
def owned(request: pytest.FixtureRequest) -> Owned:
    found: Owned = request.getfixturevalue(f"owned_on_{request.param}")
    return found


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("SPACETIMEDB_TOKEN", raising=False)
    monkeypatch.delenv("SPACETIMEDB_SERVER", raising=False)
    return tmp_path


@pytest.fixture
def run(home: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """`run("sql", ...)`: exit code, and what was printed."""

    def do_run(*arguments: str) -> Ran:
        capsys.readouterr()
        code = main(arguments)
        shown = capsys.readouterr()
        assert "Traceback" not in shown.err
        if code not in (0, 2):
            assert shown.err.startswith("python -m spacetimedb_sdk: ")
            assert len(shown.err.splitlines()) == 1
        return Ran(code, shown.out, shown.err)

    return do_run


@pytest.fixture
def run_on_terminal(home: Path) -> Callable[..., list[str]]:
    """The command with a terminal for its output: the lines that show there."""

    def do_run(*arguments: str) -> list[str]:
        ours, theirs = os.openpty()
        command = [sys.executable, "-m", "spacetimedb_sdk", *arguments]
        process = subprocess.Popen(
            command, stdout=theirs, stderr=theirs, env={**os.environ, "HOME": str(home)}
        )
        os.close(theirs)
        shown = b""
        with process, suppress(OSError):  # how a terminal says that its other end is closed
            while part := os.read(ours, 65536):
                shown += part
        os.close(ours)
        assert process.returncode == 0, shown
        return shown.decode().splitlines()

    return do_run
