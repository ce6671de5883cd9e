"""The bindings of a recorded schema, and of a module made of awkward names, as they are committed and as tools see them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from strange_module import STRANGE

from spacetimedb_sdk.codegen import generate, render
from spacetimedb_sdk.sats.schema_v9 import read_v9

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
SCHEMA = HERE / "data" / "conformance.v9.json"
GOLDEN = HERE / "golden" / "conformance"


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Both packages, freshly generated."""
    folder = tmp_path_factory.mktemp("bindings")
    definition = read_v9(json.loads(SCHEMA.read_text()))
    generate(definition, folder / "conformance_bindings", module_name="conformance")
    generate(STRANGE, folder / "strange_bindings", module_name="strange")
    return [folder / "conformance_bindings", folder / "strange_bindings"]


def run(*command: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_committed_bindings_are_what_is_generated() -> None:
    files = render(read_v9(json.loads(SCHEMA.read_text())), module_name="conformance")
    committed = {path.name: path.read_text() for path in GOLDEN.glob("*.py")}
    assert sorted(files) == sorted(committed)
    for name, text in files.items():
        assert text == committed[name], f"{name}: regenerate tests/codegen/golden and look at the difference"


def test_strict_typing_finds_nothing(packages: list[Path]) -> None:
    run("mypy", "--strict", "--config-file", str(ROOT / "pyproject.toml"), *map(str, packages))


def test_the_linter_and_the_formatter_find_nothing(packages: list[Path]) -> None:
    config = ["--config", str(ROOT / "pyproject.toml"), "--no-cache", *map(str, packages)]
    run("ruff", "check", *config)
    run("ruff", "format", "--check", *config)


def test_recorded_rows_become_instances(import_package: Callable[[Path, str], ModuleType]) -> None:
    module = import_package(GOLDEN, "conformance_bindings")
    bindings = module.MODULE
    item = module.Item(7, "sword", module.Colour.Green, -1, owner(), module.Vector2(1.5, -2.0))
    codec = bindings.space.row_codec(bindings.tables["item"].row, module.Item)
    encoded = codec.encode(item)
    assert encoded == (
        b"\x07\0\0\0\x05\0\0\0sword\x01\xff\xff\xff\xff" + bytes(range(32))[::-1] + b"\0\0\xc0\x3f\0\0\0\xc0"
    )
    decoded = codec.decode(encoded)
    assert decoded == item
    assert type(decoded) is module.Item
    assert decoded.replace(level=3).level == 3
    assert decoded.data["name"] == "sword"
    with pytest.raises(AttributeError):
        decoded.level = 5


def test_reducer_modules_have_what_old_programs_read(
    import_package: Callable[[Path, str], ModuleType],
) -> None:
    module = import_package(GOLDEN, "conformance_bindings")
    assert module.add_item_reducer.reducer_name == "add_item"
    arguments = ["sword", module.Colour.Blue, 3, module.Vector2(0.0, 1.0)]
    data = module.MODULE.args_codec("add_item").encode(tuple(arguments))
    assert module.add_item_reducer._decode_args(data) == arguments
    assert {"init", "client_connected", "client_disconnected"}.isdisjoint(module.MODULE.reducers)
    assert "tick" in module.MODULE.reducers, "V9 cannot tell that a scheduled reducer is private"
    assert not hasattr(module, "Secret"), "a private table has no class"
    assert module.Item.primary_key == "item_id"
    assert not hasattr(module.Note, "primary_key")
    assert module.Item.is_table_class


def test_a_sum_is_matched_by_its_variants(import_package: Callable[[Path, str], ModuleType]) -> None:
    shapes = import_package(GOLDEN, "conformance_bindings")
    circle = shapes.Shape.Circle(2.5)
    match circle:
        case shapes.Shape.Empty():
            found = None
        case shapes.Shape.Circle(value):
            found = value
    assert found == 2.5
    assert isinstance(circle, shapes.Shape)
    assert shapes.Shape.Empty() == shapes.Shape.Empty()
    assert [colour.value for colour in shapes.Colour] == [0, 1, 2]


def owner() -> object:
    from spacetimedb_sdk.types import Identity

    return Identity(bytes(range(32)))
