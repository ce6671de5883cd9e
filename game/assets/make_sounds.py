"""Makes the game's sounds: `python game/assets/make_sounds.py` writes `game/assets/sounds/*.wav` (mono, 16 bits, 22,050 Hz).

Every sound is a sum of sliding sines under an envelope, and noise from a generator with a seed: the same bytes each time.
"""

from __future__ import annotations

import random
import struct
import wave
from collections.abc import Callable
from math import exp, pi, sin
from pathlib import Path

RATE = 22_050
Signal = Callable[[float], float]


def slide(start: float, end: float, seconds: float, *, decay: float, attack: float = 0.004) -> Signal:
    """A sine whose pitch goes from `start` to `end` hertz, struck and fading."""

    def at(time: float) -> float:
        share = min(time / seconds, 1.0)
        # The phase is the integral of the pitch.
        phase = 2 * pi * (start * time + (end - start) * share * time / 2)
        return sin(phase) * min(time / attack, 1.0) * exp(-decay * time)

    return at


def later(signal: Signal, delay: float) -> Signal:
    return lambda time: signal(time - delay) if time >= delay else 0.0


def mixed(*parts: tuple[float, Signal]) -> Signal:
    return lambda time: sum(gain * signal(time) for gain, signal in parts)


def noise(seed: int, *, decay: float, smooth: float) -> Signal:
    """Noise without its highest part; `smooth` 0..1."""
    chance, last = random.Random(seed), 0.0

    def at(time: float) -> float:
        nonlocal last
        last += (chance.uniform(-1.0, 1.0) - last) * (1.0 - smooth)
        return last * exp(-decay * time)

    return at


# Four bars of four seconds: a minor seventh, and what leads back to it; hertz.
_CHORDS = (
    (110.0, 164.81, 196.0, 261.63),
    (87.31, 130.81, 164.81, 220.0),
    (130.81, 164.81, 196.0, 246.94),
    (98.0, 146.83, 196.0, 246.94),
)
_BAR = 4.0


def music(time: float) -> float:
    """A slow pad that swells with each bar, and a few drops over it; it begins and ends in silence, so that it loops."""
    bar = int(time / _BAR) % len(_CHORDS)
    share = time % _BAR / _BAR
    swell: float = sin(pi * share) ** 0.6
    chord = _CHORDS[bar]
    pad = sum(sin(2 * pi * pitch * time) + 0.5 * sin(2 * pi * pitch * 1.003 * time) for pitch in chord)
    beat = int(share * 8)
    since = share * _BAR - beat * _BAR / 8
    drop = sin(4 * pi * chord[(beat * 3 + bar) % 4] * since) * exp(-6.0 * since) * min(since / 0.01, 1.0)
    return 0.05 * pad * swell + 0.1 * drop * swell


SOUNDS: dict[str, tuple[float, Signal]] = {
    # A drop of water: three pitches, so that a full mouth does not sound like a machine.
    "eat-1": (0.10, mixed((0.8, slide(520, 880, 0.08, decay=38)))),
    "eat-2": (0.10, mixed((0.8, slide(580, 980, 0.08, decay=38)))),
    "eat-3": (0.10, mixed((0.8, slide(650, 1100, 0.08, decay=38)))),
    "meal": (
        0.55,
        mixed(
            (0.7, slide(150, 70, 0.4, decay=7)),
            (0.35, slide(300, 620, 0.25, decay=9)),
            (0.3, later(slide(620, 930, 0.2, decay=10), 0.12)),
            (0.25, noise(3, decay=16, smooth=0.7)),
        ),
    ),
    "split": (0.30, mixed((0.6, slide(780, 260, 0.2, decay=13)), (0.35, noise(5, decay=22, smooth=0.4)))),
    # A cork: mass leaves.
    "eject": (0.16, mixed((0.7, slide(300, 900, 0.05, decay=30)), (0.3, noise(11, decay=45, smooth=0.5)))),
    "death": (
        1.10,
        mixed(
            (0.7, slide(320, 55, 0.9, decay=3.2)),
            (0.35, slide(480, 80, 0.9, decay=3.6)),
            (0.3, noise(7, decay=5, smooth=0.85)),
        ),
    ),
    # Two of the own circles become one.
    "merge": (
        0.35,
        mixed((0.55, slide(210, 340, 0.25, decay=9)), (0.3, later(slide(340, 420, 0.2, decay=12), 0.06))),
    ),
    # Three steps up, the last one held: a crown, a best run, revenge.
    "feat": (
        0.60,
        mixed(
            (0.3, slide(523, 523, 0.3, decay=12)),
            (0.3, later(slide(659, 659, 0.3, decay=11), 0.09)),
            (0.35, later(slide(784, 784, 0.5, decay=6), 0.18)),
        ),
    ),
    "focus": (0.05, mixed((0.35, slide(900, 880, 0.05, decay=70)))),
    "press": (0.14, mixed((0.4, slide(660, 990, 0.08, decay=26)), (0.2, slide(330, 330, 0.1, decay=30)))),
    "music": (16.0, music),
    "join": (
        0.45,
        mixed((0.45, slide(523, 523, 1, decay=9)), (0.45, later(slide(784, 784, 1, decay=9), 0.11))),
    ),
}


def samples(seconds: float, signal: Signal) -> bytes:
    """The signal as 16-bit numbers, its last hundredth of a second faded so that it ends without a click."""
    count = round(RATE * seconds)
    values: list[float] = []
    for number in range(count):
        fade = min((count - number) / (RATE * 0.01), 1.0)
        values.append(max(-1.0, min(1.0, signal(number / RATE) * fade)))
    return struct.pack(f"<{count}h", *(round(value * 32_000) for value in values))


def write(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, (seconds, signal) in SOUNDS.items():
        with wave.open(str(folder / f"{name}.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE)
            file.writeframes(samples(seconds, signal))


if __name__ == "__main__":
    write(Path(__file__).with_name("sounds"))
