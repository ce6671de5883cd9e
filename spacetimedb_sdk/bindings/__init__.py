"""Bindings: what generated code stands on.

A bindings package is written by `python -m spacetimedb_sdk generate`; its files import these names from here.
"""

from __future__ import annotations

from ..system.lazy import lazy_classes
from .ambient import AMBIENT, BoundClient, ClientHandles, NamedHandles
from .members import GeneratedEnum, GeneratedGroup, GeneratedSum
from .module import ModuleBindings, ProcedureInfo, ReducerInfo, TableInfo
from .rows import Rows, TableRow, bind_variants

__all__ = [
    "AMBIENT",
    "BoundClient",
    "ClientHandles",
    "GeneratedEnum",
    "GeneratedGroup",
    "GeneratedSum",
    "ModuleBindings",
    "NamedHandles",
    "ProcedureInfo",
    "ReducerInfo",
    "Rows",
    "TableInfo",
    "TableRow",
    "bind_variants",
    "lazy_classes",
]
