"""Leading to the compiler: which functions of Python's library turn text into code, by themselves or through others.

It is found by reading the library that a module takes along: who looks up `eval`, `exec` or `compile`, who looks up those, and so
on. Where it is not certain what a name means (a method of some value) all that bear it are meant.
"""

from __future__ import annotations

import builtins
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from .definitions import BUILT_IN, Definition, Definitions, Use

__all__ = ["DISPENSABLE", "Leading"]

_ROOT = "the compiler"
# What the compiler does in modules of the interpreter that are no files.
_NATIVE = {
    "builtins": BUILT_IN,
    "_tokenize": frozenset(["TokenizerIter"]),
    "_symtable": frozenset(["symtable"]),
    # These call the library's `typing` back, for what is written as a text in their brackets.
    "_typing": frozenset(["Generic", "ParamSpec", "TypeAliasType", "TypeVar", "TypeVarTuple"]),
}
# Built-in functions that do nothing of it, where one of them is asked for by its name.
_HARMLESS = frozenset(name for name in dir(builtins) if not name.startswith("_")) - BUILT_IN
# Functions of the library that are done without, for they only make a traceback nicer: `module.hosted.boot` replaces them.
DISPENSABLE = (
    "traceback:_extract_caret_anchors_from_line_segment",
    "traceback:StackSummary._should_show_carets",
    "traceback:TracebackException._find_keyword_typos",
)
# A file that is in the bundle has been compiled, and so has what it compiles when it is imported.
_IMPORTING = ("__import__",)

# Methods that are called where a class is taken for another, and not by its instances.
_OF_CLASSES = ("__init_subclass__", "__class_getitem__", "__set_name__")
_ITSELF = ("self", "cls", "mcls", "metacls")
_OF_EVERY_VALUE = frozenset(
    name for kind in (str, bytes, list, dict, set, tuple, int, float, BaseException) for name in dir(kind)
)

Target = Definition | str


class Leading:
    """What of the `library` leads there. Names are followed through the files of the `users` as well."""

    def __init__(self, library: Mapping[str, Definitions], users: Mapping[str, Definitions]) -> None:
        self._known = {**library, **users}
        self._library = library
        self._users = users
        self._found: set[Target] = {_ROOT}
        self._by_name: dict[str, set[Target]] = defaultdict(set)
        self._spread()
        self._name_attributes()

    def _spread(self) -> None:
        callers: dict[Target, set[Definition]] = defaultdict(set)
        for file in self._library.values():
            for definition in file.all():
                if f"{file.module}:{'.'.join(_path(definition))}" in DISPENSABLE:
                    continue
                for target in self._needed(definition):
                    callers[target].add(definition)
        waiting: list[Target] = [_ROOT]
        while waiting:
            target = waiting.pop()
            for caller in callers[target] - self._found:
                self._found.add(caller)
                waiting.append(caller)

    def _name_attributes(self) -> None:
        """What the users may reach as an attribute of some value: of the files that they import."""
        asked = [pair for file in self._users.values() for pair in file.imports.values()]
        modules = {name for module, part in asked for name in (module, f"{module}.{part}")}
        said = {part for file in self._users.values() for use, _ in file.uses for part in use.chain}
        said |= {part for _, part in asked if part is not None}
        for found in [item for item in self._found if isinstance(item, Definition)]:
            # What a function defines and hands out is reached by who names that function.
            if found.module in modules and (found.outermost.kind == "class" or found.outermost.name in said):
                self._by_name[found.name].add(found)

    def _needed(self, definition: Definition) -> Iterator[Target]:
        """What a definition leads to, if only perhaps."""
        file = self._library[definition.module]
        if definition.kind == "class":
            for base in (*definition.bases, *definition.keywords):
                yield from (
                    found for found in self.of(base, file, definition.parent) if not _is_function(found)
                )
            yield from (inner for name, inner in definition.inner.items() if _is_implicit(name))
            return
        for decorator in definition.decorators:
            yield from (found for found in self.of(decorator, file, definition.parent) if _is_class(found))
        for use in definition.uses:
            if use.chain[-1] in _IMPORTING or use.how == "compared" or use.is_text:
                continue
            for found in self.of(use, file, definition):
                # A variable is what a function returns, and not the function.
                if definition.kind == "function" or use.is_late or use.how != "called" or _is_made(found):
                    yield found

    def of(self, use: Use, file: Definitions, inside: Definition | None) -> Iterator[Target]:
        """What `use` in `file` may mean, of all that is known."""
        head, *rest = use.chain
        if not head:
            yield from self._members(rest, file)
            return
        if head == "super" and rest:
            own = None if inside is None else inside.owner
            yield from self._methods(self._bases(own) if own else [], rest, file)
            return
        within = inside
        while within is not None:
            if within.kind == "function" and head in within.inner:
                yield within.inner[head]
                return
            if within.kind == "function" and head in within.bound:
                own = inside.owner if inside is not None and head in _ITSELF else None
                yield from self._methods([own] if own else [], rest, file)
                return
            within = within.parent
        yield from self._global(file, head, rest)

    def _global(self, file: Definitions, head: str, rest: list[str]) -> Iterator[Target]:
        if head in file.top or head in file.imports:
            yield from self._named(file, head, rest)
        elif head in BUILT_IN or (head == "__builtins__" and not _HARMLESS.issuperset(rest[:1] or [""])):
            yield _ROOT
        else:
            found = list(self._named(file, head, rest))
            yield from found or self._members(rest, file)

    def _named(
        self, file: Definitions, head: str, rest: list[str], seen: frozenset[tuple[str, str]] = frozenset()
    ) -> Iterator[Target]:
        """What is called `head` at the top of `file`; `seen` is what was asked for on the way, for names may go in a circle."""
        if (file.module, head) in seen:
            return
        seen |= {(file.module, head)}
        # A name may be imported, and be defined where that fails.
        if head in file.top:
            yield from self._inside(file.top[head], rest)
        if head in file.imports:
            module, name = file.imports[head]
            path = [*([] if name is None else [name]), *rest]
            while path and f"{module}.{path[0]}" in self._known:
                module, path = f"{module}.{path[0]}", path[1:]
            if path and module in self._known:
                yield from self._named(self._known[module], path[0], path[1:], seen)
            elif path and path[0] in _NATIVE.get(module, ()):
                yield _ROOT
            else:
                yield from self._members(path[1:], file)
        elif head not in file.top:
            for module in file.stars:
                if module in self._known:
                    yield from self._named(self._known[module], head, rest, seen)

    def _inside(self, found: Definition, rest: list[str]) -> Iterator[Target]:
        if not rest:
            yield found
        elif found.kind == "class":
            yield from self._methods([found], rest, self._known[found.module])
        else:
            yield found
            yield from self._members(rest, self._known[found.module])

    def _bases(self, kind: Definition, *, with_metaclass: bool = False) -> list[Definition]:
        file = self._known[kind.module]
        makers = (*kind.bases, *(kind.keywords if with_metaclass else ()))
        targets = (found for base in makers for found in self.of(base, file, kind.parent))
        return [found for found in targets if isinstance(found, Definition) and found.kind == "class"]

    def _methods(self, owners: list[Definition], rest: list[str], file: Definitions) -> Iterator[Target]:
        """Those of a class, which is one of `owners`, and what it is made of; where none is found, all of that name."""
        if not rest:
            return
        waiting, seen = list(owners), set[Definition]()
        while waiting:
            kind = waiting.pop()
            if kind in seen:
                continue
            seen.add(kind)
            if rest[0] in kind.inner:
                yield kind.inner[rest[0]]
                yield from self._members(rest[1:], file)
                return
            waiting += self._bases(kind, with_metaclass=True)
        yield from self._members(rest, file)

    def _members(self, names: Iterable[str], file: Definitions) -> Iterator[Target]:
        """All in `file` that bear one of these names, and what the files that it imports call so, but for names that the
        attributes of a text or a list have as well."""
        for name in names:
            if name in _OF_EVERY_VALUE or _is_implicit(name):
                continue
            if file.module in self._users:
                yield from self._by_name[name]
                continue
            yield from file.members.get(name, ())
            for module in {module for module, _ in file.imports.values()} & self._known.keys():
                if name in self._known[module].top:
                    yield self._known[module].top[name]

    def is_reached(self, use: Use, file: Definitions, inside: Definition | None, *, is_running: bool) -> bool:
        """Whether a user's code may lead there by `use`, while it `is_running` or, when it is loaded, by what it keeps for later."""
        if use.how == "compared":
            return False
        if is_running:
            return self._is_open(use, file, inside) or any(
                target in self._found or self._is_made_anew(target, use)
                for target in self.of(use, file, inside)
            )
        if use.how == "called":
            return any(self._hands_out(target) for target in self.of(use, file, inside))
        return use.how == "plain" and any(target in self._found for target in self.of(use, file, inside))

    def _is_open(self, use: Use, file: Definitions, inside: Definition | None) -> bool:
        """Whether a module as a whole is given to something, that may look up whatever it has."""
        if use.chain[1:] not in ((), ("__dict__",)):
            return False
        if use.chain[0] in file.top or use.chain[0] not in file.imports:
            return False
        if inside is not None and use.chain[0] in inside.bound:
            return False
        module, name = file.imports[use.chain[0]]
        full = module if name is None else f"{module}.{name}"
        if full in _NATIVE:
            return True
        return full in self._library and any(item in self._found for item in self._library[full].top.values())

    def _is_made_anew(self, target: Target, use: Use) -> bool:
        """Whether a class of the user's own is called, or taken for another, and what it has of the library's sees to that."""
        if not isinstance(target, Definition) or target.module not in self._users or target.kind != "class":
            return False
        file = self._known[target.module]
        makers = (*target.bases, *target.keywords)
        if use.how in ("base", "type"):
            return any(
                found in self._found for maker in makers for found in self.of(maker, file, target.parent)
            )
        return any(map(self._is_called_so, self._bases(target)))

    def _is_called_so(self, target: Target) -> bool:
        """Whether an instance of a class leads there, by how it is made or what is called by signs."""
        if not isinstance(target, Definition) or target.kind != "class":
            return False
        own = (
            inner for name, inner in target.inner.items() if _is_implicit(name) and name not in _OF_CLASSES
        )
        return any(inner in self._found for inner in own) or any(map(self._is_called_so, self._bases(target)))

    def _hands_out(self, target: Target) -> bool:
        return isinstance(target, Definition) and any(
            name in target.returned and inner in self._found for name, inner in target.inner.items()
        )


def _path(definition: Definition | None) -> list[str]:
    return [] if definition is None else [*_path(definition.parent), definition.name]


def _is_function(target: Target) -> bool:
    return isinstance(target, Definition) and target.kind == "function"


def _is_class(target: Target) -> bool:
    return isinstance(target, Definition) and target.kind == "class"


def _is_made(target: Target) -> bool:
    """Whether what comes of a call has methods of what is called."""
    return isinstance(target, Definition) and target.kind != "function"


def _is_implicit(name: str) -> bool:
    return name.startswith("__") and name.endswith("__") and name != "__signature__"
