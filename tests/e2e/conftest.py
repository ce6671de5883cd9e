"""Whole programs as a person starts them, each test with a config folder of its own."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread

import pygame
import pytest

import module_bindings
from game.cli import main
from game.match.session import Session
from game.rules.sets import arcade
from spacetimedb_sdk.standalone import Server
from tests.places import ROOT
from tests.plugins.ports import held_port
from tests.plugins.waiting import until

# Whole programs, each with others that it starts: a machine that is shared takes half a minute to start one.
PATIENCE = 120.0


class Program:
    """A running `run_game.py`; its output is collected line by line."""

    def __init__(self, words: list[str], environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, *words],
            env=environment,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.errors: list[str] = []
        self._output: SimpleQueue[str | None] = SimpleQueue()
        self._threads = [Thread(target=self._read_output), Thread(target=self._read_errors)]
        for thread in self._threads:
            thread.start()

    def _read_output(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._output.put(line.rstrip("\n"))
        self._output.put(None)

    def _read_errors(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.errors.append(line.rstrip("\n"))

    def type(self, line: str) -> None:
        """A line at its standard input."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()

    def line(self, start: str, *, containing: str = "", seconds: float = PATIENCE) -> str:
        """The next line of output that begins with `start` and contains `containing`.

        Fails when the program ends or takes too long, whatever else it says meanwhile.
        """
        deadline = time.monotonic() + seconds
        while True:
            try:
                line = self._output.get(timeout=max(deadline - time.monotonic(), 0.0))
            except Empty:
                pytest.fail(f"no line {start!r} within {seconds} seconds; errors: {self.errors}")
            if line is None:
                pytest.fail(f"the program ended without a line {start!r}; errors: {self.errors}")
            if line.startswith(start) and containing in line:
                return line

    def end(self, *, seconds: float = PATIENCE) -> int:
        """Wait for the end; the exit code."""
        code = self.process.wait(seconds)
        for thread in self._threads:
            thread.join(5.0)
        return code

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.end()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            if pipe is not None:
                pipe.close()


Start = Callable[..., Program]


@dataclass(frozen=True)
class Ended:
    """A command that was run within the test's own process: its exit code, and its lines of standard error."""

    code: int
    errors: list[str]


Run = Callable[..., Ended]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """The environment of the programs: SDL without a screen, tokens and keys in a folder of the test, half the usual frames,
    which are not looked at and which the tests' machine has to draw.
    """
    config = tmp_path / "config"
    config.mkdir()
    (config / "settings.json").write_text('{"fps_cap": 30}')
    return {
        **os.environ,
        "BLACKHOLIO_CONFIG_DIR": str(config),
        "SDL_VIDEODRIVER": "dummy",
        "SDL_AUDIODRIVER": "dummy",
    }


@pytest.fixture
def start(environment: dict[str, str]) -> Iterator[Start]:
    """Start `run_game.py WORDS...`; whatever still runs at the end of the test is killed."""
    with ExitStack() as stack:

        def start_program(*words: str, module: bool = False) -> Program:
            program = Program([*words] if module else [str(ROOT / "run_game.py"), *words], environment)
            stack.callback(program.close)
            return program

        yield start_program


@pytest.fixture
def run(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Run]:
    """Run `run_game.py WORDS...` without starting a program for it, which takes longer than most of what it is to show."""
    for name, value in environment.items():
        if os.environ.get(name) != value:
            monkeypatch.setenv(name, value)
    handlers = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    log = logging.getLogger("spacetimedb_sdk")
    known = list(log.handlers)

    def run_command(*words: str) -> Ended:
        capsys.readouterr()
        code = main(words)
        return Ended(code, capsys.readouterr().err.splitlines())

    yield run_command
    log.handlers[:] = known
    for each, handler in handlers.items():
        signal.signal(each, handler)


@pytest.fixture
def ends_once_it_plays(monkeypatch: pytest.MonkeyPatch) -> None:
    """A game in this process is left as soon as its player plays, however long a busy machine takes for that."""
    play = Session._play

    def leave(session: Session) -> None:
        play(session)
        pygame.event.post(pygame.event.Event(pygame.QUIT))

    monkeypatch.setattr(Session, "_play", leave)


@pytest.fixture
def hosted(start: Start) -> str:
    """The address of a hosted world."""
    program = start("host", "--listen", "127.0.0.1:0", "--seed", "1")
    return program.line("hosting blackholio on ").rpartition(" ")[2]


@pytest.fixture(scope="module")
def world() -> Iterator[str]:
    """The address of a world in this process."""
    with Server(arcade.module, database="blackholio") as server:
        yield server.host


@pytest.fixture
def guest() -> Iterator[Callable[[str, str], None]]:
    """Let a player of this name, who does nothing, into the world at an address: a client in this process, for which no game
    has to be drawn."""
    with ExitStack() as stack:

        def come(address: str, name: str) -> None:
            client = stack.enter_context(
                module_bindings.Client.init(None, address, "blackholio", False, module_bindings)
            )
            until(lambda: client.is_connected, client)
            client.reducers.enter_game(name).result(timeout=PATIENCE)

        yield come


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port on which nothing listens, and nothing else can while the test runs."""
    with held_port() as port:
        yield port
