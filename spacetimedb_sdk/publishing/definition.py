"""Definitions of compiled modules: read out of the file itself, with no server running."""

from __future__ import annotations

from pathlib import Path

from ..errors import SchemaError
from ..sats.schema.module_def import ModuleDef
from ..sats.schema.raw_def import definition_from_bsatn
from ..sats.schema.versions import read_schema
from .instance import HostCallError, ModuleInstance
from .wasm_file import WasmError

__all__ = ["definition_of"]


def definition_of(path: Path) -> ModuleDef:
    """What the module in the WebAssembly file at `path` defines, V9 or V10.

    SchemaError, with the file's name, for a file that is no module of SpacetimeDB, and for one that cannot be read.
    """
    try:
        instance = ModuleInstance(path.read_bytes())
        instance.start()
        return read_schema(definition_from_bsatn(instance.describe()))
    except OSError as error:
        raise SchemaError(f"{path} cannot be read: {error.strerror}") from error
    except (WasmError, HostCallError, SchemaError) as error:
        raise SchemaError(f"{path}: {error}") from error
