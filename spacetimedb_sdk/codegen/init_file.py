"""The file `__init__.py`: names the module, lists what is in it, re-exports it, and ties the classes to it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from .handles_file import handle_classes
from .marker import MARKER
from .plan import Field, PackagePlan
from .source_text import LINE_LENGTH, Bracket, Imports, Item, collection, name_order, shown, string

__all__ = ["init_file"]


def init_file(plan: PackagePlan) -> str:
    """The text of the file."""
    imports = Imports(plan.sdk)
    imports.add("._module", "MODULE")
    imports.add_sdk("bindings", "lazy_classes")
    imports.add("._connect", plan.connect)
    imports.add("._connect", plan.connect_async)
    imports.add_for_types("._client", plan.client)
    imports.add_for_types("._async_client", plan.async_client)
    exported = [plan.client, plan.async_client, plan.connect, plan.connect_async]
    for class_name in handle_classes(plan):
        imports.add("._handles", class_name)
        exported.append(class_name)
    for class_name, stem in _classes(plan):
        imports.add(f".{stem}", class_name)
        exported.append(class_name)
    for reducer in plan.reducers:
        imports.add(".", reducer.stem)
        exported.append(reducer.stem)
        for function in (reducer.function, f"register_on_{reducer.function}"):
            imports.add(f".{reducer.stem}", function)
            exported.append(function)
    for procedure in plan.procedures:
        imports.add(".", procedure.stem)
        imports.add(f".{procedure.stem}", procedure.function)
        exported += [procedure.stem, procedure.function]
    parts = [
        _title(plan),
        imports.render(annotations=False),
        _lazy(plan),
        _bind(plan),
        collection("__all__ = [", map(string, sorted(exported, key=name_order)), "]").render(),
    ]
    return "\n\n".join(parts) + "\n"


def _classes(plan: PackagePlan) -> list[tuple[str, str]]:
    tables = [(table.class_name, table.stem) for table in plan.tables]
    return tables + [(type_plan.class_name, type_plan.stem) for type_plan in plan.types]


def _title(plan: PackagePlan) -> str:
    lines = [f'"""Bindings of the module `{shown(plan.module_name)}`. {MARKER}']
    for heading, names in (
        ("Tables", [table.class_name for table in plan.tables if not table.is_view]),
        ("Views", [table.class_name for table in plan.tables if table.is_view]),
        ("Types", sorted(type_plan.class_name for type_plan in plan.types)),
        ("Reducers", [reducer.function for reducer in plan.reducers]),
        ("Procedures", [procedure.function for procedure in plan.procedures]),
    ):
        if names:
            lines += ["", *textwrap.wrap(f"{heading}: {', '.join(names)}", LINE_LENGTH)]
    return "\n".join([*lines, '"""'])


def _lazy(plan: PackagePlan) -> str:
    """The classes of clients, which load a client each, at first use."""
    classes = {plan.async_client: "._async_client", plan.client: "._client"}
    loaded = collection("{", (f"{string(name)}: {string(file)}" for name, file in classes.items()), "}")
    return f"if not TYPE_CHECKING:\n    __getattr__ = lazy_classes(__name__, {loaded.render(4)})"


def _bind(plan: PackagePlan) -> str:
    bound = sorted(plan.classes.items())
    arguments: list[Item] = [
        collection("types={", (f"{ref}: {class_name}" for ref, (class_name, _) in bound), "}"),
        collection("tables={", (f"{string(table.name)}: {table.class_name}" for table in plan.tables), "}"),
    ]
    renamed = list(_renamed(plan))
    if renamed:
        arguments.append(collection("field_names={", renamed, "}"))
    return collection("MODULE.bind(", arguments, ")").render()


def _renamed(plan: PackagePlan) -> Iterable[Bracket]:
    """Attributes by slot, where some differ from the names on the wire."""
    products: dict[int, tuple[Field, ...]] = {
        type_plan.ref: type_plan.fields for type_plan in plan.types if type_plan.is_product
    }
    products.update((table.row_ref, table.fields) for table in plan.tables)
    for ref, fields in sorted(products.items()):
        if any(field.attribute != field.wire_name for field in fields):
            yield collection(f"{ref}: (", (string(field.attribute) for field in fields), ")")
