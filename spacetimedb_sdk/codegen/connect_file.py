"""The files of the typed clients: `_client.py` and `_async_client.py`, which `_connect.py` loads when it is asked to."""

from __future__ import annotations

import re

from .handles_file import handle_classes
from .marker import MARKER
from .plan import PackagePlan
from .source_text import Imports, shown, string

__all__ = ["async_client_file", "client_file", "connect_file"]

_GROUPS = {"Tables": "db", "Views": "views", "Reducers": "reducers", "Procedures": "procedures"}
_SAYS = {
    "Tables": "The tables and views.",
    "Views": "The views alone.",
    "Reducers": "The reducers.",
    "Procedures": "The procedures.",
}


def client_file(plan: PackagePlan) -> str:
    """The text of `_client.py`."""
    return _client(plan, plan.client, "SpacetimeDBClient", "spacetimedb_client", "ticked by `update()`")


def async_client_file(plan: PackagePlan) -> str:
    """The text of `_async_client.py`."""
    base, module = "SpacetimeDBAsyncClient", "spacetimedb_async_client"
    return _client(plan, plan.async_client, base, module, "in an event loop")


def _client(plan: PackagePlan, name: str, base: str, module: str, how: str) -> str:
    imports = Imports(plan.sdk)
    imports.add_sdk(module, base)
    lines = [
        f"class {name}({base}):",
        f'    """A client of `{shown(plan.module_name)}`, {how}: its tables, reducers and procedures are typed."""',
    ]
    for group in handle_classes(plan):
        imports.add("._handles", group)
        lines += [
            "",
            "    @property",
            f"    def {_GROUPS[group]}(self) -> {group}:",
            f'        """{_SAYS[group]}"""',
            f"        return self._typed({group})",
        ]
    title = f'"""The class of a typed client. {MARKER}"""'
    return f"{title}\n\n{imports.render()}\n\n\n" + "\n".join(lines) + "\n"


def connect_file(plan: PackagePlan) -> str:
    """The text of `_connect.py`."""
    imports = Imports(plan.sdk)
    imports.add("._module", "MODULE")
    imports.add_sdk("client.connecting", "Connect")
    imports.add_sdk("client.connecting", "ConnectAsync")
    imports.add_for_types("._async_client", plan.async_client)
    imports.add_for_types("._client", plan.client)
    database = string(_database(plan.module_name))
    return f"""\"\"\"Connecting, typed. {MARKER}\"\"\"

{imports.render()}


{_loader("_client", plan.client)}


{_loader("_async_client", plan.async_client)}


{plan.connect} = Connect(MODULE, {database}, _client)
{plan.connect_async} = ConnectAsync(MODULE, {database}, _async_client)
"""


def _loader(file: str, class_name: str) -> str:
    """A function that loads the class of a client when it is first asked for."""
    return f"""def {file}() -> type[{class_name}]:
    from .{file} import {class_name}

    return {class_name}"""


def _database(module_name: str) -> str:
    """The name of a database with a module of that name: letters, digits and single hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", module_name.lower()).strip("-")
