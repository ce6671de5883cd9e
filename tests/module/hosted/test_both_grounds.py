"""Tables of a context do the same over the embedded server's rows and over a host's functions."""

from __future__ import annotations

import logging
import math
from typing import Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spacetimedb_sdk.errors import EncodeError
from spacetimedb_sdk.module import Between, ReducerContext, ReducerError, UniqueConstraintViolation

from .both import (
    GROUNDS,
    EmbeddedGround,
    Ground,
    HostedGround,
    Item,
    Measure,
    Narrow,
    Numbered,
    Pair,
    Plain,
    Range,
)

T = TypeVar("T")


@pytest.fixture(params=GROUNDS, ids=lambda ground: ground.__name__)
def ground(request: pytest.FixtureRequest) -> Ground:
    ground: Ground = request.param()
    return ground


def item(name: str, *, level: int = 1, team: int = 1, score: float = 0.5, id: int = 0) -> Item:
    return Item(id=id, name=name, level=level, team=team, score=score)


def found(row: T | None) -> T:
    assert row is not None
    return row


def fill(ctx: ReducerContext) -> None:
    for number in range(12):
        ctx.db[Item].insert(item(f"i{number:02}", level=number % 4, team=number % 2, score=number / 2))


def ids_of(ground: Ground, **asked_for: Any) -> list[int]:
    ids: list[int] = ground.run(lambda ctx: sorted(row.id for row in ctx.db[Item].filter(**asked_for)))
    return ids


def test_an_insert_gives_the_row_as_it_is_stored(ground: Ground) -> None:
    stored = ground.run(lambda ctx: ctx.db[Item].insert(item("a")))
    assert stored == item("a", id=1)
    assert ground.run(lambda ctx: ctx.db[Item].get(1)) == stored
    assert ground.run(lambda ctx: ctx.db.item.insert(item("b", id=9))).id == 9


@pytest.mark.parametrize(
    ("given", "stored"), [((0, 0), (1, 1)), ((7, 0), (7, 1)), ((0, 7), (1, 7)), ((7, 9), (7, 9))]
)
def test_of_two_generated_columns_each_is_where_it_was_0(
    ground: Ground, given: tuple[int, int], stored: tuple[int, int]
) -> None:
    made = ground.run(lambda ctx: ctx.db[Numbered].insert(Numbered(*given, "a")))
    assert (made.id, made.serial) == stored
    assert ground.run(lambda ctx: ctx.db[Numbered].get(stored[0])) == made


def test_rows_that_nobody_wants_any_more_are_given_back_to_the_host() -> None:
    ground = HostedGround()
    ground.run(fill)

    def some(ctx: ReducerContext) -> str:
        for row in ctx.db[Item].iter():
            if row.level == 3:
                return row.name
        return ""

    assert ground.run(some) == "i03"
    assert ground.run(lambda ctx: any(row.level == 2 for row in ctx.db[Item]))
    assert ground.run(lambda ctx: len(list(ctx.db[Item].iter()))) == 12
    assert not ground.host.iterators
    # Of this one not a single row is taken.
    assert ground.run(lambda ctx: list(zip((), ctx.db[Item].iter(), strict=False))) == []
    assert not ground.host.iterators


def test_a_stored_row_has_the_numbers_of_its_columns(ground: Ground) -> None:
    def both(ctx: ReducerContext, row: Narrow) -> list[object]:
        table = ctx.db[Narrow]
        stored = table.update(row) if table.contains(row.id) else table.insert(row)
        stored.tags.append("c")
        again = found(table.get(row.id))
        return [stored.ratio, again.ratio, again.tags]

    narrow = 0.10000000149011612
    assert ground.run(lambda ctx: both(ctx, Narrow(1, 0.1, ["a"]))) == [narrow, narrow, ["a"]]
    assert ground.run(lambda ctx: both(ctx, Narrow(1, 0.1, ["b"]))) == [narrow, narrow, ["b"]]
    assert ground.run(lambda ctx: both(ctx, Narrow(1, 2, []))) == [2.0, 2.0, []]


def test_a_number_that_a_sequence_comes_to_may_be_taken(ground: Ground) -> None:
    ground.run(lambda ctx: ctx.db[Item].insert(item("a", id=1)))
    with pytest.raises(UniqueConstraintViolation) as refused:
        ground.run(lambda ctx: ctx.db[Item].insert(item("b")))
    assert (refused.value.table, refused.value.column) == ("item", "id")
    assert ground.run(lambda ctx: ctx.db[Item].count()) == 1


def test_keys_and_unique_columns_find_one_row(ground: Ground) -> None:
    ground.run(fill)
    assert ground.run(lambda ctx: found(ctx.db[Item].get(3)).name) == "i02"
    assert ground.run(lambda ctx: ctx.db[Item].get(99)) is None
    assert ground.run(lambda ctx: found(ctx.db[Item].find(name="i05")).id) == 6
    assert ground.run(lambda ctx: found(ctx.db[Item].find(id=6)).name) == "i05"
    assert ground.run(lambda ctx: ctx.db[Item].contains(12)) is True
    assert ground.run(lambda ctx: ctx.db[Item].contains(13)) is False
    with pytest.raises(TypeError, match="not unique"):
        ground.run(lambda ctx: ctx.db[Item].find(level=1))
    with pytest.raises(TypeError, match="one unique column"):
        ground.run(lambda ctx: ctx.db[Item].find(id=1, name="x"))


def test_filters_use_indexes_ranges_and_whatever_is_left(ground: Ground) -> None:
    ground.run(fill)

    def names(**columns: object) -> list[str]:
        return sorted(ground.run(lambda ctx: [row.name for row in ctx.db[Item].filter(**columns)]))

    assert names(level=2) == ["i02", "i06", "i10"]
    assert names(level=2, team=1) == []
    assert names(team=1, score=Range(1.5, 3.5)) == ["i03", "i05"]
    assert names(team=1, score=Range(1.5, 3.5, includes_stop=True)) == ["i03", "i05", "i07"]
    assert names(team=0, score=4.0) == ["i08"]
    assert names(level=Range(3)) == ["i03", "i07", "i11"]
    assert names(level=Range(stop=1), team=0) == ["i00", "i04", "i08"]
    assert names(score=Range(5.0)) == ["i10", "i11"]
    assert names(level=Between(2, 3), team=1) == ["i03", "i07", "i11"]
    assert names(level=Between(3)) == ["i03", "i07", "i11"]
    assert names(score=Between(high=0.5)) == ["i00", "i01"]
    assert names(id=4, level=3) == ["i03"]
    assert names(id=4, level=2) == []
    with pytest.raises(TypeError, match="no column colour"):
        names(colour=1)


def test_a_range_comes_in_the_order_of_its_index(ground: Ground) -> None:
    ground.run(fill)
    found = ground.run(lambda ctx: [row.score for row in ctx.db[Item].filter(team=1, score=Range(0.0, 9.0))])
    assert found == [0.5, 1.5, 2.5, 3.5, 4.5, 5.5]


def test_updates_and_deletes(ground: Ground) -> None:
    ground.run(fill)
    ground.run(lambda ctx: ctx.db[Item].update(found(ctx.db[Item].get(1)).replace(level=77)))
    assert ground.run(lambda ctx: [row.id for row in ctx.db[Item].filter(level=77)]) == [1]
    assert ground.run(lambda ctx: ctx.db[Item].delete_by_key(1)) is True
    assert ground.run(lambda ctx: ctx.db[Item].delete_by_key(1)) is False
    two = ground.run(lambda ctx: ctx.db[Item].get(2))
    assert ground.run(lambda ctx: ctx.db[Item].delete(two.replace(level=55))) is False
    assert ground.run(lambda ctx: ctx.db[Item].delete(two)) is True
    assert ground.run(lambda ctx: ctx.db[Item].count()) == 10
    with pytest.raises(ReducerError, match="no row with primary key 99 to update"):
        ground.run(lambda ctx: ctx.db[Item].update(item("z", id=99)))


def test_unique_columns_name_what_another_row_holds(ground: Ground) -> None:
    ground.run(fill)
    with pytest.raises(UniqueConstraintViolation) as caught:
        ground.run(lambda ctx: ctx.db[Item].insert(item("i03")))
    assert (caught.value.table, caught.value.column, caught.value.value) == ("item", "name", "i03")
    with pytest.raises(UniqueConstraintViolation) as caught:
        ground.run(lambda ctx: ctx.db[Item].insert(item("new", id=4)))
    assert (caught.value.column, caught.value.value) == ("id", 4)
    with pytest.raises(UniqueConstraintViolation) as caught:
        ground.run(lambda ctx: ctx.db[Item].update(found(ctx.db[Item].get(1)).replace(name="i03")))
    assert caught.value.column == "name"


def test_the_very_same_row_again_changes_nothing(ground: Ground) -> None:
    ground.run(fill)
    assert ground.run(lambda ctx: ctx.db[Item].insert(found(ctx.db[Item].get(5))).id) == 5
    ground.run(lambda ctx: [ctx.db[Plain].insert(Plain(1, "a")) for _ in range(3)])
    assert ground.run(lambda ctx: ctx.db[Plain].count()) == 1


def test_tables_without_a_key(ground: Ground) -> None:
    ground.run(lambda ctx: [ctx.db[Plain].insert(Plain(n, None if n % 2 else "x")) for n in range(8)])
    assert ground.run(lambda ctx: sorted(row.left for row in ctx.db[Plain].iter())) == list(range(8))
    assert ground.run(lambda ctx: ctx.db[Plain].delete(Plain(3, None))) is True
    assert ground.run(lambda ctx: ctx.db[Plain].delete(Plain(3, None))) is False
    assert ground.run(lambda ctx: len(ctx.db[Plain].filter(right="x"))) == 4
    for refused in (
        lambda ctx: ctx.db[Plain].get(1),
        lambda ctx: ctx.db[Plain].delete_by_key(1),
        lambda ctx: ctx.db[Plain].update(Plain(1, None)),
        lambda ctx: ctx.db[Plain].insert(item("no plain one")),
    ):
        with pytest.raises(TypeError):
            ground.run(refused)


def test_a_table_may_change_while_it_is_iterated(ground: Ground) -> None:
    ground.run(fill)

    def halve(ctx: ReducerContext) -> int:
        for row in ctx.db[Item].iter():
            if row.id % 2:
                ctx.db[Item].delete(row)
        return ctx.db[Item].count()

    assert ground.run(halve) == 6


def test_what_fails_is_undone(ground: Ground) -> None:
    ground.run(fill)

    def fails(ctx: ReducerContext) -> None:
        ctx.db[Item].delete_by_key(1)
        ctx.db[Pair].insert(Pair("a", ["x"]))
        raise ReducerError("no")

    with pytest.raises(ReducerError, match="no"):
        ground.run(fails)
    assert ground.run(lambda ctx: (ctx.db[Item].count(), ctx.db[Pair].count())) == (12, 0)


def test_tables_go_by_their_names_and_by_their_rows(ground: Ground) -> None:
    assert ground.run(lambda ctx: ctx.db.pair.insert(Pair("k", ["a", "b"]))) == Pair("k", ["a", "b"])
    assert ground.run(lambda ctx: found(ctx.db[Pair].get("k")).tags) == ["a", "b"]
    with pytest.raises(AttributeError, match="no table 'pears'"):
        ground.run(lambda ctx: ctx.db.pears)
    with pytest.raises(KeyError, match="no table"):
        ground.run(lambda ctx: ctx.db[int])


@given(
    seed=st.integers(-(2**64), 2**64),
    moments=st.lists(st.tuples(st.integers(-5, 5), st.integers(0, 3)), min_size=1, max_size=12),
)
def test_chance_is_the_same_for_the_same_seed_and_moments(seed: int, moments: list[tuple[int, int]]) -> None:
    embedded, hosted = EmbeddedGround(seed), HostedGround(seed)
    drawn = []
    for moment, count in moments:
        embedded.now = hosted.now = moment

        def draw(ctx: ReducerContext, count: int = count) -> list[object]:
            return [(ctx.rng.random(), ctx.rng.randrange(10**6), ctx.new_uuid_v4()) for _ in range(count)]

        numbers = embedded.run(draw)
        assert hosted.run(draw) == numbers
        drawn += numbers
    assert len(set(drawn)) == len(drawn), "no transaction has the chance of another, whenever it was"


def test_chance_is_one_generator_in_a_transaction_and_a_failed_one_has_had_its_own(ground: Ground) -> None:
    first = ground.run(lambda ctx: (ctx.rng is ctx.rng, ctx.rng.random()))
    assert first[0] is True

    def fails(ctx: ReducerContext) -> None:
        raise ReducerError(str(ctx.rng.random()))

    with pytest.raises(ReducerError) as caught:
        ground.run(fails)
    third = ground.run(lambda ctx: (ctx.rng is ctx.rng, ctx.rng.random()))
    assert len({str(first[1]), str(caught.value), str(third[1])}) == 3


def test_what_a_module_says_is_in_the_log_with_level_and_line(ground: Ground) -> None:
    def speak(ctx: ReducerContext) -> None:
        assert isinstance(ctx.logger, logging.Logger)
        ctx.logger.debug("%s for %d", "looked", 3)
        ctx.logger.info("seen")
        ctx.logger.warning("\ud800 has no UTF-8")
        ctx.logger.log(5, "all of it")
        try:
            raise LookupError("lost")
        except LookupError:
            ctx.logger.exception("not found")

    ground.run(speak)
    said = ground.logged()
    assert [level for level, *_ in said] == ["Debug", "Info", "Warn", "Trace", "Error"]
    first = speak.__code__.co_firstlineno
    assert [(file, line - first) for _, file, line, _ in said] == [
        (__file__, offset) for offset in (2, 3, 4, 5, 9)
    ]
    assert [text for *_, text in said[:2]] == ["looked for 3", "seen"]
    assert "has no UTF-8" in said[2][3]
    assert said[4][3].startswith("not found\nTraceback")
    assert said[4][3].endswith("LookupError: lost")


class Unspeakable:
    def __str__(self) -> str:
        raise LookupError("no text")

    __repr__ = __str__


def test_a_line_of_the_log_whose_arguments_do_not_fit_shows_both(
    ground: Ground, capsys: pytest.CaptureFixture[str]
) -> None:
    def speak(ctx: ReducerContext) -> None:
        ctx.logger.info("%d is no number", "seven")
        ctx.logger.warning("%s and %s", "one")
        ctx.logger.error(Unspeakable())
        ctx.logger.info("of %s and %s %s", Unspeakable(), "x" * 10_000)

    ground.run(speak)
    texts = [text for *_, text in ground.logged()]
    assert texts[0] == "'%d is no number' with ('seven',), which do not fit: TypeError"
    assert texts[1] == "'%s and %s' with ('one',), which do not fit: TypeError"
    assert "Unspeakable" in texts[2]
    assert "of %s" in texts[3]
    assert len(texts[3]) < 2_000
    # Nothing but the log has it: no traceback for each line that a module says wrongly.
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("name", "says"),
    [
        (
            "level",
            r"table 'item' has no attribute 'level': rows are looked up by it with find\(level=\.\.\.\)",
        ),
        ("levle", "table 'item' has no attribute 'levle': its columns are .*level"),
    ],
)
def test_a_column_that_is_looked_for_at_its_table_says_the_way(ground: Ground, name: str, says: str) -> None:
    with pytest.raises(AttributeError, match=says):
        ground.run(lambda ctx: getattr(ctx.db[Item], name))
    with pytest.raises(AttributeError):
        ground.run(lambda ctx: getattr(ctx.db[Item], "_nothing"))  # noqa: B009 what is private there is no column


def test_what_is_said_stays_said_where_the_transaction_is_undone(ground: Ground) -> None:
    def fails(ctx: ReducerContext) -> None:
        ctx.logger.info("about to fail")
        raise ReducerError("no")

    with pytest.raises(ReducerError):
        ground.run(fails)
    assert [text for *_, text in ground.logged()] == ["about to fail"]


def test_values_that_the_host_could_not_take_are_named_at_once() -> None:
    with pytest.raises(EncodeError, match="does not fit I32"):
        HostedGround().run(lambda ctx: ctx.db[Item].insert(item("a", level="high")))  # type: ignore[arg-type]


@pytest.mark.parametrize("wrong", [None, "", "one", 2.5, -1, 1 << 70, math.nan, math.inf, b"x"], ids=repr)
def test_what_a_column_cannot_hold_is_found_nowhere(ground: Ground, wrong: Any) -> None:
    ground.run(fill)
    assert ground.run(lambda ctx: ctx.db[Item].get(wrong)) is None
    assert ground.run(lambda ctx: ctx.db[Item].find(id=wrong)) is None
    assert ground.run(lambda ctx: ctx.db[Item].contains(wrong)) is False
    assert ground.run(lambda ctx: ctx.db[Item].delete_by_key(wrong)) is False
    assert ground.run(lambda ctx: ctx.db[Item].filter(level=wrong)) == []
    assert ground.run(lambda ctx: ctx.db[Item].filter(team=wrong, score=0.0)) == []
    assert ground.run(lambda ctx: ctx.db[Item].filter(team=wrong, score=Range(0.0, 9.0))) == []
    assert ground.run(lambda ctx: ctx.db[Item].filter(name=wrong, level=1)) == []
    assert ground.run(lambda ctx: ctx.db[Item].count()) == 12


def test_a_range_may_begin_and_end_beyond_what_its_column_can_hold(ground: Ground) -> None:
    ground.run(fill)
    for bounds in (Range(-(1 << 40), 1 << 40), Range(-1.5, 1e300), Between(-math.inf, math.inf)):
        assert len(ids_of(ground, level=bounds)) == 12
    assert ids_of(ground, level=Range(0.5, 1 << 40)) == [2, 3, 4, 6, 7, 8, 10, 11, 12]


def test_a_number_is_found_by_what_equals_it(ground: Ground) -> None:
    ground.run(fill)
    for three in (3, 3.0):
        assert ids_of(ground, id=three) == [3]
        assert ids_of(ground, level=three) == [4, 8, 12]
    assert ground.run(lambda ctx: found(ctx.db[Item].get(3.0)).id) == 3
    assert ids_of(ground, level=True) == [2, 6, 10]


def test_floats_are_found_and_sorted_as_on_a_server(ground: Ground) -> None:
    """NaN equals itself and comes last, -0.0 is 0.0: by an index, and in a column that has none."""
    values = (0.0, -0.0, math.nan, math.inf, -math.inf, 1.5, math.nan)

    def put(ctx: ReducerContext) -> None:
        for value in values:
            ctx.db[Measure].insert(Measure(id=0, indexed=value, bare=value))

    ground.run(put)
    for column in ("indexed", "bare"):

        def ids(value: object, column: str = column) -> list[int]:
            found: list[int] = ground.run(
                lambda ctx: sorted(row.id for row in ctx.db[Measure].filter(**{column: value}))
            )
            return found

        assert [ids(value) for value in (0.0, -0.0, math.nan, math.inf)] == [[1, 2], [1, 2], [3, 7], [4]]
        assert ids(Range(0.0, None)) == [1, 2, 3, 4, 6, 7]
        assert ids(Range(-0.0, 1.5)) == [1, 2]
        assert ids(Range(math.nan, None)) == [3, 7]
        assert ids(Range(None, math.nan)) == [1, 2, 4, 5, 6]
        assert ids("1.5") == ids(None) == []


def test_what_was_refused_and_undone_leaves_gaps_in_the_numbers_alone(ground: Ground) -> None:
    def refused(ctx: ReducerContext) -> None:
        ctx.db[Item].insert(item("b"))
        with pytest.raises(UniqueConstraintViolation):
            ctx.db[Item].insert(item("a"))
        assert [row.name for row in ctx.db[Item].iter()] == ["a", "b"]
        ctx.db[Item].insert(item(""))
        raise ReducerError("undone")

    ground.run(lambda ctx: ctx.db[Item].insert(item("a")))
    with pytest.raises(ReducerError, match="undone"):
        ground.run(refused)
    assert ground.run(lambda ctx: ctx.db[Item].insert(item("", id=0)).id) == 5
    assert ground.run(lambda ctx: [found(ctx.db[Item].find(name=name)).id for name in ("", "a")]) == [5, 1]
    assert ground.run(lambda ctx: ctx.db[Item].find(name="b")) is None


LOOKED_FOR = (
    st.integers(-3, 14)
    | st.none()
    | st.booleans()
    | st.floats()
    | st.sampled_from(["", "i03", "\0", 1 << 64])
)
BOUND = st.none() | st.integers(-3, 14) | st.floats() | st.sampled_from([-(1 << 70), 1 << 70])
RANGED = st.builds(Range, BOUND, BOUND, st.booleans()) | st.builds(Between, BOUND, BOUND)
QUESTIONS = st.dictionaries(
    st.sampled_from(["id", "level", "team", "score"]), LOOKED_FOR | RANGED, min_size=1
) | st.fixed_dictionaries({"name": LOOKED_FOR}, optional={"level": LOOKED_FOR | RANGED})


@pytest.fixture(scope="module")
def filled() -> list[Ground]:
    grounds: list[Ground] = [EmbeddedGround(), HostedGround()]
    for ground in grounds:
        ground.run(fill)
    return grounds


@given(st.lists(QUESTIONS, min_size=1, max_size=8))
def test_whatever_is_asked_for_both_grounds_find_the_same(
    filled: list[Ground], questions: list[dict[str, Any]]
) -> None:
    for question in questions:
        answers = [ids_of(ground, **question) for ground in filled]
        assert answers[0] == answers[1], question
