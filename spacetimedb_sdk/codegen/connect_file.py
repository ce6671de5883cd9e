"""The files of the typed clients: `_client.py` and `_async_client.py`, which `_connect.py` loads when it is asked to."""

from __future__ import annotations

import re

from .handles_file import handle_classes
from .marker import MARKER
from .plan import PackagePlan
from .source_text import Imports, Item, collection, shown, signature, string

__all__ = ["async_client_file", "client_file", "connect_file"]

DEFAULT_HOST = "127.0.0.1:3000"

_GROUPS = {"Tables": "db", "Reducers": "reducers", "Procedures": "procedures"}
_SAYS = {
    "Tables": "The tables and views.",
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
    imports.add_for_types("collections.abc", "Callable")
    imports.add_for_types("typing", "Unpack")
    imports.add_for_types(f"{plan.sdk}.client.options", "ConnectKeywords")
    imports.add_for_types(f"{plan.sdk}.spacetimedb_async_client", "Connecting")
    imports.add_for_types(f"{plan.sdk}.types", "Address")
    imports.add_for_types(f"{plan.sdk}.types", "Identity")
    imports.add_for_types("._async_client", plan.async_client)
    imports.add_for_types("._client", plan.client)
    title = f'"""Connecting, typed. {MARKER}"""'
    return (
        "\n\n\n".join([f"{title}\n\n{imports.render()}", _connect(plan), _connect_async(plan, imports)])
        + "\n"
    )


def _parameters(plan: PackagePlan, on_connect: str) -> list[Item]:
    return [
        f"host: str = {string(DEFAULT_HOST)}",
        f"database: str = {string(_database(plan.module_name))}",
        "*",
        "token: str | None = None",
        "tls: bool | None = None",
        f"on_connect: {on_connect} | None = None",
        "on_disconnect: Callable[[str], object] | None = None",
        "on_identity: Callable[[str, Identity, Address], object] | None = None",
        "on_error: Callable[[str], object] | None = None",
        "**options: Unpack[ConnectKeywords]",
    ]


def _database(module_name: str) -> str:
    """The name of a database with a module of that name: letters, digits and single hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", module_name.lower()).strip("-")


_HOW = """    `token` is that of an earlier `on_identity`, None for a new identity; `tls` is what the scheme of `host` says unless it
    is given. `options` are those of `ConnectOptions`."""


def _connect(plan: PackagePlan) -> str:
    given = collection(
        f"return {plan.client}.init(",
        [
            "token",
            "host",
            "database",
            "tls",
            "MODULE",
            *(f"{name}={name}" for name in ("on_connect", "on_disconnect", "on_identity", "on_error")),
            "**options",
        ],
        ")",
    )
    return f"""{signature(plan.connect, _parameters(plan, "Callable[[], object]"), plan.client)}
    \"\"\"Make a client and start to connect; `client.update()` tells what comes of it.

{_HOW}
    \"\"\"
    from ._client import {plan.client}

    {given.render(4)}"""


def _connect_async(plan: PackagePlan, imports: Imports) -> str:
    returned = f"Connecting[{plan.async_client}]"
    define = signature(plan.connect_async, _parameters(plan, "Callable[[str, Identity], object]"), returned)
    return f"""{define}
    \"\"\"A client that connects when it is awaited, or entered: `async with {plan.connect_async}() as client`.

{_HOW}
    \"\"\"
    from {imports.package}.spacetimedb_async_client import Connecting

    from ._async_client import {plan.async_client}

    client = {plan.async_client}(MODULE)
    client.set_callbacks(on_disconnect=on_disconnect, on_identity=on_identity)
    connecting = client.connect(token, host, database, tls, on_connect, on_error=on_error, **options)
    return Connecting(client, connecting)"""
