"""Schemas from outside: whatever is nested too deeply, or in a circle, is told in a sentence, and quickly."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from spacetimedb_sdk.cli import main
from spacetimedb_sdk.errors import SchemaError
from spacetimedb_sdk.sats.schema.depth import DEEPEST, check_depth
from spacetimedb_sdk.sats.schema.versions import read_schema

U32: dict[str, Any] = {"U32": []}


def product(type_: Any, count: int = 1) -> dict[str, Any]:
    return {
        "Product": {"elements": [{"name": {"some": f"a{n}"}, "algebraic_type": type_} for n in range(count)]}
    }


def array(depth: int) -> Any:
    made: Any = U32
    for _ in range(depth):
        made = {"Array": made}
    return made


def chain(length: int) -> list[Any]:
    return [product({"Ref": number + 1}) for number in range(length)] + [product(U32)]


def schema(types: list[Any]) -> dict[str, Any]:
    table = {
        "name": "t",
        "product_type_ref": 0,
        "table_type": {"User": []},
        "table_access": {"Public": []},
        "schedule": {"none": []},
    }
    table |= {"primary_key": [], "indexes": [], "constraints": [], "sequences": []}
    return {
        "typespace": {"types": types},
        "tables": [table],
        **{key: [] for key in ("reducers", "types", "misc_exports", "row_level_security")},
    }


@pytest.mark.parametrize(
    "types",
    [
        [product(array(5000))],
        [product(array(DEEPEST))],
        chain(5000),
        [product(U32), *(product({"Ref": number}) for number in range(100))],
        chain(DEEPEST),
        [product({"Ref": 1}), *({"Ref": number + 2} for number in range(3000)), U32],
    ],
    ids=["nested", "just too deep", "chain", "either way", "just too long", "aliases"],
)
def test_too_deep_is_a_sentence(types: list[Any]) -> None:
    with pytest.raises(SchemaError, match="nested more than 64 levels"):
        read_schema(schema(types))


@pytest.mark.parametrize(
    "types",
    [
        [product(array(DEEPEST - 1))],
        chain(DEEPEST // 2 - 1),
        [product({"Ref": 0})],
        [product({"Ref": 1}), product({"Ref": 0})],
        [product({"Ref": 1}, 20_000), product(U32)],
        [product({"Ref": n}) for n in range(300)],
    ],
    ids=["deep", "chain", "itself", "each other", "wide", "selves"],
)
def test_what_a_module_may_have_is_no_depth(types: list[Any]) -> None:
    check_depth(schema(types))


@pytest.mark.parametrize(
    "text",
    [
        "[" * 200_000,
        json.dumps(schema(chain(5000))),
        json.dumps(schema([product("X")])).replace('"X"', '{"Array":' * 5000 + '{"U32":[]}' + "}" * 5000),
        json.dumps(schema([product({"Ref": 1}), {"Ref": 1}])),
        json.dumps(schema([product({"Ref": 77})])),
    ],
    ids=["brackets", "chain", "nested", "ring", "beyond"],
)
def test_generate_says_it_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str) -> None:
    path = tmp_path / "schema.json"
    path.write_text(text)
    assert main(["generate", "--schema", str(path), "--out", str(tmp_path / "out")]) == 1
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert "Error" not in err
