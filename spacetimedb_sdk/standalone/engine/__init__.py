"""Engine: a running module, its reducers, procedures, views and timers. Knows no sockets; the clock is passed in."""

from ...system.requirements import require

require("the embedded server", "server")
