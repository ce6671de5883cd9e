"""The tree of errors: what is drawn in `spacetimedb_sdk.errors` is what there is, and one name is one class."""

from __future__ import annotations

import pkgutil
import re
from collections import Counter
from collections.abc import Iterator
from importlib import import_module

import spacetimedb_sdk
from spacetimedb_sdk import errors
from spacetimedb_sdk.errors import SpacetimeDBException

LINE = re.compile(
    r"^    (?P<stem>[│├└─ ]*)(?P<name>[A-Z]\w+)(?: +(?P<text>\S.*?))?(?: +\[(?P<file>[\w/.]+)\])?$",
    re.MULTILINE,
)
# Runs inside a database alone, whose host functions are this module.
HOST_FUNCTIONS = "_stdb"


def import_everything() -> None:
    for found in pkgutil.walk_packages(spacetimedb_sdk.__path__, "spacetimedb_sdk."):
        if found.name.endswith(".__main__"):
            continue
        try:
            import_module(found.name)
        except ModuleNotFoundError as error:
            if error.name != HOST_FUNCTIONS:
                raise


def of_the_sdk(root: type[BaseException]) -> Iterator[type[BaseException]]:
    for kind in root.__subclasses__():
        if kind.__module__.partition(".")[0] == "spacetimedb_sdk":
            yield kind
        yield from of_the_sdk(kind)


def file_of(kind: type[BaseException]) -> str:
    return kind.__module__.partition(".")[2].replace(".", "/") + ".py"


def drawn() -> Iterator[tuple[str, str, str]]:
    """`(name, parent, file)` of each line; no parent outside the tree."""
    assert errors.__doc__ is not None
    above: dict[int, str] = {}
    for line in LINE.finditer(errors.__doc__):
        depth, name = len(line["stem"]), line["name"]
        parent = above.get(depth - 4, "") if depth else ""
        above[depth if depth else 0] = name
        yield name, parent, line["file"] or "errors.py"


def test_the_drawing_shows_each_error_below_its_parent_and_where_it_stands() -> None:
    import_everything()
    tree = {
        (kind.__name__, kind.__bases__[0].__name__, file_of(kind))
        for kind in of_the_sdk(SpacetimeDBException)
    }
    assert {line for line in drawn() if line[1]} == tree


def test_the_drawing_names_what_stands_outside_the_tree() -> None:
    import_everything()
    outside = {
        (kind.__name__, "", file_of(kind))
        for kind in of_the_sdk(BaseException)
        if not issubclass(kind, SpacetimeDBException)
    }
    assert {line for line in drawn() if not line[1]} == outside | {("SpacetimeDBException", "", "errors.py")}


def test_no_two_errors_share_a_name() -> None:
    import_everything()
    names = Counter(
        name for name, _ in {(kind.__name__, kind.__module__) for kind in of_the_sdk(BaseException)}
    )
    assert [name for name, count in names.items() if count > 1] == []


def test_every_error_of_this_file_is_offered() -> None:
    here = {kind.__name__ for kind in of_the_sdk(SpacetimeDBException) if kind.__module__ == errors.__name__}
    assert here | {"ConnectCause", "SpacetimeDBException"} == set(errors.__all__)


def test_each_error_has_a_sentence_of_its_own() -> None:
    import_everything()
    assert [kind.__name__ for kind in of_the_sdk(BaseException) if not kind.__dict__.get("__doc__")] == []
