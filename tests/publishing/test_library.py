"""Python's library inside a database: what rules use of it is the same there, or is named before anything is sent."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from spacetimedb_sdk.publishing.build import build
from spacetimedb_sdk.publishing.bundle import gather
from spacetimedb_sdk.publishing.check import check
from spacetimedb_sdk.publishing.interpreter import ABI_1, find_interpreter
from tests.module.hosted.python_host import PythonHost

from .library_rules import USES, module
from .wasm_host import WasmModule

pytestmark = pytest.mark.runtime


@pytest.fixture(scope="module")
def inside() -> tuple[WasmModule, PythonHost]:
    host = PythonHost(module)
    wasm = build("tests.publishing.library_rules", module, find_interpreter(), abi=ABI_1)
    return WasmModule(wasm, host), host


@pytest.mark.parametrize("number", range(len(USES)))
def test_what_rules_use_is_the_same_inside(inside: tuple[WasmModule, PythonHost], number: int) -> None:
    instance, host = inside
    failed = instance.call_reducer(0, bytes(32), bytes(16), 1, number.to_bytes(4, "little"))
    assert (failed, host.logged[-1][3]) == (None, repr(USES[number]()))


# A line, and a part of what is said of it.
REFUSED = {
    "import asyncio": "put later work into a scheduled table",
    "import sched": "put later work into a scheduled table",
    "import concurrent.futures": "one thread",
    "import multiprocessing": "starts no processes",
    "import subprocess": "starts no processes",
    "import signal": "starts no processes",
    "import socket": "ctx.http",
    "import http.client": "ctx.http",
    "import http.server": "ctx.http",
    "import urllib.request": "ctx.http",
    "from urllib import request": "ctx.http",
    "from http import HTTPStatus, client": "ctx.http",
    "from logging import handlers": "no files",
    "import smtplib": "ctx.http",
    "import sqlite3": "use tables",
    "import shelve": "use tables",
    "import tempfile": "no files",
    "import shutil": "no files",
    "import zipfile": "zlib alone",
    "import gzip": "zlib alone",
    "import zoneinfo": "timezone(timedelta(hours=2))",
    "import xml.etree.ElementTree": "json or tomllib",
    "import ctypes": "no operating system",
    "import getpass": "no terminal",
    "import tkinter": "no terminal",
    "import unittest": "spacetimedb_sdk.testing",
    "import timeit": "spacetimedb_sdk.testing",
    "import logging.handlers": "no files",
    "import numpy": "only pure Python",
    "import logging; logging.FileHandler('x')": "no files",
    "import time; time.sleep(1)": "put later work into a scheduled table",
    "import time; time.clock_gettime(0)": "ctx.timestamp",
    "import time; time.get_clock_info('time')": "ctx.timestamp",
    "import random; random.random()": "ctx.rng",
    "import random; random.SystemRandom()": "ctx.rng",
    "from random import shuffle; shuffle([])": "ctx.rng",
    "import secrets; secrets.token_hex()": "ctx.rng",
    "import uuid; uuid.uuid4()": "ctx.new_uuid_v4()",
    "import uuid; uuid.uuid1()": "ctx.new_uuid_v7()",
    "import os; os.urandom(4)": "ctx.rng",
    "import os; os.cpu_count()": "no operating system",
    "import os; os.path.isfile('x')": "no files",
    "import os; os.listdir()": "no operating system",
    "from pathlib import Path; Path('x').read_text()": "no files",
    "import argparse; argparse.ArgumentParser()": "no terminal",
    "import threading; threading.Thread(target=print)": "one thread",
    "import io; io.open('x')": "no files",
    "open('x')": "no files",
    "input()": "no terminal",
    "exit()": "raise ReducerError",
    "help(print)": "no terminal",
    "import threading; threading.Barrier(2)": "one thread",
    "import platform; platform.uname()": "no operating system",
    "import sys; sys.settrace(None)": "neither traced nor profiled",
    "import struct; struct.pack('l', 1)": "q for eight",
    "from struct import Struct as Layout; Layout(b'@iP')": "P in a format of struct takes four bytes",
    "import array; array.array('L')": "'I' or 'Q'",
    "b'a'.strip(b'\\xff')": "bytes above 127",
}
# What looks like those, and is the same inside.
PASSED = [
    "import struct; struct.pack('<lL', 1, 2), struct.pack('iq', 1, 2), struct.Struct('=n') if 0 else 0, struct.calcsize('')",
    "import array; array.array('q'), array.array('i', [1])",
    "class Own: struct = None",
    "b'a'.strip(b'ab'), 'é'.strip('é'), b'a'.removeprefix(b'\\xff'), 'l'.join('l')",
    "def pack(form): return form",
    "pack('l')",
]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def said(place: Path, lines: list[str]) -> list[list[str]]:
    """What is said of each line of a module."""
    (place / "rules_to_check.py").write_text("\n".join(lines) + "\n")
    interpreter = find_interpreter()
    found: list[list[str]] = [[] for _ in lines]
    for item in check(
        gather("rules_to_check", interpreter.library, definition=b"", seed=0), interpreter.builtin_modules
    ):
        assert item.file == str(place / "rules_to_check.py")
        found[item.line - 1].append(item.reason)
    return found


def test_what_does_not_work_is_named_with_its_line_and_a_remedy(place: Path) -> None:
    lines = list(REFUSED)
    missed = [
        (line, reasons)
        for line, reasons in zip(lines, said(place, lines), strict=True)
        if len(reasons) != 1 or REFUSED[line] not in reasons[0]
    ]
    assert missed == []


def test_what_only_looks_otherwise_passes(place: Path) -> None:
    assert dict(zip(PASSED, said(place, PASSED), strict=True)) == {line: [] for line in PASSED}


def test_every_public_module_of_the_library_is_there_or_refused_for_a_reason_of_its_own(place: Path) -> None:
    names = sorted(name for name in sys.stdlib_module_names if not name.startswith("_"))
    reasons = dict(zip(names, said(place, [f"import {name}" for name in names]), strict=True))
    there = {name for name, told in reasons.items() if not told}
    assert set(WANTED.split()) <= there
    vague = {
        name for name, told in reasons.items() if told and "without this part of Python's library" in told[0]
    }
    assert vague <= set(GONE.split())


# What rules are written with.
WANTED = (
    "abc array ast base64 binascii bisect calendar cmath codecs collections colorsys configparser contextlib contextvars copy csv "
    "dataclasses datetime decimal difflib email enum errno fnmatch fractions functools gettext graphlib hashlib heapq hmac html http "
    "importlib inspect io ipaddress itertools json keyword locale logging math mimetypes numbers operator os pathlib pickle pprint "
    "queue random re reprlib secrets shlex statistics string struct sys textwrap threading time tomllib traceback types typing "
    "unicodedata urllib uuid warnings wave weakref zlib"
)
# What later Pythons have no more, and what is for Python's own sake.
GONE = (
    "aifc antigravity audioop cgi cgitb chunk crypt distutils ensurepip idlelib imghdr imp lib2to3 mailcap msilib nis nturl2path "
    "ossaudiodev pickletools pipes pydoc_data smtpd sndhdr spwd sunau tabnanny this uu venv xdrlib"
)
