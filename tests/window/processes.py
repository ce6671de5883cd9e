"""What the system tells of a process that was started: its descendants, and where they listen. Linux only, as Xvfb is."""

from __future__ import annotations

from pathlib import Path

__all__ = ["descendants", "is_running", "listening_port"]

_PROC = Path("/proc")
_LISTENING = "0A"


def descendants(pid: int) -> list[int]:
    """The processes that `pid` has started, those that they have started, and so on."""
    parents: dict[int, list[int]] = {}
    for stat in _PROC.glob("[0-9]*/stat"):
        try:
            # The name in parentheses may itself have spaces and parentheses in it.
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            # It has ended meanwhile.
            continue
        parents.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    found = []
    waiting = [pid]
    while waiting:
        children = parents.get(waiting.pop(), [])
        found.extend(children)
        waiting.extend(children)
    return found


def is_running(pid: int) -> bool:
    """Whether that process is there, and no zombie."""
    try:
        return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def listening_port(pid: int) -> int | None:
    """The TCP port at which a process listens, or None."""
    try:
        sockets = {str(each.readlink()) for each in (_PROC / str(pid) / "fd").iterdir()}
        table = (_PROC / str(pid) / "net" / "tcp").read_text().splitlines()[1:]
    except OSError:
        return None
    for line in table:
        fields = line.split()
        if fields[3] == _LISTENING and f"socket:[{fields[9]}]" in sockets:
            return int(fields[1].rpartition(":")[2], 16)
    return None
