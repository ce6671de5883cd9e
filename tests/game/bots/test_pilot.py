"""A seat without a connection: when it calls what, and under which name."""

from __future__ import annotations

from itertools import islice
from random import Random

from game.bots.names import free_name, seeded_names
from game.bots.pilot import Pilot
from game.match.intent import Intent
from game.match.observation import Blob, Observation
from module_bindings import DbVector2, Player
from spacetimedb_sdk.types import Identity

DEAD = Observation((), (), (), 1000.0)
ALIVE = Observation((Blob(1, 500.0, 500.0, 15),), (), (), 1000.0)


class Calls:
    """What was called, in order."""

    def __init__(self) -> None:
        self.made: list[object] = []

    def enter_game(self, name: str) -> None:
        self.made.append(name)

    def respawn(self) -> None:
        self.made.append("respawn")

    def suicide(self) -> None:
        self.made.append("suicide")

    def player_split(self) -> None:
        self.made.append("split")

    def eject_mass(self) -> None:
        self.made.append("eject")

    def update_player_input(self, direction: DbVector2) -> None:
        self.made.append((direction.x, direction.y))


def player(name: str) -> Player:
    return Player(identity=Identity.from_string("0" * 64), player_id=1, name=name)


def wish(observation: Observation) -> Intent:
    return Intent(direction=(1.0, 0.0), respawn=not observation.me)


def test_it_enters_at_once_and_comes_back_later_under_its_name() -> None:
    calls = Calls()
    pilot = Pilot("Nova", wish, calls)
    pilot.look(player(""), DEAD, set)
    assert calls.made == ["Nova"]
    pilot.look(player("Nova"), ALIVE, set)
    pilot.look(player("Nova"), ALIVE, set)
    assert calls.made == ["Nova", (1.0, 0.0)]
    for _ in range(7):
        pilot.look(player("Nova"), DEAD, set)
    assert len(calls.made) == 2
    pilot.look(player("Nova"), DEAD, set)
    assert calls.made[2:] == ["respawn"]


def test_what_is_wished_for_once_is_called_once() -> None:
    calls = Calls()
    pilot = Pilot("Nova", lambda observation: Intent(direction=(0.0, 1.0), split=True, eject=True), calls)
    pilot.look(player("Nova"), ALIVE, set)
    assert calls.made == [(0.0, 1.0), "split", "eject"]


def test_a_name_on_the_board_gets_a_number() -> None:
    calls = Calls()
    pilot = Pilot("Nova", wish, calls)
    pilot.look(player(""), DEAD, lambda: {"Nova", "Nova 2", "Io"})
    assert (calls.made, pilot.name) == (["Nova 3"], "Nova 3")


def test_two_that_chose_a_name_at_once_part_at_the_next_life() -> None:
    calls = Calls()
    pilot = Pilot("Nova", wish, calls)
    pilot.look(player(""), DEAD, set)
    pilot.look(player("Nova"), ALIVE, set)
    for _ in range(8):
        pilot.look(player("Nova"), DEAD, lambda: {"Nova"})
    assert calls.made[-1] == "Nova 2"


def test_a_world_that_began_anew_is_entered_again() -> None:
    calls = Calls()
    pilot = Pilot("Nova", wish, calls)
    pilot.look(player(""), DEAD, set)
    pilot.look(player("Nova"), ALIVE, set)
    for _ in range(8):
        pilot.look(player(""), DEAD, set)
    assert calls.made[-1] == "Nova"


def test_giving_up_is_no_death() -> None:
    calls = Calls()
    pilot = Pilot("Nova", lambda observation: Intent(suicide=bool(observation.me)), calls)
    pilot.look(player("Nova"), ALIVE, set)
    pilot.look(player("Nova"), DEAD, set)
    assert calls.made == ["suicide"]
    assert (pilot.diary.restarts, pilot.diary.deaths) == (1, 0)


def test_names_never_end_and_are_never_alike() -> None:
    names = list(islice(seeded_names(Random(1)), 1000))
    assert len(set(names)) == 1000
    assert names == list(islice(seeded_names(Random(1)), 1000))
    assert names != list(islice(seeded_names(Random(2)), 1000))
    assert max(map(len, names)) <= 24
    assert free_name("Nova", ()) == "Nova"
