"""`run_game.py` without a word."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import TYPE_CHECKING

from tests.plugins.waiting import until

if TYPE_CHECKING:
    from tests.e2e.conftest import Start


def test_without_a_word_the_title_opens_and_ends_properly(start: Start, tmp_path: Path) -> None:
    settings = tmp_path / "config" / "settings.json"
    settings.write_text("{broken")
    program = start()
    until(lambda: not settings.exists() or program.process.poll() is not None)
    assert not settings.exists(), program.errors
    assert (tmp_path / "config" / "settings-broken-1.json").read_text() == "{broken"
    program.process.send_signal(signal.SIGTERM)
    assert program.end() == 0, program.errors
    assert program.errors == []
