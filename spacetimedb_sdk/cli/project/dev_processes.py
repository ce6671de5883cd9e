"""The processes that `dev` starts: the server, which it talks with, and the client, which is any command."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict

from ..generate import SDK
from .dev_server import Answer, ServeOptions

__all__ = ["ClientProcess", "ServerProcess"]

_END_SECONDS = 5.0


class ServerProcess:
    """`dev_server` in a process; `url` and `database` once it has answered that it is ready."""

    def __init__(self, options: ServeOptions) -> None:
        self.url = self.database = ""
        self._process = subprocess.Popen(
            [sys.executable, "-m", f"{SDK}.cli.project.dev_server", json.dumps(asdict(options))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def answer(self) -> Answer:
        """What it says next; `unable` where it has ended without a word."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            return Answer("unable", f"the server ended with code {self._process.wait()}")
        answer = Answer(**json.loads(line))
        self.url, self.database = answer.url or self.url, answer.database or self.database
        return answer

    def reload(self) -> Answer:
        """Have the module taken up as its files are now."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write("reload\n")
            self._process.stdin.flush()
        except OSError:  # it has ended meanwhile: its last word tells why
            return self.answer()
        return self.answer()

    def has_ended(self) -> bool:
        return self._process.poll() is not None

    def close(self) -> None:
        """Let it end in order, for at most five seconds. Closing twice is fine."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:  # what was to be written has no reader any more
                    continue
        _end(self._process)


class ClientProcess:
    """A command beside the server, which reads from the environment where that is."""

    def __init__(self, command: Sequence[str], url: str, database: str) -> None:
        # A group of its own, so that what it starts can be ended with it; it has no terminal to read from.
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            env={**os.environ, "SPACETIMEDB_SERVER": url, "SPACETIMEDB_DATABASE": database},
        )

    def ended(self) -> int | None:
        """Its exit code, None while it runs."""
        return self._process.poll()

    def close(self) -> None:
        """End it and what it started, within five seconds. Closing twice is fine."""
        if self._process.poll() is None:
            if sys.platform == "win32":
                self._process.terminate()
            else:
                os.killpg(self._process.pid, signal.SIGTERM)
        _end(self._process)


def _end(process: subprocess.Popen[str] | subprocess.Popen[bytes]) -> None:
    try:
        process.wait(_END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
