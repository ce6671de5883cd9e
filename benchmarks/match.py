"""A match of bots in lock step, faster than time: what a board of them is like for a newcomer.

    python -m benchmarks.match [--minutes N] [--rules NAME] [--difficulty NAME] [--bots N] [--seed N] [--json FILE]
    python -m benchmarks.match beginner [--runs N] ...
    python -m benchmarks.match newcomers [--count N] ...

The first prints, for each difficulty and rule set, the spread of masses, how long lives are, when the first player was
eaten, the share of time near a wall and the longest standstill. `beginner` has a scripted beginner, who steers to the
nearest food and flees what is larger, play ten minutes, and prints when it was among the first five. `newcomers` sends
idle ones into a running match, one after the other, and prints how many lived for how long.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from importlib import import_module
from math import hypot, sqrt
from pathlib import Path
from statistics import median
from time import process_time
from types import TracebackType
from typing import Any, Self

import module_bindings
from game.bots.bot import QUERIES
from game.bots.mind import Mind
from game.bots.personality import SKILLS
from game.bots.pilot import Brain, Pilot
from game.bots.swarm import drawn_bots
from game.match.connection import RULES as WORLD_RULES
from game.match.intent import Intent
from game.match.observation import DEFAULT_REACH, Observation, observe
from module_bindings import Circle, Entity, Player
from spacetimedb_sdk.module import ConnectionId, Identity
from spacetimedb_sdk.testing import LockStep

__all__ = ["RULES", "Beginner", "Match", "MatchFigures", "Newcomers", "beginner_ranks", "play", "visit"]

TICK_SECONDS = 0.05
SAFE_MASS_RATIO = 0.85
RULES = ("official", "arcade")


class _Calls:
    """The reducers, called at once in the name of one player."""

    def __init__(self, world: LockStep, identity: Identity) -> None:
        self._call = world.database.call
        self._identity = identity

    def __getattr__(self, name: str) -> Callable[..., object]:
        return lambda *arguments: self._call(name, *arguments, sender=self._identity)


@dataclass(slots=True)
class _Seat:
    """A player at the board; `due` is the tick of its next look."""

    identity: Identity
    connection: ConnectionId
    pilot: Pilot
    every: float
    reach: float
    due: float = 0.0


@dataclass(slots=True)
class _Life:
    """What is measured of one circle: since when it is there, and where it last moved away from."""

    born: float
    anchor: tuple[float, float] = (0.0, 0.0)
    anchored: float = 0.0


@dataclass(slots=True)
class MatchFigures:
    """What a match was like; times are seconds of the match, `standstill` is the longest that a circle stood."""

    difficulty: str
    rules: str
    minutes: float
    bots: int
    mass_p50: int = 0
    mass_p95: int = 0
    mass_max: int = 0
    lives: int = 0
    life_p50: float = 0.0
    deaths: int = 0
    restarts: int = 0
    first_kill: float | None = None
    wall_share: float = 0.0
    standstill: float = 0.0
    cpu_seconds: float = 0.0
    masses: list[int] = field(default_factory=list, repr=False)
    life_times: list[float] = field(default_factory=list, repr=False)

    def to_json(self) -> dict[str, Any]:
        """Without the samples."""
        values = asdict(self)
        del values["masses"], values["life_times"]
        return values


class Match:
    """A world in lock step with bots of one difficulty, all drawn from `seed`: the same seed is the same match."""

    def __init__(
        self, difficulty: str = "normal", rules: str = "official", *, bots: int | None = None, seed: int = 0
    ) -> None:
        self.world = LockStep(import_module(f"game.rules.sets.{rules}").module, seed=seed)
        # One look at the board serves all: in lock step every client would see the same.
        self._board = self.world.connect(
            module_bindings, [*QUERIES, *(WORLD_RULES if rules != "official" else ())]
        )
        self.tick = 0
        self.figures = MatchFigures(difficulty, rules, 0.0, SKILLS[difficulty].bots if bots is None else bots)
        self.seats: list[_Seat] = []
        self._joined = 0
        self._lives: dict[int, _Life] = {}
        self._near_wall = self._moments = 0
        for name, personality, think in drawn_bots(self.figures.bots, difficulty, seed):
            self.join(name, Mind(personality), think_seconds=think, reach=personality.skill.reach)
        self._bots = list(self.seats)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.world.close()

    @property
    def seconds(self) -> float:
        """Of the match, so far."""
        return self.tick * TICK_SECONDS

    def join(
        self, name: str, brain: Brain, *, think_seconds: float = 0.1, reach: float = DEFAULT_REACH
    ) -> Identity:
        """One more player, whose brain decides every so many seconds; it enters with its first look."""
        self._joined += 1
        identity = Identity.from_bytes((1000 + self._joined).to_bytes(32, "big"))
        connection = ConnectionId((1000 + self._joined).to_bytes(16, "big"))
        self.world.database.connect(identity, connection)
        pilot = Pilot(name, brain, _Calls(self.world, identity))
        self.seats.append(
            _Seat(identity, connection, pilot, think_seconds / TICK_SECONDS, reach, float(self.tick))
        )
        return identity

    def leave(self, identity: Identity) -> None:
        """The player gives up its circles and goes."""
        seat = next(seat for seat in self.seats if seat.identity == identity)
        self.seats.remove(seat)
        self.world.database.call("suicide", sender=identity)
        self.world.database.disconnect(identity, seat.connection)

    def mass(self, identity: Identity) -> int:
        """Of all circles of a player; 0 when it is dead."""
        player = Player.filter_by_identity(identity)
        if player is None:
            return 0
        circles = Circle.filter_by_player_id(player.player_id)
        entities = [Entity.filter_by_entity_id(circle.entity_id) for circle in circles]
        return sum(entity.mass for entity in entities if entity is not None)

    def masses(self) -> dict[Identity, int]:
        """Of every player at the board."""
        return {seat.identity: self.mass(seat.identity) for seat in self.seats}

    def rank(self, identity: Identity) -> int:
        """1 for the heaviest player."""
        own = self.mass(identity)
        return 1 + sum(mass > own for mass in self.masses().values())

    def run(self, seconds: float, *, until: Callable[[], bool] = lambda: False) -> None:
        """Let so much time pass, or less, where `until` says so after a tick."""
        for _ in range(round(seconds / TICK_SECONDS)):
            for seat in self.seats:
                if seat.due <= self.tick:
                    seat.due += seat.every
                    self._look(seat)
            self.world.advance(TICK_SECONDS * 1000.0)
            self.tick += 1
            self._measure()
            if until():
                return

    def _look(self, seat: _Seat) -> None:
        player = Player.filter_by_identity(seat.identity)
        if player is not None:
            observation = observe(player.player_id, reach=seat.reach, now=self.seconds)
            seat.pilot.look(player, observation, lambda: self._names(seat.identity))

    def _names(self, identity: Identity) -> set[str]:
        return {player.name for player in Player.iter() if player.identity != identity}

    # -- measuring -----------------------------------------------------------------------------------------------------

    def _measure(self) -> None:
        figures, now, lives = self.figures, self.seconds, self._lives
        bots = {
            player.player_id
            for seat in self._bots
            if (player := Player.filter_by_identity(seat.identity)) is not None
        }
        for circle in Circle.iter():
            if circle.player_id not in bots:
                continue
            entity = Entity.filter_by_entity_id(circle.entity_id)
            if entity is None:
                continue
            x, y, radius = entity.position.x, entity.position.y, sqrt(entity.mass)
            life = lives.get(circle.entity_id)
            if life is None:
                life = lives[circle.entity_id] = _Life(now, (x, y), now)
            if hypot(x - life.anchor[0], y - life.anchor[1]) > radius:
                life.anchor, life.anchored = (x, y), now
            figures.standstill = max(figures.standstill, now - life.anchored)
            self._moments += 1
            self._near_wall += min(x, y, 1000.0 - x, 1000.0 - y) < 2.0 * radius
        if figures.first_kill is None and any(seat.pilot.diary.deaths for seat in self._bots):
            figures.first_kill = now
        if self.tick % 20 == 0:
            self._measure_second(now)

    def _measure_second(self, now: float) -> None:
        alive = {circle.entity_id for circle in Circle.iter()}
        for entity_id in [key for key in self._lives if key not in alive]:
            self.figures.life_times.append(now - self._lives.pop(entity_id).born)
        self.figures.masses += [mass for seat in self._bots if (mass := self.mass(seat.identity))]

    def summary(self) -> MatchFigures:
        """The figures so far."""
        figures = self.figures
        masses = sorted(figures.masses) or [0]
        figures.minutes = self.seconds / 60.0
        figures.mass_p50 = masses[len(masses) // 2]
        figures.mass_p95 = masses[min(int(len(masses) * 0.95), len(masses) - 1)]
        figures.mass_max = masses[-1]
        figures.lives = len(figures.life_times) + len(self._lives)
        figures.life_p50 = round(median(figures.life_times), 1) if figures.life_times else self.seconds
        figures.deaths = sum(seat.pilot.diary.deaths for seat in self._bots)
        figures.restarts = sum(seat.pilot.diary.restarts for seat in self._bots)
        figures.wall_share = round(self._near_wall / max(self._moments, 1), 4)
        figures.standstill = round(figures.standstill, 2)
        return figures


def play(difficulty: str, rules: str, *, minutes: float, bots: int | None, seed: int) -> MatchFigures:
    """One match of bots alone."""
    began = process_time()
    with Match(difficulty, rules, bots=bots, seed=seed) as match:
        match.run(minutes * 60.0)
        figures = match.summary()
    figures.cpu_seconds = round(process_time() - began, 1)
    return figures


# -- a beginner --------------------------------------------------------------------------------------------------------


class Beginner:
    """Steers to the nearest food, flees what is larger and near, and comes again when it was eaten."""

    def __call__(self, observation: Observation) -> Intent:
        if not observation.me:
            return Intent(respawn=True)
        own = observation.me[0]
        larger = [
            (hypot(other.x - own.x, other.y - own.y) - sqrt(other.mass), other)
            for other in observation.others
            if other.mass * SAFE_MASS_RATIO > own.mass
        ]
        gap, threat = min(larger, default=(1e9, own))
        if gap < 60.0:
            return Intent(direction=_unit(own.x - threat.x, own.y - threat.y))
        if not observation.food:
            return Intent(
                direction=_unit(observation.world_size / 2 - own.x, observation.world_size / 2 - own.y)
            )
        food = min(observation.food, key=lambda each: hypot(each.x - own.x, each.y - own.y))
        return Intent(direction=_unit(food.x - own.x, food.y - own.y))


def _unit(x: float, y: float) -> tuple[float, float]:
    length = hypot(x, y)
    return (x / length, y / length) if length > 0.001 else (0.0, 0.0)


def beginner_ranks(
    difficulty: str,
    rules: str,
    *,
    runs: int,
    minutes: float,
    bots: int | None,
    seed: int,
    warm: float = 120.0,
) -> list[float | None]:
    """For each run the seconds after which the beginner was among the first five; None where it never was."""
    found: list[float | None] = []
    for run in range(runs):
        with Match(difficulty, rules, bots=bots, seed=seed + run) as match:
            match.run(warm)
            identity = match.join("Beginner", Beginner(), think_seconds=0.2)
            began = match.seconds
            match.run(minutes * 60.0, until=lambda m=match, i=identity: m.mass(i) > 0 and m.rank(i) <= 5)  # type: ignore[misc]
            reached = match.mass(identity) > 0 and match.rank(identity) <= 5
            found.append(round(match.seconds - began, 1) if reached else None)
    return found


# -- newcomers ---------------------------------------------------------------------------------------------------------


_VISIT_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Newcomers:
    """How long idle newcomers lived, at most ten seconds each."""

    difficulty: str
    rules: str
    lived: tuple[float, ...]

    @property
    def eaten_at_once(self) -> int:
        """Within three seconds."""
        return sum(seconds < 3.0 for seconds in self.lived)

    @property
    def alive(self) -> float:
        """The share that lived after ten seconds."""
        return sum(seconds >= _VISIT_SECONDS for seconds in self.lived) / max(len(self.lived), 1)


def visit(
    difficulty: str,
    rules: str,
    *,
    count: int,
    bots: int | None,
    seed: int,
    warm: float = 120.0,
    at_once: int = 1,
) -> Newcomers:
    """Send idle newcomers into a running match, `at_once` at the same time."""
    lived: list[float] = []
    with Match(difficulty, rules, bots=bots, seed=seed) as match:
        match.run(warm)
        while len(lived) < count:
            guests = [
                match.join("Guest", lambda observation: Intent(respawn=not observation.me))
                for _ in range(at_once)
            ]
            born: dict[Identity, float] = {}
            died: dict[Identity, float] = {}
            while len(died) < len(guests):
                match.run(TICK_SECONDS)
                for guest in guests:
                    mass = match.mass(guest)
                    if mass:  # it came in the tick that has just been run
                        born.setdefault(guest, match.seconds - TICK_SECONDS)
                    if guest in born and (not mass or match.seconds - born[guest] >= _VISIT_SECONDS):
                        died.setdefault(guest, match.seconds)
            lived += [round(died[guest] - born[guest], 2) for guest in guests]
            for guest in guests:
                match.leave(guest)
            match.run(1.0)
    return Newcomers(difficulty, rules, tuple(lived))


# -- the command line --------------------------------------------------------------------------------------------------


def _print(rows: Sequence[dict[str, Any]]) -> None:
    if not rows:
        return
    names = list(rows[0])
    texts = [names, *([str(row[name]) for name in names] for row in rows)]
    widths = [max(len(line[column]) for line in texts) for column in range(len(names))]
    for line in texts:
        sys.stdout.write(
            "  ".join(text.rjust(width) for text, width in zip(line, widths, strict=True)) + "\n"
        )


def _rows(options: argparse.Namespace) -> Iterable[dict[str, Any]]:
    for rules in options.rules or RULES:
        for difficulty in options.difficulty or SKILLS:
            common: dict[str, Any] = {"bots": options.bots, "seed": options.seed}
            if options.what == "beginner":
                times = beginner_ranks(difficulty, rules, runs=options.runs, minutes=10.0, **common)
                reached = sorted(time for time in times if time is not None)
                yield {
                    "rules": rules,
                    "difficulty": difficulty,
                    "among five": f"{len(reached)} of {len(times)}",
                    "after, median": reached[len(reached) // 2] if reached else None,
                    "after, longest": reached[-1] if reached else None,
                }
            elif options.what == "newcomers":
                found = visit(difficulty, rules, count=options.count, **common)
                yield {
                    "rules": rules,
                    "difficulty": difficulty,
                    "newcomers": len(found.lived),
                    "eaten in 3 s": found.eaten_at_once,
                    "alive after 10 s": f"{found.alive:.1%}",
                }
            else:
                yield play(difficulty, rules, minutes=options.minutes, **common).to_json()


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", nargs="?", choices=("match", "beginner", "newcomers"), default="match")
    parser.add_argument("--minutes", type=float, default=5.0, help="of each match (default: %(default)s)")
    parser.add_argument("--runs", type=int, default=10, help="of the beginner")
    parser.add_argument("--count", type=int, default=200, help="of newcomers")
    parser.add_argument("--rules", action="append", choices=RULES)
    parser.add_argument("--difficulty", action="append", choices=tuple(SKILLS))
    parser.add_argument("--bots", type=int, help="default: as many as go with the difficulty")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    rows = list(_rows(options))
    _print(rows)
    if options.json is not None:
        options.json.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
