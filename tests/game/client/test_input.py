"""Posted events become intents."""

from __future__ import annotations

import pygame
import pytest

from game.client.input import PlayerInput
from game.world.intent import Intent

WINDOW = (640, 360)


@pytest.fixture
def player_input(screen: pygame.Surface) -> PlayerInput:
    pygame.event.clear()
    return PlayerInput(WINDOW)


def post(player_input: PlayerInput, *events: pygame.event.Event) -> None:
    for event in events:
        pygame.event.post(event)
    for event in pygame.event.get():
        player_input.feed(event, WINDOW)


def key(code: int) -> pygame.event.Event:
    return pygame.event.Event(pygame.KEYDOWN, key=code, mod=0, unicode="", scancode=0)


def pointer(x: int, y: int) -> pygame.event.Event:
    return pygame.event.Event(pygame.MOUSEMOTION, pos=(x, y), rel=(0, 0), buttons=(0, 0, 0))


def test_before_any_event_it_rests(player_input: PlayerInput) -> None:
    assert player_input.take(WINDOW) == Intent()


def test_the_pointer_steers(player_input: PlayerInput) -> None:
    post(player_input, pointer(320 + 60, 180))
    assert player_input.take(WINDOW).direction == pytest.approx((0.5, 0.0))
    assert player_input.take(WINDOW).direction == pytest.approx((0.5, 0.0))


def test_a_press_is_handed_out_once(player_input: PlayerInput) -> None:
    post(player_input, key(pygame.K_SPACE), key(pygame.K_s))
    first, second = player_input.take(WINDOW), player_input.take(WINDOW)
    assert (first.split, first.suicide) == (True, True)
    assert (second.split, second.suicide) == (False, False)


def test_a_press_between_two_looks_is_not_lost(player_input: PlayerInput) -> None:
    up = pygame.event.Event(pygame.KEYUP, key=pygame.K_SPACE, mod=0, unicode="", scancode=0)
    post(player_input, key(pygame.K_SPACE), up)
    assert player_input.take(WINDOW).split


def test_q_holds_the_course_until_it_is_pressed_again(player_input: PlayerInput) -> None:
    post(player_input, pointer(320 + 120, 180), key(pygame.K_q), pointer(320, 180 - 120))
    assert player_input.is_held
    assert player_input.take(WINDOW).direction == pytest.approx((1.0, 0.0))
    post(player_input, key(pygame.K_q))
    assert not player_input.is_held
    assert player_input.take(WINDOW).direction == pytest.approx((0.0, 1.0))


def test_dropped_presses_are_gone(player_input: PlayerInput) -> None:
    post(player_input, key(pygame.K_SPACE), key(pygame.K_q))
    player_input.ask_respawn()
    player_input.drop_presses()
    assert player_input.take(WINDOW) == Intent()
    assert not player_input.is_held


def test_the_wish_for_a_new_life(player_input: PlayerInput) -> None:
    player_input.ask_respawn()
    assert player_input.take(WINDOW).respawn
    assert not player_input.take(WINDOW).respawn
