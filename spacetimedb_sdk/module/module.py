"""`Module`: the decorators by which a server module is written."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from enum import Enum
from typing import Any, Literal, TypeAlias, TypeVar, dataclass_transform, overload

from ..sats.schema.case_conversion import snake_case
from ..sats.schema.module_def import Lifecycle, ModuleDef
from .columns import Column, Index, column
from .declarations import (
    MigrationDeclaration,
    Place,
    ProcedureDeclaration,
    ReducerDeclaration,
    TableDeclaration,
    TypeDeclaration,
    ViewDeclaration,
    caller_place,
)
from .definition import ModuleBuild, build
from .functions import parameters_of, place_of, written
from .names import source_name
from .rows import DECLARED, ENCODED, Product, Row, Sum, build_class, is_built, misuse

__all__ = ["Module"]

C = TypeVar("C")
E = TypeVar("E", bound=Enum)
F = TypeVar("F", bound=Callable[..., None])
M = TypeVar("M", bound=Callable[..., None])
G = TypeVar("G", bound=Callable[..., object])

# Inside `Module` the name `type` is its decorator.
_Class: TypeAlias = type[C]

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*\Z")


class Module:
    """A server module in the making.

    `style` settles how names and visibility are defined, as SpacetimeDB's own libraries of that version do: in `2.x`
    scheduled reducers cannot be called by clients and sum variants are called in camelCase; in `1.x` scheduled
    reducers are ordinary ones and all names stay as written. Mistakes raise ModuleError with file and line: those of
    one declaration at once, those between declarations from `definition()`.
    """

    def __init__(self, name: str, *, style: Literal["1.x", "2.x"] = "2.x") -> None:
        if style not in ("1.x", "2.x"):
            place = caller_place(1)
            raise place.error(f'style is "1.x" or "2.x", not {style!r}')
        self.name = name
        self.style = style
        self._tables: dict[str, TableDeclaration] = {}
        self._types: dict[_Class[object], TypeDeclaration] = {}
        self._reducers: dict[str, ReducerDeclaration] = {}
        self._procedures: dict[str, ProcedureDeclaration] = {}
        self._views: dict[str, ViewDeclaration] = {}
        self._visibility_filters: dict[str, Place] = {}
        self.migration: MigrationDeclaration | None = None
        self._build: ModuleBuild | None = None

    def __repr__(self) -> str:
        return f"Module({self.name!r}, style={self.style!r})"

    @property
    def tables(self) -> Mapping[str, TableDeclaration]:
        """The tables by canonical name."""
        return self._tables

    @property
    def types(self) -> Mapping[_Class[object], TypeDeclaration]:
        """The types that are no rows, by class."""
        return self._types

    @property
    def reducers(self) -> Mapping[str, ReducerDeclaration]:
        """All reducers by canonical name, lifecycle ones too."""
        return self._reducers

    @property
    def procedures(self) -> Mapping[str, ProcedureDeclaration]:
        """The procedures by canonical name."""
        return self._procedures

    @property
    def views(self) -> Mapping[str, ViewDeclaration]:
        """The views by canonical name."""
        return self._views

    @property
    def visibility_filters(self) -> Mapping[str, Place]:
        """The queries of `client_visibility_filter`, and where they are written."""
        return self._visibility_filters

    def definition(self) -> ModuleDef:
        """The module definition; ModuleError where the declarations do not fit each other."""
        return self.build().definition

    def build(self) -> ModuleBuild:
        """The definition with the Python class of each typespace slot: what a server runs."""
        if self._build is None:
            self._build = build(self)
        return self._build

    def include(self, part: Module) -> None:
        """All that `part` declares so far, as if it were declared here: tables, types, functions and the on_migrate hook.

        Several modules may include the same part; its rows are of the same classes in each of them. ModuleError where both
        have something of one name, or where their styles differ.
        """
        place = caller_place(1)
        if part.style != self.style:
            raise place.error(f"{part!r} is of another style than {self!r}: one module has one")
        taken = self._taken_twice(part)
        if taken is not None:
            raise place.error(f"{self!r} and {part!r} both have {taken}: give one of them another name=")
        self._tables.update(part.tables)
        # A sum that gets variants later gets them in the module alone where they are declared.
        self._types |= {
            cls: each if each.variants is None else replace(each, variants=list(each.variants))
            for cls, each in part.types.items()
        }
        self._reducers.update(part.reducers)
        self._procedures.update(part.procedures)
        self._views.update(part.views)
        self._visibility_filters |= part.visibility_filters
        self.migration = self.migration or part.migration
        self._build = None

    def _taken_twice(self, part: Module) -> str | None:
        """What both modules have, in words."""
        for kind, here, there in (
            ("table or view", {*self._tables, *self._views}, {*part.tables, *part.views}),
            (
                "reducer, procedure or view",
                {*self._reducers, *self._procedures, *self._views},
                {*part.reducers, *part.procedures, *part.views},
            ),
        ):
            for name in sorted(here & there):
                return f"a {kind} {name!r}"
        lifecycles = {each.lifecycle for each in self._reducers.values()}
        for each in part.reducers.values():
            if each.lifecycle is not None and each.lifecycle in lifecycles:
                return f"a reducer for {each.lifecycle.name.lower()}"
        return "an on_migrate hook" if self.migration is not None and part.migration is not None else None

    # Types

    @dataclass_transform(frozen_default=True, field_specifiers=(column,))
    def type(self, cls: _Class[C]) -> _Class[C]:
        """A product with the annotated fields, or a plain enum (`Enum` with the values 0, 1, 2 ...)."""
        place = caller_place(1)
        if issubclass(cls, Enum):
            self._add_enum(cls, place)
            return cls
        built: _Class[C] = self._class(cls, Product, place)
        self._types[built] = TypeDeclaration(built, place)
        return built

    def enum(self, cls: _Class[E]) -> _Class[E]:
        """A plain enum: `Enum` with the values 0, 1, 2 ... What `type` makes of it too, but type checkers that take
        all that `type` decorates for dataclasses know the members of this one.
        """
        place = caller_place(1)
        if not issubclass(cls, Enum):
            raise place.error(f"{cls.__name__} is no Enum: decorate it with @module.type")
        self._add_enum(cls, place)
        return cls

    def _add_enum(self, cls: _Class[Enum], place: Place) -> None:
        if [member.value for member in cls] != list(range(len(cls))) or not len(cls):
            raise place.error(f"enum {cls.__name__}: give its members the values 0, 1, 2 ... in order")
        self._types[cls] = TypeDeclaration(cls, place)

    def sum(self, cls: _Class[C]) -> _Class[C]:
        """A sum type without variants yet: each is a subclass decorated with `@module.variant`."""
        place = caller_place(1)
        if inspect.get_annotations(cls):
            raise place.error(f"sum {cls.__name__} has no fields: they belong to its variants")
        built: _Class[C] = self._class(cls, Sum, place)
        self._types[built] = TypeDeclaration(built, place, [])
        return built

    @overload
    def variant(self, cls: _Class[C], /) -> _Class[C]: ...
    @overload
    def variant(self, /, *, name: str | None = None) -> Callable[[_Class[C]], _Class[C]]: ...
    @dataclass_transform(frozen_default=True, field_specifiers=(column,))
    def variant(self, cls: Any = None, /, *, name: str | None = None) -> Any:
        """The next variant of the sum it derives from: no field, or the one field `value`.

        `name` is the variant's name where the class is called otherwise; the sum gets it as an attribute too, so that
        `Shape.Circle(2.5)` and `Circle(2.5)` are the same.
        """
        if cls is None:
            return lambda decorated: self._add_variant(decorated, name, caller_place(1))
        return self._add_variant(cls, name, caller_place(1))

    def _add_variant(self, cls: Any, name: str | None, place: Place) -> Any:
        base = cls.__bases__[0]
        declaration = self._types.get(base)
        if declaration is None or declaration.variants is None:
            raise place.error(f"variant {cls.__name__} derives from no @module.sum class of this module")
        if tuple(inspect.get_annotations(cls)) not in ((), ("value",)):
            raise place.error(
                f"variant {cls.__name__} may have one field, `value`: put several into a @module.type"
            )
        built = self._class(cls, base, place)
        wire_name = name or cls.__name__
        if wire_name in dict(declaration.variants):
            raise place.error(f"sum {base.__name__} has a variant {wire_name} already")
        declaration.variants.append((wire_name, built))
        setattr(base, wire_name, built)
        self._build = None
        return built

    # Tables

    @overload
    def table(self, cls: _Class[C], /) -> _Class[C]: ...
    @overload
    def table(
        self,
        /,
        *,
        name: str | None = None,
        public: bool = False,
        event: bool = False,
        scheduled: str | None = None,
        indexes: Iterable[Index] = (),
        renamed_from: str | None = None,
    ) -> Callable[[_Class[C]], _Class[C]]: ...
    @dataclass_transform(frozen_default=True, field_specifiers=(column,))
    def table(
        self,
        cls: Any = None,
        /,
        *,
        name: str | None = None,
        public: bool = False,
        event: bool = False,
        scheduled: str | None = None,
        indexes: Iterable[Index] = (),
        renamed_from: str | None = None,
    ) -> Any:
        """A table whose rows are instances of the class; private unless `public`.

        `name` defaults to the class name in snake case. `event`: inserted rows go to subscribers and are not stored.
        `scheduled`: each row is a timer for the reducer or procedure of that name; needs `scheduled_id: u64` as primary
        key and `scheduled_at: ScheduleAt`. `indexes`: those over several columns. `renamed_from`: what the table was called when rows were
        stored that are there.

        Above one class it may stand several times, once for each table with such rows: `ctx.db.player` and
        `ctx.db.logged_out_player` then take the same rows.
        """

        def declare(decorated: Any, place: Place) -> Any:
            options = (public, event, scheduled, renamed_from)
            return self._add_table(decorated, name, place, tuple(indexes), *options)

        if cls is None:
            return lambda decorated: declare(decorated, caller_place(1))
        return declare(cls, caller_place(1))

    def _add_table(
        self,
        cls: Any,
        name: str | None,
        place: Place,
        indexes: tuple[Index, ...],
        public: bool,
        event: bool,
        scheduled: str | None,
        renamed_from: str | None,
    ) -> Any:
        table_name = name or snake_case(cls.__name__)
        if not _NAME.match(table_name) or table_name.startswith("st_"):
            raise place.error(
                f"{table_name!r} is no table name: letters, digits and _, not beginning with st_"
            )
        if table_name in self._tables:
            other = self._tables[table_name]
            raise place.error(
                f"there is a table {table_name!r} already, of {written(other.row_class, other.place, cls)}: "
                "give one of them another name="
            )
        if DECLARED in cls.__dict__:  # one row type for two tables, of this module or of two
            built, declared = cls, cls.__dict__[DECLARED]
        else:
            declared = {
                field: value if isinstance(value := cls.__dict__.get(field), Column) else Column()
                for field in inspect.get_annotations(cls)
            }
            if not declared:
                raise place.error(
                    f"table {table_name!r} has no columns: annotate them, for instance `name: str`"
                )
            built = self._class(cls, Row, place, extra_slots=(ENCODED,))
            setattr(built, DECLARED, declared)
        self._tables[table_name] = TableDeclaration(
            table_name, built, declared, indexes, public, event, scheduled, renamed_from, place
        )
        self._build = None
        return built

    def _class(self, cls: Any, base: Any, place: Place, *, extra_slots: tuple[str, ...] = ()) -> Any:
        if is_built(cls):  # `@one.type` above `@two.type`: values of the same class for both
            if extra_slots and not hasattr(cls, ENCODED):
                raise place.error(f"{cls.__name__} is a type already: give the table a Row class of its own")
            return cls
        if cls.__bases__ not in ((object,), (base,), (Product,)):
            raise place.error(
                f"class {cls.__name__} may derive from {base.__name__} only: write all its fields into it"
            )
        if (mistake := misuse(cls)) is not None:
            raise place.error(f"{cls.__name__}: {mistake}")
        try:
            return build_class(cls, base, extra_slots=extra_slots)
        except TypeError as error:
            raise place.error(f"{cls.__name__}: {error}") from error

    # Reducers

    @overload
    def reducer(self, function: F, /) -> F: ...
    @overload
    def reducer(self, /, *, name: str | None = None) -> Callable[[F], F]: ...
    def reducer(self, function: Any = None, /, *, name: str | None = None) -> Any:
        """A reducer: `def add(ctx: ReducerContext, name: str) -> None`, every parameter with a type hint."""
        if function is None:
            return lambda decorated: self._add_reducer(decorated, name, None, caller_place(1))
        return self._add_reducer(function, name, None, caller_place(1))

    def init(self, function: F) -> F:
        """Runs once, when the database is made. Takes the context alone; the sender is the database's owner."""
        return self._add_reducer(function, None, Lifecycle.INIT, caller_place(1))

    def client_connected(self, function: F) -> F:
        """Runs when a client connects; failing rejects the connection."""
        return self._add_reducer(function, None, Lifecycle.ON_CONNECT, caller_place(1))

    def client_disconnected(self, function: F) -> F:
        """Runs when a client has gone, in whatever manner."""
        return self._add_reducer(function, None, Lifecycle.ON_DISCONNECT, caller_place(1))

    def on_migrate(self, function: M) -> M:
        """`def move(ctx: ReducerContext, before: StoredTables) -> None`: runs once where the tables are others than those
        that are stored, before anything else, as one transaction. It has to read the rows of each table that is gone or
        does not fit, `before.rows("player")`, and to insert what becomes of them; raising leaves all as it was.

        Columns with a default, renamed tables and columns, and variants added to a sum go over without it.
        """
        place = place_of(function, caller_place(1))
        if self.migration is not None:
            raise place.error(
                f"there is an on_migrate hook already, in line {self.migration.place.line}: one does it all"
            )
        context, params = parameters_of(function, "the on_migrate hook", place, hinted=False)
        if len(params) != 1:
            raise place.error(
                f"the on_migrate hook takes the context and the tables there were: `{context}, before: StoredTables`"
            )
        self.migration = MigrationDeclaration(function, place)
        return function

    # Procedures and views

    @overload
    def procedure(self, function: G, /) -> G: ...
    @overload
    def procedure(self, /, *, name: str | None = None) -> Callable[[G], G]: ...
    def procedure(self, function: Any = None, /, *, name: str | None = None) -> Any:
        """`def add(ctx: ProcedureContext, left: i64, right: i64) -> i64`: answers its caller, and changes tables in
        transactions of its own, `ctx.with_tx(lambda tx: ...)`. `name` defaults to the function's in snake case."""
        if function is None:
            return lambda decorated: self._add_procedure(decorated, name, caller_place(1))
        return self._add_procedure(function, name, caller_place(1))

    def _add_procedure(self, function: G, chosen: str | None, seen: Place) -> G:
        place = place_of(function, seen)
        name = self._function_name(function, chosen, place)
        context, params = parameters_of(function, f"procedure {name!r}", place)
        self._check_function(name, function, place)
        self._procedures[name] = ProcedureDeclaration(name, function, context, params, place)
        self._build = None
        return function

    def client_visibility_filter(self, sql: str) -> None:
        """Of the table that `sql` selects from, others than the owner see these rows alone, whatever they ask for:
        `module.client_visibility_filter("SELECT * FROM hand WHERE player = :sender")`. Several for one table add up.

        The query is one that clients could subscribe to; it may join and name private tables, and the filters of tables
        that it joins hold there, too. Reducers and views see every row. A query that is none is refused where a server
        loads the module.
        """
        place = caller_place(1)
        if not isinstance(sql, str) or not sql.strip():
            raise place.error(f"a visibility filter is a query, SELECT * FROM ... WHERE ..., not {sql!r}")
        self._visibility_filters.setdefault(sql, place)
        self._build = None

    @overload
    def view(self, function: G, /) -> G: ...
    @overload
    def view(
        self, /, *, name: str | None = None, public: bool = False, primary_key: str | None = None
    ) -> Callable[[G], G]: ...
    def view(
        self,
        function: Any = None,
        /,
        *,
        name: str | None = None,
        public: bool = False,
        primary_key: str | None = None,
    ) -> Any:
        """`def my_items(ctx: ViewContext) -> list[Item]` (or `Item | None`): rows that clients subscribe to as to a
        table's, each its own; with `AnonymousViewContext` the same for everybody. It may read tables and nothing else.

        The rows are those of a table, or instances of a class with `@module.type`. `name` defaults to the function's in
        snake case. `primary_key` is the column that tells the view's rows apart, which must differ in each of them: by
        it clients know a row that changed from one that left and one that came, and queries may join the view.
        """
        if function is None:
            return lambda decorated: self._add_view(decorated, name, public, primary_key, caller_place(1))
        return self._add_view(function, name, public, primary_key, caller_place(1))

    def _add_view(
        self, function: G, chosen: str | None, public: bool, primary_key: str | None, seen: Place
    ) -> G:
        place = place_of(function, seen)
        name = self._function_name(function, chosen, place)
        context, params = parameters_of(function, f"view {name!r}", place)
        if params:
            raise place.error(f"view {name!r} takes the context alone")
        other = self._views.get(name) or self._tables.get(name)
        if other is not None:
            there = other.function if isinstance(other, ViewDeclaration) else other.row_class
            raise place.error(
                f"there is a table or view {name!r} already, of {written(there, other.place, function)}: "
                "give one of them another name="
            )
        self._check_function(name, function, place)
        self._views[name] = ViewDeclaration(name, function, context, public, primary_key, place)
        self._build = None
        return function

    def _function_name(self, function: Callable[..., object], chosen: str | None, place: Place) -> str:
        if chosen is not None:
            if not _NAME.match(chosen):
                raise place.error(f"{chosen!r} is no name of a function: letters, digits and _")
            return chosen
        name = source_name(function.__name__)
        return snake_case(name) if self.style == "2.x" else name

    def _check_function(self, name: str, function: Callable[..., object], place: Place) -> None:
        # A server has one row of names for what can be called.
        other = self._reducers.get(name) or self._procedures.get(name) or self._views.get(name)
        if other is not None:
            raise place.error(
                f"there is a procedure, reducer or view {name!r} already, of "
                f"{written(other.function, other.place, function)}: give one of them another name="
            )

    def _add_reducer(self, function: F, name: str | None, lifecycle: Lifecycle | None, seen: Place) -> F:
        place = place_of(function, seen)
        reducer_name = self._function_name(function, name, place)
        context, params = parameters_of(function, f"reducer {reducer_name!r}", place)
        self._check_function(reducer_name, function, place)
        if lifecycle is not None:
            if params:
                raise place.error(f"lifecycle reducer {reducer_name!r} takes the context alone")
            for other in self._reducers.values():
                if other.lifecycle is lifecycle:
                    raise place.error(f"{other.name!r} is the {lifecycle.name.lower()} reducer already")
        self._reducers[reducer_name] = ReducerDeclaration(
            reducer_name, function, context, params, lifecycle, place
        )
        self._build = None
        return function
