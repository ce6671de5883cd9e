"""What a game is started with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["PlaySettings"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaySettings:
    """Where to play, as whom, and how the game ends.

    `server` is `HOST:PORT`. `token` is a secret and stays out of the repr; `on_token` is called once with the
    token to keep for the next game. With `name=None` the player is asked (headless: the server's player keeps
    its name or gets a default one). `seconds` ends the game after that wall time; `screenshot` keeps the last
    frame as a PNG.
    """

    server: str
    database: str = "blackholio"
    token: str | None = field(default=None, repr=False)
    name: str | None = None
    headless: bool = False
    seconds: float | None = None
    screenshot: Path | None = None
    seed: int = 0
    on_token: Callable[[str], None]
