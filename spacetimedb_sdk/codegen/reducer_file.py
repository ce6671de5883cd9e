"""The file of a reducer: the function that calls it, and callbacks for its runs."""

from __future__ import annotations

from .marker import MARKER
from .plan import FunctionPlan, PackagePlan
from .python_types import Annotations
from .source_text import LINE_LENGTH, Bracket, Imports, collection, shown, signature, string

__all__ = ["reducer_file"]


def reducer_file(plan: PackagePlan, reducer: FunctionPlan) -> str:
    """The text of the file."""
    imports = Imports(plan.sdk)
    imports.add("collections.abc", "Callable")
    imports.add("functools", "partial")
    imports.add_sdk("types", "Address")
    imports.add_sdk("types", "Identity")
    imports.add("._module", "MODULE")
    annotations = Annotations(plan, imports)
    arguments = [(field.attribute, annotations.of(field.type)) for field in reducer.fields]
    blocks = [
        f'"""The reducer `{shown(reducer.name)}`. {MARKER}"""\n\n{imports.render()}\n\nreducer_name = {string(reducer.name)}\n'
        "_decode_args = partial(MODULE.decode_args, reducer_name)",
        _call(reducer, arguments),
        _register(reducer, arguments),
        _unregister(reducer),
    ]
    return "\n\n\n".join(blocks) + "\n"


def _call(reducer: FunctionPlan, arguments: list[tuple[str, str]]) -> str:
    define = signature(reducer.function, [f"{name}: {hint}" for name, hint in arguments], "None")
    given = collection("(", [name for name, _ in arguments], ")")
    call = collection("MODULE.call_reducer(", ["reducer_name", given], ")")
    return (
        f'{define}\n    """Call `{shown(reducer.name)}` through the ambient client."""\n    {call.render(4)}'
    )


def _register(reducer: FunctionPlan, arguments: list[tuple[str, str]]) -> str:
    received = ["Identity", "Address | None", "str", "str", *(hint for _, hint in arguments)]
    callback = Bracket("callback: Callable[", (Bracket("[", tuple(received), "]"), "object"), "]")
    define = signature(f"register_on_{reducer.function}", [callback], "None")
    says = "    " + _says(
        ["caller_identity", "caller_address", "status", "message", *(name for name, _ in arguments)]
    )
    if len(says.partition("\n")[0]) > LINE_LENGTH:
        says = "    " + _says(["caller_identity", "caller_address", "status", "message", "*arguments"])
    return f"{define}\n{says}\n    MODULE.register_on_reducer(reducer_name, callback)"


def _says(names: list[str]) -> str:
    return f'''"""Call `callback({", ".join(names)})` after each run.

    Of runs by other clients v1 tells alone, and not with `light`: over v2 and v3 it is called for this client's own.
    """'''


def _unregister(reducer: FunctionPlan) -> str:
    define = signature(f"unregister_on_{reducer.function}", ["callback: Callable[..., object]"], "None")
    return (
        f'{define}\n    """Take the callback back; one that is not registered is no error."""\n'
        "    MODULE.unregister_on_reducer(reducer_name, callback)"
    )
