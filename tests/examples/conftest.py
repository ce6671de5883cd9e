"""The examples as a newcomer runs them: programs of their own, typed into and read, against an embedded server."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic

import pytest

from spacetimedb_sdk.standalone import Server
from tests.places import ROOT
from tests.plugins import waiting
from tests.plugins.publishing import published

EXAMPLES = ROOT / "examples"
# A real server that compiles somebody's module answers others late.
PATIENCE = 10 * waiting.PATIENCE


class Program:
    """A running example: `type` into it, `expect` what it says."""

    def __init__(self, script: Path, arguments: list[str], home: Path) -> None:
        environment = os.environ | {"HOME": str(home), "PYTHONPATH": str(ROOT)}
        self.said: list[str] = []
        self._lines: SimpleQueue[str | None] = SimpleQueue()
        self._process = subprocess.Popen(
            [sys.executable, str(script), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=environment,
            cwd=home,
        )
        Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line.rstrip("\n"))
        self._lines.put(None)

    def type(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def expect(self, text: str) -> str:
        """The next line that holds `text`."""
        deadline = monotonic() + PATIENCE
        while True:
            try:
                line = self._lines.get(timeout=max(deadline - monotonic(), 0.01))
            except Empty:
                line = None
            assert line is not None, f"{text!r} was not said; so far: {self.said}"
            self.said.append(line)
            if text in line:
                return line

    def end(self) -> None:
        """Wait until it has ended by itself, as a program should."""
        assert self._process.wait(PATIENCE) == 0
        while (line := self._lines.get(timeout=PATIENCE)) is not None:
            self.said.append(line)

    def __enter__(self) -> Program:
        return self

    def __exit__(self, *_exc: object) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()


Start = Callable[..., Program]


@dataclass(frozen=True, slots=True)
class Home:
    """Where an example's module runs: `arguments` are what its clients are told of it."""

    host: str
    database: str
    arguments: tuple[str, ...]


# The grounds that an example's module runs on: the embedded server, and inside a real SpacetimeDB.
GROUNDS = ["embedded", pytest.param("real", marks=[pytest.mark.real_server, pytest.mark.runtime])]


@contextmanager
def example_server(
    example: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Iterator[Home]:
    """A server with an example's module, of the kind that the fixture's parameter names."""
    monkeypatch.syspath_prepend(EXAMPLES / example)
    module = importlib.import_module(f"{example}_module").module
    if request.param == "embedded":
        with Server(module, database=example) as server:
            yield Home(server.host, example, ("--server", server.host))
        return
    url = request.getfixturevalue("real_server").rstrip("/")
    with published(f"{example}_module", module, url) as database:
        host = url.rpartition("/")[2]
        yield Home(host, database, ("--server", host, "--database", database))


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts `examples/{script}` with arguments, with a home folder of its own; it is ended with the test."""
    with ExitStack() as stack:

        def make(script: str, *arguments: str) -> Program:
            return stack.enter_context(Program(EXAMPLES / script, list(arguments), tmp_path))

        yield make
