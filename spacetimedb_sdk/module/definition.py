"""From a module's declarations to its definition (spec: schema.md).

Tables and reducers are visited in one alphabetical order, as SpacetimeDB's own modules register them: types get their
slots in that order, each before the types inside it.
"""

from __future__ import annotations

import enum
import typing
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ..errors import EncodeError
from ..sats import algebraic_type as sats
from ..sats.algebraic_type import UNIT, AlgebraicType, Element, ProductType, Ref, SumType, Typespace
from ..sats.bsatn.codec import CodecSpace
from ..sats.schema.case_conversion import camel_case, snake_case
from ..sats.schema.module_def import (
    IndexDef,
    ModuleDef,
    ProcedureDef,
    ReducerDef,
    ScheduleDef,
    SequenceDef,
    TableDef,
    TypeDef,
    UniqueConstraintDef,
    ViewDef,
)
from ..system.plain_text import close_to
from .columns import MISSING
from .context import AnonymousViewContext, ProcedureContext, ReducerContext, ViewContext
from .declarations import (
    Declarations,
    Place,
    ProcedureDeclaration,
    ReducerDeclaration,
    TableDeclaration,
    ViewDeclaration,
)
from .hints import HintError, algebraic_type_of
from .names import is_column_name, named_twice, source_name
from .rows import is_dataclass_itself

__all__ = ["ModuleBuild", "build"]

# What stands for a number in a hint, for who calls it as another language does.
_WIDTHS = (*(f"{sign}{bits}" for sign in "iu" for bits in (8, 16, 32, 64, 128, 256)), "f32", "f64")
_INTEGERS = frozenset(
    {sats.I8, sats.I16, sats.I32, sats.I64, sats.I128, sats.I256}
    | {sats.U8, sats.U16, sats.U32, sats.U64, sats.U128, sats.U256}
)
_KEY_TYPES = _INTEGERS | {
    sats.BOOL,
    sats.STRING,
    sats.BYTES,
    sats.IDENTITY,
    sats.CONNECTION_ID,
    sats.TIMESTAMP,
    sats.UUID,
}
_KEYS_ARE = (
    "those are integers, bool, str, bytes, Identity, ConnectionId, Timestamp, UUID and plain enums, an index that is not "
    "unique may be over f32 and f64, too"
)


@dataclass(frozen=True, slots=True)
class ModuleBuild:
    """A definition and the Python class bound to each of its typespace slots. `space` has the codecs of those classes, which
    all databases of the module in a process share.
    """

    definition: ModuleDef
    classes: Mapping[int, type[Any]]
    space: CodecSpace = field(compare=False, repr=False)


def build(module: Declarations) -> ModuleBuild:
    """ModuleError, with the place of the declaration, where the declarations do not fit each other."""
    builder = _Builder(module)
    items: list[TableDeclaration | ReducerDeclaration | ProcedureDeclaration | ViewDeclaration] = [
        *module.tables.values(),
        *module.reducers.values(),
        *module.procedures.values(),
        *module.views.values(),
    ]
    for item in sorted(items, key=lambda item: item.name):
        match item:
            case TableDeclaration():
                builder.tables.append(builder.table(item))
            case ReducerDeclaration():
                builder.reducers.append(builder.reducer(item))
            case ProcedureDeclaration():
                builder.procedures.append(builder.procedure(item))
            case ViewDeclaration():
                builder.views.append(builder.view(item))
    definition = ModuleDef(
        typespace=Typespace(tuple(builder.slots)),
        types=tuple(sorted(builder.names, key=lambda item: item.name)),
        tables=tuple(builder.with_defaults()),
        reducers=tuple(builder.reducers),
        procedures=tuple(builder.procedures),
        views=tuple(builder.views),
        row_level_security=tuple(module.visibility_filters),
    )
    twice = named_twice(definition)
    if twice is not None:
        owner, said = twice
        raise (module.tables.get(owner) or module.views[owner]).place.error(said)
    return ModuleBuild(definition, builder.classes, CodecSpace(definition.typespace, builder.classes))


def _source_names(
    functions: Iterable[ReducerDeclaration | ProcedureDeclaration | ViewDeclaration],
) -> dict[str, str]:
    """By canonical name what the author wrote, by which a server knows functions apart: where that is another's, too, the canonical
    name itself."""
    names = {item.name: source_name(item.function.__name__) for item in functions}
    while len({*names.values()}) < len(names):
        times = Counter(names.values())
        names = {name: source if times[source] == 1 else name for name, source in names.items()}
    return names


class _Builder:
    def __init__(self, module: Declarations) -> None:
        self.module = module
        self.slots: list[AlgebraicType] = []
        self.names: list[TypeDef] = []
        self.classes: dict[int, type[Any]] = {}
        self.tables: list[TableDef] = []
        self.reducers: list[ReducerDef] = []
        self.procedures: list[ProcedureDef] = []
        self.views: list[ViewDef] = []
        self._refs: dict[type[Any], int] = {}
        self._rows = {table.row_class: table for table in module.tables.values()}
        functions: list[ReducerDeclaration | ProcedureDeclaration | ViewDeclaration] = [
            *module.reducers.values(),
            *module.procedures.values(),
            *module.views.values(),
        ]
        self._sources = _source_names(functions)
        self._by_name = {cls.__name__: cls for cls in (*module.types, *self._rows)}
        self._scheduled = {table.scheduled for table in module.tables.values()} - {None}

    # Types

    def class_type(self, cls: Any) -> AlgebraicType | None:
        """The Ref of one of the module's classes, which gets its slot when it is first seen."""
        if cls in self._refs:
            return Ref(self._refs[cls])
        declared = self.module.types.get(cls) if isinstance(cls, type) else None
        row = self._rows.get(cls) if isinstance(cls, type) else None
        if declared is None and row is None:
            return None
        ref = self._refs[cls] = len(self.slots)
        self.slots.append(UNIT)
        self.classes[ref] = cls
        place = declared.place if declared is not None else typing.cast(TableDeclaration, row).place
        if any(item.name == cls.__name__ for item in self.names):
            raise place.error(f"there are two types called {cls.__name__}")
        self.names.append(TypeDef(cls.__name__, (), ref, custom_ordering=True))
        if declared is not None and issubclass(cls, enum.Enum):
            variants = [Element(self._variant_name(member.name), UNIT) for member in cls]
            members = [member.name for member in cls]
            self._check_distinct(cls, "variants", zip(members, variants, strict=True), place)
            self.slots[ref] = SumType(tuple(variants))
        elif declared is not None and declared.variants is not None:
            self.slots[ref] = self._sum(cls, declared.variants, place)
        else:
            self.slots[ref] = self._product(cls, place)
        return Ref(ref)

    def _sum(self, cls: Any, variants: list[tuple[str, type[Any]]], place: Place) -> SumType:
        if not variants:
            raise place.error(
                f"sum {cls.__name__} has no variants: derive classes decorated with @module.variant"
            )
        cls.__sats_variants__ = tuple(variant for _, variant in variants)
        elements = tuple(
            Element(
                self._variant_name(name),
                next((element.type for element in self._product(variant, place).elements), UNIT),
            )
            for name, variant in variants
        )
        names = [name for name, _ in variants]
        self._check_distinct(cls, "variants", zip(names, elements, strict=True), place)
        return SumType(elements)

    def _product(self, cls: Any, place: Place) -> ProductType:
        if is_dataclass_itself(
            cls
        ):  # above the module's decorator: its methods have taken the place of the generated
            raise place.error(
                f"{cls.__name__}: it is a row or type of the module already: take @dataclass away"
            )
        hints = self._hints(cls, place)
        elements = tuple(
            Element(
                chosen or self._field_name(name), self._type(hints[name], f"{cls.__name__}.{name}", place)
            )
            for name, chosen in zip(cls.__sats_fields__, cls.__sats_chosen_names__, strict=True)
        )
        self._check_distinct(cls, "fields", zip(cls.__sats_fields__, elements, strict=True), place)
        return ProductType(elements)

    def _check_distinct(
        self, cls: Any, what: str, named: Iterable[tuple[str, Element]], place: Place
    ) -> None:
        """ModuleError where two names of the module's are one of the database's."""
        found: dict[str | None, str] = {}
        for written, element in named:
            other = found.setdefault(element.name, written)
            if other != written:
                raise place.error(
                    f"{cls.__name__} has two {what} that the database calls {element.name!r}, {other!r} and {written!r}: "
                    "call one of them otherwise"
                )

    def _field_name(self, attribute: str) -> str:
        name = source_name(attribute)
        return snake_case(name) if self.module.style == "2.x" else name

    def _variant_name(self, name: str) -> str:
        return camel_case(name) if self.module.style == "2.x" else name

    def _hints(self, item: Any, place: Place) -> dict[str, Any]:
        # The module's own classes come first: decorating made new ones, and a snapshot of names may hold the old.
        names = {**place.names, **self._by_name}
        try:
            return typing.get_type_hints(item, globalns=names, localns=names, include_extras=True)
        except NameError as error:
            meant = close_to(str(error.name), (*names, *_WIDTHS))
            raise place.error(
                f"{item.__name__}: hint {error.name!r} names nothing{meant}: import or define it"
            ) from error
        except TypeError as error:
            raise place.error(f"{item.__name__}: a hint cannot be read ({error})") from error

    def _type(self, hint: Any, what: str, place: Place) -> AlgebraicType:
        try:
            return algebraic_type_of(hint, self.class_type)
        except HintError as error:
            raise place.error(f"{what}: {error}") from error

    # Tables

    def table(self, table: TableDeclaration) -> TableDef:
        row_ref = self.class_type(table.row_class)
        assert isinstance(row_ref, Ref)
        row = self.slots[row_ref.index]
        assert isinstance(row, ProductType)
        positions = {name: position for position, name in enumerate(table.columns)}
        called = {name: row.elements[position].name or name for name, position in positions.items()}
        primary = [name for name, column in table.columns.items() if column.primary_key]
        if len(primary) > 1:
            raise table.place.error(
                f"table {table.name!r} has {len(primary)} primary keys ({', '.join(primary)})"
            )
        if table.is_event and (primary or table.scheduled):
            raise table.place.error(
                f"event table {table.name!r} stores nothing: it can have no key and no schedule"
            )
        self._check_columns(table, row)
        unique = [name for name, column in table.columns.items() if column.primary_key or column.unique]
        indexed = [name for name, column in table.columns.items() if column.index and name not in unique]
        return TableDef(
            name=table.name,
            source_name=table.name,
            row_ref=row_ref.index,
            primary_key=positions[primary[0]] if primary else None,
            indexes=self._indexes(table, unique + indexed, positions, called),
            constraints=tuple(
                UniqueConstraintDef(f"{table.name}_{called[name]}_key", (positions[name],))
                for name in sorted(unique)
            ),
            sequences=tuple(
                SequenceDef(f"{table.name}_{called[name]}_seq", positions[name])
                for name, column in table.columns.items()
                if column.auto_inc
            ),
            schedule=self._schedule(table, row, positions),
            is_public=table.is_public,
            is_event=table.is_event,
        )

    def with_defaults(self) -> Iterator[TableDef]:
        """The tables with the values that their columns have where a row was stored without them."""
        space = CodecSpace(Typespace(tuple(self.slots)), self.classes)
        for table in self.tables:
            declared = self.module.tables[table.name]
            elements = table.columns(space.typespace)
            values = []
            for position, (name, column) in enumerate(declared.columns.items()):
                if column.default is not MISSING:
                    codec = space.codec(elements[position].type, f"the default of {table.name}.{name}")
                    try:
                        values.append((position, codec.encode(column.default)))
                    except EncodeError as error:
                        raise declared.place.error(str(error)) from error
            yield replace(table, default_values=tuple(values))

    def _check_columns(self, table: TableDeclaration, row: ProductType) -> None:
        for (name, column), element in zip(table.columns.items(), row.elements, strict=True):
            if column.auto_inc and element.type not in _INTEGERS:
                raise table.place.error(f"column {table.name}.{name}: only an integer can be auto_inc")
            if column.auto_inc and not (column.primary_key or column.unique):
                raise table.place.error(
                    f"column {table.name}.{name}: an auto_inc column must be unique or the key"
                )
            if column.primary_key or column.unique or column.index:
                self._check_key(table, name, element.type, unique=column.primary_key or column.unique)

    def _check_key(self, table: TableDeclaration, name: str, type_: AlgebraicType, *, unique: bool) -> None:
        resolved = self.slots[type_.index] if isinstance(type_, Ref) else type_
        if resolved in (sats.F32, sats.F64) and not unique:
            return
        if resolved not in _KEY_TYPES and not sats.is_plain_enum(resolved):
            raise table.place.error(f"column {table.name}.{name} can be no key or index: {_KEYS_ARE}")

    def _indexes(
        self,
        table: TableDeclaration,
        single: list[str],
        positions: dict[str, int],
        called: dict[str, str],
    ) -> tuple[IndexDef, ...]:
        indexes = [
            IndexDef(f"{table.name}_{called[name]}_idx_btree", source_name(name), "BTree", (positions[name],))
            for name in single
        ]
        for index in table.indexes:
            missing = [name for name in index.columns if name not in positions]
            if missing or not index.columns:
                raise table.place.error(
                    f"index {index.name!r} of table {table.name!r}: there is no column {', '.join(missing) or 'named'}"
                    + (close_to(missing[0], positions) if missing else "")
                )
            if not is_column_name(index.name) or len({*index.columns}) < len(index.columns):
                raise table.place.error(
                    f"index {index.name!r} of table {table.name!r}: its name is of letters, digits and _, and each column is in it once"
                )
            row = self.slots[self._refs[table.row_class]]
            assert isinstance(row, ProductType)
            for name in index.columns:
                self._check_key(table, name, row.elements[positions[name]].type, unique=False)
            columns = tuple(positions[name] for name in index.columns)
            joined = "_".join(called[name] for name in index.columns)
            indexes.append(IndexDef(f"{table.name}_{joined}_idx_btree", index.name, "BTree", columns))
        return tuple(sorted(indexes, key=lambda index: index.name or ""))

    def _schedule(
        self, table: TableDeclaration, row: ProductType, positions: dict[str, int]
    ) -> ScheduleDef | None:
        if table.scheduled is None:
            return None
        types = {name: row.elements[position].type for name, position in positions.items()}
        if types.get("scheduled_id") != sats.U64 or table.primary_key != "scheduled_id":
            raise table.place.error(
                f"scheduled table {table.name!r} needs `scheduled_id: u64 = column(primary_key=True, auto_inc=True)`"
            )
        if types.get("scheduled_at") != sats.SCHEDULE_AT:
            raise table.place.error(f"scheduled table {table.name!r} needs `scheduled_at: ScheduleAt`")
        target: ReducerDeclaration | ProcedureDeclaration | None
        target = self.module.reducers.get(table.scheduled) or self.module.procedures.get(table.scheduled)
        if target is None or (isinstance(target, ReducerDeclaration) and target.lifecycle is not None):
            known = sorted({*self.module.reducers, *self.module.procedures})
            raise table.place.error(
                f"scheduled table {table.name!r} names reducer or procedure {table.scheduled!r}, which the module does "
                f"not have{close_to(table.scheduled, known)}: there is {', '.join(known) or 'none'}"
            )
        return ScheduleDef(f"{table.name}_sched", target.name, positions["scheduled_at"])

    # Reducers

    def reducer(self, reducer: ReducerDeclaration) -> ReducerDef:
        what = f"reducer {reducer.name!r}"
        hints = self._hints(reducer.function, reducer.place)
        self._check_context(reducer, hints, what, ReducerContext)
        if hints.get("return") not in (None, type(None)):
            raise reducer.place.error(
                f"{what} answers nothing, so it returns `-> None`: what answers its caller is a @module.procedure"
            )
        params = self._params(reducer, hints, what)
        self._check_timers(reducer, params, what)
        hidden = reducer.lifecycle is not None or reducer.name in self._scheduled
        return ReducerDef(
            name=reducer.name,
            source_name=self._sources[reducer.name],
            params=params,
            lifecycle=reducer.lifecycle,
            is_private=hidden and self.module.style == "2.x",
        )

    def _check_context(
        self,
        item: ReducerDeclaration | ProcedureDeclaration,
        hints: Mapping[str, object],
        what: str,
        expected: type[Any],
    ) -> None:
        hint = hints.get(item.context, Any)
        if hint is not Any and not (isinstance(hint, type) and issubclass(hint, expected)):
            raise item.place.error(
                f"{what}: its first parameter is the context, `ctx: {expected.__name__}`, which {item.context!r} is not"
            )

    def _check_timers(
        self, item: ReducerDeclaration | ProcedureDeclaration, params: ProductType, what: str
    ) -> None:
        for table in self.module.tables.values():
            if table.scheduled == item.name and [element.type for element in params.elements] != [
                self.class_type(table.row_class)
            ]:
                raise item.place.error(
                    f"{what} is scheduled by table {table.name!r}: after the context it takes one "
                    f"parameter, the row: `timer: {table.row_class.__name__}`"
                )

    def _params(
        self, item: ReducerDeclaration | ProcedureDeclaration, hints: Mapping[str, object], what: str
    ) -> ProductType:
        return ProductType(
            tuple(
                Element(source_name(name), self._type(hints[name], f"{what}, parameter {name!r}", item.place))
                for name in item.params
            )
        )

    # Procedures and views

    def procedure(self, procedure: ProcedureDeclaration) -> ProcedureDef:
        what = f"procedure {procedure.name!r}"
        hints = self._hints(procedure.function, procedure.place)
        if "return" not in hints:
            raise procedure.place.error(f"{what}: say what it returns, `-> None` where that is nothing")
        self._check_context(procedure, hints, what, ProcedureContext)
        returned = hints["return"]
        params = self._params(procedure, hints, what)
        self._check_timers(procedure, params, what)
        return ProcedureDef(
            name=procedure.name,
            source_name=self._sources[procedure.name],
            params=params,
            is_private=procedure.name in self._scheduled and self.module.style == "2.x",
            return_type=UNIT
            if returned is type(None)
            else self._type(returned, f"{what}, what it returns", procedure.place),
        )

    def view(self, view: ViewDeclaration) -> ViewDef:
        what = f"view {view.name!r}"
        hints = self._hints(view.function, view.place)
        context = hints.get(view.context)
        if context not in (ViewContext, AnonymousViewContext):
            raise view.place.error(f"{what} takes `{view.context}: ViewContext` or AnonymousViewContext")
        return_type = self._type(hints.get("return"), f"{what}, what it returns", view.place)
        row = return_type.element if isinstance(return_type, sats.ArrayType) else sats.option_of(return_type)
        row_type = self.slots[row.index] if isinstance(row, Ref) else None
        if not isinstance(row, Ref) or not isinstance(row_type, ProductType) or not row_type.elements:
            raise view.place.error(
                f"{what} returns rows: list[R] or R | None, where R is the row of a table or a class with @module.type"
            )
        return ViewDef(
            name=view.name,
            source_name=self._sources[view.name],
            is_public=view.is_public,
            is_anonymous=context is AnonymousViewContext,
            params=UNIT,
            return_type=return_type,
            primary_key=self._view_key(view, row.index, row_type, what),
        )

    def _view_key(self, view: ViewDeclaration, row_ref: int, row: ProductType, what: str) -> tuple[str, ...]:
        if view.primary_key is None:
            return ()
        fields: tuple[str, ...] = self.classes[row_ref].__sats_fields__
        if view.primary_key not in fields:
            raise view.place.error(
                f"{what}: its primary key {view.primary_key!r} is none of its columns ({', '.join(fields)})"
            )
        element = row.elements[fields.index(view.primary_key)]
        resolved = self.slots[element.type.index] if isinstance(element.type, Ref) else element.type
        if resolved not in _KEY_TYPES and not sats.is_plain_enum(resolved):
            raise view.place.error(f"{what}: its primary key can be no {element.type}: {_KEYS_ARE}")
        return (element.name or "",)
