"""Names in Rust: what an identifier may be, and how a module's names become such."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from ...errors import SpacetimeDBException

__all__ = ["RustError", "column_name", "comment", "crate_name", "function_names", "raw", "type_names"]

_IDENTIFIER = re.compile(r"(?!_\Z)[A-Za-z_][A-Za-z0-9_]*\Z")
_KEYWORDS = frozenset(
    [
        "abstract",
        "as",
        "async",
        "await",
        "become",
        "box",
        "break",
        "const",
        "continue",
        "crate",
        "do",
        "dyn",
        "else",
        "enum",
        "extern",
        "false",
        "final",
        "fn",
        "for",
        "gen",
        "if",
        "impl",
        "in",
        "let",
        "loop",
        "macro",
        "match",
        "mod",
        "move",
        "mut",
        "override",
        "priv",
        "pub",
        "ref",
        "return",
        "self",
        "Self",
        "static",
        "struct",
        "super",
        "trait",
        "true",
        "try",
        "type",
        "typeof",
        "unsafe",
        "unsized",
        "use",
        "virtual",
        "where",
        "while",
        "yield",
    ]
)
# These four are not even to be had as `r#self`.
_NEVER_RAW = frozenset({"self", "Self", "super", "crate"})
# What generated code, and what the macros of the crate `spacetimedb` write, call by a bare name.
_TAKEN_TYPES = frozenset(
    [
        "bool",
        "char",
        "str",
        "u8",
        "u16",
        "u32",
        "u64",
        "u128",
        "usize",
        "i8",
        "i16",
        "i32",
        "i64",
        "i128",
        "isize",
        "f32",
        "f64",
        "Box",
        "Clone",
        "Copy",
        "Debug",
        "Default",
        "Eq",
        "Err",
        "From",
        "Into",
        "Iterator",
        "None",
        "Ok",
        "Option",
        "PartialEq",
        "ReducerContext",
        "Result",
        "Self",
        "Send",
        "Sized",
        "Some",
        "String",
        "Sync",
        "Table",
        "ToString",
        "Vec",
        "core",
        "spacetimedb",
        "std",
    ]
)


class RustError(SpacetimeDBException):
    """A module that cannot be written in Rust with the same schema: the sentence says what of it, and the remedy."""


def column_name(name: str | None, where: str) -> str:
    """A name that the schema takes from the identifier itself, as it is written."""
    if name is None or not _IDENTIFIER.match(name) or name in _KEYWORDS:
        raise RustError(
            f"{where} is called {name!r}, which is no name in Rust, and SpacetimeDB's crate for 1.x takes the schema's names "
            "from the code: call it otherwise in the Python module"
        )
    return name


def raw(name: str, where: str) -> str:
    """An identifier whose `r#` the schema does not show."""
    if not _IDENTIFIER.match(name) or name in _NEVER_RAW:
        raise RustError(f"{where} is called {name!r}, which is no name in Rust: call it otherwise")
    return f"r#{name}" if name in _KEYWORDS else name


def type_names(names: Iterable[str], others: Iterable[str]) -> Mapping[str, str]:
    """What each type is called in the code: its own name, or a longer one where Rust or another item has that."""
    return _free(names, {*_TAKEN_TYPES, *others}, "Type")


def function_names(names: Iterable[str], others: Iterable[str]) -> Mapping[str, str]:
    """What each reducer's function is called: a reducer is a type, too, so that it must not be called as one."""
    return _free(names, {"reducer", *others}, "_reducer")


def _free(names: Iterable[str], taken: set[str], ending: str) -> Mapping[str, str]:
    taken = taken | _KEYWORDS
    found = {}
    for name in names:
        chosen = re.sub(r"\W", "_", name, flags=re.ASCII)
        while chosen in taken or not _IDENTIFIER.match(chosen):
            chosen = f"{chosen}{ending}" if _IDENTIFIER.match(chosen + ending) else f"a{chosen}"
        taken.add(chosen)
        found[name] = chosen
    return found


def crate_name(module: str) -> str:
    """A name that cargo takes for the crate of a module."""
    name = re.sub(r"[^a-z0-9]+", "-", module.lower()).strip("-")
    return (
        name
        if name[:1].isalpha() and name not in _KEYWORDS and name != "test"
        else f"module-{name}".rstrip("-")
    )


def comment(text: str, mark: str, indent: str = "") -> list[str]:
    """A text as lines of a comment: `mark` is `//`, `///` or `//!`."""
    return [f"{indent}{mark} {line}".rstrip() for line in text.strip("\n").splitlines()]
