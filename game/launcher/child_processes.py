"""Child processes: the server and the bots, which end when this process ends, whatever way it ends.

A child is started with `--parent`: it ends as soon as its standard input closes, and the system closes that pipe even
when this process is killed.
"""

from __future__ import annotations

import subprocess
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic

from game.language import gettext
from game.launcher.errors import LauncherError
from game.launcher.own_program import ROOT, own_command
from game.launcher.rule_sets import DEFAULT_RULES, rule_module
from game.launcher.terminal import say, write_error
from spacetimedb_sdk.system.process_beside import END_SECONDS, ProcessBeside, kept_waiting

__all__ = ["Child", "ServerProcess"]

# How a child begins its sentence says nothing to who has started something else.
_PROGRAMS = ("error", "python -m spacetimedb_sdk", "run_game.py")


class Child(ProcessBeside):
    """A process of this program, or any other `command`; `what` names it in errors.

    Its standard error is kept to be quoted, and passed on as it comes while `echo` is set.
    """

    def __init__(self, what: str, command: Sequence[str], *, stdout: int = subprocess.DEVNULL) -> None:
        self.what = what
        self.echo = False
        self._complaints: deque[str] = deque(maxlen=50)
        super().__init__(command, ROOT, stdout=stdout, stderr=subprocess.PIPE)
        self._listener = Thread(target=self._listen, name=f"complaints of {what}", daemon=True)
        self._listener.start()

    def close(self, patience: float = END_SECONDS) -> None:
        """Let it end in order, for at most `patience` seconds, and hear its last words. Closing twice is fine."""
        super().close(patience)
        self._listener.join(1.0)

    def hold(self, is_held: bool) -> None:
        """Have it stand still, or go on: timers of the server, decisions of bots."""
        self.tell("hold" if is_held else "go on")

    def complaint(self) -> str:
        """The last line that the process wrote to its standard error, or its exit code. The process has ended."""
        self._listener.join(1.0)
        last = next((line for line in reversed(self._complaints) if line), "")
        for program in _PROGRAMS:
            last = last.removeprefix(f"{program}: ")
        return last or gettext("it ended with code {code}").format(code=self.process.poll())

    def _listen(self) -> None:
        """Keep the last lines of standard error, and pass them on while `echo` is set."""
        errors = self.process.stderr
        if errors is None:
            return
        with errors:
            for line in errors:
                text = line.decode(errors="replace").rstrip()
                self._complaints.append(text.strip())
                if self.echo:
                    write_error(text)


class ServerProcess(Child):
    """The embedded server with one of the game's rule sets; `address` is `HOST:PORT` once it is ready.

    `data_dir` keeps the key that signs tokens; with `keep_world` the world too, to go on with at the next start. With
    `inspect` it opens the inspector beside it, whose address is said as soon as it is known. `limits` are its `--limit`s; `owner_token` is where it writes the
    token of its owner.

    Raises:
        LauncherError: the server ended, or was not ready in time; the text quotes its last words.
    """

    def __init__(
        self,
        *,
        listen: str,
        database: str,
        data_dir: Path,
        rules: str = DEFAULT_RULES,
        seed: int,
        keep_world: bool = False,
        inspect: bool = False,
        limits: Sequence[str] = (),
        owner_token: Path | None = None,
        ready_seconds: float = 60.0,
    ) -> None:
        command = own_command(
            "start", "--module", rule_module(rules), "--listen", listen, "--database", database,
            "--data-dir", str(data_dir), "--seed", str(seed), "--parent",
        )  # fmt: skip
        if not keep_world:
            command.append("--in-memory")
        if inspect:
            command.append("--inspect")
        if owner_token is not None:
            command += ("--owner-token", str(owner_token))
        for limit in limits:
            command += ("--limit", limit)
        super().__init__("the server", command, stdout=subprocess.PIPE)
        self._lines: SimpleQueue[str | None] = SimpleQueue()
        Thread(target=self._read_lines, name="server output", daemon=True).start()
        try:
            self.address = self._wait_until_ready(ready_seconds)
        except BaseException:
            self.close()
            raise

    def wait(self) -> int:
        """Wait until the server ends by itself; its exit code."""
        return self.process.wait()

    def _wait_until_ready(self, seconds: float) -> str:
        deadline = monotonic() + seconds
        while True:
            # What it waits for a processor, on a machine with much else to do, is not its fault.
            left = deadline + kept_waiting(self.process.pid) - monotonic()
            try:
                line = self._lines.get(timeout=max(left, 0.0))
            except Empty:
                if left > 0.0:
                    continue
                raise LauncherError(
                    gettext("the server was not ready after {seconds:.0f} seconds: {reason}").format(
                        seconds=seconds, reason=self.complaint()
                    )
                ) from None
            if line is None:
                self.process.wait()
                raise LauncherError(
                    gettext("the server did not start: {reason}").format(reason=self.complaint())
                )
            word, _, rest = line.partition(" ")
            if word == "ready":
                return rest.split(" ")[0].removeprefix("http://")

    def _read_lines(self) -> None:
        """Read on to the end, so that the server never waits for its output to be read."""
        output = self.process.stdout
        if output is not None:
            with output:
                for line in output:
                    text = line.decode(errors="replace").strip()
                    word, _, address = text.partition(" ")
                    # It comes when the page is ready, which is a while after the server.
                    if word == "inspect":
                        say(f"inspect it at {address}")
                    self._lines.put(text)
        self._lines.put(None)
