"""What `bots` shows: lines where nobody looks, a table that stays in its place where somebody does."""

from __future__ import annotations

import io

from game.bots.figures import Second
from game.launcher.swarm_view import table_of, viewer


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def second(number: int, *leaders: tuple[str, int]) -> Second:
    return Second(
        number=number,
        playing=len(leaders),
        mass=sum(mass for _, mass in leaders),
        leaders=leaders,
        calls=40,
        answers=39,
        errors=1,
        latencies=(1.0, 2.0),
    )


def test_a_pipe_gets_one_plain_line_a_second() -> None:
    out = io.StringIO()
    show = viewer(out)
    show(second(1, ("Nova", 20)))
    show(second(2))
    first, last = out.getvalue().splitlines()
    assert first.startswith("1 s  1 bots  mass 20  heaviest 20  40 calls  39 answers  1 failed  p50 2.0 ms")
    assert last.startswith("2 s  0 bots")
    assert "\x1b" not in out.getvalue()


def test_a_terminal_gets_a_table_drawn_over_the_last_one() -> None:
    out = Terminal()
    show = viewer(out)
    show(second(1, ("Nova", 20), ("Ceres", 10)))
    before = len(table_of(second(1, ("Nova", 20), ("Ceres", 10))))
    assert out.getvalue().count("\n") == before == 4
    out.truncate(0)
    show(second(2, ("Nova", 40)))
    assert f"\x1b[{before}A" in out.getvalue()
    assert "Ceres" not in out.getvalue()


def test_bars_show_who_is_heavier() -> None:
    rows = table_of(second(1, ("Nova", 30), ("Ceres", 10)))[2:]
    assert [row.count("#") for row in rows] == [30, 10]
