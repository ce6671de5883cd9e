"""SQL: from a text to the rows it asks for or the change it makes."""

from ...system.requirements import require

require("the embedded server", "server")
