"""Parts of the interpreter that a module goes without: how it is told which, and what is left of a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from spacetimedb_sdk.publishing.bundle import Bundle, gather
from spacetimedb_sdk.publishing.compiling import lines_that_compile
from spacetimedb_sdk.publishing.parts import needs


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "own").mkdir()
    (tmp_path / "lib").mkdir()
    monkeypatch.syspath_prepend(tmp_path / "own")
    return tmp_path


def bundle(place: Path, rules: str, library: dict[str, str] | None = None, **more: str) -> Bundle:
    for name, text in {"rules": rules, **more}.items():
        (place / "own" / f"{name}.py").write_text(text)
    for name, text in (library or {}).items():
        (place / "lib" / f"{name}.py").write_text(text)
    return gather("rules", place / "lib", definition=b"", seed=0)


@pytest.mark.parametrize(
    "line",
    [
        "eval(text)",
        "exec(text)",
        "run = compile",
        "__import__(text)",
        "namedtuple('P', 'x y')",
        "collections.namedtuple('P', 'x y')",
        "made('P', ['x'])",
        "ast.literal_eval(text)",
        "typing.get_type_hints(text)",
        "importlib.import_module(text)",
    ],
)
def test_a_line_of_a_function_that_turns_text_into_code_is_found(place: Path, line: str) -> None:
    imports = "import ast, collections, importlib, typing\nfrom collections import namedtuple\nfrom dataclasses import make_dataclass as made\n"
    inside = bundle(place, f"{imports}def f(text):\n    {line}\n")
    assert [(Path(found.file).name, found.line) for found in lines_that_compile(inside)] == [("rules.py", 5)]
    before = bundle(place, f"{imports}text = str\n{line}\n")
    assert lines_that_compile(before) == [], "what runs while the module is loaded has its compiler"


def test_what_only_has_such_a_name_is_none(place: Path) -> None:
    rules = (
        "import re\nfrom dataclasses import dataclass\nfrom own_rules import fields\n"
        "@dataclass\nclass P:\n    x: int = eval('1')\n"
        "def f(evaluate=eval('1')):\n    re.compile('a')\n    evaluate\n    return row.compile, row.fields\n"
    )
    assert lines_that_compile(bundle(place, rules)) == []


def test_all_of_a_file_that_a_function_imports_counts(place: Path) -> None:
    late = "from dataclasses import dataclass\n\n@dataclass\nclass P:\n    x: int\n"
    found = lines_that_compile(bundle(place, "def f():\n    import late\n", late=late))
    assert [(Path(item.file).name, item.line) for item in found] == [("late.py", 3)]
    assert lines_that_compile(bundle(place, "import late\n", late=late)) == []


def test_a_part_is_needed_where_its_module_is_imported_or_named(place: Path) -> None:
    assert not needs(bundle(place, "import math\n"), ["zlib", "_bz2"])
    assert needs(bundle(place, "def f():\n    import zlib\n"), ["zlib", "_bz2"])
    assert needs(bundle(place, "import helper\n", helper="from zlib import crc32\n"), ["zlib"])
    assert needs(
        bundle(place, "import wrapped\n", {"wrapped": "try:\n    import zlib\nexcept ImportError: pass\n"}),
        ["zlib"],
    )
    assert needs(bundle(place, "import sys\ndef f():\n    return load('zlib')\n"), ["zlib"])


def test_who_does_as_well_without_a_module_does_not_keep_it(place: Path) -> None:
    library = {
        "pickle": "try:\n    import _pickle\nexcept ImportError: pass\n",
        "traceback": "def f():\n    import unicodedata\n",
    }
    assert not needs(bundle(place, "import pickle, traceback\n", library), ["_pickle", "unicodedata"])
    assert needs(bundle(place, "import pickle, _pickle\n", library), ["_pickle"])
    assert needs(
        bundle(place, "def f(text):\n    return text.encode('ascii', 'namereplace')\n"), ["unicodedata"]
    )
    assert needs(bundle(place, "NAME = r'\\N{BULLET}'\n"), ["unicodedata"])


def test_the_library_s_own_command_lines_bring_nothing_along(place: Path) -> None:
    library = {
        "tool": '"""As in:\n\n    import documented\n"""\nimport used\ndef work():\n    import late\ndef main():\n    import argparse\n'
        'if __name__ == "__main__":\n    import program\n',
        **dict.fromkeys(("argparse", "documented", "late", "program", "used"), ""),
    }
    found = bundle(place, "import tool\n", library).sources
    assert {"tool", "used", "late"} <= found.keys()
    assert not {"argparse", "documented", "program"} & found.keys()


def test_content_for_an_interpreter_without_compiler_has_the_user_s_sources_alone(place: Path) -> None:
    found = bundle(place, "import tool\nSECRET_OF_RULES = 1\n", {"tool": "SECRET_OF_TOOL = 1\n"})
    content = found.compiled_content(["zlib"], b"RECORDED")
    assert (b"SECRET_OF_RULES" in content, b"SECRET_OF_TOOL" in content) == (True, False)
    assert content.endswith(b"RECORDED")
    assert b"left out" in content
    assert b"SECRET_OF_TOOL" in found.content()
