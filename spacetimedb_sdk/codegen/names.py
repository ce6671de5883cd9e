"""From the names of a module definition to names Python can use (spec: schema.md sections 2.1 and 5)."""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections.abc import Collection, Iterable

__all__ = [
    "BUILTIN_TYPES",
    "IMPORTED_NAMES",
    "ROW_NAMES",
    "Namespace",
    "attribute",
    "filter_method",
    "natural_key",
    "pascal",
    "python_name",
    "snake",
]

_WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")

BUILTIN_TYPES = frozenset({"bool", "bytes", "float", "int", "list", "str", "tuple"})

# Names that generated files import: a class of the module must not hide them.
IMPORTED_NAMES = frozenset(
    {
        "Address",
        "Any",
        "Callable",
        "ClassVar",
        "ClientHandles",
        "Enum",
        "Err",
        "GeneratedEnum",
        "GeneratedGroup",
        "GeneratedSum",
        "Identity",
        "MODULE",
        "Ok",
        "Procedures",
        "Reducers",
        "Rows",
        "ScheduleAt",
        "Some",
        "TYPE_CHECKING",
        "TableRow",
        "Tables",
        "TimeDuration",
        "Timestamp",
        "TypeAlias",
        "UUID",
        "Views",
        "bind_variants",
        "lazy_classes",
        "builtins",
        "dataclass",
        "partial",
    }
)

# What a row class has by itself (`filter_by_*` aside, which depends on its columns).
ROW_NAMES = frozenset(
    {
        "_bindings",
        "_filter",
        "_find",
        "_table_name",
        "data",
        "is_table_class",
        "iter",
        "primary_key",
        "register_row_update",
        "replace",
        "to_json",
        "unregister_row_update",
        "where",
    }
)


def snake(name: str) -> str:
    """`LoggedOutUser` -> `logged_out_user`; what has no capitals stays as it is."""
    return name if name == name.lower() else _WORD_START.sub("_", name).lower()


def pascal(name: str) -> str:
    """`logged_out_user` -> `LoggedOutUser`; capitals inside stay."""
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))


def python_name(name: str, reserved: Collection[str] = ()) -> str:
    """`name` where Python allows it; otherwise with what is not allowed replaced, and an underscore at its end."""
    usable = _usable(name)
    if usable.startswith("__"):  # a name Python would mangle or treat as its own
        usable = usable.strip("_")
    if not usable.isidentifier():
        usable = f"_{usable}"
    clean = usable == name and not keyword.iskeyword(usable)
    return usable if clean and usable not in reserved else f"{usable}_"


def _usable(name: str) -> str:
    """`name` as Python reads identifiers (NFKC), an underscore for each letter that cannot be inside of one."""
    letters = unicodedata.normalize("NFKC", name)
    return "".join(letter if f"a{letter}".isidentifier() else "_" for letter in letters)


def attribute(name: str, reserved: Collection[str] = ()) -> str:
    """The attribute or parameter for a column, field or argument called `name`."""
    return python_name(snake(name), reserved)


def filter_method(column: str) -> str:
    """`filter_by_from` for the column `from`."""
    return f"filter_by_{_usable(snake(column))}"


class Namespace:
    """Names that must differ: `claim` gives each newcomer a free one."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = set(taken)

    @property
    def names(self) -> frozenset[str]:
        """Those that are taken."""
        return frozenset(self._taken)

    def claim(self, name: str) -> str:
        while name in self._taken:
            name += "_"
        self._taken.add(name)
        return name


def natural_key(name: str) -> list[tuple[int, int, str]]:
    """Sorts `I8` before `I16`."""
    return [(1, int(part), "") if part.isdigit() else (2, 0, part) for part in re.findall(r"\d+|\D+", name)]
