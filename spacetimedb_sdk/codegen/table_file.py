"""The file of a public table or view: its row and the table in one class."""

from __future__ import annotations

from .marker import MARKER
from .names import Namespace, filter_method
from .plan import Field, PackagePlan, TablePlan
from .python_types import Annotations
from .source_text import Imports, shown, signature, string
from .type_file import replace_stub

__all__ = ["table_file"]


def table_file(plan: PackagePlan, table: TablePlan) -> str:
    """The text of the file."""
    imports = Imports(plan.sdk)
    imports.add_sdk("bindings", "TableRow")
    is_own = table.row_class is None
    shadowed = {field.attribute for field in table.fields}
    annotations = Annotations(plan, imports, table.row_ref if is_own else None, shadowed)
    kind = "view" if table.is_view else "event table" if table.is_event else "table"
    sections = [f'    """{_says(table)}"""']
    if is_own:
        imports.add("dataclasses", "dataclass")
        head = f"@dataclass(frozen=True, slots=True)\nclass {table.class_name}(TableRow):"
    else:
        assert table.row_class is not None
        imports.add(f".{table.row_class.stem}", table.row_class.class_name)
        head = f"class {table.class_name}({table.row_class.class_name}, TableRow):"
        sections.append("    __slots__ = ()")
    if table.primary_key is not None:
        imports.add("typing", "ClassVar")
        key = table.field(table.primary_key).attribute
        text = annotations.builtin("str")
        sections.append(f"    primary_key: ClassVar[{text}] = {string(key)}")
    if is_own and table.fields:
        sections.append(
            "\n".join(f"    {field.attribute}: {annotations.of(field.type)}" for field in table.fields)
        )
    if table.fields:
        imports.add("typing", "TYPE_CHECKING")
        sections.append(replace_stub(table.class_name, table.fields, annotations))
    methods = Namespace(shadowed)
    for field in () if table.is_event else table.fields:
        name = methods.claim(filter_method(field.wire_name))
        sections.append(_filter_method(table, field, name, annotations, imports))
    title = f'"""The public {kind} `{shown(table.name)}`. {MARKER}"""'
    body = "\n\n".join(sections)
    return f"{title}\n\n{imports.render()}\n\n\n{head}\n{body}\n"


def _says(table: TablePlan) -> str:
    if table.is_event:
        return f"One event of `{shown(table.name)}`: row callbacks get it as an insert, never kept, so `iter()` is empty."
    if table.is_view:
        return f"One row of `{shown(table.name)}`, which the server computes; its class methods are the view."
    return f"One row of `{shown(table.name)}`; its class methods are the table."


def _filter_method(
    table: TablePlan, field: Field, name: str, annotations: Annotations, imports: Imports
) -> str:
    is_unique = field.wire_name in table.unique
    if is_unique:
        returns, method = f"{table.class_name} | None", "cls._find"
        says = f"The row whose unique `{field.attribute}` equals the value, or None."
    else:
        imports.add_sdk("bindings", "Rows")
        returns, method = f"Rows[{table.class_name}]", f"{table.class_name}._filter"
        says = f"The rows whose `{field.attribute}` equals the value."
    parameter = "cls_" if field.attribute == "cls" else field.attribute
    define = signature(name, ["cls", f"{parameter}: {annotations.of(field.type)}"], returns, indent=4)
    return "\n".join(
        [
            "    @classmethod",
            define,
            f'        """{says}"""',
            f"        return {method}({string(field.attribute)}, {parameter})",
        ]
    )
