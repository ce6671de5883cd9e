"""The bindings of a recorded schema, and of a module made of awkward names, as they are committed and as tools see them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from spacetimedb_sdk.codegen import generate, render
from spacetimedb_sdk.sats.schema.module_def import ModuleDef
from spacetimedb_sdk.sats.schema.versions import read_schema
from tests.codegen.strange_module import STRANGE
from tests.places import ROOT

HERE = Path(__file__).parent
SCHEMAS = {
    "conformance": HERE / "data" / "conformance.v9.json",
    "conformance_2x": HERE / "data" / "conformance_2x.v10.json",
}
GOLDEN = HERE / "golden" / "conformance"
GOLDEN_2X = HERE / "golden" / "conformance_2x"


def definition_of(name: str) -> ModuleDef:
    return read_schema(json.loads(SCHEMAS[name].read_text()))


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """All packages, freshly generated."""
    folder = tmp_path_factory.mktemp("bindings")
    for name in SCHEMAS:
        generate(definition_of(name), folder / f"{name}_bindings", module_name=name)
    generate(STRANGE, folder / "strange_bindings", module_name="strange")
    return sorted(folder.iterdir())


def run(*command: str, **environment: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_committed_bindings_are_what_is_generated(name: str) -> None:
    files = render(definition_of(name), module_name=name)
    committed = {path.name: path.read_text() for path in (HERE / "golden" / name).glob("*.py")}
    assert sorted(files) == sorted(committed)
    for file, text in files.items():
        assert text == committed[file], f"{file}: run `make bindings` and look at the difference"


def test_strict_typing_finds_nothing(packages: list[Path]) -> None:
    run("mypy", "--strict", "--config-file", str(ROOT / "pyproject.toml"), *map(str, packages))


def test_programs_are_typed_by_the_bindings() -> None:
    programs = [str(HERE / "typed_program.py"), str(HERE / "typed_module.py")]
    options = ("--strict", "--explicit-package-bases", "--config-file", str(ROOT / "pyproject.toml"))
    run("mypy", *options, *programs, MYPYPATH=str(ROOT))


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


def test_bindings_of_a_2x_module(import_package: Callable[[Path, str], ModuleType]) -> None:
    module = import_package(GOLDEN_2X, "conformance_2x_bindings")
    bindings = module.MODULE
    assert [name for name, table in bindings.tables.items() if table.is_event] == ["announcement"]
    assert [name for name, table in bindings.tables.items() if table.is_view] == [
        *("my_items", "my_presence", "sword")
    ]
    assert {"tick", "init", "client_connected"}.isdisjoint(bindings.reducers), "private ones cannot be called"
    assert not hasattr(module.MyItems, "primary_key")
    assert module.MyItems.__mro__[1] is module.Item.__mro__[1] is module.ItemRow
    assert not [name for name in vars(module.Announcement) if name.startswith("filter_by_")]
    assert list(bindings.procedures) == ["add_numbers", "crash_procedure", "mirror", "write_note_slowly"]
    mirror = bindings.procedures["mirror"]
    shapes = [module.Shape.circle(2.5), module.Shape.label("some")]
    returned = bindings.space.codec(mirror.return_type)
    assert returned.decode(returned.encode(shapes)) == shapes
    assert module.mirror_procedure.procedure_name == "mirror"
    assert (module.Colour.red.value, module.Colour.blue.value) == (0, 2)


def owner() -> object:
    from spacetimedb_sdk.types import Identity

    return Identity(bytes(range(32)))
