"""Refusals: what a server says of a module that it does not take, with what to do about it."""

from __future__ import annotations

import re

from ..errors import HttpError, SpacetimeDBException
from ..module.hosted.entry import PANIC

__all__ = ["PublishRefused"]

# What comes before the reasons, and the colours that servers give them.
_PREAMBLE = re.compile(
    r"^(?:Database update rejected|Failed to create or update the database):\s*|\x1b\[[0-9;]*m"
)
_MANUAL = "requires a manual migration"
_NO_SCHEDULES = re.compile(r"(?:Adding|Removing) schedules is not yet implemented")
_IS_THERE = re.compile(r"database with identity \w+ already exists")


class PublishRefused(SpacetimeDBException):
    """The server did not take the module: `reasons` are its own words, `remedy` what to do, where that is known."""

    def __init__(self, module: str, database: str, answer: HttpError) -> None:
        self.module = module
        self.database = database
        self.status = answer.status
        lines = (_PREAMBLE.sub("", line).strip(" \t-") for line in answer.body.strip().splitlines())
        # Some servers say one thing once for each half of it.
        self.reasons = tuple(dict.fromkeys(line for line in lines if line and line != "Errors occurred:"))
        self.remedy = self._remedy()
        super().__init__(module, database, answer)

    def _remedy(self) -> str:
        said = "\n".join(self.reasons)
        if PANIC in said:
            return (
                "its init failed, or its start: on the embedded server, `python -m spacetimedb_sdk start --module "
                f"{self.module}`, the traceback is shown"
            )
        if _MANUAL in said or "manual migration" in said:
            return (
                f"what {self.database} holds stays as it is: keep the columns and tables that are stored and add tables beside "
                "them, or begin without its rows by --clear"
            )
        if "client-breaking change" in said:
            return (
                f"clients of the module that {self.database} runs may not get on with this one: --break-clients sends those that are "
                "connected away, and says what changes"
            )
        if _NO_SCHEDULES.search(said):
            return (
                "a table that is stored may neither become a timer nor cease to be one: make another table beside it the timer, or "
                "begin without the rows by --clear"
            )
        if _IS_THERE.search(said):
            return "somebody published it at the same moment: publish again"
        if "its host allows" in said:
            return (
                f"start that server with --publishable {self.module}; what it was started with changes by its --reload, and a "
                "real SpacetimeDB listens elsewhere"
            )
        if self.status in (401, 403) or "not authorized" in said or "does not own database" in said:
            return f"{self.database} is another identity's: give its owner's token with --token, or choose another name"
        return ""

    def __str__(self) -> str:
        reasons = "; ".join(reason.replace(f" {_MANUAL}", "") for reason in self.reasons)
        text = f"the server does not take {self.module}: {reasons or f'it answered {self.status} without a text'}"
        return f"{text} ({self.remedy})" if self.remedy else text
