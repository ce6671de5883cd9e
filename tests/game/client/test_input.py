"""Posted events become intents."""

from __future__ import annotations

from itertools import chain

import pygame
import pytest

from game.client.input import EJECT_SECONDS, END_RUN_SECONDS, PlayerInput
from game.match.intent import Intent
from game.match.settings import DEFAULT_KEYS, DEFAULT_PAD, Action, rebound, rebound_key

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
    post(player_input, key(pygame.K_SPACE))
    first, second = player_input.take(WINDOW), player_input.take(WINDOW)
    assert (first.split, second.split) == (True, False)


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


def release(code: int) -> pygame.event.Event:
    return pygame.event.Event(pygame.KEYUP, key=code, mod=0, unicode="", scancode=0)


def tilt(axis: int, value: int) -> pygame.event.Event:
    return pygame.event.Event(pygame.CONTROLLERAXISMOTION, axis=axis, value=value, instance_id=0)


def button(number: int) -> pygame.event.Event:
    return pygame.event.Event(pygame.CONTROLLERBUTTONDOWN, button=number, instance_id=0)


def test_held_keys_steer_at_full_speed(player_input: PlayerInput) -> None:
    post(player_input, pointer(620, 180), key(pygame.K_UP))
    assert player_input.take(WINDOW).direction == (0.0, 1.0)
    post(player_input, key(pygame.K_LEFT))
    assert player_input.take(WINDOW).direction == pytest.approx((-(0.5**0.5), 0.5**0.5))
    post(player_input, key(pygame.K_RIGHT))
    assert player_input.take(WINDOW).direction == (0.0, 1.0)
    post(player_input, *(release(code) for code in (pygame.K_UP, pygame.K_LEFT, pygame.K_RIGHT)))
    assert player_input.take(WINDOW).direction == (0.0, 0.0)


def test_the_device_that_was_used_last_steers(player_input: PlayerInput) -> None:
    post(player_input, key(pygame.K_UP))
    post(player_input, pointer(320 + 120, 180))
    assert player_input.take(WINDOW).direction == pytest.approx((1.0, 0.0))
    post(player_input, tilt(0, -32767))
    assert player_input.take(WINDOW).direction == pytest.approx((-1.0, 0.0))
    post(player_input, tilt(0, 0), tilt(1, 2000))
    assert player_input.take(WINDOW).direction == (0.0, 0.0)
    post(player_input, pointer(320, 60))
    assert player_input.take(WINDOW).direction == pytest.approx((0.0, 1.0))


def test_a_pad_lying_on_the_table_does_not_take_over(player_input: PlayerInput) -> None:
    post(player_input, pointer(320 + 120, 180), tilt(0, 4000))
    assert player_input.take(WINDOW).direction == pytest.approx((1.0, 0.0))


def test_buttons_of_a_gamepad(player_input: PlayerInput) -> None:
    post(player_input, button(0), button(3), button(14))
    intent = player_input.take(WINDOW)
    assert (intent.split, intent.suicide, intent.respawn) == (True, False, False)
    player_input.advance(END_RUN_SECONDS)
    assert player_input.take(WINDOW).suicide


def test_a_run_ends_when_its_key_was_held_long_enough(player_input: PlayerInput) -> None:
    post(player_input, key(pygame.K_x))
    player_input.advance(END_RUN_SECONDS * 0.5)
    assert player_input.ending == pytest.approx(0.5)
    assert not player_input.take(WINDOW).suicide
    post(player_input, release(pygame.K_x))
    player_input.advance(END_RUN_SECONDS * 2)
    assert player_input.ending == 0.0
    assert not player_input.take(WINDOW).suicide
    post(player_input, key(pygame.K_x))
    player_input.advance(END_RUN_SECONDS * 3.1)
    assert player_input.take(WINDOW).suicide
    assert not player_input.take(WINDOW).suicide


def test_letters_and_arrows_steer_alike(player_input: PlayerInput) -> None:
    post(player_input, key(pygame.K_w), key(pygame.K_RIGHT))
    assert player_input.take(WINDOW).direction == pytest.approx((0.5**0.5, 0.5**0.5))
    # Two keys for one direction: it is let go with the last of them.
    post(player_input, key(pygame.K_d), release(pygame.K_RIGHT), release(pygame.K_w))
    assert player_input.take(WINDOW).direction == (1.0, 0.0)
    post(player_input, release(pygame.K_d))
    assert player_input.take(WINDOW).direction == (0.0, 0.0)


def test_a_repeated_key_is_no_second_press(player_input: PlayerInput) -> None:
    repeated = pygame.event.Event(
        pygame.KEYDOWN, key=pygame.K_SPACE, mod=0, unicode=" ", scancode=0, repeat=True
    )
    post(player_input, repeated)
    assert not player_input.take(WINDOW).split


def test_bound_keys_and_buttons_are_the_ones_that_count(player_input: PlayerInput) -> None:
    keys = {**DEFAULT_KEYS, Action.SPLIT: ("x",), Action.END_RUN: ("k",)}
    player_input.bind(keys, rebound(DEFAULT_PAD, Action.SPLIT, 9))
    post(player_input, key(pygame.K_SPACE), button(0))
    assert not player_input.take(WINDOW).split
    post(player_input, key(pygame.K_x))
    assert player_input.take(WINDOW).split
    post(player_input, button(9))
    assert player_input.take(WINDOW).split


def test_at_rest_nothing_is_wished_for_but_a_new_life(player_input: PlayerInput) -> None:
    post(player_input, pointer(620, 180), key(pygame.K_SPACE))
    player_input.ask_respawn()
    player_input.is_resting = True
    assert player_input.take(WINDOW) == Intent(respawn=True)
    player_input.is_resting = False
    assert player_input.take(WINDOW) == Intent(direction=pytest.approx((1.0, 0.0)))  # type: ignore[arg-type]


def test_a_key_that_is_taken_changes_places() -> None:
    keys = rebound_key(DEFAULT_KEYS, Action.SPLIT, "q")
    assert (keys[Action.SPLIT], keys[Action.HOLD]) == (("q",), ("space",))
    assert sorted(chain(*keys.values())) == sorted(chain(*DEFAULT_KEYS.values()))
    both = rebound_key(DEFAULT_KEYS, Action.SPLIT, "up")
    assert (both[Action.SPLIT], both[Action.UP]) == (("up", "space"), ("w",))
    pad = rebound(DEFAULT_PAD, Action.MUTE, DEFAULT_PAD[Action.SPLIT])
    assert Action.SPLIT not in pad
    assert rebound_key(keys, Action.SPLIT, "q") == keys


def ejections(player_input: PlayerInput, began: float, seconds: float, frame: float) -> int:
    """How often mass is ejected in so many seconds, in frames of that length."""
    count = 0
    for number in range(round(seconds / frame)):
        player_input.advance(began + number * frame)
        count += player_input.take(WINDOW).eject
    return count


HELD = {
    "key": (key(pygame.K_e), pygame.event.Event(pygame.KEYUP, key=pygame.K_e, mod=0, unicode="", scancode=0)),
    "mouse": (
        pygame.event.Event(pygame.MOUSEBUTTONDOWN, button=3, pos=(0, 0)),
        pygame.event.Event(pygame.MOUSEBUTTONUP, button=3, pos=(0, 0)),
    ),
    "gamepad": (
        pygame.event.Event(pygame.CONTROLLERBUTTONDOWN, button=DEFAULT_PAD[Action.EJECT], instance_id=0),
        pygame.event.Event(pygame.CONTROLLERBUTTONUP, button=DEFAULT_PAD[Action.EJECT], instance_id=0),
    ),
}


@pytest.mark.parametrize("frame", [1 / 144, 1 / 60, 1 / 30])
@pytest.mark.parametrize("hand", sorted(HELD))
def test_what_ejects_mass_does_so_steadily_while_it_is_held(
    hand: str, frame: float, player_input: PlayerInput
) -> None:
    down, up = HELD[hand]
    player_input.advance(100.0)
    player_input.take(WINDOW)
    post(player_input, down)
    assert ejections(player_input, 100.0, 10 * EJECT_SECONDS + frame, frame) in (10, 11)
    post(player_input, up)
    assert ejections(player_input, 110.0, 2.0, frame) == 0


def test_after_a_long_frame_there_is_no_volley(player_input: PlayerInput) -> None:
    post(player_input, HELD["key"][0])
    assert player_input.take(WINDOW).eject
    player_input.advance(5.0)
    assert player_input.take(WINDOW).eject
    assert ejections(player_input, 5.0, EJECT_SECONDS / 2 - 0.01, 0.01) == 0


def test_a_rest_lets_go_of_what_ejects(player_input: PlayerInput) -> None:
    """In a menu the key comes up unseen."""
    post(player_input, HELD["key"][0])
    player_input.take(WINDOW)
    player_input.is_resting = True
    player_input.advance(1.0)
    player_input.is_resting = False
    assert ejections(player_input, 2.0, 1.0, 1 / 60) == 0


def follow(player_input: PlayerInput, *events: pygame.event.Event) -> None:
    for event in events:
        player_input.follow(event)


def test_what_is_let_go_of_in_a_menu_is_not_held_behind_it(player_input: PlayerInput) -> None:
    post(player_input, key(pygame.K_w))
    follow(player_input, release(pygame.K_w))
    assert player_input.take(WINDOW).direction == (0.0, 0.0)
    post(player_input, tilt(0, 32767))
    follow(player_input, tilt(0, 0))
    assert player_input.take(WINDOW).direction == (0.0, 0.0)


def test_a_key_that_is_held_through_a_death_steers_the_next_life(player_input: PlayerInput) -> None:
    post(player_input, key(pygame.K_w))
    player_input.drop_presses()
    assert player_input.take(WINDOW).direction == (0.0, 1.0)


def test_a_menu_moves_the_pointer_and_wishes_for_nothing(player_input: PlayerInput) -> None:
    post(player_input, pointer(320 + 120, 180))
    follow(player_input, pointer(320, 180 - 120), key(pygame.K_SPACE), button(0), tilt(0, -32767))
    intent = player_input.take(WINDOW)
    assert intent.direction == pytest.approx((0.0, 1.0))
    assert not intent.split


def test_a_run_is_not_ended_from_behind_a_menu(player_input: PlayerInput) -> None:
    post(player_input, key(pygame.K_x))
    player_input.is_resting = True
    player_input.advance(END_RUN_SECONDS / 2)
    player_input.is_resting = False
    player_input.advance(END_RUN_SECONDS)
    assert player_input.ending == 0.0
    assert not player_input.take(WINDOW).suicide
