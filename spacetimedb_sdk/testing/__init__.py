"""What the tests of a game want: a server, a network that fails on command, and a world that goes on by itself.

    lock_step               LockStep: a module and any number of clients in one thread, under a clock the test advances
    netsim.proxy            BadNetwork: a TCP proxy that delays, loses, cuts and duplicates
    netsim.conditions       Conditions: how late things are, and how late a message that is sent now
    netsim.link_conditioner LinkConditioner: a connection that stands, made bad and good again
    replay.recording        Recorder, Replay: a session to a file, without its tokens, and back into a client
    replay.scripted_link    ScriptedTransport: a client is given frames, and what it sends is kept; no sockets

`pytest_plugins = ["spacetimedb_sdk.testing.pytest_plugin"]` makes fixtures of them. `LockStep` and the server fixtures need
the packages of the extra `server` (docs/installing.md).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..system.lazy import lazy_classes

if TYPE_CHECKING:
    from ..netsim.conditions import Conditions
    from ..netsim.link_conditioner import LinkConditioner
    from ..netsim.proxy import BadNetwork
    from ..replay.recording import Recorder, Replay
    from ..replay.scripted_link import ScriptedLink, ScriptedTransport
    from .lock_step import LockStep

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
if not TYPE_CHECKING:
    __getattr__ = lazy_classes(
        __name__,
        {
            "BadNetwork": "..netsim.proxy",
            "Conditions": "..netsim.conditions",
            "LinkConditioner": "..netsim.link_conditioner",
            "LockStep": "..testing.lock_step",
            "Recorder": "..replay.recording",
            "Replay": "..replay.recording",
            "ScriptedLink": "..replay.scripted_link",
            "ScriptedTransport": "..replay.scripted_link",
        },
    )
