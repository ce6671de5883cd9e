"""Whether the accelerator is used: where it is installed and fits, unless the program or the environment leaves it out."""

from __future__ import annotations

import struct
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest

import spacetimedb_sdk
from spacetimedb_sdk.sats.bsatn import accelerated
from spacetimedb_sdk.sats.bsatn.codec import CodecSpace
from spacetimedb_sdk.sats.bsatn.row_plan import PLAN_VERSION
from tests.places import ROOT
from tests.sats.bsatn.test_bsatn import BOUND, Entity, Point

needs_it = pytest.mark.accelerator


def nothing(data: bytes) -> Any:
    """What reads in the place of the accelerator where that cannot."""


@pytest.fixture
def looked_for_anew() -> Iterator[None]:
    accelerated._module.cache_clear()
    yield
    accelerated._module.cache_clear()


class Fake:
    """Stands for a module that is installed."""

    PLAN_VERSION = PLAN_VERSION

    def enable(self, is_enabled: bool) -> None:
        self.is_enabled = is_enabled


@needs_it
def test_the_switch_works_at_once_for_codecs_that_are_there() -> None:
    codec = BOUND.row_codec(4, Entity)
    data = codec.encode(Entity(1, Point(0, 0), 2))
    reader: Any = codec._decode_rows
    left: list[bytes] = []
    switched = type(reader)(reader.plan, lambda data, start, end: left.append(data))
    assert accelerated.use(False) is False
    try:
        switched(data, 0, len(data))
        assert left == [data]
        assert codec.decode_rows(data) == [Entity(1, Point(0, 0), 2)]
    finally:
        assert accelerated.use(True) is True
    switched(data, 0, len(data))
    assert left == [data]


@pytest.mark.usefixtures("looked_for_anew")
@pytest.mark.parametrize("word", ["off", "OFF", "0", "no", "false"])
def test_the_environment_leaves_it_out(monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    monkeypatch.setitem(sys.modules, "spacetimedb_accelerator", Fake())
    monkeypatch.setenv(accelerated.VARIABLE, word)
    assert not accelerated.is_used()
    assert accelerated.use(True) is False
    assert accelerated.accelerated(lambda compiled: nothing, nothing) is nothing


@pytest.mark.usefixtures("looked_for_anew")
def test_one_of_another_version_is_refused_and_said_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    fake = Fake()
    fake.PLAN_VERSION = PLAN_VERSION + 1
    monkeypatch.delenv(accelerated.VARIABLE, raising=False)
    monkeypatch.setitem(sys.modules, "spacetimedb_accelerator", fake)
    codec = CodecSpace(BOUND.typespace, {0: Point}).row_codec(0, Point)
    assert codec.decode_rows(struct.pack("<ff", 1, 2)) == [Point(1, 2)]
    assert not accelerated.is_used()
    (record,) = caplog.records
    assert record.levelname == "WARNING"
    assert f"plans of version {PLAN_VERSION + 1}, this SDK writes {PLAN_VERSION}" in record.getMessage()
    assert "pip install ./accelerator" in record.getMessage()


@pytest.mark.usefixtures("looked_for_anew")
def test_one_that_is_broken_is_said_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delenv(accelerated.VARIABLE, raising=False)
    monkeypatch.setitem(sys.modules, "spacetimedb_accelerator", object())
    assert not accelerated.is_used()
    assert not accelerated.is_used()
    (record,) = caplog.records
    assert "cannot be used" in record.getMessage()


@pytest.mark.usefixtures("looked_for_anew")
def test_where_there_is_none_nothing_is_said(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(sys.modules, "spacetimedb_accelerator", None)
    assert not accelerated.is_used()
    assert accelerated.accelerated(lambda compiled: nothing, nothing) is nothing
    assert caplog.records == []


def test_importing_the_sdk_does_not_look_for_it() -> None:
    program = (
        "import sys, spacetimedb_sdk.spacetimedb_client; print('spacetimedb_accelerator' in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "False"


@needs_it
def test_the_one_of_this_checkout_fits() -> None:
    assert import_module("spacetimedb_accelerator").PLAN_VERSION == PLAN_VERSION


def test_it_has_the_version_of_the_sdk() -> None:
    for settings in ROOT.glob("accelerator/pyproject.toml"):  # which stands beside a checkout's SDK alone
        project = tomllib.loads(settings.read_text(encoding="utf-8"))["project"]
        assert project["version"] == spacetimedb_sdk.__version__
