"""What the site has beside the pages of docs/: the API page, and links to files of the repository as their names."""

from __future__ import annotations

import re
from importlib import import_module
from typing import Any

from mkdocs.structure.files import File, Files

PACKAGES = (
    "spacetimedb_sdk",
    "spacetimedb_sdk.module",
    "spacetimedb_sdk.netcode",
    "spacetimedb_sdk.testing",
    "spacetimedb_sdk.standalone",
)
OUTSIDE = re.compile(r"\[([^\]]+)\]\(((?:\.\./)+[^)]+|deploying/[^)]+)\)")


def on_files(files: Files, config: Any) -> Files:
    """Add the API page: every public name, with its docstring."""
    parts = [
        "# API",
        "",
        "Everything that `spacetimedb_sdk` and its packages export, from the docstrings.",
        "",
    ]
    shown: set[str] = set()
    for package in PACKAGES:
        names = [
            name for name in import_module(package).__all__ if name not in shown and not name.startswith("_")
        ]
        shown.update(names)
        parts += [f"## `{package}`", "", *(f"::: {package}.{name}\n" for name in names)]
    files.append(File.generated(config, "api.md", content="\n".join(parts)))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """A link that leaves docs/ leads to nothing on a site: its text stays."""
    outside = OUTSIDE.sub(
        lambda found: found[1] if "`" in found[1] else f"{found[1]} (`{found[2].lstrip('./')}`)", markdown
    )
    return outside
