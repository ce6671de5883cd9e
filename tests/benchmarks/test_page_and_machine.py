"""What surrounds the figures: whether the machine was calm, and the page they are written into."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path
from types import SimpleNamespace

import pytest

from benchmarks import machine, sdk
from benchmarks.machine import CALM, Machine
from benchmarks.page import write_page
from benchmarks.peers.scenarios import CASES, row, transactions
from benchmarks.peers.wire import V1, V2, addressed, answering
from spacetimedb_sdk.protocol.messages import v1, v2

TABLE = [
    ("initial rows", "rows/s", {"ours": 1_000_000.0, "npm": 500_000.0}),
    ("a call", "us", {"ours": 0.5, "npm": 2.0}),
]


def worked(
    monkeypatch: pytest.MonkeyPatch, *, everything: float | None, own: float, pace: float = 1.0
) -> tuple[bool, str]:
    """The verdict of ten seconds in which all cores did so much work, and this process so much of it."""
    moments = iter([100.0, 110.0])
    busy = iter([50.0, None if everything is None else 50.0 + everything])
    ours = iter([7.0, 7.0 + own])
    # Its own clock alone: threads of the process go on by the real one.
    monkeypatch.setattr(machine, "time", SimpleNamespace(monotonic=lambda: next(moments)))
    monkeypatch.setattr(machine, "_busy_seconds", lambda: next(busy))
    monkeypatch.setattr(machine, "_own_seconds", lambda: next(ours))
    return Machine().verdict(pace)


def test_a_machine_is_calm_where_others_do_next_to_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    is_calm, said = worked(monkeypatch, everything=10.5, own=10.0)
    assert is_calm
    assert said.startswith("others kept 0.05 of")


def test_a_slower_machine_is_said_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    is_calm, said = worked(monkeypatch, everything=10.5, own=10.0, pace=1.5)
    assert is_calm
    assert said.startswith("bare Python takes 1.50 times as long here")
    assert "0.05 of" in said


def test_what_others_do_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    is_calm, said = worked(monkeypatch, everything=20.0, own=10.0)
    assert not is_calm
    assert "1.00 of" in said
    assert f"{CALM:g}" in said


def test_a_system_that_does_not_say_is_not_calm(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not worked(monkeypatch, everything=None, own=1.0)[0]


@pytest.mark.parametrize(("is_calm", "code"), [(True, 1), (False, 0)])
def test_a_missed_goal_fails_on_a_calm_machine_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], is_calm: bool, code: int
) -> None:
    monkeypatch.setattr(sdk, "measured", lambda line, clients, runs: {"ours": 1e9})
    monkeypatch.setattr(sdk, "pace", lambda runs: 1.0)
    monkeypatch.setattr(Machine, "verdict", lambda self, pace: (is_calm, "so it was"))
    monkeypatch.setattr("sys.argv", ["sdk.py", "--against", "floor", "--", "one row"])
    assert sdk.main() == code
    assert "MISSED" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("pace", "limit", "is_missed"), [(1.0, "goal <= 16.6", True), (2.0, "goal <= 20.2", False)]
)
def test_a_slower_machine_has_longer_limits_but_for_what_is_the_same_on_any(
    pace: float, limit: str, is_missed: bool
) -> None:
    line = sdk.Line("a frame", "ms", "frame", "frame_one", limit=16.6, fixed=13.0)
    said = sdk.verdict(line, {"ours": 18.0}, pace)
    assert said.startswith(limit)
    assert ("MISSED" in said) == is_missed


@pytest.mark.parametrize(("rows", "pace"), [(100_000 / 0.108, 2.0), (100_000 / 0.027, 1.0)])
def test_the_pace_of_a_machine_is_what_bare_python_takes_there(
    monkeypatch: pytest.MonkeyPatch, rows: float, pace: float
) -> None:
    monkeypatch.setattr(sdk, "run", lambda client, measure, case: rows)
    assert sdk.pace(3) == pytest.approx(pace)


def test_the_page_gets_the_table_and_a_plot(tmp_path: Path) -> None:
    page = tmp_path / "performance.md"
    page.write_text("before\n<!-- table: begin -->\nold\n<!-- table: end -->\nafter\n")
    write_page(page, TABLE, "all was calm")
    text = page.read_text()
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert "| initial rows | rows/s | 1,000,000 | 500,000 |" in text
    assert "| a call | us | 0.50 | 2.00 |" in text
    assert "all was calm" in text
    assert "old" not in text
    plot = ET.parse(tmp_path / "performance.svg").getroot()
    assert [element.text for element in plot.iter() if "rows/s" in (element.text or "")] == [
        "1,000,000 rows/s",
        "500,000 rows/s",
    ]


def test_a_page_without_a_place_is_refused(tmp_path: Path) -> None:
    page = tmp_path / "performance.md"
    page.write_text("nothing")
    with pytest.raises(ValueError, match="no place"):
        write_page(page, TABLE, "")


def test_answers_carry_the_ids_that_were_asked_with() -> None:
    case = CASES["call"]
    rows = [row(case, number, 0) for number in range(case.rows)]
    deletes, inserts = next(transactions(case))
    asked = v2.CLIENT_MESSAGE.encode(v2.Subscribe(41, v2.QuerySetId(42), ["SELECT * FROM flat"]))
    wire = V2()
    ids = wire.subscription(asked)
    applied = v2.SERVER_MESSAGE.decode(addressed(wire.applied(case, rows), *ids)[1:])
    assert (applied.request_id, applied.query_set_id.id) == (41, 42)
    answer = answering(addressed(wire.transaction(case, deletes, inserts), *ids), 43)
    result = v2.SERVER_MESSAGE.decode(answer[1:])
    assert result.request_id == 43
    assert result.result.value.transaction_update.query_sets[0].query_set_id.id == 42
    old = V1()
    ids = old.subscription(v1.CLIENT_MESSAGE.encode(v1.Subscribe(["SELECT * FROM flat"], 44)))
    assert v1.SERVER_MESSAGE.decode(addressed(old.applied(case, rows), *ids)[1:]).request_id == 44
