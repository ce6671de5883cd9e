"""Bundles: the sources a module needs, and what of them will not work inside a database."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from spacetimedb_sdk.errors import ModuleError
from spacetimedb_sdk.publishing.bundle import Bundle, _home, gather
from spacetimedb_sdk.publishing.check import check
from spacetimedb_sdk.publishing.imports import Source, imports_of

BUILTIN = {"sys", "math", "time", "os", "_stdb", "builtins"}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that modules are found in first, and a library of one module."""
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "textwrap.py").write_text("import math\n")
    (tmp_path / "own").mkdir()
    monkeypatch.syspath_prepend(tmp_path / "own")
    return tmp_path


def write(place: Path, **files: str) -> None:
    for name, text in files.items():
        path = place / "own" / (name.replace("__in__", "/") + ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def bundle(place: Path, module: str = "rules") -> Bundle:
    return gather(module, place / "lib", definition=b"\1\2", seed=4)


def test_a_module_takes_along_what_it_imports_wherever_it_does(place: Path) -> None:
    write(
        place,
        rules="from spacetimedb_sdk.module import Module\nimport helper\ndef f():\n    import late, textwrap\n",
        helper="from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import never\nelse:\n    import sometimes\n",
        late="",
        never="",
        sometimes="",
        unasked="",
    )
    found = bundle(place)
    assert {source.name for source in found.own} == {"rules", "helper", "late", "sometimes"}
    assert found.sources["textwrap"].path == place / "lib" / "textwrap.py"
    assert "spacetimedb_sdk.module.module" in found.sources
    assert "spacetimedb_sdk.spacetimedb_client" not in found.sources


def test_a_folder_without_a_file_of_its_own_is_a_package(place: Path) -> None:
    write(place, attic__in__rules__in__main="from . import more\n", attic__in__rules__in__more="")
    content = bundle(place, "attic.rules.main").content()
    for file in (b"attic/__init__.py", b"attic/rules/__init__.py", b"attic/rules/more.py"):
        assert len(file).to_bytes(4, "little") + file + bytes(4) in content


def test_encodings_that_a_text_names_come_along(place: Path) -> None:
    for name in (
        "encodings/__init__",
        "encodings/utf_16_le",
        "encodings/cp1252",
        "encodings/latin_1",
        "_pycodecs",
    ):
        path = place / "lib" / f"{name}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text("")
    taken = {"_pycodecs", "encodings", "encodings.utf_16_le", "encodings.cp1252"}
    write(place, rules="print('latin-1', 'utf-8', 'no encoding', 'cp437')\n")
    assert not taken & set(bundle(place).sources), "those of every interpreter, and what is no encoding"
    write(place, rules="import more\nTEXT = b'a'.decode('UTF-16LE')\n", more="NAME = 'windows-1252'\n")
    assert taken <= set(bundle(place).sources)


def test_packages_come_with_what_is_above_them(place: Path) -> None:
    write(
        place,
        mygame__in__rules="from . import shapes\n",
        mygame__in__shapes="",
        mygame__in____init__="import late\n",
        late="",
    )
    assert {source.name for source in bundle(place, "mygame.rules").own} == {
        "mygame", "mygame.rules", "mygame.shapes", "late",
    }  # fmt: skip


def test_the_content_begins_with_the_boot_and_holds_each_file(place: Path) -> None:
    write(place, rules="ANSWER = 42\n")
    content = bundle(place).content()
    size = int.from_bytes(content[:4], "little")
    compile(content[4 : 4 + size], "boot.py", "exec")
    files = {}
    at = 4 + size
    while at < len(content):
        length = int.from_bytes(content[at : at + 4], "little")
        name = content[at + 4 : at + 4 + length].decode()
        at += 4 + length
        length = int.from_bytes(content[at : at + 4], "little")
        files[name] = content[at + 4 : at + 4 + length]
        at += 4 + length
    assert files["rules.py"] == b"ANSWER = 42\n"
    assert (files["module"], files["definition"], files["seed"]) == (b"rules", b"\1\2", b"4")
    assert b"import" not in files["spacetimedb_sdk/__init__.py"], "the clients stay outside"


def test_lines_that_will_not_work_are_named(place: Path) -> None:
    write(
        place,
        rules=(
            "import math\nimport socket\nimport numpy\nfrom helper import read\n"
            "try:\n    import ujson\nexcept ImportError:\n    ujson = None\n"
        ),
        helper="import time as clock\ndef read():\n    clock.sleep(1)\n    return open('x')\nasync def wait(): ...\n",
    )
    found = [
        f"{Path(item.file).name}:{item.line} {item.reason.split(':')[0]}"
        for item in check(bundle(place), BUILTIN)
    ]
    assert sorted(found) == [
        "helper.py:3 time.sleep will not work",
        "helper.py:4 open will not work",
        "helper.py:5 wait is a coroutine",
        "rules.py:2 socket cannot be imported inside a database",
        "rules.py:3 numpy cannot be imported inside a database",
    ]


def test_a_method_called_open_is_the_module_s_own(place: Path) -> None:
    write(place, rules="class Door:\n    def open(self): ...\nDoor().open()\n")
    assert check(bundle(place), BUILTIN) == []


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("from time import sleep as rest\nrest(1)", "time.sleep"),
        ("from threading import Thread\nThread(target=print)", "threading.Thread"),
        ("import threading\nclass Worker(threading.Thread): ...", "threading.Thread"),
        ("import os\nos.listdir()", "os.listdir"),
        ("import os.path\nos.path.exists('x')", "os.path.exists"),
        ("from os import remove\nremove('x')", "os.remove"),
        ("import sys\nsys.stdin.readline()", "sys.stdin"),
        ("import sys\nsys.exit()", "sys.exit"),
        ("exit()", "exit"),
        ("import random\nrandom.choice('ab')", "random.choice"),
        ("import uuid\nuuid.uuid4()", "uuid.uuid4"),
        ("import secrets\nsecrets.token_hex()", "secrets.token_hex"),
        ("import io\nio.open('x')", "io.open"),
        ("from glob import glob\nglob('*')", "glob.glob"),
        ("import argparse\nargparse.ArgumentParser()", "argparse.ArgumentParser"),
        ("from pathlib import Path\nPath('x').read_text()", "read_text() of a path"),
    ],
)
def test_what_asks_the_system_is_named_however_it_is_imported(place: Path, line: str, named: str) -> None:
    write(place, rules=line + "\n")
    found = [item.reason for item in check(bundle(place), {*BUILTIN, "os.path", *_IMPORTED})]
    assert [reason.partition(" will not work")[0] for reason in found] == [named]


_IMPORTED = {"argparse", "glob", "threading", "random", "uuid", "secrets", "io", "pathlib"}


@pytest.mark.parametrize(
    "line",
    [
        "import random\nrandom.Random(5).choice('ab')",
        "import os\nos.path.join('a', os.sep)",
        "import os\nos.environ.get('HOME')",
        "import threading\nlock = threading.Lock()",
        "def open(door): ...\nopen(1)",
        "def f(input): return input\nf(1)",
        "from helper import open\nopen(1)",
        "import sys\nif __name__ == '__main__':\n    import socket\n    print(open(sys.argv[1]).read())",
        "from pathlib import PurePosixPath\nPurePosixPath('a.b').suffix",
        "import datetime, time\ndatetime.datetime.now(), time.time()",
        "from pathlib import PurePosixPath\nprint.touch()",
        "import pathlib\nclass Enemy:\n    def touch(self): ...\nEnemy().touch()",
        "def f():\n    def open(x): ...\n    open(1)",
        "try: ...\nexcept KeyError as exit:\n    exit(1)",
        "match 1:\n    case input:\n        input()",
        "match [1]:\n    case [*quit]:\n        quit()",
        "import secrets\nsecrets.compare_digest('a', 'b')",
        "import os\nos.curdir, os.fsencode('a'), os.name",
    ],
)
def test_what_works_is_not_named(place: Path, line: str) -> None:
    write(place, rules=line + "\n", helper="open = print\n")
    assert check(bundle(place), {*BUILTIN, *_IMPORTED, "os.path", "datetime"}) == []


_MAIN = "if __name__ == '__main__':\n    main()\n"


@pytest.mark.parametrize(
    "text",
    [
        "import sys\nif '__main__' == __name__:\n    sys.exit(1)",
        "import sys\nDEBUG = True\nif __name__ == '__main__' and DEBUG:\n    sys.exit(1)",
        "import sys\nif __name__ != '__main__':\n    pass\nelse:\n    import socket\n    sys.exit(1)",
        "import sys\nif not (__name__ != '__main__'):\n    sys.exit(1)",
        "import sys\ndef start():\n    if __name__ == '__main__':\n        sys.exit(1)\nstart()",
        f"import sys\ndef main():\n    sys.exit(1)\n{_MAIN}",
        f"import sys\ndef main(again=False):\n    import socket\n    main(open('x'))\n    sys.exit(1)\n{_MAIN}",
        f"def read():\n    return open('x')\ndef main():\n    read()\n{_MAIN}",
        f"async def wait(): ...\nclass Shell:\n    def run(self): input()\ndef main():\n    wait(), Shell()\n{_MAIN}",
        "import io\ndef f(file: 'io.FileIO', other: io.FileIO) -> io.FileIO:\n    held: io.FileIO = file\n",
    ],
)
def test_what_only_the_file_as_a_program_runs_may_use_everything(place: Path, text: str) -> None:
    write(place, rules=text + "\n")
    assert check(bundle(place), {*BUILTIN, *_IMPORTED}) == []


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("import sys\nif __name__ == '__main__':\n    pass\nelse:\n    sys.exit(1)", 5),
        ("import sys\nDEBUG = True\nif __name__ == '__main__' or DEBUG:\n    sys.exit(1)", 4),
        ("import sys\nif __name__ == 'rules':\n    sys.exit(1)", 3),
        (f"def read():\n    return open('x')\ndef main():\n    read()\nread()\n{_MAIN}", 2),
        (f"def main():\n    return open('x')\n__all__ = ['main']\n{_MAIN}", 2),
        (f"def mark(f): return f\n@mark\ndef main():\n    return open('x')\n{_MAIN}", 4),
        (f"import helper\ndef main():\n    return open('x')\n{_MAIN}", 3),
        ("def never_named():\n    return open('x')", 2),
        ("import sys\nMORE = 1 if __name__ == '__main__' else sys.exit(1)", 2),
    ],
)
def test_what_more_than_the_program_may_run_is_named(place: Path, text: str, line: int) -> None:
    write(place, rules=text + "\n", helper="import rules\ndef start():\n    rules.main()\n")
    assert [found.line for found in check(bundle(place), BUILTIN)] == [line]


def test_a_package_that_needs_what_is_not_there_is_named_where_it_is_imported(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (place / "pip").mkdir()
    monkeypatch.setattr("sys.path", [sys.path[0], str(place / "pip"), *sys.path[1:]])
    packages = {
        "compiled": "from compiled._speed import fast\n",
        "through": "import math\nimport compiled\n",
        "pure": "import circle\ntry:\n    import _fast\nexcept ImportError: ...\ndef f():\n    import socket\n",
        "circle": "import pure\n",
    }
    for name, text in packages.items():
        (place / "pip" / f"{name}.py").write_text(text)
    write(place, rules="import pure\nimport through\n")
    (found,) = check(bundle(place), BUILTIN)
    assert (found.line, found.reason.partition(",")[0]) == (
        2,
        "through cannot be imported inside a database: it needs compiled._speed",
    )


def test_relative_imports_are_told_from_the_place_they_stand_in(tmp_path: Path) -> None:
    source = Source("a.b.c", tmp_path / "c.py")
    source.path.write_text("from . import x\nfrom ..y import z\nfrom .... import q\n")
    names = [item.name for item in imports_of(source)]
    assert names == ["a.b", "a.b.x", "a.y", "a.y.z"]


@pytest.mark.parametrize(
    "data",
    [
        b"# -*- coding: latin-1 -*-\nNAME = '\xe9'\nimport helper\n",
        b"\xef\xbb\xbfNAME = '\xc3\xa9'\nimport helper\n",
        b"\xef\xbb\xbf# coding: utf-8\r\nimport helper\r\n",
        b"# vim: set fileencoding=cp1252 :\nNAME = '\x80'\nimport helper\n",
    ],
    ids=["latin-1", "mark", "mark and lines of Windows", "cp1252"],
)
def test_a_source_is_read_in_the_encoding_that_it_names(place: Path, data: bytes) -> None:
    write(place, helper="")
    (place / "own" / "rules.py").write_bytes(data)
    found = bundle(place)
    assert {source.name for source in found.own} == {"rules", "helper"}
    assert check(found, BUILTIN) == []
    assert data in found.content()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"NAME = '\xe9'\n", "it cannot be read: "),
        (b"# coding: klingon\n", "it cannot be read: unknown encoding"),
        (b"import os\nprint 'python 2'\n", "it is no Python: Missing parentheses"),
        (b"\0", "it is no Python: "),
        (b"a = " + b"(" * 50_000 + b")" * 50_000, "it is no Python: "),
    ],
    ids=["no UTF-8", "no encoding", "Python 2", "binary", "brackets"],
)
def test_what_is_no_python_is_told_with_its_file(place: Path, data: bytes, said: str) -> None:
    write(place, rules="def f():\n    try:\n        import odd\n    except ImportError:\n        pass\n")
    (place / "own" / "odd.py").write_bytes(data)
    with pytest.raises(ModuleError) as refused:
        bundle(place)
    assert str(refused.value).startswith(str(place / "own" / "odd.py"))
    assert said in str(refused.value)
    assert ":None:" not in str(refused.value)


def test_nothing_of_this_interpreter_s_own_library_is_taken(place: Path) -> None:
    write(place, rules="import json, decimal\n")
    assert not any(
        source.path.is_relative_to(Path(sys.base_prefix) / "lib") for source in bundle(place).sources.values()
    )


def test_the_interpreter_s_library_may_be_newer_python(place: Path) -> None:
    (place / "lib" / "newer.py").write_text(
        "import textwrap\nfrom sub import (\n    one,\n    two as three,\n)\nx = f'{f('y', 'z')}'\n"
    )
    (place / "lib" / "sub").mkdir()
    for name in ("__init__", "one", "two"):
        (place / "lib" / "sub" / f"{name}.py").write_text("")
    write(place, rules="import newer\n")
    assert {"newer", "textwrap", "sub", "sub.one", "sub.two"} <= bundle(place).sources.keys()


def test_a_module_elsewhere_than_one_works_is_the_maker_s_own_with_what_lies_beside_it(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(place, here="")
    for folder in ("src", "venv__in__site-packages"):
        (place / folder.replace("__in__", "/")).mkdir(parents=True)
        monkeypatch.setattr(sys, "path", [*sys.path, str(place / folder.replace("__in__", "/"))])
    for name in ("elsewhere/__init__", "elsewhere/rules", "beside"):
        (place / "src" / name).parent.mkdir(exist_ok=True)
        (place / "src" / f"{name}.py").write_text("")
    (place / "src" / "elsewhere" / "rules.py").write_text("import here, beside, alone, other\n")
    for name in ("alone", "other"):
        (place / "venv" / "site-packages" / f"{name}.py").write_text("")
    (place / "venv" / "site-packages" / "alone.py").write_text("import other\n")
    found = bundle(place, "elsewhere.rules")
    assert {source.name for source in found.own} == {"elsewhere", "elsewhere.rules", "beside", "here"}
    assert {source.name for source in found.taken_along} == {"alone", "other"}
    assert [source.name for source in bundle(place, "alone").own] == ["alone"]


def test_a_module_may_lie_at_the_top_of_a_disk(tmp_path: Path) -> None:
    top = Path(tmp_path.anchor)
    assert _home(Source("rules", top / "rules.py"), [tmp_path]) == [tmp_path, top]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (b"\n\n\nword = '\xff'\n", "it cannot be read: 'utf-8' codec"),
        (b"word = '\0'\n", "it is no Python: "),
        (b"word = " + b"-" * 100_000 + b"1\n", "it is no Python: "),
        (b"word =\n", "it is no Python: invalid syntax"),
    ],
)
def test_a_file_that_is_no_python_is_named(written: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / "words.py"
    path.write_bytes(written)
    with pytest.raises(ModuleError, match=re.escape(said)) as told:
        Source("words", path).tree()
    assert str(path) in str(told.value)
