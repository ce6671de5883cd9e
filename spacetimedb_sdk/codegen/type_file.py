"""The file of a type that is not a table: a product, a plain enum, or a sum."""

from __future__ import annotations

from collections.abc import Sequence

from ..sats.algebraic_type import ProductType, is_plain_enum, is_unit
from .marker import MARKER
from .names import pascal, python_name
from .plan import Field, PackagePlan, TypePlan
from .python_types import Annotations
from .source_text import Imports, collection, stub

__all__ = ["replace_stub", "type_file"]


def type_file(plan: PackagePlan, type_plan: TypePlan) -> str:
    """The text of the file."""
    imports = Imports(plan.sdk)
    if isinstance(type_plan.type, ProductType):
        body = _product(plan, type_plan, imports)
    elif is_plain_enum(type_plan.type):
        body = _plain_enum(type_plan, imports)
    else:
        body = _sum(plan, type_plan, imports)
    title = f'"""The type `{type_plan.class_name}`. {MARKER}"""'
    return f"{title}\n\n{imports.render()}\n\n\n{body}\n"


def _product(plan: PackagePlan, type_plan: TypePlan, imports: Imports) -> str:
    imports.add("dataclasses", "dataclass")
    shadowed = {field.attribute for field in type_plan.fields}
    annotations = Annotations(plan, imports, type_plan.ref, shadowed)
    head = f"@dataclass(frozen=True, slots=True)\nclass {type_plan.class_name}:\n"
    if not type_plan.fields:
        return head + "    pass"
    columns = "\n".join(f"    {field.attribute}: {annotations.of(field.type)}" for field in type_plan.fields)
    if "replace" in shadowed:  # a field of that name stays
        return head + columns
    imports.add("typing", "TYPE_CHECKING")
    return f"{head}{columns}\n\n{replace_stub(type_plan.class_name, type_plan.fields, annotations)}"


def replace_stub(class_name: str, fields: Sequence[Field], annotations: Annotations) -> str:
    """What type checkers see of `replace`: a keyword for each field; `...` stands for the value that there is."""
    receiver = "_self" if any(field.attribute == "self" for field in fields) else "self"
    columns = [f"{field.attribute}: {annotations.of(field.type)} = ..." for field in fields]
    return "    if TYPE_CHECKING:\n\n" + stub("replace", [receiver, "*", *columns], class_name, indent=8)


def _plain_enum(type_plan: TypePlan, imports: Imports) -> str:
    imports.add_sdk("bindings", "GeneratedEnum")
    members = [f"    {field.attribute} = {tag}" for tag, field in enumerate(type_plan.fields)]
    return "\n".join([f"class {type_plan.class_name}(GeneratedEnum):", *members])


def _sum(plan: PackagePlan, type_plan: TypePlan, imports: Imports) -> str:
    imports.add("dataclasses", "dataclass")
    imports.add_sdk("bindings", "GeneratedSum")
    imports.add_sdk("bindings", "bind_variants")
    annotations = Annotations(plan, imports, type_plan.ref)
    taken = {name for name, _ in plan.classes.values()} | {table.class_name for table in plan.tables}
    classes = []
    for field in type_plan.fields:
        name = python_name(type_plan.class_name + pascal(field.wire_name))
        classes.append(f"{name}Variant" if name in taken else name)
    blocks = [_sum_base(type_plan, classes, imports)]
    for field, name in zip(type_plan.fields, classes, strict=True):
        content = "pass" if is_unit(field.type) else f"value: {annotations.of(field.type)}"
        blocks.append(
            f"@dataclass(frozen=True, slots=True)\nclass {name}({type_plan.class_name}):\n    {content}"
        )
    variants = [f"{field.attribute}={name}" for field, name in zip(type_plan.fields, classes, strict=True)]
    blocks.append(collection("bind_variants(", [type_plan.class_name, *variants], ")").render())
    return "\n\n\n".join(blocks)


def _sum_base(type_plan: TypePlan, classes: list[str], imports: Imports) -> str:
    lines = [f"class {type_plan.class_name}(GeneratedSum):"]
    if type_plan.fields:
        imports.add("typing", "TypeAlias")
        first = type_plan.fields[0]
        example = f"{type_plan.class_name}.{first.attribute}({'' if is_unit(first.type) else 'value'})"
        lines += [f'    """One of its variants, such as `{example}`; works in `match`."""', ""]
    lines += ["    __slots__ = ()"]
    for field, name in zip(type_plan.fields, classes, strict=True):
        lines.append(f'    {field.attribute}: TypeAlias = "{name}"')
    return "\n".join(lines)
