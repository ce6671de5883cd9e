"""Sound cues: which sound is played, where and how high, by how the world differs from the moment before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..match.shown import Flight
    from ..match.world import World
    from .camera import Camera

__all__ = ["Cue", "Sound", "SoundCues", "pitch_of"]

# Mouthfuls, and what others do, closer together than this are heard as one.
_EAT_INTERVAL = 0.07
_OTHERS_INTERVAL = 0.12
# What others do is heard as far as one sees, at the most so loud.
_OTHERS_GAIN = 0.55
# The mass that is heard as the files are; eight times as much is an octave and a half lower.
_USUAL_MASS = 60.0
_PITCH_POWER = -0.22
_LOWEST, _HIGHEST = 0.55, 1.6
_WIDTH_TO_HEIGHT = 16.0 / 9.0


class Sound(Enum):
    """The values are the names of files; several files of one sound are told apart by a number."""

    EAT = "eat"
    MEAL = "meal"
    SPLIT = "split"
    EJECT = "eject"
    DEATH = "death"
    JOIN = "join"
    MERGE = "merge"
    FEAT = "feat"
    FOCUS = "focus"
    PRESS = "press"


@dataclass(frozen=True, slots=True)
class Cue:
    """One sound to be played: `pan` from the left (-1) to the right (1), `pitch` and `gain` as factors."""

    sound: Sound
    pan: float = 0.0
    pitch: float = 1.0
    gain: float = 1.0


def pitch_of(mass: float) -> float:
    """How high a circle of that mass sounds: the heavier, the lower."""
    return float(min(max((max(mass, 1.0) / _USUAL_MASS) ** _PITCH_POWER, _LOWEST), _HIGHEST))


class SoundCues:
    """Listens to one world. What was there before it began to listen makes no sound."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._deaths = world.account.deaths
        self._ejected = world.account.ejected
        self._mass = world.own_mass()
        self._players: set[int] | None = None
        # Circles by player, as they were a moment ago.
        self._circles: dict[int, set[int]] | None = None
        self._played_until = world.now
        self._ate_at = self._others_at = float("-inf")

    def cues(self, camera: Camera) -> Iterator[Cue]:
        """The sounds of what happened since the call before, as they are heard where that camera is."""
        world = self._world
        died = world.account.deaths > self._deaths
        fresh = [flight for flight in world.flights if flight.start > self._played_until]
        for flight in fresh:
            cue = self._eaten(flight, camera, died=died)
            if cue is not None:
                yield cue
        yield from self._splits(camera)
        if world.account.ejected > self._ejected:
            yield Cue(Sound.EJECT, pitch=pitch_of(self._mass))
        if died:
            yield Cue(Sound.DEATH, pitch=pitch_of(self._mass))
        if self._players is not None and world.names.keys() - self._players:
            yield Cue(Sound.JOIN)
        self._deaths, self._ejected = world.account.deaths, world.account.ejected
        self._mass, self._played_until = world.own_mass(), world.now
        if world.own:
            self._players = set(world.names)

    def _eaten(self, flight: Flight, camera: Camera, *, died: bool) -> Cue | None:
        eater, own, now = flight.eater, self._world.own_player_id, self._world.now
        if eater is None:
            return None
        mine = own is not None and eater.player_id == own
        place = eater.shown_x, eater.shown_y
        if flight.player_id is None:
            if not mine or now - self._ate_at < _EAT_INTERVAL:
                return None
            self._ate_at = now
            return _placed(Sound.EAT, place, eater.mass, camera)
        if flight.player_id == eater.player_id:
            return _placed(Sound.MERGE, place, eater.mass, camera) if mine else None
        if mine:
            return _placed(Sound.MEAL, place, eater.mass, camera)
        if flight.player_id == own and died:
            # The end is heard by itself.
            return None
        return self._of_others(_placed(Sound.MEAL, place, eater.mass, camera))

    def _splits(self, camera: Camera) -> Iterator[Cue]:
        """Players who had circles and have a new one; there is none where no rows have come."""
        if not self._world.is_fresh:
            return
        circles: dict[int, set[int]] = {}
        for circle in self._world.circles.values():
            circles.setdefault(circle.player_id, set()).add(circle.entity_id)
        before, self._circles = self._circles, circles
        if before is None:
            return
        for player_id, ids in circles.items():
            had = before.get(player_id)
            new = ids - had if had else ids - ids
            if not new:
                continue
            piece = self._world.circles[min(new)]
            cue = _placed(Sound.SPLIT, (piece.shown_x, piece.shown_y), piece.mass, camera)
            if player_id == self._world.own_player_id:
                yield cue
            elif (softer := self._of_others(cue)) is not None:
                yield softer

    def _of_others(self, cue: Cue) -> Cue | None:
        """What another player does: softer with the distance, and not too often."""
        gain = _OTHERS_GAIN * cue.gain
        if gain < 0.05 or self._world.now - self._others_at < _OTHERS_INTERVAL:
            return None
        self._others_at = self._world.now
        return Cue(cue.sound, cue.pan, cue.pitch, gain)


def _placed(sound: Sound, place: tuple[float, float], mass: int, camera: Camera) -> Cue:
    """A sound at a place of the world: its side by how far it is from the middle, softer outside of what is seen."""
    reach = max(camera.half_height * _WIDTH_TO_HEIGHT, 1.0)
    right, up = (place[0] - camera.x) / reach, (place[1] - camera.y) / max(camera.half_height, 1.0)
    beyond = max(abs(right), abs(up)) - 1.0
    gain = 1.0 if beyond <= 0.0 else max(1.0 - 2.0 * beyond, 0.0)
    return Cue(sound, min(max(right, -1.0), 1.0), pitch_of(mass), gain)
