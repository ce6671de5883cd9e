"""The catalogues are whole, and what is written in the code is in them."""

from __future__ import annotations

import ast
import importlib.util
import re
import string
import sys
from collections.abc import Iterator
from functools import cache
from io import BytesIO
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import read_mo, write_mo

from game import language
from tests.places import ROOT


def load_script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("languages", ROOT / ".ci" / "languages.py")
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    return script


languages = load_script()
SOURCES: list[Path] = languages.sources()


@cache
def texts() -> Any:
    """Every text of the game that is to be translated: once for all tests, and only where they run."""
    return languages.texts()


# Rooms whose words a player in a window reads.
SHOWN = ("client", "presentation")
# Who is called with a sentence that is no player's: the log, an exception, a thread's name.
NO_PLAYERS = {
    "the world",  # the name of a world, which no screen shows
    "start it on a desktop, or with --headless to play without a window",  # part of an error at a terminal
    "no fast renderer",  # a warning of pygame's
    "opening a world",  # a thread
}
UNSHOWN = re.compile(r"log\.\w+|[\w.]*Error|\w*NotSupported|Thread|warnings\.\w+")


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.parents[1].name)
def test_a_catalogue_has_every_text_and_no_other(path: Path) -> None:
    """Where this fails: `make languages`, then translate what it names."""
    catalogue = languages.read(path)
    assert languages.untranslated(catalogue, texts()) == []
    wanted = {(message.id, message.context) for message in texts()}
    assert [message.id for message in catalogue if (message.id, message.context) not in wanted] == []
    read, made = path.with_suffix(".mo").read_bytes(), languages.compiled(catalogue)
    assert translations(read) == translations(made)


def translations(compiled: bytes) -> dict[object, object]:
    """What the game finds in a compiled catalogue; its header names the version of Babel that wrote it."""
    catalogue = read_mo(BytesIO(compiled))
    # A text with several forms is known by a list of them.
    return {(str(message.id), message.context): message.string for message in catalogue if message.id}


def test_there_is_a_catalogue_for_each_language() -> None:
    assert {"en", *(path.parents[1].name for path in SOURCES)} == set(language.LANGUAGES)


def fields(text: str) -> set[str]:
    """What a text has places for."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.parents[1].name)
def test_translations_have_places_for_what_is_filled_in(path: Path) -> None:
    for message in languages.read(path):
        if not message.id:
            continue
        one = message.id if isinstance(message.id, str) else message.id[-1]
        forms = (message.string,) if isinstance(message.string, str) else message.string
        for form in forms:
            assert fields(form) <= fields(one), one
        # A number may be a word in one of the forms, in the others it is filled in.
        assert fields(forms[-1]) == fields(one), one


def sentences(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Texts of two words or more that stand in the code as a value, with their lines."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Assert) or is_documentation(node):
            continue
        if isinstance(node, ast.Call) and UNSHOWN.fullmatch(ast.unparse(node.func)):
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if len(re.findall(r"[a-zA-Z]{2,}", node.value)) > 1 and " " in node.value.strip():
                yield node.lineno, node.value
        yield from sentences(node)


def is_documentation(node: ast.AST) -> bool:
    """Whether it is a text that nothing is done with."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


@pytest.mark.parametrize("room", SHOWN)
def test_no_sentence_of_the_code_is_missing(room: str) -> None:
    known: set[str] = set()
    for message in texts():
        known.update((message.id,) if isinstance(message.id, str) else message.id)
    missing = [
        f"{path.relative_to(ROOT)}:{line}: {text}"
        for path in sorted((ROOT / "game" / room).rglob("*.py"))
        for line, text in sentences(ast.parse(path.read_text(encoding="utf-8")))
        if text not in known | NO_PLAYERS
    ]
    assert missing == []


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"LANG": "de_DE.UTF-8"}, "de"),
        ({"LANG": "ja_JP.UTF-8", "LANGUAGE": "fr:de:en"}, "de"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "de_AT", "LC_ALL": "ja_JP.eucJP"}, "ja"),
        ({"LANG": "de_DE", "LC_MESSAGES": "en_GB.UTF-8"}, "en"),
        ({"LANG": "fr_FR.UTF-8"}, "en"),
        ({"LANGUAGE": "", "LANG": "DE-de"}, "de"),
    ],
)
def test_what_the_system_speaks(
    variables: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr("locale.getlocale", lambda: (None, None))
    assert language.system_language() == expected


def test_a_word_may_mean_different_things() -> None:
    language.use("de")
    assert language.pgettext("key", "left") == "links"
    assert language.gettext("Left") == "Links"
    assert language.ngettext("{count} minute", "{count} minutes", 1).format(count=1) == "1 Minute"
    assert language.gettext(language.Verbatim("Left")) == "Left"
    with pytest.raises(KeyError):
        language.use("tlh")
    assert language.current() == "de"


@pytest.fixture
def changed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """A catalogue of German that somebody has changed."""
    path = tmp_path / "locale" / "de" / "LC_MESSAGES" / "blackholio.mo"
    path.parent.mkdir(parents=True)
    monkeypatch.setattr(language, "files", lambda _: tmp_path)
    language._catalogue.cache_clear()
    yield path
    language._catalogue.cache_clear()
    language.use("en")


ODD = {
    "{name} leads": "{nobody} führt",
    "{name} left": "{name.__class__} ging",
    "{name} came": "{name!r} kam",
    "{name} waits": "{name:>99999999} wartet",
    "{name} eats": "{name frisst",
    "{name} grows": "} wächst",
    "{seconds:g} s": "{seconds:d} Sekunden",
    "alone": "{0}",
}
FINE = {
    "{name} plays": "Es spielt {name}",
    "{a} of {b}": "{b} {a} {b}",
    "{x:.1f} m": "ohne Zahl",
    "hello": "hallo",
}


def written(path: Path, texts: dict[Any, Any], header: str | None = None) -> None:
    catalogue = Catalog(locale="de")
    for text, translated in texts.items():
        catalogue.add(text, translated)
    with path.open("wb") as file:
        write_mo(file, catalogue)
    if header is not None:
        data = path.read_bytes()
        assert b"nplurals=2; plural=(n != 1);" in data
        path.write_bytes(data.replace(b"nplurals=2; plural=(n != 1);", header.encode().ljust(28)))


def test_a_translation_that_cannot_be_filled_in_is_not_taken(changed: Path) -> None:
    written(changed, ODD | FINE)
    language.use("de")
    assert {text: language.gettext(text) for text in ODD} == {text: text for text in ODD}
    assert {text: language.gettext(text) for text in FINE} == FINE


@pytest.mark.parametrize("header", [None, "nplurals=2; plural=n/0;", "nplurals=2; plural=n%0;"])
def test_so_are_those_of_so_many(changed: Path, header: str | None) -> None:
    written(changed, {("{count} cell", "{count} cells"): ("{mass} Zelle", "{count} Zellen")}, header)
    language.use("de")
    said = [language.ngettext("{count} cell", "{count} cells", count) for count in (1, 2)]
    assert said == ["{count} cell", "{count} Zellen" if header is None else "{count} cells"]


def no_catalogues(path: Path) -> Iterator[bytes | None]:
    """None where the file is missing."""
    written(path, FINE)
    whole = path.read_bytes()
    yield None
    yield b""
    yield b"msgid"
    yield whole[::-1]
    for length in range(4, len(whole), 7):
        yield whole[:length]
    written(path, FINE, "nplurals=2; plural=n((((;")
    yield path.read_bytes()
    yield whole.replace(b"charset=utf-8", b"charset=none!")
    yield whole.replace(b"hallo", b"\xff\xff\xff\xff\xff")


def test_what_is_no_catalogue_leaves_the_texts_english(
    changed: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for data in no_catalogues(changed):
        changed.unlink(missing_ok=True)
        if data is not None:
            changed.write_bytes(data)
        language._catalogue.cache_clear()
        caplog.clear()
        language.use("de")
        assert language.gettext("hello") == "hello", data
        (record,) = caplog.records
        assert record.getMessage().startswith("the texts in Deutsch cannot be read, English ones are shown: ")
