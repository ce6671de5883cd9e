"""Netcode: what a game shows while rows travel. Time is passed in, in seconds; nothing here reads a clock or draws.

    tick_clock      TickClock: the even rhythm of a server's ticks, from arrivals that tremble
    interpolation   Interpolation: where a table's rows were a moment ago, between what the server said
    prediction      Prediction: an own entity where it will be, once the server knows what its player wants
    server_time     ServerTime: the clock of the server, from what its rows say

Each is a few lines in a game loop; `docs/netcode.md` has them.
"""

from .interpolation import Interpolation
from .prediction import Prediction
from .server_time import ServerTime
from .tick_clock import TickClock

__all__ = ["Interpolation", "Prediction", "ServerTime", "TickClock"]
