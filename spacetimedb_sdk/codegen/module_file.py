"""The file `_module.py`: what the SDK needs to know of the module, apart from any class."""

from __future__ import annotations

from ..sats import algebraic_type
from ..sats.algebraic_type import AlgebraicType, ArrayType, Element, PrimitiveType, ProductType, Ref, SumType
from .marker import MARKER
from .plan import FunctionPlan, PackagePlan, TablePlan
from .source_text import Bracket, Imports, Item, collection, string

__all__ = ["module_file"]

# Types that have a name in `sats.algebraic_type`.
_CONSTANTS: dict[AlgebraicType, str] = {
    getattr(algebraic_type, name): name for name in algebraic_type.__all__ if name.isupper()
}


def module_file(plan: PackagePlan) -> str:
    """The text of the file."""
    imports = Imports(plan.sdk)
    imports.add_sdk("bindings", "ModuleBindings")
    if plan.tables:
        imports.add_sdk("bindings", "TableInfo")
    if plan.reducers:
        imports.add_sdk("bindings", "ReducerInfo")
    if plan.procedures:
        imports.add_sdk("bindings", "ProcedureInfo")
    writer = _TypeWriter(imports)
    imports.add_sdk("sats.algebraic_type", "Typespace")
    names = {ref: class_name for ref, (class_name, _) in plan.classes.items()}
    types = [writer.of(type_) for type_ in plan.typespace.types]
    comments = [f"{ref}: {names.get(ref, 'no class')}" for ref in range(len(types))]
    arguments: list[Item] = [
        collection("typespace=Typespace(", [collection("(", types, ")", comments)] if types else [], ")"),
        collection("tables=(", [_table(table) for table in plan.tables], ")"),
        collection("reducers=(", [_function(reducer, writer) for reducer in plan.reducers], ")"),
    ]
    if plan.procedures:
        procedures = [_function(procedure, writer) for procedure in plan.procedures]
        arguments.append(collection("procedures=(", procedures, ")"))
    arguments.append(f"fingerprint={string(plan.fingerprint)}")
    body = collection("MODULE = ModuleBindings(", arguments, ")").render()
    title = f'"""What the SDK needs to know of the module. {MARKER}"""'
    return f"{title}\n\n{imports.render(annotations=False)}\n\n{body}\n"


def _table(table: TablePlan) -> Bracket:
    unique = [field.wire_name for field in table.fields if field.wire_name in table.unique]
    arguments: list[Item] = [
        f"name={string(table.name)}",
        f"source_name={string(table.source_name)}",
        f"row={table.row_ref}",
        f"primary_key={'None' if table.primary_key is None else string(table.primary_key)}",
        collection("unique=(", map(string, unique), ")"),
        collection("indexes=(", (collection("(", map(string, index), ")") for index in table.indexes), ")"),
        f"is_event={table.is_event}",
    ]
    if table.is_view:
        arguments.append("is_view=True")
    return collection("TableInfo(", arguments, ")")


def _function(function: FunctionPlan, writer: _TypeWriter) -> Bracket:
    arguments: list[Item] = [
        f"name={string(function.name)}",
        f"source_name={string(function.source_name)}",
        _argument("params", writer.of(function.params)),
    ]
    if function.return_type is None:
        return collection("ReducerInfo(", arguments, ")")
    arguments.append(_argument("return_type", writer.of(function.return_type)))
    return collection("ProcedureInfo(", arguments, ")")


def _argument(name: str, value: Item) -> Item:
    if isinstance(value, str):
        return f"{name}={value}"
    return Bracket(f"{name}={value.opening}", value.items, value.closing)


class _TypeWriter:
    """Algebraic types as the Python expressions that build them."""

    def __init__(self, imports: Imports) -> None:
        self._imports = imports

    def of(self, type_: AlgebraicType) -> Item:
        constant = _CONSTANTS.get(type_)
        if constant is not None:
            return self._name(constant)
        match type_:
            case Ref(index):
                return f"{self._name('Ref')}({index})"
            case ArrayType(element):
                return collection(f"{self._name('ArrayType')}(", [self.of(element)], ")")
            case ProductType(items):
                return self._structure("ProductType", items)
            case SumType(items):
                return self._structure("SumType", items)
            case PrimitiveType(name):
                return f"{self._name('PrimitiveType')}({string(name)})"

    def _structure(self, name: str, items: tuple[Element, ...]) -> Bracket:
        elements = []
        for item in items:
            label = "None" if item.name is None else string(item.name)
            elements.append(collection(f"{self._name('Element')}(", [label, self.of(item.type)], ")"))
        return collection(f"{self._name(name)}(", [collection("(", elements, ")")] if elements else [], ")")

    def _name(self, name: str) -> str:
        self._imports.add_sdk("sats.algebraic_type", name)
        return name
