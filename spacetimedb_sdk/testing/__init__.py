"""What the tests of a game want: a server, a network that fails on command, and a world that waits for nobody.

    scripted    ScriptedTransport: a client is given frames, and what it sends is kept; no sockets
    lock_step   LockStep: a module and any number of clients in one thread, under a clock that the test advances
    network     BadNetwork: a TCP proxy that delays, loses, cuts and duplicates
    conditions  Conditions: how late things are, and how late a message that is sent now
    link_conditioner    LinkConditioner: a connection that stands, made bad and good again
    recording   Recorder, Replay: a session to a file, without its tokens, and back into a client

`pytest_plugins = ["spacetimedb_sdk.testing.pytest_plugin"]` makes fixtures of them. `LockStep` and the server fixtures need
the extra `spacetimedb-python[server]`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .conditions import Conditions
    from .link_conditioner import LinkConditioner
    from .lock_step import LockStep
    from .network import BadNetwork
    from .recording import Recorder, Replay
    from .scripted import ScriptedLink, ScriptedTransport

__all__ = [
    "BadNetwork",
    "Conditions",
    "LinkConditioner",
    "LockStep",
    "Recorder",
    "Replay",
    "ScriptedLink",
    "ScriptedTransport",
]

# Named lazily: only who names the embedded server pays for its import, and needs its libraries.
_HOMES = {
    "BadNetwork": "network",
    "Conditions": "conditions",
    "LinkConditioner": "link_conditioner",
    "LockStep": "lock_step",
    "Recorder": "recording",
    "Replay": "recording",
    "ScriptedLink": "scripted",
    "ScriptedTransport": "scripted",
}


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{home}", __name__), name)
