"""Whatever a server calls its things: the bindings hold names, never code, and stay in their folder."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from spacetimedb_sdk.codegen import render
from spacetimedb_sdk.errors import SchemaError
from spacetimedb_sdk.sats.algebraic_type import PrimitiveType
from spacetimedb_sdk.sats.schema.module_def import IndexDef
from spacetimedb_sdk.sats.schema.v10 import read_v10
from tests.codegen import any_schema
from tests.codegen.any_schema import FORMS, definitions

GOLDEN = Path(__file__).parent / "golden"
DATA = Path(__file__).parent / "data"
PAYLOAD = "import os; os.abort()"
ENDINGS = [
    '"""',
    "'''",
    '"',
    "'",
    "\\",
    "`",
    ")",
    "]",
    "}",
    "\n",
    "\r",
    "\u2028",
    "\x0c",
    "\0",
    "#",
    "{0}",
    "%s",
    "",
]
HOSTILE = st.one_of(
    st.builds(
        lambda start, before, space, after: f"{start}{before}{space}{PAYLOAD}{space}{after}",
        st.sampled_from(["x", "", "x_", "class"]),
        st.sampled_from(ENDINGS),
        st.sampled_from(["\n", "; ", "\n    ", "\r\n", " "]),
        st.sampled_from(ENDINGS),
    ),
    st.sampled_from(["../../evil", "/tmp/evil", "..", ".", "a/b", "a\\b", "__init__", "_module", "con", "__class__", "\ud800"]),
    st.text(min_size=1, max_size=12),
)  # fmt: skip


def called(tree: ast.AST) -> Iterator[str]:
    """What is called anywhere in a file, by its last name. Handles may call what the module calls its own; what a call
    returned is called for a procedure whose name is no attribute's, and the inner call is seen by itself.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and not isinstance(node.func, ast.Call):
            if not isinstance(node.func, ast.Attribute):
                yield ast.unparse(node.func)
            elif ast.unparse(node.func.value) not in ("self._reducers", "self._procedures"):
                yield node.func.attr


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level + ("" if node.level else node.module or "")


def files_of_known_modules() -> Iterator[ast.AST]:
    for path in GOLDEN.glob("*/*.py"):
        yield ast.parse(path.read_text(encoding="utf-8"))


@cache
def known() -> tuple[set[str], set[str], set[type[ast.AST]]]:
    """What the bindings of known modules call and import, and the kinds of code in them."""
    # A module may have a type where the known ones happen to have none.
    calls = {"__getattr__", "bind_variants", "Err", "Ok", "Some", "result", "option"}
    imports = {"builtins", "typing", "enum", "uuid", "dataclasses"}
    kinds: set[type[ast.AST]] = set()
    for tree in files_of_known_modules():
        calls.update(called(tree))
        imports.update(imported(tree))
        kinds.update(map(type, ast.walk(tree)))
    return calls, imports, kinds


def assert_harmless(files: dict[str, str]) -> None:
    known_calls, known_imports, known_kinds = known()
    for name, text in files.items():
        assert name.endswith(".py")
        assert name.removesuffix(".py").isidentifier(), "no path, no dot"
        tree = ast.parse(text)
        assert not set(imported(tree)) - known_imports, text
        own = {node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef | ast.FunctionDef)}
        strange = {name for name in called(tree) if name not in known_calls | own}
        assert not strange, (strange, text)
        assert not {type(node) for node in ast.walk(tree)} - known_kinds


@FORMS
def test_no_name_of_a_schema_becomes_code(count: int) -> None:
    @settings(
        max_examples=count,
        deadline=None,
        phases=[Phase.explicit, Phase.reuse, Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
    )
    @given(st.data())
    def check(data: st.DataObject) -> None:
        with patch.object(any_schema, "NAMES", HOSTILE):
            definition = data.draw(definitions())
        try:
            files = render(definition, module_name=data.draw(HOSTILE))
        except SchemaError:
            return
        assert_harmless(files)

    check()


def renamed(value: Any, end: str) -> Any:
    """The definition with `end` behind every name in it but those that make a type a special one."""
    if isinstance(value, tuple):
        return tuple(renamed(item, end) for item in value)
    if isinstance(value, str):
        special = value in ("some", "none", "ok", "err") or value.startswith("__")
        return value if special else f"{value}{end}"
    if not is_dataclass(value) or isinstance(value, PrimitiveType | type):
        return value
    changed = {field.name: renamed(getattr(value, field.name), end) for field in fields(value)}
    if isinstance(value, IndexDef):
        changed["algorithm"] = value.algorithm
    return replace(value, **changed)


@pytest.mark.parametrize("quote", ['"""', "'''", '"', "'", "\\", "`"])
@pytest.mark.parametrize("between", ["; ", "\n", "\n    "])
def test_a_name_that_would_end_its_string_does_not(quote: str, between: str) -> None:
    end = f"{quote}{between}{PAYLOAD}{between}{quote}"
    definition = read_v10(json.loads((DATA / "conformance_2x.v10.json").read_text()))
    files = render(renamed(definition, end), module_name=f"x{end}")
    assert len(files) > 40
    assert_harmless(files)


@pytest.mark.parametrize(
    "text", ["import os", "x = eval('1')", "def f():\n    while True:\n        pass", "print('hi')"]
)
def test_code_would_be_noticed(text: str) -> None:
    with pytest.raises(AssertionError):
        assert_harmless({"x.py": text})
