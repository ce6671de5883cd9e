"""The file `_handles.py`: the tables, reducers and procedures of one client, typed."""

from __future__ import annotations

import keyword

from .marker import MARKER
from .plan import FunctionPlan, PackagePlan
from .python_types import Annotations
from .source_text import Imports, collection, signature, string

__all__ = ["handle_classes", "handles_file"]

_INIT = "def __init__(self, client: ClientHandles) -> None:"


def handle_classes(plan: PackagePlan) -> list[str]:
    """The classes in the file."""
    return ["Tables", "Reducers", *(["Procedures"] if plan.procedures else [])]


def handles_file(plan: PackagePlan) -> str:
    """The text of the file."""
    imports = Imports(plan.sdk)
    annotations = Annotations(plan, imports, for_types=True)
    imports.add_for_types(f"{plan.sdk}.bindings", "ClientHandles")
    imports.add_for_types(plan.sdk, "handles")
    blocks = [_tables(plan, imports), _functions("Reducers", "reducers", plan.reducers, annotations)]
    if plan.procedures:
        blocks.append(_functions("Procedures", "procedures", plan.procedures, annotations))
    title = f'"""The handles of one client, typed. {MARKER}"""'
    return "\n\n\n".join([f"{title}\n\n{imports.render()}", *blocks]) + "\n"


def _tables(plan: PackagePlan, imports: Imports) -> str:
    lines = [
        "class Tables:",
        '    """`client.db` with types: `Tables(client).NAME` is the handle of a table."""',
        "",
        f"    {_INIT}",
    ]
    for table in plan.tables:
        imports.add_for_types(f".{table.stem}", table.class_name)
        handle = _member("client.db", table.name)
        lines.append(f"        self.{table.attribute}: handles.TableHandle[{table.class_name}] = {handle}")
    return "\n".join(lines if plan.tables else [*lines, "        pass"])


def _functions(
    class_name: str, group: str, functions: tuple[FunctionPlan, ...], annotations: Annotations
) -> str:
    says = f"`client.{group}` with types: a call goes out at once and is told, or awaited, when it ends."
    lines = [
        f"class {class_name}:",
        f'    """{says}"""',
        "",
        f"    {_INIT}",
        f"        self._{group}: handles.{class_name} = client.{group}",
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
