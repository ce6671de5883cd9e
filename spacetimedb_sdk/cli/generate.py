"""`generate`: the typed bindings of a module."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..errors import SchemaError
from ..sats.schema.module_def import ModuleDef
from ..sats.schema.versions import read_schema, schema_version
from ..system.parsing import parsed_json
from . import output

__all__ = ["SDK", "add_generate"]

# The name this copy of the SDK is imported by: another one where it was copied into a game's own package.
SDK = __package__.rpartition(".")[0]
BUILD_CRATE = "cargo build --release --target wasm32-unknown-unknown"


def add_generate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--out", "--out-dir", metavar="DIR", type=Path, required=True, help="the folder of the bindings"
    )
    parser.add_argument(
        "--lang",
        metavar="LANGUAGE",
        default="python",
        help="python, or rust: a crate for a module written in Python, to write its rules again in Rust (with --module)",
    )
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--schema", metavar="FILE", type=Path, help="a module definition as JSON (V9 or V10)")
    source.add_argument("--server", metavar="URL", help="a running server, such as http://127.0.0.1:3000")
    source.add_argument("--module", metavar="PACKAGE.MODULE", help="a module written in Python")
    source.add_argument(
        "--project-path", metavar="DIR", type=Path, help="the folder of a module, in whatever language it is"
    )
    source.add_argument(
        "--bin-path", metavar="FILE.wasm", type=Path, help="a compiled module; needs the package wasmtime"
    )
    parser.add_argument("--database", metavar="NAME", help="the database on the server")
    parser.add_argument("--token", metavar="TOKEN", help="the token to ask the server with")
    parser.add_argument(
        "--sdk",
        metavar="PACKAGE",
        default=SDK,
        help="where the bindings find the SDK, such as mygame.vendor.spacetimedb_sdk (default: %(default)s)",
    )
    parser.set_defaults(run=generate, fail=parser.error)


def generate(options: argparse.Namespace) -> None:
    """Write the package, tell how many files it has."""
    from ..codegen import generate as write_bindings

    if options.lang == "rust" and options.module is not None:
        _write_crate(options)
        return
    if options.lang != "python":
        options.fail(
            f"bindings for {options.lang} are written by SpacetimeDB's own tool: "
            f"spacetime generate --lang {options.lang} --out-dir DIR --project-path DIR"
            + (
                " (a crate for a module written in Python: --lang rust --module MODULE)"
                * (options.lang == "rust")
            )
        )
    if options.server is not None and options.database is None:
        options.fail("--server needs --database NAME")
    if options.server is None and (options.database is not None or options.token is not None):
        options.fail("--database and --token go with --server")
    definition, name = _definition(options)
    files = write_bindings(definition, options.out, module_name=name, sdk=options.sdk)
    output.line(f"{options.out}: {len(files)} files")


def _write_crate(options: argparse.Namespace) -> None:
    """The crate in Rust of a module that is written in Python."""
    from ..codegen.rust import PythonSource, generate_crate
    from ..module.sources import docs_of, function_text, functions_of_module
    from ..standalone.module_files import load_module

    module = load_module(options.module)
    functions = functions_of_module(module)
    crate = generate_crate(
        module.definition(),
        options.out,
        module_name=module.name,
        sources={name: PythonSource(*function_text(function)) for name, function in functions.items()},
        docs=docs_of(module),
    )
    for text in crate.left_out:
        output.note(f"servers of 1.x do not know it, and it is left out: {text}")
    for path in crate.kept:
        output.note(f"{path} is there already and stays as it is")
    output.line(f"{options.out}: {len(crate.written)} files; build them with `{BUILD_CRATE}`")


def _definition(options: argparse.Namespace) -> tuple[ModuleDef, str]:
    """The module definition and the name of the module."""
    if options.schema is not None:
        return _from_file(options.schema), options.schema.name.split(".")[0]
    if options.bin_path is not None:
        from ..publishing.definition import definition_of

        return definition_of(options.bin_path), options.bin_path.stem
    if options.project_path is not None:
        from ..publishing.project import project_definition

        return project_definition(options.project_path, output.note)
    if options.module is not None:
        from ..standalone.module_files import load_module

        module = load_module(options.module)
        return module.definition(), module.name
    from .session import Session  # it asks a server, which needs the client's packages

    session = Session(options.server, options.database, options.token)
    return _read(session.run(lambda http: http.schema(options.database))), options.database


def _from_file(path: Path) -> ModuleDef:
    try:
        content = parsed_json(path.read_bytes())
    except OSError as error:
        raise SchemaError(f"cannot read {path}: {error.strerror or error}") from error
    except ValueError as error:
        raise SchemaError(
            f"{path} is not JSON ({error}): save /v1/database/NAME/schema?version=10 there"
        ) from error
    return _read(content)


def _read(content: object) -> ModuleDef:
    definition = read_schema(content)
    if schema_version(content) == 9 and (definition.views or definition.procedures):
        output.note(
            "the module was made for SpacetimeDB 2: its V9 definition does not tell which tables are event tables, "
            "so they are generated as ordinary ones: generate from its V10 definition instead"
        )
    return definition
