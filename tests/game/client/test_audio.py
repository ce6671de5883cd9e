"""Sounds under SDL's dummy driver, without a device, and as files that their script makes again."""

from __future__ import annotations

import importlib.util
import struct
import wave
from array import array
from itertools import pairwise
from math import sin
from pathlib import Path

import pygame
import pytest

from game.client.app_context import AppContext
from game.client.audio import SOUNDS_FOLDER, Audio, panned, resampled
from game.client.scenes.settings import SettingsScene
from game.match.settings import Preferences
from game.presentation.sound_cues import Cue, Sound
from tests.game.client.driver import key_down


def test_every_sound_is_played_at_the_players_loudness() -> None:
    audio = Audio()
    audio.open()
    try:
        assert audio.is_open
        audio.preferences = Preferences(volume=0.5)
        audio.play(map(Cue, Sound))
        assert pygame.mixer.get_busy()
        pygame.mixer.stop()
        audio.preferences = Preferences(muted=True)
        audio.play(map(Cue, Sound))
        assert not pygame.mixer.get_busy()
    finally:
        audio.close()
    audio.play(map(Cue, Sound))


def test_without_a_device_the_game_is_silent(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("SDL_AUDIODRIVER", "no-such-driver")
    audio = Audio()
    audio.open()
    assert not audio.is_open
    assert "no sound" in caplog.text
    audio.play(map(Cue, Sound))
    audio.close()


def test_missing_files_are_no_reason_not_to_play(tmp_path: Path) -> None:
    audio = Audio(tmp_path)
    audio.open()
    assert not audio.is_open
    audio.play(map(Cue, Sound))
    audio.close()


def test_music_plays_on_calms_in_menus_and_falls_silent() -> None:
    audio = Audio()
    audio.open()
    try:
        audio.preferences = Preferences(volume=1.0, music=0.5)
        audio.set_music(calm=True)
        assert pygame.mixer.get_busy()
        music = audio._music
        assert music is not None
        calm = music.get_volume()
        audio.set_music(calm=False)
        assert music.get_volume() > calm > 0.0
        assert music.get_num_channels() == 1
        audio.preferences = Preferences(volume=0.0, music=0.5)
        audio.set_music(calm=False)
        assert music.get_volume() == 0.0
        audio.preferences = Preferences(volume=1.0, music=0.5)
        audio.set_music(calm=False)
        assert music.get_num_channels() >= 1
    finally:
        audio.close()
    audio.set_music(calm=False)


def test_menus_are_heard(context: AppContext, monkeypatch: pytest.MonkeyPatch) -> None:
    played: list[Cue] = []
    monkeypatch.setattr(context.audio, "play", played.extend)
    scene = SettingsScene(context)
    for code in (pygame.K_DOWN, pygame.K_RETURN, pygame.K_F9):
        scene.handle(key_down(code))
    assert played == [Cue(Sound.FOCUS), Cue(Sound.PRESS)]


def test_muting_is_heard_at_once(context: AppContext) -> None:
    context.change(volume=0.4)
    assert context.audio.preferences.loudness == 0.4
    context.change(muted=True)
    assert context.audio.preferences.loudness == 0.0


def volumes(audio: Audio, cue: Cue) -> tuple[float, float]:
    """How loud a cue is on both sides."""
    pygame.mixer.stop()
    heard: list[tuple[float, float]] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("game.client.audio.panned", lambda *args: heard.append(panned(*args)) or heard[-1])
        audio.play((cue,))
    return heard[0] if heard else (0.0, 0.0)


def test_each_kind_of_sound_has_a_volume_of_its_own() -> None:
    audio = Audio()
    audio.open()
    try:
        audio.preferences = Preferences(volume=1.0, effects=0.5, menus=1.0)
        full = volumes(audio, Cue(Sound.PRESS))[0]
        half = volumes(audio, Cue(Sound.SPLIT))[0]
        audio.preferences = Preferences(volume=1.0, effects=1.0, menus=0.0)
        assert volumes(audio, Cue(Sound.PRESS)) == (0.0, 0.0)
        assert volumes(audio, Cue(Sound.SPLIT))[0] == pytest.approx(2 * half)
        audio.preferences = Preferences(volume=0.5)
        assert volumes(audio, Cue(Sound.PRESS))[0] == pytest.approx(full / 2)
    finally:
        audio.close()


def test_sounds_come_from_their_side() -> None:
    audio = Audio()
    audio.open()
    try:
        audio.preferences = Preferences(volume=0.5)
        left, right = volumes(audio, Cue(Sound.SPLIT, pan=-0.5))
        assert left > right > 0.0
        assert volumes(audio, Cue(Sound.SPLIT, pan=0.5)) == pytest.approx((right, left))
        assert volumes(audio, Cue(Sound.SPLIT, pan=1.0))[0] == pytest.approx(0.0, abs=1e-9)
    finally:
        audio.close()


@pytest.mark.parametrize("pitch", [0.5, 0.8, 1.25, 2.0])
def test_a_higher_sound_swings_faster_and_ends_sooner(pitch: float) -> None:
    tone = array("h", (round(20_000 * sin(number / 20)) for number in range(8_000)))
    other = resampled(tone, pitch)
    assert len(other) == pytest.approx(8_000 / pitch, abs=2)
    swings = [sum(one < 0 <= two for one, two in pairwise(each)) / len(each) for each in (tone, other)]
    assert swings[1] == pytest.approx(swings[0] * pitch, rel=0.05)


def test_the_mass_of_a_circle_chooses_the_pitch(monkeypatch: pytest.MonkeyPatch) -> None:
    audio = Audio()
    audio.open()
    try:
        lengths = []
        for pitch in (0.6, 1.0, 1.5):
            files = audio._sounds[Sound.MEAL, audio._pitch(Cue(Sound.MEAL, pitch=pitch))]
            lengths.append(next(files).get_length())
        assert lengths == sorted(lengths, reverse=True)
        assert len(set(lengths)) == 3
    finally:
        audio.close()


def test_the_files_are_those_of_the_script(tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location(
        "make_sounds", Path(str(SOUNDS_FOLDER)).parent / "make_sounds.py"
    )
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    script.write(tmp_path)
    assert {file.name for file in tmp_path.iterdir()} == {file.name for file in SOUNDS_FOLDER.iterdir()}
    for file in tmp_path.iterdir():
        made, kept = samples(file), samples(Path(str(SOUNDS_FOLDER)) / file.name)
        assert len(made) == len(kept)
        # Another machine's sine may round a sample the other way.
        assert all(abs(one - other) <= 1 for one, other in zip(made, kept, strict=True))


def samples(path: Path) -> tuple[int, ...]:
    with wave.open(str(path)) as file:
        data = file.readframes(file.getnframes())
    return struct.unpack(f"<{len(data) // 2}h", data)
