"""What bare Python needs for a transaction with an SDK's duties."""

from __future__ import annotations

import subprocess
import sys

from benchmarks.peers.duties import DUTIES, measure


def test_bare_python_with_every_duty_calls_back_for_each_row() -> None:
    command = [sys.executable, "-m", "benchmarks.peers.source", "v1", "single"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as source:
        assert source.stdout is not None
        assert measure(source.stdout.readline().strip(), len(DUTIES)) > 0
        source.kill()
