"""A disk that takes no more: a real limit of the system on what the server may write, seen by HTTP and by WebSocket."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import pytest
from pytest_mock import MockerFixture

from spacetimedb_sdk.standalone import Database
from spacetimedb_sdk.standalone.errors import StorageError
from spacetimedb_sdk.standalone.storage.commit_log import Storage
from tests.places import ROOT
from tests.plugins.waiting import PATIENCE
from tests.standalone.storage.kill_module import Entry, module
from tests.standalone.storage.test_kill import HttpWriter, Writer

MAX_BYTES = 600_000
MODULE = "tests.standalone.storage.kill_module"


def limited(data_dir: Path) -> subprocess.Popen[str]:
    """A server none of whose files may be longer than `MAX_BYTES`."""
    command = [sys.executable, "-m", "spacetimedb_sdk.standalone", "--module", MODULE]
    options = ["--listen", "127.0.0.1:0", "--data-dir", str(data_dir), "--owner-token", f"{data_dir}.token"]
    return subprocess.Popen(
        [*command, *options],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (MAX_BYTES, MAX_BYTES)),
    )


def numbers(data_dir: Path) -> list[int]:
    storage = Storage(data_dir / "kill.sqlite")
    try:
        return sorted(row.number for row in Database(module, clock=lambda: 0, storage=storage).rows(Entry))
    finally:
        storage.close()


@pytest.mark.parametrize("route", ["call", "procedure", "websocket"])
def test_what_a_full_disk_does_not_take_is_not_confirmed(tmp_path: Path, route: str) -> None:
    data_dir = tmp_path / "data"
    with limited(data_dir) as process:
        assert process.stdout is not None
        url = process.stdout.readline().split()[1]
        writer: Writer | HttpWriter
        if route == "websocket":
            writer = Writer(url, 0, 0)
        else:
            writer = HttpWriter(url, Path(f"{data_dir}.token").read_text(), route, 0)
        writer.start()
        writer.join(2 * PATIENCE)
        assert not writer.is_alive()
        if isinstance(writer, Writer):
            writer.socket.shutdown()  # type: ignore[no-untyped-call]
        _, said = process.communicate(timeout=2 * PATIENCE)
        assert process.returncode == 1
        assert "kill.sqlite cannot be used" in said.splitlines()[-1]
        assert "Traceback" not in said
    assert writer.confirmed > 0
    kept = numbers(data_dir)
    assert kept[-1] >= writer.confirmed
    assert kept == list(range(kept[0], kept[-1] + 1))


def test_a_disk_that_may_only_be_read_is_one_sentence(tmp_path: Path, mocker: MockerFixture) -> None:
    mocker.patch("os.open", side_effect=OSError(30, "Read-only file system"))
    with pytest.raises(
        StorageError, match=r"one.sqlite cannot be used \(Read-only file system\): give another"
    ):
        Storage(tmp_path / "one.sqlite")
