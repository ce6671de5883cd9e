"""Somebody at a real window: eyes for its picture, a hand for its keys and mouse, and a look at the world it plays in."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from math import dist, hypot
from pathlib import Path
from typing import Any

import pygame

from game.client.ui.form import Form
from game.match.observation import Blob
from game.match.session import Session
from game.match.settings import PlaySettings
from game.match.shown import ShownCircle
from game.match.world import World
from game.presentation.palette import STANDARD
from spacetimedb_sdk import SpacetimeDBException
from tests.game.client.screens import WINDOW
from tests.places import ROOT
from tests.plugins.waiting import PATIENCE, until
from tests.window.processes import descendants, listening_port
from tests.window.xserver import XServer

__all__ = ["Newcomer", "box_of", "is_like"]

# From where on the hand asks for full speed, in world units; nearer, it slows down, as a real one does.
_FAR = 60.0
_FULL_SPEED = WINDOW[1] / 3
# Where no panel is; and what a circle is there: pixels of a colour a little darker than its name in the palette.
_MIDDLE = pygame.Rect(320, 140, 640, 440)
_SHADE, _SPOT = 0.88, 250
_APART = 30.0
# World units: how near to a larger one food is no bargain, and what way is taken instead.
_DANGER, _DETOUR = 70.0, 300.0


class Newcomer:
    """Starts the game with an empty home of its own, in the window of an X server.

    `folder` becomes home, working folder and album: each `keep(NAME)` leaves NAME.png there.
    """

    def __init__(self, xserver: XServer, folder: Path, settings: dict[str, object]) -> None:
        self.xserver = xserver
        self.folder = folder
        self._world: Session | None = None
        self._guest: Session | None = None
        self._window = ""
        (folder / "config").mkdir()
        self._settings = folder / "config" / "settings.json"
        self._settings.write_text(json.dumps(settings))
        self._complaints = folder / "stderr"
        with self._complaints.open("wb") as errors:
            self.game = subprocess.Popen(
                [sys.executable, str(ROOT / "run_game.py")],
                cwd=folder,
                env={
                    **os.environ,
                    "HOME": str(folder),
                    "BLACKHOLIO_CONFIG_DIR": str(folder / "config"),
                    "DISPLAY": xserver.display,
                    "SDL_VIDEODRIVER": "x11",
                    "SDL_AUDIODRIVER": "dummy",
                },
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
            )

    def close(self) -> None:
        """End the game, if it has not ended by itself."""
        self.stop_looking()
        self.game.terminate()
        try:
            self.game.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.game.kill()
            self.game.wait()

    # -- waiting -----------------------------------------------------------------------------------------------

    def until(self, holds: Callable[[], bool], what: str, *, seconds: float = PATIENCE) -> None:
        """Look again and again until `what` holds; a failure leaves `failed.png`."""

        def has_come() -> bool:
            if self.game.poll() is not None:
                raise AssertionError(self._failure(what))
            return holds()

        world = () if self._world is None else (self._world,)
        until(has_come, *world, self._let_guest_go_on, seconds=seconds, what=lambda: self._failure(what))

    def _let_guest_go_on(self) -> None:
        if self._guest is not None:
            try:
                self._guest.update(time.monotonic())
            except SpacetimeDBException:
                # Who was removed from the world cannot come back: that is what the test is after.
                self._guest.close()
                self._guest = None

    def _failure(self, what: str) -> str:
        self.keep("failed")
        return (
            f"{what} did not come about (exit code {self.game.poll()}), see {self.folder / 'failed.png'}; "
            f"{self._complaints.read_text(errors='replace')}"
        )

    # -- eyes --------------------------------------------------------------------------------------------------

    def keep(self, name: str) -> None:
        """Put a picture of the screen into the album."""
        pygame.image.save(self.xserver.picture(), str(self.folder / f"{name}.png"))

    def until_all_is_like(self, expected: pygame.Surface, name: str) -> None:
        """Wait for a screen that is `expected`, pixel by pixel, and keep it."""
        everything = expected.get_rect()
        self.until(lambda: is_like(self.xserver.picture(), expected, everything, tolerance=2), name)
        self.keep(name)

    def until_button(self, expected: pygame.Surface, form: Form, label: str, name: str) -> None:
        """Wait until that bright button is where `form` has it, with its word on it, and keep the screen.

        What moves behind shines through by a sixteenth.
        """
        self.until(lambda: self._shows(expected, form, label), name)
        self.keep(name)

    def until_no_button(self, expected: pygame.Surface, form: Form, label: str) -> None:
        """Wait until that button is gone."""
        self.until(lambda: not self._shows(expected, form, label), f"an end of {label}")

    def _shows(self, expected: pygame.Surface, form: Form, label: str) -> bool:
        place = box_of(form, label).inflate(-24, -12)
        return is_like(self.xserver.picture(), expected, place, tolerance=24)

    def circles_seen(self) -> int:
        """How many large spots of the newcomer's colour there are around the middle of the screen, side by side."""
        number = next(key for key, name in self.world.names.items() if name == self.kept()["name"])
        red, green, blue = (round(_SHADE * part) for part in STANDARD.player_colour(number))
        middle = self.xserver.picture().subsurface(_MIDDLE)
        spots = pygame.mask.from_threshold(middle, (red, green, blue), (50, 50, 50))
        places: list[tuple[int, int]] = []
        for spot in spots.connected_components(_SPOT):
            # While a circle comes out of another, one is seen within the rim of the other.
            if all(dist(spot.centroid(), place) > _APART for place in places):
                places.append(spot.centroid())
        return len(places)

    def kept(self) -> Any:
        """The settings that the game has written."""
        return json.loads(self._settings.read_text())

    # -- hand --------------------------------------------------------------------------------------------------

    def take_the_window(self) -> None:
        """Wait for the game's window and give it the keys."""

        def has_come() -> bool:
            # It is the same to the end; looked for again, it is not always found while the game draws at its size.
            (self._window, *_) = self.xserver.windows(self.game.pid) or [""]
            # The first window that SDL opens makes room for another, which a slow machine shows.
            return bool(self._window) and self.xserver.focus(self._window)

        self.until(has_come, "a window")

    def resize(self, size: tuple[int, int]) -> None:
        """Draw the window to another size, its upper left corner stays."""
        self.xserver.resize(self._window, size)

    def click(self, form: Form, label: str) -> None:
        """Click on the middle of a widget."""
        self.xserver.click(*box_of(form, label).center)

    def steer(self, x: float, y: float) -> None:
        """Point from the window's middle towards a point of the world; nothing happens to who has no circle."""
        if not self.own():
            return
        own = max(self.own(), key=lambda track: track.mass)
        right, up = x - own.x, y - own.y
        reach = _FULL_SPEED / max(hypot(right, up), _FAR)
        self.xserver.point(WINDOW[0] / 2 + right * reach, WINDOW[1] / 2 - up * reach)

    # -- the world it plays in ---------------------------------------------------------------------------------

    def look_at_the_world(self) -> None:
        """Connect to the game's own server, as one who only watches."""
        self._world = Session(PlaySettings(server=self._server(), watch=True, on_token=lambda token: None))
        self._world.open()
        self.until(lambda: bool(self.world.food), "a world with food in it")

    def guest(self, name: str) -> Session:
        """Somebody else who plays in the game's own world, until `stop_looking`."""
        self._guest = Session(PlaySettings(server=self._server(), name=name, on_token=lambda token: None))
        self._guest.open()
        return self._guest

    def stop_looking(self) -> None:
        """Disconnect, and so does the guest; twice is fine."""
        for session in (self._world, self._guest):
            if session is not None:
                session.close()
        self._world = self._guest = None

    def _server(self) -> str:
        """Where the game's own server listens."""
        ports: list[int] = []

        def found() -> bool:
            ports.extend(
                port for pid in descendants(self.game.pid) if (port := listening_port(pid)) is not None
            )
            return bool(ports)

        self.until(found, "a server")
        return f"127.0.0.1:{ports[0]}"

    @property
    def world(self) -> World:
        """The model of the world, as the server tells it."""
        assert self._world is not None
        return self._world.world

    def own(self) -> list[ShownCircle]:
        """The newcomer's circles, as the server has them."""
        return [
            track
            for track in self.world.circles.values()
            if self.world.names.get(track.player_id or 0) == self.kept()["name"]
        ]

    def inviting_food(self) -> Blob:
        """The piece of food that is nearest to the largest circle and not beside somebody larger."""
        own = max(self.own(), key=lambda track: track.mass)
        hunters = [track for track in self.world.circles.values() if track.mass > own.mass]

        def price(food: Blob) -> float:
            guarded = any(_away(food, hunter) < hunter.radius + _DANGER for hunter in hunters)
            return _away(food, own) + (_DETOUR if guarded else 0.0)

        return min(self.world.food.values(), key=price)

    def largest_other(self) -> ShownCircle:
        """The circle of somebody else that has most mass."""
        mine = {track.entity_id for track in self.own()}
        others = [track for key, track in self.world.circles.items() if key not in mine]
        return max(others, key=lambda track: track.mass)


def _away(one: Blob | ShownCircle, other: Blob | ShownCircle) -> float:
    return hypot(one.x - other.x, one.y - other.y)


def box_of(form: Form, label: str, size: tuple[int, int] = WINDOW) -> pygame.Rect:
    """Where the widget with that label is, in a window of that size."""
    wanted = form.widget(label)
    return next(box for each, box in form.places(size) if each is wanted)


def is_like(picture: pygame.Surface, expected: pygame.Surface, place: pygame.Rect, *, tolerance: int) -> bool:
    """Whether every channel of every pixel of `place` is within `tolerance` of what is expected there."""
    ours, theirs = picture.subsurface(place), expected.subsurface(place)
    alike = pygame.mask.from_threshold(ours, (0, 0, 0), (tolerance + 1,) * 3, theirs)
    return alike.count() == place.width * place.height
