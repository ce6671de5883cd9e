"""Python text laid out as the formatter would: what fits on a line stays on it, what does not is one item a line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from .names import natural_key

__all__ = [
    "LINE_LENGTH",
    "Bracket",
    "Imports",
    "Item",
    "collection",
    "name_order",
    "shown",
    "signature",
    "string",
    "stub",
]

# As the formatter of this repository has it, so that its own bindings need no formatting.
LINE_LENGTH = 110


@dataclass(frozen=True, slots=True)
class Bracket:
    """`opening`, the items, `closing`. A tuple of one keeps its comma; one with comments is always broken."""

    opening: str
    items: tuple[Item, ...]
    closing: str
    comments: tuple[str, ...] = ()

    def flat(self) -> str:
        inner = ", ".join(_flat(item) for item in self.items)
        is_single = len(self.items) == 1 and (self.opening == "(" or self.opening.endswith(("=(", ": (")))
        return f"{self.opening}{inner}{',' if is_single else ''}{self.closing}"

    def render(self, indent: int = 0, *, used: int | None = None, after: int = 0) -> str:
        """`used` columns are taken on the first line (the indent, unless given), `after` more follow on the last."""
        flat = self.flat()
        if not self.items or (
            not self.has_comments and (indent if used is None else used) + len(flat) + after <= LINE_LENGTH
        ):
            return flat
        inside = indent + 4
        lines = [self.opening]
        for index, item in enumerate(self.items):
            if self.comments:
                lines.append(f"{' ' * inside}# {self.comments[index]}")
            text = item if isinstance(item, str) else item.render(inside, after=1)
            lines.append(f"{' ' * inside}{text},")
        lines.append(f"{' ' * indent}{self.closing}")
        return "\n".join(lines)

    @property
    def has_comments(self) -> bool:
        return bool(self.comments) or any(
            isinstance(item, Bracket) and item.has_comments for item in self.items
        )


Item = str | Bracket


def _flat(item: Item) -> str:
    return item if isinstance(item, str) else item.flat()


def collection(opening: str, items: Iterable[Item], closing: str, comments: Iterable[str] = ()) -> Bracket:
    return Bracket(opening, tuple(items), closing, tuple(comments))


def signature(name: str, parameters: Iterable[Item], returns: str, *, indent: int = 0) -> str:
    """The `def` line."""
    text = Bracket(f"def {name}(", tuple(parameters), f") -> {returns}:").render(indent)
    return " " * indent + text


def stub(name: str, parameters: Iterable[Item], returns: str, *, indent: int = 0) -> str:
    """A `def` without a body, for type checkers alone."""
    return " " * indent + Bracket(f"def {name}(", tuple(parameters), f") -> {returns}: ...").render(indent)


def string(text: str) -> str:
    """A literal in the formatter's quotes."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"' if escaped.isprintable() else repr(text)


def shown(name: str) -> str:
    """A name as docstrings may hold it: a server may call its tables anything, and a quote or a line's end would let it
    go on in code.
    """
    return re.sub(r"[^\w .:-]", "?", name)


@dataclass(slots=True)
class Imports:
    """The imports of one file. `package` is the SDK's, modules that begin with a dot are files of the same package."""

    package: str
    _names: dict[str, set[str]] = field(default_factory=dict)
    _plain: set[str] = field(default_factory=set)
    _for_types: dict[str, set[str]] = field(default_factory=dict)

    def add(self, module: str, name: str) -> None:
        self._names.setdefault(module, set()).add(name)

    def add_sdk(self, module: str, name: str) -> None:
        self.add(f"{self.package}.{module}", name)

    def add_module(self, module: str) -> None:
        self._plain.add(module)

    def add_for_types(self, module: str, name: str) -> None:
        """An import for annotations only: at run time it would go round in a circle."""
        self.add("typing", "TYPE_CHECKING")
        self._for_types.setdefault(module, set()).add(name)

    def render(self, *, annotations: bool = True) -> str:
        """The import block, from `from __future__` down, sections parted by an empty line."""
        blocks = ["from __future__ import annotations"] if annotations else []
        blocks += self._sections(self._plain, self._names)
        if self._for_types:
            blocks.append("if TYPE_CHECKING:\n" + "\n\n".join(self._sections((), self._for_types, indent=4)))
        return "\n\n".join(blocks)

    def _sections(self, plain: Iterable[str], names: Mapping[str, set[str]], *, indent: int = 0) -> list[str]:
        """The standard library's imports, those of the SDK, those of the package."""
        margin = " " * indent
        sections: dict[str, list[str]] = {
            "standard": [f"{margin}import {module}" for module in sorted(plain)],
            "sdk": [],
            "package": [],
        }
        for module in sorted(names, key=lambda m: (m.startswith("."), m != ".", natural_key(m.lower()))):
            if module.startswith("."):
                section = "package"
            elif module.split(".")[0] == self.package.split(".")[0]:
                section = "sdk"
            else:
                section = "standard"
            sections[section].append(margin + _from_import(module, names[module], indent=indent))
        return ["\n".join(lines) for lines in sections.values() if lines]


def name_order(name: str) -> tuple[int, list[tuple[int, int, str]]]:
    """Constants, then classes, then the rest: the order of names in `__all__`."""
    if len(name) > 1 and name.isupper():
        kind = 0
    else:
        kind = 1 if name[:1].isupper() else 2
    return kind, natural_key(name)


def _import_order(name: str) -> tuple[int, list[tuple[int, int, str]], str]:
    """The same, but capitals do not count among names of a kind."""
    return name_order(name)[0], natural_key(name.lower()), name


def _from_import(module: str, names: Iterable[str], *, indent: int = 0) -> str:
    ordered = sorted(names, key=_import_order)
    line = f"from {module} import {', '.join(ordered)}"
    if indent + len(line) <= LINE_LENGTH:
        return line
    return Bracket(f"from {module} import (", tuple(ordered), ")").render(indent)
