"""Bindings of a database made in memory, from the schema its server sends: rows and calls without generated files.

    live = LiveBindings(read_schema(HttpClient(url).schema("shop")))
    client = SpacetimeDBAsyncClient(live.bindings)

Tools use them, which learn while they run what a database has. Programs use generated ones, which an editor can read.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import make_dataclass
from typing import Any

from ..sats.algebraic_type import Element, ProductType, Ref
from ..sats.bsatn.codec import CodecSpace
from ..sats.json.encoding import json_encoder
from ..sats.schema.module_def import ModuleDef, TableDef
from .module import ModuleBindings, ProcedureInfo, ReducerInfo, TableInfo
from .rows import TableRow

__all__ = ["LiveBindings"]


class LiveBindings:
    """`bindings` is what a client takes for a bindings package: all tables and views of `module`, private ones too, and
    all reducers and procedures but those of the lifecycle.

    A row has the attributes `column_0`, `column_1` and so on, as columns may have any name. Values of the module's own types
    have no classes: a product is a tuple, a variant `(tag, payload)`. `space` encodes and decodes all of them.
    """

    def __init__(self, module: ModuleDef) -> None:
        self.module = module = module.flattened()
        self.space = CodecSpace(module.typespace, {})
        rows = {table.name: table.row_ref for table in module.tables}
        rows |= {view.name: view.row.index for view in module.views}
        tables = [_table(table, self._columns(table.row_ref)) for table in module.tables]
        tables += [
            TableInfo(
                view.name,
                view.source_name,
                rows[view.name],
                view.primary_key[0] if len(view.primary_key) == 1 else None,
                is_view=True,
            )
            for view in module.views
        ]
        self.bindings = ModuleBindings(
            typespace=module.typespace,
            tables=tuple(tables),
            reducers=tuple(
                ReducerInfo(reducer.name, reducer.source_name, reducer.params)
                for reducer in module.reducers
                if reducer.lifecycle is None
            ),
            procedures=tuple(
                ProcedureInfo(procedure.name, procedure.source_name, procedure.params, procedure.return_type)
                for procedure in module.procedures
            ),
        )
        classes = {name: self._row_class(ref) for name, ref in rows.items()}
        fields = {ref: self._fields(ref) for ref in rows.values()}
        self.bindings.bind(types={}, tables=classes, field_names=fields)
        self._writers = {name: self._writer(ref) for name, ref in rows.items()}

    def columns(self, table: str) -> tuple[Element, ...]:
        """The columns of a table or view, in the order of a row's attributes."""
        return self._columns(self.bindings.tables[table].row)

    def row_json(self, table: str, row: object) -> Any:
        """The row as JSON with the names of columns, fields and variants."""
        return self._writers[table](row)

    def _columns(self, ref: int) -> tuple[Element, ...]:
        row = self.module.typespace.resolve(Ref(ref))
        assert isinstance(row, ProductType)
        return row.elements

    def _fields(self, ref: int) -> tuple[str, ...]:
        return tuple(f"column_{index}" for index in range(len(self._columns(ref))))

    def _row_class(self, ref: int) -> type[object]:
        fields = [(name, Any) for name in self._fields(ref)]
        return make_dataclass("Row", fields, bases=(TableRow,), frozen=True, slots=True)

    def _writer(self, ref: int) -> Callable[[object], object]:
        encode = json_encoder(self.space, Ref(ref), positional=False)
        fields = self._fields(ref)
        return lambda row: encode(tuple(getattr(row, field) for field in fields))


def _table(table: TableDef, columns: tuple[Element, ...]) -> TableInfo:
    key = None if table.primary_key is None else columns[table.primary_key].name
    return TableInfo(
        table.name,
        table.source_name,
        table.row_ref,
        key,
        () if key is None else (key,),
        is_event=table.is_event,
    )
