"""Python modules on a real SpacetimeDB, each as a database of its own for as long as a test needs it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from urllib.request import Request, urlopen
from uuid import uuid4

from spacetimedb_sdk.http import HttpClient
from spacetimedb_sdk.module import Module
from spacetimedb_sdk.publishing.build import build
from spacetimedb_sdk.publishing.interpreter import ABI_1, find_interpreter

__all__ = ["published"]

# A server compiles an interpreter: forty seconds of processor time, which a busy machine has in ten minutes. It goes on with
# what it is not waited for, and whatever is published next takes as much longer.
_PATIENCE = 3600.0


@cache
def _built(name: str, module: Module) -> bytes:
    return build(name, module, find_interpreter(), abi=ABI_1)


@contextmanager
def published(name: str, module: Module, url: str) -> Iterator[str]:
    """The database that the Python module `name`, which holds `module`, is published as; deleted in the end, for its timers
    would go on for ever."""
    token = HttpClient(url, timeout=_PATIENCE).identity().token
    database = f"{module.name.replace('_', '-')}-{uuid4().hex[:12]}"
    HttpClient(url, token, timeout=_PATIENCE).publish(database, _built(name, module))
    yield database
    request = Request(
        f"{url.rstrip('/')}/v1/database/{database}",
        method="DELETE",
        headers={"Authorization": f"Bearer {token}"},
    )
    with urlopen(request, timeout=_PATIENCE) as answer:
        answer.read()
