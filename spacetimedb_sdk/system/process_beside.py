"""A process beside the one that starts it, and no longer than that."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

__all__ = ["END_SECONDS", "ProcessBeside", "kept_waiting"]

# For a process to save what it has before it is killed.
END_SECONDS = 5.0


def kept_waiting(pid: int) -> float:
    """The seconds that a process was ready to run and had no processor, as on a machine with much else to do; 0 where the
    system does not say."""
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[1]) / 1e9
    except (OSError, IndexError, ValueError):
        return 0.0


class ProcessBeside:
    """`command`, which imports from `folder` first and ends when its standard input closes: the system closes that pipe
    whatever way this process ends.

    `environment` joins this process' own. `stdout` and `stderr` are as for `subprocess.Popen`.
    """

    def __init__(
        self,
        command: Sequence[str],
        folder: Path,
        environment: Mapping[str, str] | None = None,
        *,
        stdout: int | None = None,
        stderr: int | None = None,
    ) -> None:
        path = os.environ.get("PYTHONPATH")
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=stdout,
            stderr=stderr,
            env={
                **os.environ,
                "PYTHONPATH": f"{folder}{os.pathsep}{path}" if path else str(folder),
                **(environment or {}),
            },
            # Ctrl-C in a terminal goes to the whole group: this one is to end in order, after the process that started it.
            start_new_session=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def tell(self, line: str) -> None:
        """Write a line to its standard input; one that has ended already is told nothing."""
        if self.process.stdin is not None and not self.process.stdin.closed:
            with suppress(OSError):
                self.process.stdin.write(f"{line}\n".encode())
                self.process.stdin.flush()

    def close(self, patience: float = END_SECONDS) -> None:
        """Let it end in order, for at most `patience` seconds. Closing twice is fine."""
        if self.process.stdin is not None:
            with suppress(OSError):  # what it was told last and it did not take: it has ended
                self.process.stdin.close()
        try:
            self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
