"""The processes that `dev` starts: the server, which it talks with, and the client, which is any command."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic

from ...system.process_beside import kept_waiting
from ..generate import SDK
from .dev_server import Answer, ServeOptions

__all__ = ["ClientProcess", "ServerProcess"]

_END_SECONDS = 5.0
# Longer than any module takes to be imported, its rows to be migrated and its init reducer to be ended. What the process
# waits for a processor does not count.
_ANSWER_SECONDS = 30.0


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
        self._lines: SimpleQueue[str] = SimpleQueue()
        Thread(target=self._read, name="dev server's answers", daemon=True).start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                self._lines.put(line)
        self._lines.put("")

    def answer(self) -> Answer:
        """What it says next; `unable` where it has ended without a word, `failed` where it was ended for saying nothing."""
        line = self._next_line()
        if line is None:
            self._process.kill()
            self._process.wait()
            return Answer(
                "failed",
                f"the module was not loaded within {_ANSWER_SECONDS:.0f} s, and its server was ended: "
                "is there a loop without end, or a wait, outside of its functions?",
            )
        if not line:
            return Answer("unable", f"the server ended with code {self._process.wait()}")
        answer = Answer(**json.loads(line))
        self.url, self.database = answer.url or self.url, answer.database or self.database
        return answer

    def _next_line(self) -> str | None:
        """What it writes next; None where it has written nothing for so long as it could have."""
        ends = monotonic() + _ANSWER_SECONDS - kept_waiting(self._process.pid)
        while (left := ends + kept_waiting(self._process.pid) - monotonic()) > 0:
            with suppress(Empty):
                return self._lines.get(timeout=left)
        return None

    def reload(self) -> Answer:
        """Have the module taken up as its files are now."""
        assert self._process.stdin is not None
        with suppress(OSError):  # it has ended meanwhile: its last word tells why
            self._process.stdin.write("reload\n")
            self._process.stdin.flush()
        return self.answer()

    def has_ended(self) -> bool:
        return self._process.poll() is not None

    def close(self) -> None:
        """Let it end in order, for at most five seconds. Closing twice is fine."""
        assert self._process.stdin is not None
        with suppress(OSError):  # what was to be written has no reader any more
            self._process.stdin.close()
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
