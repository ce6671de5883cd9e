"""Building: from a module written in Python to the WebAssembly file that a real SpacetimeDB takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from ..errors import SpacetimeDBException
from ..module import Module
from ..module.names import source_name
from ..sats.schema.case_conversion import snake_case
from ..sats.schema.module_def import ModuleDef
from ..sats.schema.newer_types import newer_types
from ..sats.schema.raw_def import definition_to_bsatn
from ..sats.schema.v9 import with_private_reducers, write_v9
from ..sats.schema.v10 import write_v10
from .bundle import Bundle, gather
from .check import Finding, check
from .compiling import lines_that_compile
from .freeze import StartError, freeze, recorded
from .interpreter import ABI_1, COMPILER, NEVER, Abi, Interpreter
from .parts import needs

__all__ = [
    "AbiError",
    "CheckError",
    "StartError",
    "build",
    "check_module",
    "definition_for",
    "migrations_given",
    "names_given",
]

# So many of the names that a database has otherwise are told; one shows the rule.
_MOST_NAMES = 4


class CheckError(SpacetimeDBException):
    """Lines of the module that will not work inside a database: `findings`."""

    def __init__(self, findings: list[Finding]) -> None:
        self.findings = findings
        super().__init__(findings)

    def __str__(self) -> str:
        return "; ".join(map(str, self.findings))


class AbiError(SpacetimeDBException):
    """The module has what servers of the ABI it was built for do not know."""


def check_module(
    name: str, interpreter: Interpreter, progress: Callable[[str], None] = lambda _text: None
) -> list[Finding]:
    """What of the Python module `name` will not work inside a database. `progress` gets a line where it needs a compiler there."""
    bundle = gather(name, interpreter.library, definition=b"", seed=0)
    _compiles(bundle, progress)
    return check(bundle, interpreter.builtin_modules)


def _compiles(bundle: Bundle, progress: Callable[[str], None]) -> bool:
    """Whether a line of the module turns text into code while its functions run."""
    lines = lines_that_compile(bundle)
    if lines:
        others = ", ".join(f"{Path(line.file).name}:{line.line}" for line in lines[1:])
        more = f"; also {others}" if others else ""
        progress(f"Python's compiler, 3 MB, stays in the file: {lines[0]}{more}")
    return bool(lines)


def build(
    name: str,
    module: Module,
    interpreter: Interpreter,
    *,
    abi: Abi,
    seed: int = 0,
    compiler: bool | None = None,
    progress: Callable[[str], None] = lambda _text: None,
) -> bytes:
    """The WebAssembly file of the Python module `name`, which holds `module`, for servers of `abi`. Takes some seconds.

    Python's compiler is in it with `compiler`, not without; None leaves it out unless a line of the module seems to need it.

    CheckError for lines that will not work there, AbiError where the module needs a newer server, StartError where
    it does not start inside. `progress` gets a line for each step.
    """
    definition = definition_for(module, abi, progress)
    bundle = gather(name, interpreter.library, definition=definition, seed=seed, abi=abi)
    findings = check(bundle, interpreter.builtin_modules)
    if findings:
        raise CheckError(findings)
    parts = interpreter.parts(abi)
    compiling = parts.pop(COMPILER)
    without = [part for name, part in parts.items() if name == NEVER or not needs(bundle, part.modules)]
    absent = [name for part in without for name in part.modules]
    wasm = interpreter.wasm(abi)
    if compiler is None:
        compiler = _compiles(bundle, progress)
    progress(f"starting {name} in the interpreter, with {len(bundle.sources)} files")
    if compiler:
        return freeze(wasm, bundle.content(absent), without, name=name)
    compiled = recorded(wasm, bundle.content(absent, compiler="recorded"))
    return freeze(wasm, bundle.compiled_content(absent, compiled), [*without, compiling], name=name)


def _first_of(names: Sequence[str]) -> str:
    """Some of the names in a line, and how many more there are."""
    more = len(names) - _MOST_NAMES
    return ", ".join(names[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")


def names_given(module: Module) -> str | None:
    """In a line: which reducers, procedures, views and columns a database calls otherwise than the source does; None for none.
    Names that the module gives itself, by `name=`, are its own."""
    if module.style != "2.x":
        return None
    functions = (("reducer", module.reducers), ("procedure", module.procedures), ("view", module.views))
    written = [
        (f"{kind} ", source_name(item.function.__name__), item.name)
        for kind, items in functions
        for item in items.values()
    ]
    written += [
        (f"{table.name}.", source_name(attribute), snake_case(source_name(attribute)))
        for table in module.tables.values()
        for attribute, column in table.columns.items()
        if column.name is None
    ]
    changed = [f"{of}{name} is {there}" for of, name, there in written if there == snake_case(name) != name]
    if not changed:
        return None
    return f'names are snake_case in a database, as in every SpacetimeDB 2 module: {_first_of(changed)} (Module(..., style="1.x") keeps them)'


def migrations_given(module: Module) -> str | None:
    """In a line: what of the module takes stored rows over on the embedded server alone; None for nothing."""
    given = ["@module.on_migrate"] if module.migration is not None else []
    for table in module.tables.values():
        if table.renamed_from is not None:
            given.append(f"table {table.name} (renamed_from)")
        given += [
            f"{table.name}.{attribute} (renamed_from)"
            for attribute, column in table.columns.items()
            if column.renamed_from is not None
        ]
    if not given:
        return None
    return f"a real SpacetimeDB takes no stored rows over by what the embedded server does: {_first_of(given)}; it refuses such changes"


def definition_for(module: Module, abi: Abi, progress: Callable[[str], None]) -> bytes:
    """The definition that servers of `abi` read. `progress` gets a line for what they leave out, AbiError for the rest."""
    definition = module.definition()
    written = _definition(definition, abi)
    for table in definition.tables:
        if table.is_event and abi == ABI_1:
            progress(
                f"servers of 1.x know no event tables: {table.name} is left out, what is inserted there is dropped"
            )
    return written


def _definition(definition: ModuleDef, abi: Abi) -> bytes:
    if abi != ABI_1:
        return definition_to_bsatn(write_v10(definition, by_itself=True), 10)
    newer = [
        *(f"view {view.name}" for view in definition.views),
        *(f"procedure {procedure.name}" for procedure in definition.procedures),
    ]
    if newer:
        raise AbiError(
            f"servers of 1.x know neither views nor procedures, and this module has {', '.join(newer)}: "
            "publish it to a SpacetimeDB of 2.x"
        )
    unknown = newer_types(definition)
    if unknown:
        raise AbiError(
            f"servers of 1.x know neither UUIDs nor results, and in this module {', '.join(unknown)}: publish it to a SpacetimeDB of "
            "2.x, or store a UUID as u128 (its `.int`) or as str, and in the place of a result a class with @module.sum"
        )
    # Nor do they know event tables: clients of an older world live without them, and what is inserted there is dropped.
    stored = replace(definition, tables=tuple(table for table in definition.tables if not table.is_event))
    written = write_v9(with_private_reducers(stored))
    # Values for new columns came with 2.x; a server of 1.x cannot read a definition that has them.
    written["misc_exports"] = []
    return definition_to_bsatn(written, 9)
