"""Public import paths: what the reference, the pages and generated code import goes on being importable."""

from __future__ import annotations

import ast
import re
from importlib import import_module
from pathlib import Path

import pytest

from tests.places import ROOT

SAMPLE = re.compile(r"```python\n(.*?)```", re.DOTALL)

# Import paths of the reference and of programs for spacetimedb-sdk 0.7, and what they name there.
REFERENCE = {
    "spacetimedb_sdk": ("SpacetimeDBClient", "SpacetimeDBAsyncClient", "Identity", "Address", "ReducerEvent"),
    "spacetimedb_sdk.spacetimedb_client": (
        "SpacetimeDBClient", "Identity", "Address", "ReducerEvent", "TransactionUpdateMessage",
    ),
    "spacetimedb_sdk.spacetimedb_async_client": ("SpacetimeDBAsyncClient", "SpacetimeDBException"),
    "spacetimedb_sdk.local_config": ("init", "set_config", "get_string", "set_string"),
    "spacetimedb_sdk.client_cache": ("ClientCache",),
}  # fmt: skip

# What earlier releases and their pages offered beyond the reference.
OFFERED = {
    "spacetimedb_sdk": (
        "Address", "AmbiguousClientError", "AuthenticationError", "BacklogError", "ClientStateError",
        "ClientStats", "ConfigError", "ConnectCause", "ConnectError", "ConnectionId", "ConnectionLost",
        "ConnectionState", "DatabaseNotFoundError", "DecodeError", "EncodeError", "Err", "ForkedClientError",
        "HttpError", "Identity", "MissingPackageError", "NoClientError", "Ok", "ProtocolError", "ReconnectPolicy",
        "ReducerEvent", "ReducerResult", "RequestFailedError", "ScheduleAt", "SchemaError", "SchemaMismatchError",
        "Some", "SpacetimeDBAsyncClient", "SpacetimeDBClient", "SpacetimeDBException", "Subscription",
        "SubscriptionError", "TableHandle", "TimeDuration", "Timestamp", "TransactionUpdateMessage",
        "__version__",
    ),
    "spacetimedb_sdk.bindings": (
        "ClientHandles", "ModuleBindings", "ProcedureInfo", "ReducerInfo", "Rows", "TableInfo", "TableRow",
        "bind_variants",
    ),
    "spacetimedb_sdk.errors": ("SpacetimeDBException", "ConnectError", "ConnectionLost", "SubscriptionError"),
    "spacetimedb_sdk.events": ("ReducerEvent", "TransactionUpdateMessage"),
    "spacetimedb_sdk.handles": ("Between", "Procedures", "Reducers", "TableHandle", "Tables"),
    "spacetimedb_sdk.http": ("HttpClient",),
    "spacetimedb_sdk.module": ("Module", "ReducerContext", "ReducerError", "Row", "column", "i32", "u64", "f32"),
    "spacetimedb_sdk.queries": ("SENDER",),
    "spacetimedb_sdk.reconnect": ("ReconnectPolicy",),
    "spacetimedb_sdk.sats.algebraic_type": ("ArrayType", "Element", "ProductType", "Ref", "SumType", "Typespace"),
    "spacetimedb_sdk.standalone": ("Database", "Server"),
    "spacetimedb_sdk.testing": (
        "BadNetwork", "Conditions", "LinkConditioner", "LockStep", "Recorder", "Replay", "ScriptedLink",
        "ScriptedTransport",
    ),
    "spacetimedb_sdk.types": (
        "Address", "ConnectionId", "Err", "Identity", "Ok", "ScheduleAt", "Some", "TimeDuration", "Timestamp",
    ),
}  # fmt: skip


@pytest.mark.parametrize("module", [*REFERENCE, *OFFERED])
def test_a_public_path_names_what_it_always_did(module: str) -> None:
    names = (*REFERENCE.get(module, ()), *OFFERED.get(module, ()))
    missing = [name for name in names if not hasattr(import_module(module), name)]
    assert not missing


def imports_of(text: str) -> set[tuple[str, str]]:
    """`(module, name)` of each name that a program takes from the SDK."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("spacetimedb_sdk"):
            found |= {(node.module or "", alias.name) for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {(alias.name, "") for alias in node.names if alias.name.startswith("spacetimedb_sdk")}
    return found


def sources() -> list[Path]:
    folders = ("module_bindings", "examples", "tests/codegen/golden", "benchmarks/peers/rows_bindings")
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_generated_code_and_examples_find_what_they_import(path: Path) -> None:
    check(imports_of(path.read_text()))


@pytest.mark.parametrize(
    "page", sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")]), ids=lambda p: p.name
)
def test_samples_of_the_pages_find_what_they_import(page: Path) -> None:
    for sample in SAMPLE.findall(page.read_text()):
        check(imports_of(sample))


def check(imports: set[tuple[str, str]]) -> None:
    for module, name in imports:
        home = import_module(module)
        assert not name or hasattr(home, name) or import_module(f"{module}.{name}"), f"{module}.{name}"
