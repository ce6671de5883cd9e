"""Generated functions: compiled once, with globals of their own, and readable in a traceback."""

from __future__ import annotations

import linecache
import traceback

import pytest

from spacetimedb_sdk.errors import EncodeError
from spacetimedb_sdk.module import Module, Row, i32
from spacetimedb_sdk.sats.algebraic_type import STRING, U32, Element, ProductType, Typespace
from spacetimedb_sdk.sats.bsatn.codec import CodecSpace
from spacetimedb_sdk.sats.generated_code import functions_of

TEXT = "def answer():\n    return number\n"


def test_one_text_is_one_code_with_globals_of_its_own() -> None:
    first = functions_of(TEXT, {"number": 1}, "test")["answer"]
    second = functions_of(TEXT, {"number": 2}, "test")["answer"]
    assert (first(), second()) == (1, 2)
    assert first.__code__ is second.__code__


def test_a_traceback_shows_the_line() -> None:
    broken = functions_of("def fail():\n    return 1 / nothing\n", {"nothing": 0}, "test")["fail"]
    with pytest.raises(ZeroDivisionError) as caught:
        broken()
    assert "return 1 / nothing" in "".join(traceback.format_exception(caught.value))


def test_the_lines_stay_when_files_are_looked_for_again() -> None:
    name = functions_of(TEXT, {}, "test")["answer"].__code__.co_filename
    linecache.checkcache()
    assert linecache.getline(name, 2).strip() == "return number"


def test_codecs_and_rows_have_their_lines() -> None:
    codec = CodecSpace(Typespace(()), {}).codec(ProductType((Element("id", U32), Element("text", STRING))))
    with pytest.raises(EncodeError) as caught:
        codec.encode(("no number", "text"))
    frames = traceback.extract_tb((caught.value.__cause__ or caught.value).__traceback__)
    assert any(frame.filename.startswith("<bsatn") and frame.line for frame in frames)

    module = Module("rows")

    @module.table
    class Thing(Row):
        number: i32

    code = Thing.replace.__code__
    assert linecache.getline(code.co_filename, code.co_firstlineno).startswith("def replace(")
