"""From the tables a module had to those it has: what goes over by itself, what a hook has to take over, what cannot be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ...module import Module
from ...sats.algebraic_type import Ref, Typespace
from ...sats.bsatn.codec import Codec, CodecSpace
from ...sats.schema.module_def import ModuleDef, TableDef
from ..tables.table_store import TableStore
from .layouts import fits, shown
from .records import ColumnDefaults, RecordReader

__all__ = ["Migration", "StoredTable", "TablesAside"]


@dataclass(frozen=True, slots=True)
class _Renames:
    """`columns` by (table, column): both as they are called now; the values are what they were called."""

    tables: Mapping[str, str]
    columns: Mapping[tuple[str, str], str]

    @staticmethod
    def of(module: Module) -> _Renames:
        definition = module.definition()
        columns = {}
        for table in definition.tables:
            declared = module.tables[table.name].columns.values()
            for element, column in zip(table.columns(definition.typespace), declared, strict=True):
                if column.renamed_from is not None:
                    columns[table.name, element.name or ""] = column.renamed_from
        renamed = {name: table.renamed_from for name, table in module.tables.items() if table.renamed_from}
        return _Renames(renamed, columns)


class StoredTable:
    """The rows of a table that is none of the module's any more, or another one: columns by name, nested values as the
    module's own classes where it still has such, else as tuples and (tag, payload)."""

    def __init__(self, table: TableDef, space: CodecSpace) -> None:
        self.columns = tuple(column.name or "" for column in table.columns(space.typespace))
        self.was_read = False
        self._key = table.primary_key
        self._codec: Codec = space.codec(Ref(table.row_ref), table.name)
        self._rows: dict[object, tuple[object, ...]] = {}

    def rows(self) -> list[dict[str, object]]:
        self.was_read = True
        return [dict(zip(self.columns, row, strict=True)) for row in self._rows.values()]

    def apply(self, deletes: bytes, inserts: bytes) -> None:
        """Does again what a commit did. DecodeError for what are no rows."""
        for key, _ in self._decoded(deletes):
            self._rows.pop(key, None)
        for key, row in self._decoded(inserts):
            self._rows[key] = row

    def _decoded(self, data: bytes) -> Iterator[tuple[object, tuple[object, ...]]]:
        position = 0
        while position < len(data):
            row, end = self._codec.decode_from(data, position)
            # A row of no width is kept as one byte.
            yield (data[position:end] if self._key is None else row[self._key]), row
            position = max(end, position + 1)


class TablesAside:
    """What a hook is given (see `spacetimedb_sdk.module.StoredTables`)."""

    def __init__(self, tables: Mapping[str, StoredTable]) -> None:
        self._tables = tables

    def __contains__(self, table: object) -> bool:
        return table in self._tables

    def __iter__(self) -> Iterator[str]:
        return iter(self._tables)

    def rows(self, table: str) -> list[dict[str, object]]:
        if table not in self._tables:
            waiting = ", ".join(self._tables) or "none"
            raise KeyError(f"{table!r} is no table that has to be taken over: there are {waiting}")
        return self._tables[table].rows()

    def unread(self) -> list[str]:
        """The tables whose rows the hook has not looked at."""
        return [name for name, table in self._tables.items() if not table.was_read]


@dataclass(slots=True)
class Migration:
    """`obstacles` say, by the tables there were, why their rows cannot be those of `after`. `names` are what tables are
    called now, `wider` those with columns more, `aside` those whose rows a hook has to take over, `changed` the tables
    whose rows clients must see anew. All but `changed` go by the name that a table had."""

    before: ModuleDef
    after: ModuleDef
    obstacles: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    wider: dict[str, ColumnDefaults] = field(default_factory=dict)
    aside: dict[str, StoredTable] = field(default_factory=dict)
    changed: set[str] = field(default_factory=set)

    @staticmethod
    def between(before: ModuleDef, module: Module) -> Migration:
        """What becomes of rows kept under `before` when `module` runs."""
        self = Migration(before, module.definition())
        renames = _Renames.of(module)
        known = {table.name for table in before.tables}
        was = {
            name: old if name not in known and old in known else name
            for name, old in (
                (table.name, renames.tables.get(table.name, table.name)) for table in self.after.tables
            )
        }
        now = {old: name for name, old in was.items()}
        tables = {table.name: table for table in self.after.tables}
        for old in before.tables:
            table = tables.get(now.get(old.name, ""))
            if table is None:
                if not old.is_event:
                    self.obstacles[old.name] = (
                        f"table `{old.name}` is gone: keep it, or say @module.table(renamed_from={old.name!r}) on its new "
                        "name"
                    )
            elif old.is_event != table.is_event:
                self.obstacles[old.name] = f"table `{old.name}` holds events in one of them"
            elif not old.is_event:
                self._compare(old, table, renames)
        if module.migration is not None:
            space = CodecSpace(before.typespace, _shared_classes(before, module))
            stored = {table.name: table for table in before.tables}
            self.aside = {name: StoredTable(stored[name], space) for name in self.obstacles}
        return self

    @property
    def is_refused(self) -> bool:
        return bool(self.obstacles) and not self.aside

    @property
    def rewrites(self) -> bool:
        """Whether what is stored has other rows than the tables now, and has to be written anew."""
        return bool(self.wider or self.names or self.aside)

    def reader(self, stores: Mapping[str, TableStore[object]]) -> RecordReader:
        """What puts records that were kept before into the tables there are now."""
        return RecordReader(stores, names=self.names, wider=self.wider, aside=self.aside)

    def go_on_counting(self, stores: Mapping[str, TableStore[object]]) -> None:
        """A column that has become auto_inc, or whose rows were taken over, begins after the highest number there is."""
        if not self.differs:
            return
        for store in stores.values():
            for column, state in store.sequences.items():
                if state[0] == 0 or self.aside:
                    state[0] = max(state[0], *(getattr(row, column) for row in store.rows()), 0)

    @property
    def differs(self) -> bool:
        """Whether the tables, or the types of their columns, are others than they were."""
        return bool(self.obstacles or self.changed) or _outline(self.before) != _outline(self.after)

    def _compare(self, old: TableDef, table: TableDef, renames: _Renames) -> None:
        before, after = self.before.typespace, self.after.typespace
        found = list(_differences(old, before, table, after, renames))
        if found:
            self.obstacles[old.name] = f"table `{old.name}`: {', '.join(found)}"
            return
        if old.name != table.name:
            self.names[old.name] = table.name
            self.changed.add(table.name)
        count = len(old.columns(before))
        columns = table.columns(after)
        if len(columns) > count:
            added = b"".join(value for column, value in table.default_values if column >= count)
            row = CodecSpace(before, {}).codec(Ref(old.row_ref), old.name)
            self.wider[old.name] = ColumnDefaults(row, added)
            self.changed.add(table.name)
        if any(
            was.name != is_.name or not fits(is_.type, after, was.type, before)
            for was, is_ in zip(old.columns(before), columns, strict=False)
        ):
            self.changed.add(table.name)


def _differences(
    old: TableDef, old_types: Typespace, table: TableDef, types: Typespace, renames: _Renames
) -> Iterator[str]:
    """What is other in a table than that it has more columns, which have defaults."""
    before, after = old.columns(old_types), table.columns(types)
    were = [column.name for column in before]
    are = [renames.columns.get((table.name, column.name or ""), column.name) for column in after]
    # A name that is still there was not left behind by a renaming of long ago.
    are = [column.name if column.name in were else name for column, name in zip(after, are, strict=True)]
    gone = [name for name in were if name not in are]
    added = [column.name for column, name in zip(after, are, strict=True) if name not in were]
    if gone:
        instead = f" (is it `{added[0]}` now? column(renamed_from={gone[0]!r}))" if added else ""
        yield f"column{'s' * (len(gone) > 1)} {_listed(gone)} {'are' if len(gone) > 1 else 'is'} gone{instead}"
    elif are[: len(were)] != were:
        yield f"its columns were {_listed(were)} and must stay so, in this order, new ones after them"
    defaults = {column for column, _ in table.default_values}
    without = [after[n].name for n, name in enumerate(are) if name not in were and n not in defaults]
    if without and not gone:
        yield f"new columns without a default: {_listed(without)}, which column(default=...) gives one"
    for column in before:
        if column.name in are:
            now = after[are.index(column.name)]
            if not fits(column.type, old_types, now.type, types):
                yield (
                    f"column `{now.name}` was {shown(column.type, old_types)} and is {shown(now.type, types)}: "
                    "add another column instead"
                )
    if gone or are[: len(were)] != were:
        return
    if old.primary_key != table.primary_key:
        key = None if old.primary_key is None else were[old.primary_key]
        yield "it had no primary key" if key is None else f"its primary key was `{key}`"
    old_unique = {item.columns for item in old.constraints}
    for item in table.constraints:
        if item.columns not in old_unique and item.columns != (table.primary_key,):
            columns = _listed([after[column].name for column in item.columns])
            yield f"a new unique constraint on {columns}, which rows there are may break"


def _listed(names: list[Any]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _outline(definition: ModuleDef) -> object:
    """Everything of tables but what they are called in another language."""
    typespace = definition.typespace
    return [
        (
            table.name, table.primary_key, table.is_event, table.schedule, table.constraints, table.sequences,
            [(column.name, shown(column.type, typespace)) for column in table.columns(typespace)],
        )
        for table in sorted(definition.tables, key=lambda table: table.name)
    ]  # fmt: skip


def _shared_classes(before: ModuleDef, module: Module) -> dict[int, Any]:
    """For the slots of `before`, rows aside, the module's classes that still fit them."""
    build = module.build()
    after = build.definition
    now = {(item.scope, item.name): item.ref for item in after.types}
    rows = {table.row_ref for table in before.tables}
    classes = {}
    for item in before.types:
        ref = now.get((item.scope, item.name))
        if item.ref in rows or ref is None or ref not in build.classes:
            continue
        if fits(Ref(item.ref), before.typespace, Ref(ref), after.typespace):
            classes[item.ref] = build.classes[ref]
    return classes
