"""The file `_handles.py`: the tables, reducers and procedures of one client, typed."""

from __future__ import annotations

import keyword

from ..sats.algebraic_type import PrimitiveType, special_name
from .marker import MARKER
from .names import IMPORTED_NAMES, Namespace
from .plan import Field, FunctionPlan, PackagePlan, TablePlan
from .python_types import Annotations
from .source_text import Imports, collection, shown, signature, string, stub

__all__ = ["handle_classes", "handles_file"]

_INIT = "def __init__(self, client: ClientHandles) -> None:"


def handle_classes(plan: PackagePlan) -> list[str]:
    """The classes in the file."""
    views = ["Views"] if any(table.is_view for table in plan.tables) else []
    return ["Tables", *views, "Reducers", *(["Procedures"] if plan.procedures else [])]


def handles_file(plan: PackagePlan) -> str:
    """The text of the file."""
    imports = Imports(plan.sdk)
    annotations = Annotations(plan, imports, for_types=True)
    imports.add_sdk("bindings", "GeneratedGroup")
    imports.add_for_types(f"{plan.sdk}.bindings", "ClientHandles")
    imports.add_for_types(plan.sdk, "handles")
    taken = {name for name, _ in plan.classes.values()} | {table.class_name for table in plan.tables}
    names = Namespace(taken | IMPORTED_NAMES)
    handle_names = {table.name: names.claim(f"{table.class_name}Handle") for table in plan.tables}
    handles = [_handle(table, handle_names[table.name], annotations) for table in plan.tables]
    blocks = [_tables("Tables", "db", "a table", plan.tables, handle_names)]
    if views := tuple(table for table in plan.tables if table.is_view):
        blocks.append(_tables("Views", "views", "a view", views, handle_names))
    blocks.append(_functions("Reducers", "reducers", plan.reducers, annotations))
    if plan.procedures:
        blocks.append(_functions("Procedures", "procedures", plan.procedures, annotations))
    title = f'"""The handles of one client, typed. {MARKER}"""'
    known = "\n\n" + "\n\n".join(handles) if handles else ""
    return "\n\n\n".join([f"{title}\n\n{imports.render()}{known}", *blocks]) + "\n"


def _handle(table: TablePlan, name: str, annotations: Annotations) -> str:
    """The handle of a table as type checkers see it: the columns that `find` and `filter` take, in the block of imports."""
    imports = annotations.imports
    imports.add_for_types(f".{table.stem}", table.class_name)
    kind = "view" if table.is_view else "event table" if table.is_event else "table"
    lines = [
        f"    class {name}(handles.{_base(table)}[{table.class_name}]):",
        f'        """The {kind} `{shown(table.name)}`."""',
    ]
    if table.is_event:
        return "\n".join(lines)
    unique = [field for field in table.fields if field.wire_name in table.unique]
    for field in unique:
        if len(unique) > 1:
            imports.add_for_types("typing", "overload")
        receiver = _receiver([field])
        found = f"{table.class_name} | None"
        parameters = [receiver, "*", f"{field.attribute}: {_asked(annotations, field)}"]
        lines += ["", *(["        @overload"] if len(unique) > 1 else [])]
        lines.append(stub("find", parameters, found, indent=8))
    if len(unique) > 1:
        imports.add_for_types("typing", "Any")
        lines += ["", stub("find", ["self", "*args: Any", "**column: Any"], found, indent=8)]
    if table.fields:
        imports.add_for_types(f"{annotations.plan.sdk}.bindings", "Rows")
        columns = [
            f"{field.attribute}: {_asked(annotations, field)}{_ranges(annotations, field)} = ..."
            for field in table.fields
        ]
        parameters = [_receiver(table.fields), "*", *columns]
        lines += ["", stub("filter", parameters, f"Rows[{table.class_name}]", indent=8)]
    return "\n".join(lines)


def _asked(annotations: Annotations, field: Field) -> str:
    """What a question takes for the column: `client.identity` is None before the client is connected, and finds nothing."""
    text = annotations.of(field.type)
    special = special_name(annotations.plan.typespace.resolve(field.type))
    return f"{text} | None" if special in ("Identity", "ConnectionId") else text


def _ranges(annotations: Annotations, field: Field) -> str:
    """What a filter takes beside a value of the column: ranges, where values have an order."""
    type_ = annotations.plan.typespace.resolve(field.type)
    is_ordered = isinstance(type_, PrimitiveType) or special_name(type_) in ("Timestamp", "TimeDuration")
    return " | handles.Between | handles.Range" if is_ordered else ""


def _receiver(fields: list[Field] | tuple[Field, ...]) -> str:
    return "_self" if any(field.attribute == "self" for field in fields) else "self"


def _base(table: TablePlan) -> str:
    """The handle with what the table can: see `spacetimedb_sdk.handles`."""
    if table.is_event:
        return "EventTableHandle"
    if table.primary_key is not None:
        return "TableHandle"
    return "UniqueRowsHandle" if table.unique else "RowsHandle"


def _tables(
    class_name: str, group: str, what: str, tables: tuple[TablePlan, ...], handle_names: dict[str, str]
) -> str:
    lines = [
        f"class {class_name}(GeneratedGroup):",
        f'    """`client.{group}` with types: `client.{group}.NAME` is the handle of {what}."""',
        "",
        f"    {_INIT}",
    ]
    lines.append("        db = client.by_name.db" if tables else "        pass")
    for table in tables:
        lines.append(
            f"        self.{table.attribute}: {handle_names[table.name]} = {_member('db', table.name)}"
        )
    return "\n".join(lines)


def _functions(
    class_name: str, group: str, functions: tuple[FunctionPlan, ...], annotations: Annotations
) -> str:
    says = f"`client.{group}` with types: a call goes out at once; its end calls back, or is awaited."
    lines = [
        f"class {class_name}(GeneratedGroup):",
        f'    """{says}"""',
        "",
        f"    {_INIT}",
        f"        self._{group}: handles.{class_name} = client.by_name.{group}",
    ]
    for function in functions:
        returned = "handles.ReducerCall"
        if function.return_type is not None:
            returned = f"handles.Request[{annotations.of(function.return_type)}]"
        parameters = [f"{field.attribute}: {annotations.of(field.type)}" for field in function.fields]
        call = collection(
            f"return {_member(f'self._{group}', function.name)}(",
            (field.attribute for field in function.fields),
            ")",
        )
        define = signature(function.function, ["self", *parameters], returned, indent=4)
        lines += ["", define, f"        {call.render(8)}"]
    return "\n".join(lines)


def _member(owner: str, wire_name: str) -> str:
    """The member of a group, by its name on the wire."""
    is_plain = wire_name.isidentifier() and not wire_name.startswith("_") and not keyword.iskeyword(wire_name)
    return f"{owner}.{wire_name}" if is_plain else f"{owner}.__getattr__({string(wire_name)})"
