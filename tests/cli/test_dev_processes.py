"""The server that `dev` starts, and a module that keeps it from answering."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from spacetimedb_sdk.cli import main
from spacetimedb_sdk.cli.project import dev_processes
from spacetimedb_sdk.cli.project.dev import Dev
from spacetimedb_sdk.cli.project.dev_processes import ServerProcess
from spacetimedb_sdk.cli.project.dev_server import ServeOptions
from spacetimedb_sdk.cli.project.dev_settings import DevSettings
from tests.places import ROOT

MODULE = "from spacetimedb_sdk.module import Module\nmodule = Module('mine')\n"


@pytest.fixture
def options(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ServeOptions:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("HOME", str(tmp_path))
    return ServeOptions("mine", None, "127.0.0.1:0", None, None)


@pytest.mark.parametrize("endless", ["while True: pass", "import time; time.sleep(3600)", "input()"])
def test_a_module_that_is_never_loaded_is_told_of(
    options: ServeOptions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, endless: str
) -> None:
    (tmp_path / "mine.py").write_text(f"{MODULE}{endless}\n")
    monkeypatch.setattr(dev_processes, "_ANSWER_SECONDS", 1.0)
    server = ServerProcess(options)
    answer = server.answer()
    assert answer.kind == "failed"
    assert "was not loaded within 1 s" in answer.text
    assert server.has_ended()
    server.close()


def test_a_machine_with_much_else_to_do_has_all_the_time_it_needs(
    options: ServeOptions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    began = time.monotonic()
    (tmp_path / "mine.py").write_text(f"{MODULE}import time; time.sleep(2.5)\n")
    monkeypatch.setattr(dev_processes, "_ANSWER_SECONDS", 0.5)
    # As if the process had a hundredth of a processor.
    monkeypatch.setattr(dev_processes, "kept_waiting", lambda pid: (time.monotonic() - began) * 0.99)
    server = ServerProcess(options)
    assert server.answer().kind == "ready"
    server.close()


def test_one_that_is_never_loaded_again_ends_the_server(
    options: ServeOptions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine.py").write_text(MODULE)
    server = ServerProcess(options)
    assert server.answer().kind == "ready"
    (tmp_path / "mine.py").write_text(f"{MODULE}while True: pass\n")
    monkeypatch.setattr(dev_processes, "_ANSWER_SECONDS", 1.0)
    assert server.reload().kind == "failed"
    assert server.has_ended()
    server.close()


def test_one_that_ends_the_process_is_told_of(options: ServeOptions, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(f"{MODULE}import os; os._exit(4)\n")
    server = ServerProcess(options)
    assert (answer := server.answer()).kind == "unable"
    assert "code 4" in answer.text
    server.close()
    server.close()


def looped(folder: Path) -> Path:
    (folder / "one").symlink_to("other")
    (folder / "other").symlink_to("one")
    return folder / "one"


@pytest.mark.parametrize("command", ["init", "vendor"])
@pytest.mark.parametrize("inside", ["", "inside"])
def test_a_loop_of_links_is_refused_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str, inside: str
) -> None:
    assert main([command, str(looped(tmp_path) / inside)]) == 1
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_loop_of_links_among_the_changed_files_is_passed_over(
    options: ServeOptions, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine.py").write_text(MODULE)
    settings = DevSettings("mine", None, None, (), "127.0.0.1:0", None)
    with Dev(settings, lambda: settings) as dev:
        dev.changed([])  # which starts the server
        dev.changed([str(looped(tmp_path)), str(tmp_path / "mine.py")])
    assert capsys.readouterr().out.splitlines()[1:] == ["reloaded mine"]
