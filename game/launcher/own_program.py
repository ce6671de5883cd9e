"""Own program: this program as a process. What starts it again, from a checkout, a zip file or a build of PyInstaller, and how it is
asked to end.
"""

from __future__ import annotations

import signal
import sys
from pathlib import Path

__all__ = ["ROOT", "interrupt_on_terminate", "own_command", "terminating_signals"]

# The checkout's folder, or the zip file that Python runs.
ROOT = Path(__file__).resolve().parents[2]


def own_command(*arguments: str) -> list[str]:
    """What starts this program again with other arguments."""
    if getattr(sys, "frozen", False):  # there is no Python to give a file to: the program is the executable
        return [sys.executable, *arguments]
    script = ROOT if ROOT.is_file() else ROOT / "run_game.py"
    return [sys.executable, str(script), *arguments]


def terminating_signals() -> tuple[signal.Signals, ...]:
    """What asks this program to end besides Ctrl-C: SIGTERM, and SIGHUP, a terminal that is closed, unless the program was
    started to outlive that, as `nohup` does.
    """
    hang_up: signal.Signals | None = getattr(signal, "SIGHUP", None)
    if hang_up is None or signal.getsignal(hang_up) is signal.SIG_IGN:
        return (signal.SIGTERM,)
    return signal.SIGTERM, hang_up


def interrupt_on_terminate() -> None:
    """Let what asks this program to end do what Ctrl-C does: raise KeyboardInterrupt in the main thread, so that everything
    is closed, and reports are written.
    """
    for each in terminating_signals():
        signal.signal(each, signal.default_int_handler)
