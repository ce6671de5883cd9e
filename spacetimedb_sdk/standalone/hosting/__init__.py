"""Hosting: databases by name, their owners and tokens, and the loop that drives their timers."""

from ...system.requirements import require

require("the embedded server", "server")
