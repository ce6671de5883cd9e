"""A history is the same world at every moment of it, forwards and backwards, and stays within its bounds."""

from __future__ import annotations

import random

import pytest

from game.match.replays.history import History, Rows
from game.match.replays.playback import SPEEDS, Playback
from game.match.world import World
from tests.game.world_rows import WorldRows

TICK = 0.05


def rows_of(rows: WorldRows) -> Rows:
    db = rows.db
    return {
        "config": {row.id: row for row in db.config.iter()},
        "player": {row.identity: row for row in db.player.iter()},
        "entity": {row.entity_id: row for row in db.entity.iter()},
        "circle": {row.entity_id: row for row in db.circle.iter()},
        "food": {row.entity_id: row for row in db.food.iter()},
        "protection": {row.player_id: row for row in db.protection.iter()},
        "world_rules": {row.id: row for row in db.world_rules.iter()},
    }


def play(rows: WorldRows, history: History, ticks: int) -> dict[int, Rows]:
    """A match with everything that happens in one; the rows after each tick."""
    chance = random.Random(9)
    history.listen(rows.db)
    history.begin(0.0)
    rows.size(1000)
    rows.player(1, "Me", own=True)
    circles = [rows.circle(player_id, 100 * player_id, 500, 60) for player_id in (1, 2, 3)]
    told = {}
    for tick in range(ticks):
        history.begin(tick * TICK)
        rows.begin(tick * TICK)
        for circle in circles:
            old = rows.entities[circle]
            rows.move(circle, old.position.x + chance.uniform(-2, 2), old.position.y + chance.uniform(-2, 2))
        food = rows.food(chance.uniform(0, 1000), chance.uniform(0, 1000))
        # What comes may move, and go, within the same tick.
        rows.move(food, 5.0, 5.0)
        if tick % 3 == 0:
            rows.eat(circles[0], food)
        if tick % 7 == 0:
            rows.player(tick, f"Player {tick}")
        rows.settle()
        told[tick] = rows_of(rows)
    return told


def test_the_rows_of_every_moment(rows: WorldRows) -> None:
    history = History()
    told = play(rows, history, 250)
    assert len(history) == 250
    for tick in random.Random(1).sample(range(250), 40):
        assert history.rows(tick * TICK) == told[tick]
    assert history.rows(1e9) == told[249]


def test_what_is_kept_is_bounded_and_whole(rows: WorldRows) -> None:
    history = History(keep=3.0)
    told = play(rows, history, 1000)
    assert history.end == pytest.approx(999 * TICK)
    assert 3.0 <= history.end - history.start <= 3.0 + 100 * TICK
    for tick in (999, 960, 940):
        assert history.rows(tick * TICK) == told[tick]


def test_a_clip_stays_as_it_was(rows: WorldRows) -> None:
    history = History(keep=4.0)
    told = play(rows, history, 200)
    clip = history.clip(7.0, 9.0)
    assert (clip.start, clip.end) == pytest.approx((7.0, 9.0))
    play(rows, history, 0)
    for tick in range(200, 400):
        history.begin(tick * TICK)
        rows.food(1.0, 1.0)
    assert history.start > 9.0
    assert clip.rows(9.0) == told[180]
    assert clip.rows(7.0) == told[140]


def shown(world: World) -> dict[int, tuple[float, float, int]]:
    return {key: (circle.x, circle.y, circle.mass) for key, circle in world.circles.items()}


def expected(rows: Rows) -> dict[int, tuple[float, float, int]]:
    entities = rows["entity"]
    return {
        key: (entities[key].position.x, entities[key].position.y, entities[key].mass)
        for key in rows["circle"]
    }


def test_playing_and_seeking_show_the_same(rows: WorldRows) -> None:
    history = History()
    told = play(rows, history, 240)
    history.identity = rows.world.identity
    world = World()
    playback = Playback(history.clip(0.0, 1e9), world)
    assert playback.length == pytest.approx(239 * TICK)
    while not playback.is_over:
        playback.advance(0.016)
        tick = round((playback.position - 0.0249) / TICK)
        assert shown(world) in [expected(told[each]) for each in (max(tick - 1, 0), tick, min(tick + 1, 239))]
    assert shown(world) == expected(told[239])
    assert world.own_player_id == 1
    for position in (3.0, 11.0, 0.0, 7.5):
        playback.seek(position)
        playback.advance(0.0)
        assert playback.position == pytest.approx(position)
        assert shown(world) == expected(told[round(position / TICK)])
    # Beyond the ends are the ends.
    playback.seek(-5.0)
    playback.advance(0.0)
    assert playback.position == 0.0
    playback.seek(99.0)
    playback.advance(0.0)
    assert playback.is_over


def test_seeking_back_is_no_movement(rows: WorldRows) -> None:
    history = History()
    told = play(rows, history, 100)
    world = World()
    playback = Playback(history.clip(0.0, 1e9), world)
    playback.seek(4.5)
    playback.advance(0.0)
    world.advance(playback.now)
    playback.seek(1.0)
    playback.advance(0.0)
    world.advance(playback.now + 0.001)
    for key, circle in world.circles.items():
        position = told[20]["entity"][key].position
        assert (circle.shown_x, circle.shown_y) == pytest.approx((position.x, position.y))


def test_speeds_and_pauses(rows: WorldRows) -> None:
    history = History()
    play(rows, history, 100)
    playback = Playback(history.clip(0.0, 1e9), World())
    playback.advance(0.0)
    assert playback.advance(0.4) == pytest.approx(0.4)
    playback.faster(-9)
    assert playback.speed == SPEEDS[0]
    assert playback.advance(0.4) == pytest.approx(0.1)
    playback.faster(9)
    assert playback.advance(0.1) == pytest.approx(0.4)
    playback.is_paused = True
    assert playback.advance(1.0) == 0.0
    assert playback.position == pytest.approx(0.9)


def test_a_history_of_nothing_is_over_at_once() -> None:
    world = World()
    playback = Playback(History().clip(0.0, 1.0), world)
    playback.advance(0.016)
    assert playback.is_over
    assert playback.length == 0.0
    assert not world.circles
