"""The game's sounds through SDL's mixer; silence where there is no device, and the game goes on."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import cycle

import pygame

from game.presentation.sound_cues import Sound

__all__ = ["SOUNDS_FOLDER", "Audio"]

# A resource, no path: the game may lie in a zip file.
SOUNDS_FOLDER = files("game") / "assets" / "sounds"
_RATE, _BUFFER = 22_050, 512
# How loud each is beside the others: what plays ten times a second must not tire.
_GAIN = {
    Sound.EAT: 0.35, Sound.MEAL: 0.9, Sound.SPLIT: 0.6, Sound.EJECT: 0.5, Sound.DEATH: 0.9, Sound.JOIN: 0.4,
    Sound.MERGE: 0.5, Sound.FOCUS: 0.3, Sound.PRESS: 0.45,
}  # fmt: skip
_MUSIC = "music.wav"
# How much of the music is left in menus, and how slowly it begins.
_CALM, _FADE_MS = 0.45, 1500
log = logging.getLogger("game.audio")


class Audio:
    """Plays sounds at `loudness` 0..1; an object that was not opened, or could not be, is silent."""

    def __init__(self, folder: Traversable = SOUNDS_FOLDER) -> None:
        self.loudness = 1.0
        self._music: pygame.mixer.Sound | None = None
        self._music_volume: float | None = None
        self._folder = folder
        self._sounds: dict[Sound, cycle[pygame.mixer.Sound]] = {}

    @property
    def is_open(self) -> bool:
        return bool(self._sounds)

    def open(self) -> None:
        """Open the sound device and read the files; what keeps it from that is logged."""
        try:
            pygame.mixer.init(frequency=_RATE, size=-16, channels=2, buffer=_BUFFER)
            for sound in Sound:
                found = [item for item in self._folder.iterdir() if _is_of(item.name, sound)]
                if found:
                    self._sounds[sound] = cycle(
                        [_load(item) for item in sorted(found, key=lambda item: item.name)]
                    )
            music = self._folder / _MUSIC
            if music.is_file():
                self._music = _load(music)
        except (pygame.error, OSError) as error:
            self._sounds.clear()
            log.warning("no sound: %s", error)

    def set_music(self, volume: float, *, calm: bool) -> None:
        """Let the music play as loud as `volume` 0..1, which the loudness bounds; less while it is to be `calm`."""
        wanted = volume * min(self.loudness, 1.0) * (_CALM if calm else 1.0)
        if self._music is None or wanted == self._music_volume:
            return
        self._music.set_volume(wanted)
        if wanted > 0.0 and not self._music.get_num_channels():
            self._music.play(loops=-1, fade_ms=_FADE_MS)
        elif wanted == 0.0:
            self._music.stop()
        self._music_volume = wanted

    def play(self, sounds: Iterable[Sound]) -> None:
        """Start each of `sounds`."""
        for sound in sounds:
            files = self._sounds.get(sound)
            if files is not None and self.loudness > 0.0:
                chosen = next(files)
                chosen.set_volume(self.loudness * _GAIN[sound])
                chosen.play()

    def close(self) -> None:
        """Twice is fine."""
        self._sounds.clear()
        self._music = self._music_volume = None
        pygame.mixer.quit()


def _is_of(name: str, sound: Sound) -> bool:
    return name.startswith(sound.value) and name.endswith(".wav")


def _load(item: Traversable) -> pygame.mixer.Sound:
    with item.open("rb") as file:
        return pygame.mixer.Sound(file=file)
