"""Joins and kills, told once and only when they are news."""

from __future__ import annotations

import pytest

from game.match.world import World
from game.presentation import news as news_module
from game.presentation.news import News
from tests.game.world_rows import WorldRows


@pytest.fixture
def rows() -> WorldRows:
    rows = WorldRows(World())
    rows.player(1, "Me", own=True)
    rows.player(2, "Bo")
    rows.player(3, "")
    rows.settle()
    return rows


def texts(news: News) -> list[str]:
    return [toast.text for toast in news.toasts]


def test_who_is_there_already_is_no_news_and_who_comes_is(rows: WorldRows) -> None:
    news = News(rows.world)
    rows.circle(1, 100, 100, 200)
    rows.circle(2, 300, 300, 20)
    rows.settle()
    news.update(1.0)
    assert news.toasts == ()
    rows.circle(3, 500, 500, 20)
    rows.settle()
    news.update(2.0)
    assert texts(news) == ["<no name> joined"]
    news.update(3.0)
    assert texts(news) == ["<no name> joined"]
    news.update(6.1)
    assert news.toasts == ()
    # Who comes back to life has been here before.
    rows.circle(2, 310, 300, 20)
    rows.settle()
    news.update(7.0)
    assert news.toasts == ()


def test_many_who_come_at_once_are_one_sentence(rows: WorldRows) -> None:
    news = News(rows.world)
    rows.circle(1, 100, 100, 200)
    rows.settle()
    news.update(0.0)
    for at, names in ((1.0, ("Ada",)), (2.0, ("Bo", "Cy")), (3.5, ("Di",)), (7.0, ("Ed",))):
        for name in names:
            number = 20 + ord(name[0])
            rows.player(number, name)
            rows.circle(number, 500, 10 * number, 20)
        rows.settle()
        news.update(at)
        expected = {
            1.0: "Ada joined",
            2.0: "Ada and 2 more joined",
            3.5: "Ada and 3 more joined",
            7.0: "Ed joined",
        }[at]
        assert texts(news)[-1] == expected
        assert sum("joined" in text for text in texts(news)) == (1 if at < 7.0 else 2)


def test_the_end_of_a_player_is_told_once_with_its_eater(rows: WorldRows) -> None:
    me = rows.circle(1, 100, 100, 100)
    bo = rows.circle(2, 103, 100, 20)
    also_bo = rows.circle(2, 106, 100, 18)
    rows.settle()
    news = News(rows.world)
    news.update(1.0)
    rows.begin(1.1)
    rows.eat(me, bo)
    rows.settle()
    news.update(1.1)
    assert news.toasts == ()
    rows.begin(1.2)
    rows.eat(me, also_bo)
    rows.settle()
    for frame in range(8):
        news.update(1.2 + frame / 60)
    assert texts(news) == ["You ate Bo"]
    toasts = news.toasts
    assert toasts[0].is_own  # type: ignore[misc]


def test_being_eaten_is_told_too_and_leaving_is_not(rows: WorldRows) -> None:
    me = rows.circle(1, 100, 100, 20)
    bo = rows.circle(2, 103, 100, 100)
    other = rows.circle(3, 500, 500, 30)
    rows.settle()
    news = News(rows.world)
    news.update(1.0)
    rows.begin(1.1)
    rows.eat(bo, me)
    rows.settle()
    rows.begin(1.15)
    rows.remove(other)
    rows.settle()
    news.update(1.15)
    assert texts(news) == ["Bo ate you"]


def test_a_toast_fades_at_its_end(rows: WorldRows, monkeypatch: pytest.MonkeyPatch) -> None:
    # Each who comes has a sentence of its own here.
    monkeypatch.setattr(news_module, "_TOGETHER_SECONDS", 0.0)
    rows.circle(1, 100, 100, 20)
    rows.settle()
    news = News(rows.world)
    news.update(1.0)
    for number in range(4, 14):
        rows.player(number, f"P{number}")
        rows.circle(number, 100.0 * (number % 9), 500, 15)
        rows.settle()
        news.update(2.0 + (number - 4) / 4)
    assert len(news.toasts) == 5
    *_, toast = news.toasts
    assert toast.strength(4.25) == 1.0
    assert 0.0 < toast.strength(8.05) < 1.0
    assert toast.strength(8.25) == 0.0


def test_a_streak_is_told_and_ends_with_its_player(rows: WorldRows) -> None:
    me = rows.circle(1, 100, 100, 200)
    prey = [rows.circle(number, 104, 100, 20) for number in (2, 3, 4)]
    rows.settle()
    news = News(rows.world)
    for at, eaten in enumerate(prey, start=1):
        rows.begin(float(at))
        rows.eat(me, eaten)
        rows.settle()
        news.update(float(at))
    kills = [text for text in texts(news) if "ate" in text]
    assert [text.partition("·")[2].strip() for text in kills] == ["", "2 in a row", "3 in a row"]


def test_the_crown_goes_to_who_is_clearly_heavier(rows: WorldRows) -> None:
    me, bo = rows.circle(1, 100, 100, 100), rows.circle(2, 500, 500, 90)
    rows.settle()
    news = News(rows.world)
    news.update(1.0)
    assert news.leader == 1
    assert texts(news) == []
    for at, mass, leader in ((2.0, 102, 1), (3.0, 120, 2)):
        rows.begin(at)
        rows.move(bo, 500, 500, mass=mass)
        rows.settle()
        news.update(at)
        assert news.leader == leader
    assert texts(news) == ["Bo takes the crown"]
    rows.begin(4.0)
    rows.move(me, 100, 100, mass=500)
    rows.settle()
    news.update(4.0)
    assert texts(news)[-1] == "You take the crown"


def test_while_all_are_small_no_crown_is_news(rows: WorldRows) -> None:
    rows.circle(1, 100, 100, 20)
    bo = rows.circle(2, 500, 500, 15)
    rows.settle()
    news = News(rows.world)
    news.update(1.0)
    rows.begin(2.0)
    rows.move(bo, 500, 500, mass=40)
    rows.settle()
    news.update(2.0)
    assert (news.leader, texts(news)) == (2, [])


def test_a_best_run_is_told_once_in_a_life(rows: WorldRows) -> None:
    news = News(rows.world)
    news.best = 100
    me = rows.circle(1, 100, 100, 80)
    for at, mass, told in ((1.0, 90, 0), (2.0, 101, 1), (3.0, 130, 1)):
        rows.begin(at)
        rows.move(me, 100, 100, mass=mass)
        rows.settle()
        news.update(at)
        assert texts(news).count("Your best run ever") == told
    assert news.feats == 1
    rows.begin(9.0)
    rows.remove(me)
    rows.settle()
    news.best = 130
    news.update(9.0)
    rows.begin(10.0)
    rows.circle(1, 100, 100, 131)
    rows.settle()
    news.update(10.0)
    assert texts(news) == ["Your best run ever"]


@pytest.mark.parametrize("best", [0, 20])
def test_the_first_small_runs_are_no_records(rows: WorldRows, best: int) -> None:
    news = News(rows.world)
    news.best = best
    rows.circle(1, 100, 100, 50)
    rows.settle()
    news.update(1.0)
    assert (news.toasts, news.feats) == ((), 0)


def test_who_ate_the_player_is_marked_until_it_is_eaten_in_return(rows: WorldRows) -> None:
    news = News(rows.world)
    for at, eater, eaten, nemesis, feats in ((1.0, 2, 1, 2, 0), (2.0, 1, 3, 2, 0), (3.0, 1, 2, None, 1)):
        rows.begin(at)
        # None of them is heavy enough for a crown.
        circles = {number: rows.circle(number, 100, 100, 20) for number in (eater, eaten)}
        rows.settle()
        rows.begin(at + 0.1)
        rows.eat(circles[eater], circles[eaten])
        rows.settle()
        news.update(at + 0.1)
        assert (news.nemesis, news.feats) == (nemesis, feats)
        rows.begin(at + 0.2)
        rows.remove(circles[eater])
        rows.settle()
    assert texts(news)[-1].startswith("Revenge: you ate Bo")
