"""Which files a bindings package has, and what each class, function and attribute in them is called."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from ..sats.algebraic_type import (
    AlgebraicType,
    ArrayType,
    Element,
    ProductType,
    Ref,
    SumType,
    Typespace,
    is_plain_enum,
    option_of,
    result_of,
    special_name,
)
from ..sats.schema.module_def import ModuleDef, ProcedureDef, ReducerDef, TableDef, TypeDef, ViewDef
from ..system.file_names import WINDOWS_DEVICES
from .names import (
    BUILTIN_TYPES,
    IMPORTED_NAMES,
    ROW_NAMES,
    Namespace,
    attribute,
    filter_method,
    pascal,
    python_name,
    snake,
)
from .public_part import fingerprint, public_part

__all__ = ["Field", "FunctionPlan", "PackagePlan", "TablePlan", "TypePlan", "make_plan"]


@dataclass(frozen=True, slots=True)
class Field:
    """A column, field, argument or variant: `wire_name` is the schema's, `attribute` Python's."""

    wire_name: str
    attribute: str
    type: AlgebraicType


@dataclass(frozen=True, slots=True)
class TypePlan:
    """A class with a file of its own, bound to slot `ref`."""

    ref: int
    class_name: str
    stem: str
    type: ProductType | SumType
    fields: tuple[Field, ...]

    @property
    def is_product(self) -> bool:
        return isinstance(self.type, ProductType)


@dataclass(frozen=True, slots=True)
class TablePlan:
    """`row_class` is None where the table's class is the row type itself, otherwise the class it derives from.

    `attribute` is what the table's handle is called.
    """

    name: str
    source_name: str
    class_name: str
    stem: str
    row_ref: int
    row_class: TypePlan | None
    fields: tuple[Field, ...]
    primary_key: str | None
    unique: frozenset[str]
    indexes: tuple[tuple[str, ...], ...]
    is_event: bool
    is_view: bool
    attribute: str

    def field(self, wire_name: str) -> Field:
        return next(field for field in self.fields if field.wire_name == wire_name)


@dataclass(frozen=True, slots=True)
class FunctionPlan:
    """A reducer, or a procedure, which returns something."""

    name: str
    source_name: str
    function: str
    stem: str
    params: ProductType
    fields: tuple[Field, ...]
    return_type: AlgebraicType | None = None


@dataclass(frozen=True, slots=True)
class PackagePlan:
    """`classes` is what slots of the typespace are bound to: (class name, stem) by slot.

    The last four are what the typed clients and the functions that make them are called.
    """

    module_name: str
    sdk: str
    typespace: Typespace
    tables: tuple[TablePlan, ...]
    types: tuple[TypePlan, ...]
    reducers: tuple[FunctionPlan, ...]
    procedures: tuple[FunctionPlan, ...]
    classes: dict[int, tuple[str, str]]
    fingerprint: str
    client: str
    async_client: str
    connect: str
    connect_async: str

    def reaches(self, start: int, goal: int) -> bool:
        """Whether a file for slot `start` leads, import by import, to the file for slot `goal`."""
        return _reaches(self.typespace, start, goal)


def _reaches(typespace: Typespace, start: int, goal: int) -> bool:
    seen: set[int] = set()
    pending: list[AlgebraicType] = [typespace.types[start]]
    while pending:
        match pending.pop():
            case Ref(index) if index not in seen:
                if index == goal:
                    return True
                seen.add(index)
                pending.append(typespace.types[index])
            case ArrayType(element):
                pending.append(element)
            case ProductType(items) | SumType(items):
                pending.extend(item.type for item in items)
    return False


def has_class(type_: AlgebraicType) -> bool:
    """Whether a named type of this shape gets a class: special types, options and results are the SDK's."""
    if special_name(type_) or option_of(type_) is not None or result_of(type_) is not None:
        return False
    return isinstance(type_, ProductType | SumType)


class _Planner:
    def __init__(self, definition: ModuleDef) -> None:
        self.public = public_part(definition)
        self.class_names = Namespace(IMPORTED_NAMES)
        # A file is an attribute of its package: `lazy_classes` would hide the function that `__init__` calls.
        self.stems = Namespace(
            {"__init__", "_async_client", "_client", "_connect", "_handles", "_module", "lazy_classes"}
            | WINDOWS_DEVICES
        )
        self.handles = Namespace()
        self.type_defs: dict[int, TypeDef] = {}
        for type_def in self.public.types:
            self.type_defs.setdefault(type_def.ref, type_def)
        self.sources: list[TableDef | ViewDef] = [*self.public.tables, *self.public.views]
        self.row_uses = Counter(_row_ref(source) for source in self.sources)
        self.used_class_names: set[str] = set()

    def own_class(self, source: TableDef | ViewDef) -> bool:
        """Whether the table's class is its row type: no other table shares it, and both have one name (or the type has none)."""
        ref = _row_ref(source)
        type_def = self.type_defs.get(ref)
        return self.row_uses[ref] == 1 and (
            type_def is None or _type_name(type_def) == pascal(source.source_name)
        )

    def name_classes(self) -> tuple[dict[str, tuple[str, str]], dict[int, tuple[str, str]]]:
        """(class name, stem) of every table by its name, and of every slot that has a class of its own."""
        tables: dict[str, tuple[str, str]] = {}
        slots: dict[int, tuple[str, str]] = {}
        for source in self.sources:
            tables[source.name] = self._claim(pascal(source.source_name))
        for source in self.sources:
            if self.own_class(source):
                slots[_row_ref(source)] = tables[source.name]
        table_classes = {name for name, _ in tables.values()}
        for ref, type_def in self.type_defs.items():
            if ref in slots or not has_class(self.public.typespace.types[ref]):
                continue
            name = _type_name(type_def)
            is_shared_row = ref in self.row_uses and name in table_classes
            slots[ref] = self._claim(f"{name}Row" if is_shared_row else name)
        for ref in self.row_uses:
            if ref not in slots:  # shared by several tables, and without a name
                slots[ref] = self._claim(f"Row{ref}")
        typespace = self.public.typespace
        for ref, type_ in enumerate(typespace.types):
            # Without a name a type is written out where it is used, which has no end where it holds itself.
            if ref not in slots and has_class(type_) and _reaches(typespace, ref, ref):
                slots[ref] = self._claim(f"Type{ref}")
        return tables, slots

    def _claim(self, name: str) -> tuple[str, str]:
        class_name = self.class_names.claim(python_name(name))
        self.used_class_names.add(class_name)
        return class_name, self.stems.claim(python_name(snake(name)))

    def fields(self, elements: tuple[Element, ...], reserved: frozenset[str]) -> tuple[Field, ...]:
        """Attributes for `elements`: none hides a class, none is `reserved`, all differ."""
        taken = Namespace()
        hidden = reserved | self.used_class_names | IMPORTED_NAMES
        fields = []
        for index, element in enumerate(elements):
            name = element.name or f"field_{index}"
            fields.append(Field(name, taken.claim(attribute(name, hidden)), element.type))
        return tuple(fields)

    def type_fields(self, type_: ProductType | SumType, *, is_row: bool) -> tuple[Field, ...]:
        if isinstance(type_, ProductType):
            methods = frozenset(filter_method(element.name or "") for element in type_.elements)
            return self.fields(type_.elements, ROW_NAMES | methods if is_row else frozenset())
        reserved = {"mro", "name", "value"} if is_plain_enum(type_) else {"mro"}
        taken = Namespace()
        return tuple(
            Field(name, taken.claim(python_name(name, reserved)), variant.type)
            for name, variant in ((v.name or f"variant_{i}", v) for i, v in enumerate(type_.variants))
        )

    def table(self, source: TableDef | ViewDef, name: tuple[str, str], row: TypePlan) -> TablePlan:
        columns = row.fields
        primary_key: str | None
        if isinstance(source, ViewDef):
            primary_key = source.primary_key[0] if len(source.primary_key) == 1 else None
            unique: list[str] = []
            indexes: list[tuple[str, ...]] = []
        else:
            primary_key = None if source.primary_key is None else columns[source.primary_key].wire_name
            unique = [columns[c.columns[0]].wire_name for c in source.constraints if len(c.columns) == 1]
            indexes = [
                tuple(columns[column].wire_name for column in index.columns) for index in source.indexes
            ]
        is_unique = frozenset(unique if primary_key is None else [*unique, primary_key])
        return TablePlan(
            name=source.name,
            source_name=source.source_name,
            class_name=name[0],
            stem=name[1],
            row_ref=row.ref,
            row_class=None if row.class_name == name[0] else row,
            fields=columns,
            primary_key=primary_key,
            unique=is_unique,
            indexes=tuple(index for index in indexes if len(index) > 1 or index[0] not in is_unique),
            is_event=not isinstance(source, ViewDef) and source.is_event,
            is_view=isinstance(source, ViewDef),
            attribute=self.handles.claim(python_name(snake(source.source_name))),
        )

    def function(self, item: ReducerDef | ProcedureDef, functions: Namespace) -> FunctionPlan:
        name = snake(item.source_name)
        is_procedure = isinstance(item, ProcedureDef)
        kind = "procedure" if is_procedure else "reducer"
        reserved = {f"{kind}_name", "self", *(("callback",) if is_procedure else ())}
        return FunctionPlan(
            name=item.name,
            source_name=item.source_name,
            function=functions.claim(python_name(name, BUILTIN_TYPES | {f"{kind}_name", "handles"})),
            stem=self.stems.claim(python_name(f"{name}_{kind}")),
            params=item.params,
            fields=self.fields(item.params.elements, frozenset(reserved)),
            return_type=item.return_type if isinstance(item, ProcedureDef) else None,
        )


def _row_ref(source: TableDef | ViewDef) -> int:
    return source.row.index if isinstance(source, ViewDef) else source.row_ref


def _type_name(type_def: TypeDef) -> str:
    return "".join(pascal(part) for part in (*type_def.scope, type_def.name))


def make_plan(definition: ModuleDef, *, module_name: str, sdk: str) -> PackagePlan:
    """The plan of a bindings package. SchemaError for a definition that cannot have one."""
    planner = _Planner(definition)
    typespace = planner.public.typespace
    table_names, slots = planner.name_classes()
    types: dict[int, TypePlan] = {}
    for ref, (class_name, stem) in slots.items():
        type_ = typespace.types[ref]
        assert isinstance(type_, ProductType | SumType)
        is_row = ref in planner.row_uses
        types[ref] = TypePlan(ref, class_name, stem, type_, planner.type_fields(type_, is_row=is_row))
    tables = tuple(
        planner.table(source, table_names[source.name], types[_row_ref(source)]) for source in planner.sources
    )
    functions = Namespace(planner.used_class_names | IMPORTED_NAMES)
    table_classes = {table.class_name for table in tables}
    reducers = tuple(planner.function(reducer, functions) for reducer in planner.public.reducers)
    procedures = tuple(planner.function(item, functions) for item in planner.public.procedures)
    # What the module itself calls so keeps its name.
    callbacks = {f"register_on_{reducer.function}" for reducer in reducers}
    free = Namespace(planner.stems.names | functions.names | callbacks)
    return PackagePlan(
        module_name=module_name,
        sdk=sdk,
        typespace=typespace,
        tables=tuple(sorted(tables, key=lambda table: table.name)),
        types=tuple(plan for plan in types.values() if plan.class_name not in table_classes),
        reducers=reducers,
        procedures=procedures,
        classes=slots,
        fingerprint=fingerprint(definition),
        client=free.claim("Client"),
        async_client=free.claim("AsyncClient"),
        connect=free.claim("connect"),
        connect_async=free.claim("connect_async"),
    )
