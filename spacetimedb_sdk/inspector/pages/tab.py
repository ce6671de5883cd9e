"""A tab of the page: what the page asks of each."""

from __future__ import annotations

from typing import Protocol

__all__ = ["Tab"]


class Tab(Protocol):
    """It builds itself where it is made, inside the tab's panel."""

    async def refresh(self) -> None:
        """Show what is new. It is called up to twenty times a second while the tab is the one in front."""

    def close(self) -> None:
        """The page is gone, or shows another tab: let go of what is watched for it."""
