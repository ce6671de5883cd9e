"""The files of a module that are looked at, and loaded again: its package's, or those beside it that it uses."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from spacetimedb_sdk.module import Module
from spacetimedb_sdk.standalone.module_files import ModuleFiles, load_module

MAIN = """
import json
from far import FAR
import words
from spacetimedb_sdk.module import Module, ReducerContext

module = Module("solo")
said = words.word() + FAR

@module.reducer
def nothing(ctx: ReducerContext) -> None: ...
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    for name in ("solo_rules", "words", "far", "deeper"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    write(tmp_path, "solo_rules", MAIN)
    write(tmp_path, "words", "from deeper import DEEP\ndef word() -> str:\n    return 'first ' + DEEP\n")
    write(tmp_path, "far", "from pathlib import Path\nFAR = 'away'\n")
    write(tmp_path, "deeper", "DEEP = 'deep '\n")
    return tmp_path


def write(folder: Path, name: str, text: str) -> None:
    (folder / f"{name}.py").write_text(text)


def said(module: Module) -> str:
    text: str = sys.modules["solo_rules"].said
    assert module is sys.modules["solo_rules"].module
    return text


def test_helpers_beside_a_top_level_module_are_loaded_again(folder: Path) -> None:
    assert said(load_module("solo_rules")) == "first deep away"
    files = ModuleFiles("solo_rules")
    assert not files.changed()
    write(folder, "words", "from deeper import DEEP\ndef word() -> str:\n    return 'second ' + DEEP\n")
    assert files.changed()
    assert said(files.load_again()) == "second deep away"
    write(folder, "deeper", "DEEP = 'deeper still '\n")
    assert files.changed()
    assert said(files.load_again()) == "second deeper still away"
    library = sys.modules["json"]
    assert files.load_again() is sys.modules["solo_rules"].module
    assert sys.modules["json"] is library


def test_a_helper_that_is_broken_leaves_the_ones_before(folder: Path) -> None:
    load_module("solo_rules")
    files = ModuleFiles("solo_rules")
    before = sys.modules["words"]
    write(folder, "words", "def half(:\n")
    assert files.changed()
    with pytest.raises(Exception, match="cannot be imported: SyntaxError"):
        files.load_again()
    assert sys.modules["words"] is before


@pytest.mark.parametrize("path", ["solo_rules.py", "./solo_rules.py", "solo_rules/", ".\\solo_rules.py"])
def test_a_path_is_told_from_a_name(folder: Path, path: str) -> None:
    with pytest.raises(Exception, match=r"takes a dotted name, .*: --module solo_rules$"):
        load_module(path)
