"""Definitions: what a file of Python defines, and the names that each part of it looks up, read without running it."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from ..imports import running_parts

__all__ = ["BUILT_IN", "Definition", "Definitions", "How", "Use", "definitions_of"]

# What becomes of a name where it stands: `type` is a part of a type that may have a text in it, such as `Optional["int"]`, `compared`
# is only looked at, and `plain` may be kept for later.
How = Literal["called", "base", "compared", "decorator", "plain", "type"]

# Built-in functions that turn text into code. Their names count as texts, too: `getattr(builtins, "exec")`, `globals()["eval"]`,
# as does that of where they are: `sys.modules["builtins"]`.
BUILT_IN = frozenset(["eval", "exec", "compile", "__import__"])
_TEXTS = BUILT_IN | {"builtins", "__builtins__"}
# An annotation is not run.
_WITHOUT_NAMES = (ast.arg, ast.expr_context, ast.operator, ast.unaryop, ast.boolop, ast.Pass, ast.Global)
_ATTRIBUTE_ASKED = frozenset(["getattr", "hasattr"])
_BY_TEXT = frozenset(["attrgetter", "methodcaller"])
_TYPES = frozenset(name for name, value in vars(builtins).items() if isinstance(value, type))
_KINDS_ASKED = frozenset(["isinstance", "issubclass"])


@dataclass(frozen=True, slots=True)
class Use:
    """A name that is looked up. `chain` are its parts between the dots; the first is empty where it is an attribute of some other
    value, and `super` for what a class has from others. `is_late` is what does not run where the file is loaded, but when a function is called."""

    chain: tuple[str, ...]
    line: int
    how: How
    is_late: bool

    @property
    def is_text(self) -> bool:
        """Whether it is no name, but a text that may be one of a built-in function."""
        return len(self.chain) == 2 and self.chain[0] == "__builtins__"


@dataclass(eq=False, slots=True)
class Definition:
    """A function, class or variable (`kind`) of `module`. A class has its methods in `inner` and its metaclass among its `keywords`,
    a function has in `inner` those that it defines; `bound` are names that mean something of its own in it, and `returned` those
    that it returns. One that `has_later` parts, lambdas or generators, may not be over when it returns."""

    kind: Literal["function", "class", "variable"]
    module: str
    name: str
    parent: Definition | None = None
    uses: list[Use] = field(default_factory=list)
    bases: list[Use] = field(default_factory=list)
    keywords: list[Use] = field(default_factory=list)
    decorators: list[Use] = field(default_factory=list)
    inner: dict[str, Definition] = field(default_factory=dict)
    bound: set[str] = field(default_factory=set)
    returned: set[str] = field(default_factory=set)
    has_later: bool = False

    @property
    def outermost(self) -> Definition:
        return self if self.parent is None else self.parent.outermost

    @property
    def owner(self) -> Definition | None:
        """The class whose method it is, or is defined in."""
        return self if self.kind == "class" else None if self.parent is None else self.parent.owner


@dataclass(slots=True)
class Definitions:
    """A file's: those at its `top` by name, `members` for those inside others, and every use in it with the one that it is in.
    `imports` has for a name its module, and what of it, None for the module itself; `stars` are taken whole."""

    module: str
    top: dict[str, Definition] = field(default_factory=dict)
    members: dict[str, list[Definition]] = field(default_factory=dict)
    uses: list[tuple[Use, Definition | None]] = field(default_factory=list)
    imports: dict[str, tuple[str, str | None]] = field(default_factory=dict)
    stars: list[str] = field(default_factory=list)

    def all(self) -> Iterator[Definition]:
        yield from self.top.values()
        for found in self.members.values():
            yield from found


def definitions_of(module: str, is_package: bool, tree: ast.Module) -> Definitions:
    """What the file of `module` defines."""
    reader = _Reader(module, is_package)
    reader.each(tree.body)
    return reader.found


class _Reader:
    """Goes through a file, in the definition `_inside`."""

    def __init__(self, module: str, is_package: bool) -> None:
        self.found = Definitions(module)
        self._package = module if is_package else module.rpartition(".")[0]
        self._inside: Definition | None = None
        self._is_late = False
        self._sinks: list[list[Use]] = []

    def each(self, nodes: Iterable[ast.AST]) -> None:
        for node in nodes:
            self._visit(node)

    def _use(self, chain: tuple[str, ...], line: int, how: How) -> None:
        use = Use(chain, line, how, self._is_late)
        inside = self._inside
        while inside is not None and inside.kind == "class":
            inside = inside.parent  # what stands in a class runs where the class is made
        self.found.uses.append((use, inside))
        if inside is not None:
            inside.uses.append(use)
        for sink in self._sinks:
            sink.append(use)

    def _visit(self, node: ast.AST, how: How = "plain") -> None:
        # Most of a file is expressions, and most of those are names and what has no names in it.
        if isinstance(node, ast.expr):
            if not isinstance(node, ast.Constant) or node.value in _TEXTS:
                self._expression(node, how)
        elif not isinstance(node, _WITHOUT_NAMES):
            self._statement(node)

    def _statement(self, node: ast.AST) -> None:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self._function(node)
            case ast.ClassDef():
                self._class(node)
            case ast.Import(names=names):
                for alias in names:
                    top = alias.name.partition(".")[0]
                    self.found.imports[alias.asname or top] = (alias.name if alias.asname else top, None)
            case ast.ImportFrom():
                self._import(node)
            case ast.Assign() | ast.AnnAssign() | ast.AugAssign():
                self._assign(node)
            case ast.Return(value=value):
                if self._inside is not None:
                    either = [value.body, value.orelse] if isinstance(value, ast.IfExp) else [value]
                    self._inside.returned |= {part.id for part in either if isinstance(part, ast.Name)}
                self.each([value] if value else [])
            case ast.ExceptHandler(type=kind, body=body):
                self._compared([kind] if kind else [])
                self.each(body)
            case _:
                self.each(running_parts(node))

    def _expression(self, node: ast.expr, how: How) -> None:
        match node:
            case ast.Name(id=name, ctx=ast.Load()):
                self._use((name,), node.lineno, how)
            case ast.Name(id=name):
                if self._inside is not None:
                    self._inside.bound.add(name)
            case ast.Attribute():
                chain = _chain(node)
                if isinstance(node.ctx, ast.Load) or len(chain) > 2:
                    self._use(chain, node.lineno, how)
                if not chain[0]:
                    self._visit(_innermost(node))
            case ast.Constant(value=str(text)) if text in _TEXTS:
                self._use(("__builtins__", text), node.lineno, "plain")
            case ast.Call():
                self._call(node, how)
            case ast.NamedExpr():
                self._assign(node)
            case ast.Lambda(args=args, body=body):
                self.each([*args.defaults, *filter(None, args.kw_defaults)])
                if self._inside is not None:
                    self._inside.bound |= {arg.arg for arg in _arguments(args)}
                self._later([body])
            case ast.GeneratorExp() | ast.Yield() | ast.YieldFrom():
                self._later(running_parts(node))
            case ast.Subscript(value=value, slice=ast.Constant(value=str(text))) if owner := _names_of(value):
                self._use((*owner, text), node.lineno, "plain")
            case ast.Subscript(value=value, slice=index):
                # What has no text in its brackets compiles none.
                made: How = "compared" if _is_type(index) else "type"
                self._visit(value, made)
                self._visit(index, made)
            case ast.BinOp(left=left, op=ast.BitOr(), right=right):
                self._visit(left, "compared" if how == "compared" else "type")
                self._visit(right, "compared" if how == "compared" else "type")
            case ast.Tuple(elts=members) | ast.List(elts=members) if how in ("type", "compared"):
                for member in members:
                    self._visit(member, how)
            case ast.Compare(left=left, comparators=others):
                self._compared([left, *others])
            case _:
                self.each(running_parts(node))

    def _later(self, nodes: Iterable[ast.AST]) -> None:
        """What runs when it is called for, perhaps long after what is around it."""
        if self._inside is not None:
            self._inside.has_later = True
        before, self._is_late = self._is_late, True
        self.each(nodes)
        self._is_late = before

    def _call(self, node: ast.Call, how: How) -> None:
        self._visit(node.func, "decorator" if how == "decorator" else "called")
        name = _chain(node.func)[-1]
        match node.args:
            case [value, ast.Constant(value=str(text)) as asked, *others] if name in _ATTRIBUTE_ASKED:
                # One name of the value's, and not the value as a whole.
                if name == "getattr":
                    self._use((*_chain(value), text), node.lineno, how)
                    others = [asked, *others]
                if not _chain(value)[0]:
                    self._visit(_innermost(value))
                self.each(others)
                return
            case [ast.Constant(value=str(text)), *_] if name in _BY_TEXT:
                self._use(("", *text.split(".")), node.lineno, "plain")
            case [value, kinds] if name in _KINDS_ASKED:
                self._visit(value)
                self._compared(kinds.elts if isinstance(kinds, ast.Tuple) else [kinds])
                return
        for argument in (*node.args, *(keyword.value for keyword in node.keywords)):
            # A generator that is given to a function is mostly used up there: `sum(...)`, `tuple(...)`.
            self.each(running_parts(argument) if isinstance(argument, ast.GeneratorExp) else [argument])

    def _compared(self, nodes: Iterable[ast.expr]) -> None:
        for node in nodes:
            self._visit(node, "compared")

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        args = node.args
        own = Definition("function", self.found.module, node.name, self._inside)
        self._collected(own.decorators, node.decorator_list, "decorator")
        self.each([*args.defaults, *filter(None, args.kw_defaults)])
        self._define(own)
        own.bound |= {arg.arg for arg in _arguments(args)}
        before = self._inside, self._is_late, self._sinks
        self._inside, self._is_late, self._sinks = own, True, []
        self.each(node.body)
        self._inside, self._is_late, self._sinks = before
        for part in node.body:
            if isinstance(part, ast.Global | ast.Nonlocal):
                own.bound -= set(part.names)

    def _class(self, node: ast.ClassDef) -> None:
        own = Definition("class", self.found.module, node.name, self._inside)
        self._collected(own.decorators, node.decorator_list, "decorator")
        self._collected(own.bases, node.bases, "base")
        self._collected(own.keywords, [keyword.value for keyword in node.keywords], "base")
        self._define(own)
        before, self._inside = self._inside, own
        self.each(node.body)
        self._inside = before

    def _collected(self, sink: list[Use], nodes: Iterable[ast.expr], how: How) -> None:
        self._sinks.append(sink)
        for node in nodes:
            self._visit(node, how)
        self._sinks.pop()

    def _define(self, own: Definition) -> None:
        if own.parent is None:
            self.found.top[own.name] = own
            return
        own.parent.inner[own.name] = own
        self.found.members.setdefault(own.name, []).append(own)

    def _assign(self, node: ast.Assign | ast.AnnAssign | ast.AugAssign | ast.NamedExpr) -> None:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        for target in targets:
            self._visit(target)
        if node.value is None:
            return
        names = [target.id for target in targets if isinstance(target, ast.Name)]
        inside = self._inside
        if not names or (inside is not None and inside.kind == "function"):
            self._visit(node.value)
            return
        uses: list[Use] = []
        self._collected(uses, [node.value], "plain")
        for name in names:
            if inside is not None:
                inside.bound.discard(name)
            own = Definition("variable", self.found.module, name, inside, uses)
            if inside is None or name not in inside.inner:
                self._define(own)

    def _import(self, node: ast.ImportFrom) -> None:
        module = node.module or ""
        if node.level:
            parts = self._package.split(".")
            parts = parts[: len(parts) - node.level + 1]
            module = ".".join([*parts, *([module] if module else [])])
        for alias in node.names:
            if alias.name == "*":
                self.found.stars.append(module)
            else:
                self.found.imports[alias.asname or alias.name] = (module, alias.name)


def _is_type(node: ast.expr) -> bool:
    """Whether it surely is one, and no text: a class has a capital, a constant nothing else."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name in _TYPES or (name[:1].isupper() and (len(name) == 1 or not name.isupper()))
        case ast.Constant(value=value):
            return value is None or value is ...
        case ast.Tuple(elts=members) | ast.List(elts=members):
            return all(map(_is_type, members))
        case ast.Subscript(slice=index):
            return _is_type(index)
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return _is_type(left) and _is_type(right)
    return False


def _arguments(args: ast.arguments) -> list[ast.arg]:
    return [*args.posonlyargs, *args.args, *args.kwonlyargs, *filter(None, [args.vararg, args.kwarg])]


def _chain(node: ast.expr) -> tuple[str, ...]:
    match node:
        case ast.Call(func=ast.Name(id="super")):
            return ("super",)
        case ast.Name(id=name):
            return (name,)
        case ast.Attribute(value=value, attr=name):
            return (*_chain(value), name)
    return ("",)


def _names_of(node: ast.expr) -> tuple[str, ...]:
    """Whose names are asked for one: `owner.__dict__`, `vars(owner)`, `__builtins__`."""
    match node:
        case ast.Attribute(value=value, attr="__dict__") if _chain(value)[0]:
            return _chain(value)
        case ast.Call(func=ast.Name(id="vars"), args=[value]) if _chain(value)[0]:
            return _chain(value)
        case ast.Name(id="__builtins__"):
            return ("__builtins__",)
    return ()


def _innermost(node: ast.expr) -> ast.expr:
    return _innermost(node.value) if isinstance(node, ast.Attribute) else node
