"""The file of a procedure: the function that calls it."""

from __future__ import annotations

from .marker import MARKER
from .plan import FunctionPlan, PackagePlan
from .python_types import Annotations
from .source_text import Bracket, Imports, Item, collection, shown, signature, string

__all__ = ["procedure_file"]


def procedure_file(plan: PackagePlan, procedure: FunctionPlan) -> str:
    """The text of the file."""
    assert procedure.return_type is not None
    imports = Imports(plan.sdk)
    imports.add("collections.abc", "Callable")
    imports.add("._module", "MODULE")
    annotations = Annotations(plan, imports)
    parameters: list[Item] = [
        f"{field.attribute}: {annotations.of(field.type)}" for field in procedure.fields
    ]
    returned = annotations.of(procedure.return_type)
    parameters.append(
        Bracket("callback: Callable[", (Bracket("[", (returned,), "]"), "object"), "] | None = None")
    )
    names = [field.attribute for field in procedure.fields]
    call = collection("MODULE.call_procedure(", ["procedure_name", *names, "callback=callback"], ")")
    title = f'"""The procedure `{shown(procedure.name)}`. {MARKER}"""'
    return (
        f"{title}\n\n{imports.render()}\n\nprocedure_name = {string(procedure.name)}\n\n\n"
        f"{signature(procedure.function, parameters, 'None')}\n"
        f'    """Call `{shown(procedure.name)}` through the ambient client, then `callback` with what it returned."""\n'
        f"    {call.render(4)}\n"
    )
