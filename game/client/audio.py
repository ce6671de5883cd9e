"""Audio: the game's sounds through SDL's mixer; silence where there is no device, and the game goes on."""

from __future__ import annotations

import logging
import wave
from array import array
from collections.abc import Iterable
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import cycle
from math import cos, log2, pi, sin, sqrt

import pygame

from game.match.settings import Preferences
from game.presentation.sound_cues import Cue, Sound

__all__ = ["SOUNDS_FOLDER", "Audio", "panned", "resampled"]

# A resource, no path: the game may lie in a zip file.
SOUNDS_FOLDER = files("game") / "assets" / "sounds"
_RATE, _BUFFER = 22_050, 512
# As many sounds at once, and one channel of them for the music alone.
_CHANNELS = 20
# How loud each is beside the others: what is heard ten times a second must not tire.
_GAIN = {
    Sound.EAT: 0.35, Sound.MEAL: 0.9, Sound.SPLIT: 0.6, Sound.EJECT: 0.5, Sound.DEATH: 0.9, Sound.JOIN: 0.4,
    Sound.MERGE: 0.5, Sound.FEAT: 0.5, Sound.FOCUS: 0.3, Sound.PRESS: 0.45,
}  # fmt: skip
_OF_MENUS = (Sound.FOCUS, Sound.PRESS)
# Those that are heard of circles are kept in these pitches, thirds of an octave apart.
_PITCHED = (Sound.EAT, Sound.MEAL, Sound.SPLIT, Sound.EJECT, Sound.DEATH, Sound.MERGE)
_PITCHES = tuple(2.0 ** (step / 3) for step in range(-3, 3))
_MUSIC = "music.wav"
# How much of the music is left in menus, and how slowly it begins.
_CALM, _FADE_MS = 0.45, 1500
log = logging.getLogger("game.audio")


class Audio:
    """Plays cues as loud as `preferences` say; an object that was not opened, or could not be, is silent."""

    def __init__(self, folder: Traversable = SOUNDS_FOLDER) -> None:
        self.preferences = Preferences()
        self._music: pygame.mixer.Sound | None = None
        self._music_volume: float | None = None
        self._folder = folder
        # By sound and pitch.
        self._sounds: dict[tuple[Sound, float], cycle[pygame.mixer.Sound]] = {}

    @property
    def is_open(self) -> bool:
        return bool(self._sounds)

    def open(self) -> None:
        """Open the sound device and read the files; what keeps it from that is logged."""
        try:
            # Nothing else than asked for: pitches are worked out here, in this format.
            pygame.mixer.init(frequency=_RATE, size=-16, channels=2, buffer=_BUFFER, allowedchanges=0)
            pygame.mixer.set_num_channels(_CHANNELS)
            pygame.mixer.set_reserved(1)
            for sound in Sound:
                found = [item for item in self._folder.iterdir() if _is_of(item.name, sound)]
                voices = [_samples(item) for item in sorted(found, key=lambda item: item.name)]
                for pitch in (_PITCHES if sound in _PITCHED else (1.0,)) if voices else ():
                    self._sounds[sound, pitch] = cycle([_sound(resampled(voice, pitch)) for voice in voices])
            music = self._folder / _MUSIC
            if music.is_file():
                self._music = _sound(_samples(music))
        except (pygame.error, OSError, wave.Error, EOFError) as error:
            self._sounds.clear()
            log.warning("no sound: %s", error)

    def set_music(self, *, calm: bool) -> None:
        """Let the music play as loud as it is to be; less while it is to be `calm`."""
        preferences = self.preferences
        wanted = preferences.music * preferences.loudness * (_CALM if calm else 1.0)
        if self._music is None or wanted == self._music_volume:
            return
        self._music.set_volume(wanted)
        if wanted > 0.0 and not self._music.get_num_channels():
            pygame.mixer.Channel(0).play(self._music, loops=-1, fade_ms=_FADE_MS)
        elif wanted == 0.0:
            self._music.stop()
        self._music_volume = wanted

    def play(self, cues: Iterable[Cue]) -> None:
        """Start each of `cues`."""
        preferences = self.preferences
        for cue in cues:
            part = preferences.menus if cue.sound in _OF_MENUS else preferences.effects
            volume = preferences.loudness * part * _GAIN[cue.sound] * cue.gain
            files = self._sounds.get((cue.sound, self._pitch(cue)))
            if files is None or volume <= 0.0:
                continue
            channel = next(files).play()
            # None where all channels are busy, which the stubs of pygame leave out.
            if channel is not None:  # pyright: ignore[reportUnnecessaryComparison]
                channel.set_volume(*panned(volume, cue.pan))

    def close(self) -> None:
        """Twice is fine."""
        self._sounds.clear()
        self._music = self._music_volume = None
        pygame.mixer.quit()

    def _pitch(self, cue: Cue) -> float:
        if cue.sound not in _PITCHED:
            return 1.0
        nearest: float = min(_PITCHES, key=lambda pitch: abs(log2(pitch / cue.pitch)))
        return nearest


def panned(volume: float, pan: float) -> tuple[float, float]:
    """The volumes of the left and of the right for a `pan` from -1 to 1: as loud as in the middle wherever it is."""
    turn = (pan + 1.0) * pi / 4
    return min(volume * cos(turn) * sqrt(2.0), 1.0), min(volume * sin(turn) * sqrt(2.0), 1.0)


def resampled(samples: array[int], pitch: float) -> array[int]:
    """The same sound, `pitch` times as high and as short."""
    if pitch == 1.0 or len(samples) < 2:
        return samples
    last = len(samples) - 2
    result = array("h")
    for number in range(int((last + 1) / pitch)):
        at = number * pitch
        index = min(int(at), last)
        before = samples[index]
        result.append(int(before + (samples[index + 1] - before) * (at - index)))
    return result


def _is_of(name: str, sound: Sound) -> bool:
    return name.startswith(sound.value) and name.endswith(".wav")


def _samples(item: Traversable) -> array[int]:
    """The samples of a file as the script of this game writes them: mono, 16 bits, at the mixer's rate."""
    with item.open("rb") as file, wave.open(file) as sound:
        if (sound.getnchannels(), sound.getsampwidth(), sound.getframerate()) != (1, 2, _RATE):
            raise wave.Error(f"{item.name} is not mono of 16 bits at {_RATE} Hz")
        return array("h", sound.readframes(sound.getnframes()))


def _sound(samples: array[int]) -> pygame.mixer.Sound:
    """The mono samples on both sides."""
    both = array("h", bytes(4 * len(samples)))
    both[0::2] = both[1::2] = samples
    return pygame.mixer.Sound(buffer=both.tobytes())
