"""Sounds under SDL's dummy driver, without a device, and as files that their script makes again."""

from __future__ import annotations

import importlib.util
import struct
import wave
from pathlib import Path

import pygame
import pytest

from game.client.app_context import AppContext
from game.client.audio import SOUNDS_FOLDER, Audio
from game.client.scenes.settings import SettingsScene
from game.presentation.sound_cues import Sound
from tests.game.client.driver import key_down


def test_every_sound_is_played_at_the_players_loudness() -> None:
    audio = Audio()
    audio.open()
    try:
        assert audio.is_open
        audio.loudness = 0.5
        audio.play(Sound)
        assert pygame.mixer.get_busy()
        pygame.mixer.stop()
        audio.loudness = 0.0
        audio.play(Sound)
        assert not pygame.mixer.get_busy()
    finally:
        audio.close()
    audio.play(Sound)


def test_without_a_device_the_game_is_silent(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("SDL_AUDIODRIVER", "no-such-driver")
    audio = Audio()
    audio.open()
    assert not audio.is_open
    assert "no sound" in caplog.text
    audio.play(Sound)
    audio.close()


def test_missing_files_are_no_reason_not_to_play(tmp_path: Path) -> None:
    audio = Audio(tmp_path)
    audio.open()
    audio.play(Sound)
    audio.close()


def test_music_plays_on_calms_in_menus_and_falls_silent() -> None:
    audio = Audio()
    audio.open()
    try:
        audio.set_music(0.5, calm=True)
        assert pygame.mixer.get_busy()
        music = audio._music
        assert music is not None
        calm = music.get_volume()
        audio.set_music(0.5, calm=False)
        assert music.get_volume() > calm > 0.0
        assert music.get_num_channels() == 1
        audio.loudness = 0.0
        audio.set_music(0.5, calm=False)
        assert music.get_volume() == 0.0
        audio.loudness = 1.0
        audio.set_music(0.5, calm=False)
        assert music.get_num_channels() >= 1
    finally:
        audio.close()
    audio.set_music(0.5, calm=False)


def test_menus_are_heard(context: AppContext, monkeypatch: pytest.MonkeyPatch) -> None:
    played: list[Sound] = []
    monkeypatch.setattr(context.audio, "play", played.extend)
    scene = SettingsScene(context)
    for code in (pygame.K_DOWN, pygame.K_RETURN, pygame.K_F9):
        scene.handle(key_down(code))
    assert played == [Sound.FOCUS, Sound.PRESS]


def test_muting_is_heard_at_once(context: AppContext) -> None:
    context.change(volume=0.4)
    assert context.audio.loudness == 0.4
    context.change(muted=True)
    assert context.audio.loudness == 0.0


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
