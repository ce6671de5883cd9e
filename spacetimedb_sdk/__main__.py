"""`python -m spacetimedb_sdk generate | start`: errors are one sentence on stderr and an exit code."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .errors import SchemaError, SpacetimeDBException
from .sats.module_def import ModuleDef
from .sats.schema import read_schema, schema_version

__all__ = ["main"]

PROGRAM = "python -m spacetimedb_sdk"

START_HELP = "serve a module written in Python; `start --help` lists its options (needs the extra `server`)"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; the exit code: 0, 1 for a failure, 2 for a wrong command line."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        if given[:1] == ["start"]:
            return start(given[1:])
        options = build_parser().parse_args(given)
        return generate(options)
    except SystemExit as leaving:  # argparse has said what there is to say
        return leaving.code if isinstance(leaving.code, int) else 1
    except SpacetimeDBException as error:
        print(f"{PROGRAM}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=PROGRAM, description="SpacetimeDB for Python.")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    commands.add_parser("start", help=START_HELP, add_help=False)
    command = commands.add_parser(
        "generate",
        help="write the typed bindings of a module",
        description="Write the typed bindings of a module: one file per public table, type and reducer. "
        "Other files in the folder are left alone.",
    )
    command.add_argument("--out", metavar="DIR", type=Path, required=True, help="the folder of the bindings")
    source = command.add_mutually_exclusive_group(required=True)
    source.add_argument("--schema", metavar="FILE", type=Path, help="a module definition as JSON (V9 or V10)")
    source.add_argument("--server", metavar="URL", help="a running server, such as http://127.0.0.1:3000")
    source.add_argument("--module", metavar="PACKAGE.MODULE", help="a module written in Python")
    command.add_argument("--database", metavar="NAME", help="the database on the server")
    command.add_argument("--token", metavar="TOKEN", help="the token to ask the server with")
    command.add_argument(
        "--sdk",
        metavar="PACKAGE",
        default="spacetimedb_sdk",
        help="where the bindings find the SDK, such as mygame.vendor.spacetimedb_sdk (default: %(default)s)",
    )
    command.set_defaults(fail=command.error)
    return parser


def generate(options: argparse.Namespace) -> int:
    """`generate`: write the package, tell how many files it has."""
    from .codegen import generate as write_bindings

    if options.server is not None and options.database is None:
        options.fail("--server needs --database NAME")
    if options.server is None and (options.database is not None or options.token is not None):
        options.fail("--database and --token go with --server")
    definition, name = _definition(options)
    files = write_bindings(definition, options.out, module_name=name, sdk=options.sdk)
    print(f"{options.out}: {len(files)} files")
    return 0


def start(arguments: list[str]) -> int:
    """`start`: the embedded server."""
    from .standalone import command

    return command.main(arguments)


def _definition(options: argparse.Namespace) -> tuple[ModuleDef, str]:
    """The module definition and the name of the module."""
    if options.schema is not None:
        return _from_file(options.schema), options.schema.name.split(".")[0]
    if options.module is not None:
        from .standalone.command import load_module

        module = load_module(options.module)
        return module.definition(), module.name
    from .http import HttpClient

    content = HttpClient(options.server, options.token).schema(options.database)
    return _read(content), options.database


def _from_file(path: Path) -> ModuleDef:
    try:
        content = json.loads(path.read_bytes())
    except OSError as error:
        raise SchemaError(f"cannot read {path}: {error.strerror or error}") from error
    except ValueError as error:
        raise SchemaError(
            f"{path} is not JSON ({error}): save /v1/database/NAME/schema?version=10 there"
        ) from error
    return _read(content)


def _read(content: Any) -> ModuleDef:
    definition = read_schema(content)
    if schema_version(content) == 9 and (definition.views or definition.procedures):
        print(
            f"{PROGRAM}: the module was made for SpacetimeDB 2: its V9 definition does not tell which tables are event "
            "tables, so they are generated as ordinary ones: generate from its V10 definition instead",
            file=sys.stderr,
        )
    return definition


if __name__ == "__main__":
    sys.exit(main())
