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


LIBRARY = {
    "making": """
import deep
from deep import Base, through as renamed
def make(text):
    return renamed(text)
def wrapper(made=None):
    def inner(kind):
        return deep.run(kind)
    return inner if made is None else inner(made)
def registry():
    def enrol(kind):
        return make(kind)
    return enrol
def plain(text, mode="exec"):
    return len(text) if text != "builtins" else 0
class Signature:
    @classmethod
    def reading(cls, text):
        return cls.inner(text)
    @staticmethod
    def inner(text):
        return make(text)
    def bind(self):
        return plain(self)
class Maker:
    def __init__(self, text):
        make(text)
class Meta(type):
    def __new__(cls, name):
        return make(name)
class Record(metaclass=Meta):
    pass
class _Form:
    def __getitem__(self, item):
        return make(item)
Maybe = _Form()
CACHE = make("1")
""",
    "deep": """
import builtins
from forms import *
def run(text):
    return builtins.eval(text)
def through(text):
    return run(text)
""",
    # What Python 3.11 cannot read: nested quotes, parameters of types, handlers without brackets, named types.
    "forms": """
type Text[T] = list[T]
def newer[T](text: T):
    try:
        return exec(f'{f' {text}\n' if text else ''} {{')
    except ValueError, KeyError:
        return t'{text!r:>{1}}'
class Held[T](list):
    def held_in(self): return newer(self)
""",
    "circle": "from circle2 import around\nfrom circle2 import *\n",
    "circle2": "from circle import around\n",
}
IMPORTS = "import builtins, deep, forms, making, circle\nfrom deep import *\nfrom making import Maybe as Perhaps, Record, make as made, registry\n"
IMPORTS += "try:\n    from deep import through as Sheltered\nexcept ImportError:\n    Sheltered = None\nclass Making(making.Maker): pass\n"


# What leads there where it stands in a function.
LEADING = [
    "eval(text)",
    "exec(text)",
    "__import__(text)",
    "builtins.compile(text)",
    "getattr(builtins, 'exec')(text)",
    "vars(builtins)[text](text)",
    "__builtins__[text]",
    "builtins.__dict__[text](text)",
    "builtins.__dict__['exec'](text)",
    "vars(builtins)['exec'](text)",
    "__builtins__['exec'](text)",
    "__builtins__.get(text)",
    "getattr(builtins, text)(text)",
    "getattr(sys.modules['builtins'], text)",
    "getattr(text, 'exec')(text)",
    "getattr(getattr(builtins, text), 'x')",
    "getattr(builtins, 'max', eval)",
    "globals()['__builtins__'][text](text)",
    "sys.modules['builtins'].eval(text)",
    "making.make(text)",
    "made(text)",
    "run(text)",
    "getattr(deep, 'through')(text)",
    "getattr(making, text)(text)",
    "attrgetter('making.make')(text)",
    "text.reading(text)",
    "text.enrol(text)",
    "making.Signature.reading(text)",
    "Perhaps['int']",
    "Perhaps[text]",
    "Perhaps[list['int'] | None]",
    "class Made(Record): pass",
    "forms.newer(text)",
    "text.held_in()",
    "Sheltered(text)",
    "Making(text)",
]


def lines_of(place: Path, snippets: list[str]) -> dict[str, list[int]]:
    """The lines that are found of each snippet, which is a file of its own, below `IMPORTS`."""
    files = {f"part{number}": IMPORTS + snippet + "\n" for number, snippet in enumerate(snippets)}
    found: dict[str, list[int]] = {snippet: [] for snippet in snippets}
    for item in lines_that_compile(
        bundle(place, "".join(f"import {name}\n" for name in files), LIBRARY, **files)
    ):
        found[snippets[int(Path(item.file).stem.removeprefix("part"))]].append(
            item.line - IMPORTS.count("\n")
        )
    return found


def test_a_line_of_a_function_that_leads_to_the_compiler_is_found(place: Path) -> None:
    snippets = [f"def f(text):\n    {line}" for line in LEADING]
    assert lines_of(place, snippets) == {snippet: [2] for snippet in snippets}


# What does not, at the top of a file or because a name means something else.
NOT_LEADING = [
    "eval('1')",
    "made('1')",
    "class Made(Record): pass",
    "Alias = dict[str, Perhaps['int']] | Perhaps",
    "@making.wrapper()\nclass Made: pass",
    "@making.wrapper\nclass Made: pass",
    "def f(x: Perhaps['int'], /) -> made: return x",
    "def f(x): return [Perhaps[int], Perhaps[[int, Record], list[Perhaps] | None], Perhaps[making.Signature]]",
    "x: made = 1",
    "value = made('1')\ndef f(): return value",
    "def f(x): return [making.plain(x), making.CACHE, x.bind(), isinstance(x, Record), x is made, isinstance(x, Making)]",
    "def f(made, eval): return made(eval)",
    "def register(kind):\n    made(kind)\n    return kind\n@register\ndef f(x): return x",
    "def prepare(x): return made(x)\nREADY = prepare('1')",
    "def texts(found): return tuple(made(x) for x in found)\nREADY = texts('1')",
    "READY = sum(made(x) for x in '12')",
    "def f(rows): return [made for made in rows]",
    "def f(): return circle.around",
    "def f(row): return [row.compile, row.make_ready, row.inner_size]",
    "def f(x): return getattr(builtins, 'max')(x), getattr(builtins, 'min', None), hasattr(builtins, 'exec')",
    "def f(x): return vars(builtins)['max'](x), builtins.__dict__['len'](x), __builtins__['min'](x), __builtins__.abs(x)",
    "def f(x): return getattr(making, 'plain')(x)",
    "getattr(builtins, 'sum')([getattr(deep, 'through')('1')])",
]


def test_what_runs_where_the_module_is_loaded_has_its_compiler(place: Path) -> None:
    assert lines_of(place, NOT_LEADING) == {snippet: [] for snippet in NOT_LEADING}


# What a file keeps for its functions.
KEPT = [
    "def again(x): return made(x)\nREADY = again('1')\ndef f(x): return again(x)",
    "def handed(x): return made(x)\nREADY = [handed('1'), handed]",
    "def late(x): return lambda: made(x)\nREADY = late('1')",
    "def texts(found): yield made(found)\nREADY = texts('1')",
    "def texts(found): return (made(x) for x in found)\nREADY = texts('1')",
    "READY = (made(x) for x in '12')",
    "def unasked(x): return made(x)",
    "@registered\ndef asked(x): return made(x)\nREADY = asked('1')",
    "run = eval",
    "HANDLERS = {'e': made}",
    "class A: run = staticmethod(eval)",
    "def f(x, run=deep.through): run(x)",
    "later = making.wrapper()",
    "later = lambda text: made(text)",
    "register(made)",
    "NAME = 'exec'",
]


def test_what_is_kept_for_later_is_found_where_it_is_kept(place: Path) -> None:
    decorated = [snippet for snippet in KEPT if snippet.startswith("@")]
    assert lines_of(place, KEPT) == {snippet: [2 if snippet in decorated else 1] for snippet in KEPT}


def test_a_class_made_of_the_library_s_is_taken_for_another_in_a_function(place: Path) -> None:
    rules = "from making import Record\nclass Own(Record): pass\ndef f():\n    Own()\n    class Other(Own): pass\n"
    assert [item.line for item in lines_that_compile(bundle(place, rules, LIBRARY))] == [5]


def test_names_are_followed_through_the_module_s_own_files(place: Path) -> None:
    more = {"between": "from making import make\nfrom deep import *\n"}
    rules = "import between\nfrom between import make\ndef f(x):\n    make(x)\n    between.run(x)\n"
    assert [item.line for item in lines_that_compile(bundle(place, rules, LIBRARY, **more))] == [4, 5]


def test_what_a_function_of_the_library_hands_out_counts_where_it_is_named(place: Path) -> None:
    rules = "from making import plain\ndef f(x):\n    x.enrol(x)\n    x.reading(x)\n"
    assert [item.line for item in lines_that_compile(bundle(place, rules, LIBRARY))] == [4]


def test_what_only_has_such_a_name_is_none(place: Path) -> None:
    rules = (
        "import re\nfrom dataclasses import dataclass\nfrom own_rules import fields\n"
        "@dataclass\nclass P:\n    x: int = eval('1')\n"
        "def f(evaluate=eval('1')):\n    re.compile('a')\n    evaluate\n    return row.compile, row.fields\n"
    )
    assert lines_that_compile(bundle(place, rules)) == []


def test_all_of_a_file_that_a_function_imports_counts(place: Path) -> None:
    late = "from making import make\n\n@make\nclass P:\n    x: int\n"
    found = lines_that_compile(bundle(place, "def f():\n    import late\n", LIBRARY, late=late))
    assert [(Path(item.file).name, item.line) for item in found] == [("late.py", 3)]
    assert lines_that_compile(bundle(place, "import late\n", LIBRARY, late=late)) == []


def test_what_is_imported_by_a_text_comes_along_and_is_compiled_late(place: Path) -> None:
    rules = (
        "from importlib import import_module\n"
        "def f(name):\n    import_module('late')\n    __import__('rarely')\n    import_module('.here', name)\n"
        "    import_module(name)\n"
    )
    found = bundle(place, rules, LIBRARY, late="from making import make\nmake('1')\n", rarely="", here="")
    assert {"late", "rarely", "making"} <= found.sources.keys()
    assert "here" not in found.sources
    assert ("late.py", 2) in [(Path(item.file).name, item.line) for item in lines_that_compile(found)]


def test_the_compiler_s_own_tables_are_the_compiler(place: Path) -> None:
    library = {"symtable": "import _symtable\n"}
    found = lines_that_compile(bundle(place, "import math\n\ndef f():\n    import symtable\n", library))
    assert [(item.line, item.reason) for item in found] == [(4, "symtable needs it")]
    assert [item.line for item in lines_that_compile(bundle(place, "import _symtable\n"))] == [1]


def test_encodings_that_the_library_asks_for_come_along(place: Path) -> None:
    (place / "lib" / "encodings").mkdir()
    for name in ("__init__", "hex_codec", "punycode", "utf_7", "idna"):
        (place / "lib" / "encodings" / f"{name}.py").write_text("")
    library = {
        "mail": "NAMES = ['idna']\ndef f(text):\n    return str(text[1:], 'utf-7'), text.encode('punycode')\n"
    }
    sources = bundle(place, "import mail\n", library).sources
    assert {name for name in sources if name.startswith("encodings.")} == {
        "encodings.punycode",
        "encodings.utf_7",
    }


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
        "_pycodecs": "def f():\n    import unicodedata\n",
    }
    rules = "import pickle, traceback, _pycodecs\n"
    assert not needs(bundle(place, rules, library), ["_pickle", "unicodedata"])
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
    recorded = b"\x04\0\0\0boot\x05\0\0\0FIRST" + b"RECORDED"
    content = found.compiled_content(["zlib"], recorded)
    assert content.startswith(b"\x06\0\0\0\0FIRST"), "code in the place of the first file"
    assert (b"SECRET_OF_RULES" in content, b"SECRET_OF_TOOL" in content) == (True, False)
    assert content.endswith(b"RECORDED")
    assert b"left out" in content
    assert b"SECRET_OF_TOOL" in found.content()
