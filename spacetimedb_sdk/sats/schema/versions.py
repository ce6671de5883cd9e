"""A module definition of whichever version (spec: schema.md)."""

from __future__ import annotations

from ...errors import SchemaError
from .depth import check_depth
from .module_def import ModuleDef
from .v9 import read_v9
from .v10 import read_v10

__all__ = ["read_schema", "schema_version"]


def schema_version(definition: object) -> int:
    """9 or 10. SchemaError for anything else."""
    match _content(definition):
        case {"sections": _}:
            return 10
        case {"typespace": _}:
            return 9
    raise SchemaError(
        "not a module definition: save what /v1/database/NAME/schema?version=10 (SpacetimeDB 1: version=9) answers"
    )


def read_schema(definition: object) -> ModuleDef:
    """The module that `definition` (parsed JSON) describes: V9 or V10, with or without its version around it.

    SchemaError for what is none, and for types nested deeper than those of any module.
    """
    check_depth(definition)
    content = _content(definition)
    return read_v10(content) if schema_version(content) == 10 else read_v9(content)


def _content(definition: object) -> object:
    """`spacetimedb-standalone extract-schema` wraps the definition in its version."""
    match definition:
        case {"V10": content} | {"V9": content}:
            return content
    return definition
