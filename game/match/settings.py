"""Settings: what a game is started with, and what its player has set once for all games."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

from ..language import AUTO, LANGUAGES, N_

if TYPE_CHECKING:
    from spacetimedb_sdk.testing import LinkConditioner

__all__ = [
    "COLOURS",
    "DEFAULT_KEYS",
    "DEFAULT_PAD",
    "DIFFICULTIES",
    "FPS_CAPS",
    "MAX_RECENT_SERVERS",
    "MOST_BOTS",
    "MOST_KEYS",
    "PALETTES",
    "QUALITY_NAMES",
    "Action",
    "PlaySettings",
    "Preferences",
    "RecentServer",
    "rebound",
    "rebound_key",
]

# The names in the settings file.
PALETTES = (N_("standard"), N_("colour-blind"))
QUALITY_NAMES = (N_("auto"), N_("full"), N_("balanced"), N_("fast"))
# How many colours a player can choose from.
COLOURS = 12
# Keys that one action may have.
MOST_KEYS = 2
DIFFICULTIES = ("calm", "normal", "hard")
MOST_BOTS = 60
FPS_CAPS = (30, 60, 90, 120, 144, 240)
MAX_RECENT_SERVERS = 8

V = TypeVar("V")


class Action(Enum):
    """What a key, or a button of a gamepad, can be bound to. The values are the names in the settings file."""

    UP = "up"
    DOWN = "down"
    LEFT = "left"
    RIGHT = "right"
    SPLIT = "split"
    EJECT = "eject"
    HOLD = "hold"
    END_RUN = "end_run"
    PAUSE = "pause"
    MUTE = "mute"
    NET_HUD = "net_hud"
    FULL_SCREEN = "full_screen"
    SCREENSHOT = "screenshot"


# Names as pygame.key.name tells them; several keys may do the same.
DEFAULT_KEYS: Mapping[Action, tuple[str, ...]] = MappingProxyType(
    {
        Action.UP: ("w", "up"),
        Action.DOWN: ("s", "down"),
        Action.LEFT: ("a", "left"),
        Action.RIGHT: ("d", "right"),
        Action.SPLIT: ("space",),
        Action.EJECT: ("e",),
        Action.HOLD: ("q",),
        Action.END_RUN: ("x",),
        Action.PAUSE: ("escape", "p"),
        Action.MUTE: ("m",),
        Action.NET_HUD: ("f3",),
        Action.FULL_SCREEN: ("f11",),
        Action.SCREENSHOT: ("f12",),
    }
)
# Numbers of SDL's game controller buttons: A, B, X, Y, START, BACK.
DEFAULT_PAD: Mapping[Action, int] = MappingProxyType(
    {Action.SPLIT: 0, Action.EJECT: 1, Action.HOLD: 2, Action.END_RUN: 3, Action.PAUSE: 6, Action.NET_HUD: 4}
)


def rebound(bindings: Mapping[Action, V], action: Action, value: V) -> Mapping[Action, V]:
    """The buttons with `value` on `action`; who had it before gets what `action` had, so that nothing is unbound."""
    before = bindings.get(action)
    changed = dict(bindings)
    for other, bound in bindings.items():
        if bound == value and other is not action:
            if before is None:
                del changed[other]
            else:
                changed[other] = before
    changed[action] = value
    return changed


def rebound_key(
    bindings: Mapping[Action, tuple[str, ...]], action: Action, key: str
) -> Mapping[Action, tuple[str, ...]]:
    """The keys with `key` first on `action`, which keeps one it had before; no other action has `key` any more.

    An action that would be left without a key gets the one that `action` had first.
    """
    had = tuple(each for each in bindings.get(action, ()) if each != key)
    changed = dict(bindings)
    kept = had[: MOST_KEYS - 1]
    for other, bound in bindings.items():
        if other is not action and key in bound:
            changed[other] = tuple(each for each in bound if each != key)
            if not changed[other] and had:
                changed[other] = had[:1]
                kept = had[1:MOST_KEYS]
    changed[action] = (key, *kept)
    return changed


@dataclass(frozen=True, slots=True)
class RecentServer:
    """A world that was joined before; `server` is `HOST:PORT`."""

    server: str
    database: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """What a player has set; kept from game to game.

    `volume` is 0..1, `music`, `effects` and `menus` the shares of it that the music, the arena and the menus have. `palette` is one of `PALETTES`. Without `motion` the sky stands still and nothing swings;
    without `shake` the picture never shakes, without `flashes` nothing flashes. `keys` are names of keys, `pad` numbers
    of a gamepad's buttons. `servers` come newest first. `difficulty`, `bots` and `rules` are those of the last own world,
    `announce` tells the local network of a hosted one,
    `best_mass` is the largest ever reached; `quality` is how finely the arena is drawn; `colour` is the own one's index in the palette, None for any; `seen_hints` tells that the first match is behind the player; `goals` are the names of those that were reached; `record` keeps each match as a replay.
    """

    name: str | None = None
    volume: float = 0.7
    muted: bool = False
    music: float = 0.4
    effects: float = 1.0
    menus: float = 1.0
    palette: str = PALETTES[0]
    motion: bool = True
    shake: bool = True
    flashes: bool = True
    keys: Mapping[Action, tuple[str, ...]] = field(default_factory=lambda: DEFAULT_KEYS)
    pad: Mapping[Action, int] = field(default_factory=lambda: DEFAULT_PAD)
    fps_cap: int = 60
    vsync: bool = False
    full_screen: bool = False
    servers: tuple[RecentServer, ...] = ()
    difficulty: str = "calm"
    bots: int = 9
    rules: str = "arcade"
    announce: bool = True
    best_mass: int = 0
    colour: int | None = None
    quality: str = "auto"
    net_hud: bool = False
    seen_hints: bool = False
    goals: tuple[str, ...] = ()
    record: bool = False
    language: str = AUTO

    def __post_init__(self) -> None:
        """ValueError, naming the field, for what no game could be played with."""
        for name in ("volume", "music", "effects", "menus"):
            share = getattr(self, name)
            if not 0.0 <= share <= 1.0:
                raise ValueError(f"{name} is a number from 0 to 1, not {share!r}")
        if self.palette not in PALETTES:
            raise ValueError(f"palette is one of {', '.join(PALETTES)}, not {self.palette!r}")
        if self.difficulty not in DIFFICULTIES:
            raise ValueError(f"difficulty is one of {', '.join(DIFFICULTIES)}, not {self.difficulty!r}")
        if self.quality not in QUALITY_NAMES:
            raise ValueError(f"quality is one of {', '.join(QUALITY_NAMES)}, not {self.quality!r}")
        if self.language not in (AUTO, *LANGUAGES):
            raise ValueError(f"language is one of {', '.join((AUTO, *LANGUAGES))}, not {self.language!r}")
        if self.colour is not None and not 0 <= self.colour < COLOURS:
            raise ValueError(f"colour is a number from 0 to {COLOURS - 1}, not {self.colour!r}")
        if not 0 <= self.bots <= MOST_BOTS:
            raise ValueError(f"bots is a number from 0 to {MOST_BOTS}, not {self.bots!r}")
        if not FPS_CAPS[0] <= self.fps_cap <= FPS_CAPS[-1]:
            raise ValueError(
                f"fps_cap is a number from {FPS_CAPS[0]} to {FPS_CAPS[-1]}, not {self.fps_cap!r}"
            )

    @property
    def loudness(self) -> float:
        """The volume that is played: 0 while muted."""
        return 0.0 if self.muted else self.volume


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaySettings:
    """Where to play, as whom, and how the game ends.

    `server` is `HOST:PORT`. `token` is a secret and stays out of the repr; `on_token` is called once with the
    token to keep for the next game. With `name=None` the player is asked (headless: the server's player keeps
    its name or gets a default one). With `watch` the player looks on and does not enter. `seconds` ends the game after
    that wall time; `screenshot` keeps the last frame as a PNG. `connect_options` are keyword options of the SDK's
    `connect`. A headless game does not reconnect unless they say so. `on_token_refused` is called when the server did
    not take the token, before the game goes on without it. `conditioner`, where the connection is made through one, makes
    it as bad as the player wants to see it.
    """

    server: str
    database: str = "blackholio"
    token: str | None = field(default=None, repr=False)
    name: str | None = None
    headless: bool = False
    seconds: float | None = None
    screenshot: Path | None = None
    seed: int = 0
    watch: bool = False
    on_token: Callable[[str], None]
    on_token_refused: Callable[[], None] = lambda: None
    connect_options: Mapping[str, Any] = field(default_factory=dict[str, Any])
    conditioner: LinkConditioner | None = None

    @classmethod
    def without_server(cls, **options: Any) -> PlaySettings:
        """Those of a session that is never opened: of a recorded match, or of the arena behind the menus."""
        return cls(server="127.0.0.1:1", on_token=lambda token: None, **options)
