"""What bare Python needs for a transaction with an SDK's duties."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

from benchmarks.peers.duties import DUTIES, Bare, Caller, Sdk, answered_call, call, measure


@pytest.fixture
def port() -> Iterator[str]:
    command = [sys.executable, "-m", "benchmarks.peers.source", "v1", "call"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as source:
        assert source.stdout is not None
        yield source.stdout.readline().strip()
        source.kill()


@pytest.mark.parametrize("kind", ["none", "duties", "sdk"])
def test_each_call_is_answered_by_a_server_and_where_its_answer_is_there_before_it(
    port: str, kind: str
) -> None:
    caller: Caller = Sdk(port) if kind == "sdk" else Bare(port, with_duties=kind == "duties")
    try:
        assert call(caller) > 0
        assert answered_call(caller) > 0
    finally:
        caller.close()


def test_bare_python_with_every_duty_calls_back_for_each_row() -> None:
    command = [sys.executable, "-m", "benchmarks.peers.source", "v1", "single"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as source:
        assert source.stdout is not None
        assert measure(source.stdout.readline().strip(), len(DUTIES)) > 0
        source.kill()
