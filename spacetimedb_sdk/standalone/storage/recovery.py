"""From what storage kept to tables in memory: whether the module still fits it, and how its rows come back."""

from __future__ import annotations

import json

from ...errors import DecodeError, SchemaError
from ...module import Module
from ...sats.schema.module_def import ModuleDef
from ...sats.schema.v10 import read_v10, write_v10
from ..errors import StorageError
from ..tables.datastore import Datastore
from .commit_log import Storage
from .migration import Migration
from .records import Client

__all__ = ["REMEDY", "definition_text", "recover"]

_DAMAGED = "restore it from a backup, or give another --data-dir"
REMEDY = "take it back, take the rows over in @module.on_migrate, give another --data-dir, or begin anew with --clear"


def definition_text(definition: ModuleDef) -> str:
    """The definition as storage keeps it."""
    return json.dumps(write_v10(definition), sort_keys=True)


def recover(storage: Storage, module: Module, datastore: Datastore) -> tuple[list[Client], Migration]:
    """Fills the empty `datastore` with what is stored; returns the clients that were connected when it ended, and how
    what is stored became the tables of `module`.

    StorageError where the file is damaged, or its rows cannot be those of `module`.
    """
    assert storage.definition is not None
    path = storage.journal.path
    try:
        before = read_v10(json.loads(storage.definition))
    except (ValueError, SchemaError) as error:
        raise StorageError(path, "is damaged (its definition cannot be read)", _DAMAGED) from error
    migration = Migration.between(before, module)
    if migration.is_refused:
        found = "; ".join(migration.obstacles.values())
        raise StorageError(path, f"holds the tables of another module ({found})", REMEDY)
    reader = migration.reader(datastore.stores)
    try:
        for block in storage.blocks():
            reader.apply(block)
    except (DecodeError, KeyError) as error:
        raise StorageError(path, f"is damaged (a commit cannot be read: {error})", _DAMAGED) from error
    migration.go_on_counting(datastore.stores)
    return list(reader.clients), migration
