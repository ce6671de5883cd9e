"""Idioms that may turn text into code while they run: which of them do is seen inside."""

# mypy: ignore-errors
# ruff: noqa: B009, UP006 - what a type checker or a newer spelling would spare is what is tried here

from __future__ import annotations

import ast
import builtins
import codeop
import collections
import dataclasses
import enum
import functools
import importlib
import inspect
import operator
import types
import typing
from dataclasses import dataclass
from typing import NamedTuple, Protocol, TypedDict, TypeVar

from .kinds import Box, Entry, Point, T, idiom, plain, shown, typed

try:
    from ast import literal_eval as read
except ImportError:
    read = None


class Commands(codeop.CommandCompiler):
    pass


@idiom
def class_of_its_own_called() -> object:
    return Commands()("x = 1") is not None


@idiom
def imported_where_that_works() -> object:
    return read("[1]")


@idiom
def class_of_its_own_taken_for_another() -> object:
    class Late(Entry):
        more: int

    return Late(more=1)


@idiom
def evaluated() -> object:
    return eval("1 + 1")


@idiom
def evaluated_bytes() -> object:
    return eval(b"1 + 1")


@idiom
def executed() -> object:
    names: dict[str, int] = {}
    exec("x = 3", names)
    return names["x"]


@idiom
def executed_bytes() -> object:
    names: dict[str, int] = {}
    exec(bytearray(b"x = 3"), names)
    return names["x"]


@idiom
def executed_by_name() -> object:
    return getattr(builtins, "eval")("1 + 2")


@idiom
def executed_by_key() -> object:
    return vars(builtins)["ev" + "al"]("1 + 2")


@idiom
def compiled_of_text() -> object:
    return compile("1", "x", "eval").co_name


@idiom
def compiled_of_a_tree() -> object:
    return eval(compile(ast.Expression(ast.Constant(4, lineno=1, col_offset=0)), "x", "eval"))


@idiom
def mapped() -> object:
    return list(map(eval, ["1", "2"]))


@idiom
def partial_of_eval() -> object:
    return functools.partial(eval, "1 + 1")()


@idiom
def parsed() -> object:
    return ast.dump(ast.parse("x = 1"))


@idiom
def literal() -> object:
    return ast.literal_eval("[1, 2]")


@idiom
def literal_by_getter() -> object:
    return operator.attrgetter("literal_eval")(ast)("1")


@idiom
def literal_by_caller() -> object:
    return operator.methodcaller("literal_eval", "1")(ast)


@idiom
def registered() -> object:
    @shown.register
    def _(value: float) -> str:
        return f"float {value}"

    return shown(1.5)


@idiom
def registered_with_class() -> object:
    shown.register(str, lambda value: "text")
    return shown("a")


@idiom
def dispatched_anew() -> object:
    @functools.singledispatch
    def one(value: object) -> str:
        return "object"

    @one.register
    def two(value: int) -> str:
        return "int"

    return one(1)


@idiom
def typed_dict() -> object:
    class Late(TypedDict):
        x: int

    return Late(x=1)


@idiom
def typed_dict_called() -> object:
    return TypedDict("Late", {"x": "int"})(x=1)


@idiom
def named_tuple() -> object:
    class Late(NamedTuple):
        x: int

    return Late(1)


@idiom
def named_tuple_called() -> object:
    return NamedTuple("Late", [("x", int)])(1)


@idiom
def named_tuple_of_collections() -> object:
    return collections.namedtuple("Late", "x y")(1, 2)


@idiom
def optional_of_text() -> object:
    return repr(typing.Optional["int"])


@plain
def union_of_text() -> object:
    return repr(typing.Union["int", None])


@idiom
def list_of_text() -> object:
    return repr(typing.List["int"])


@idiom
def boxed_text() -> object:
    return repr(Box["int"])


@plain
def forward_reference() -> object:
    return typing.ForwardRef("int").__forward_arg__


@plain
def cast_to_text() -> object:
    return typing.cast("int", 1)


@idiom
def variable_of_type() -> object:
    return TypeVar("U", bound="int").__name__


@idiom
def type_hints() -> object:
    return sorted(typing.get_type_hints(typed))


@idiom
def type_hints_of_class() -> object:
    return sorted(typing.get_type_hints(Point))


@idiom
def annotations_of_function() -> object:
    return sorted(inspect.get_annotations(typed))


@idiom
def annotations_evaluated() -> object:
    return sorted(inspect.get_annotations(typed, eval_str=True))


@plain
def plain_annotations() -> object:
    return sorted(typed.__annotations__)


@idiom
def dataclass_in_function() -> object:
    @dataclass
    class Late:
        x: int

    return Late(1).x


@idiom
def dataclass_with_options() -> object:
    @dataclasses.dataclass(frozen=True, slots=True)
    class Late:
        x: int

    return Late(1).x


@idiom
def dataclass_made() -> object:
    return dataclasses.make_dataclass("Late", ["x"])(1).x


@idiom
def signature() -> object:
    return str(inspect.signature(typed))


@idiom
def signature_from_callable() -> object:
    return list(inspect.Signature.from_callable(typed).parameters)


@idiom
def signature_of_builtin() -> object:
    return str(inspect.signature(len))


@idiom
def argument_spec() -> object:
    return inspect.getfullargspec(typed).args


@idiom
def source() -> object:
    return len(inspect.getsource(typed)) > 0


@idiom
def source_lines() -> object:
    return len(inspect.getsourcelines(typed))


@idiom
def call_arguments() -> object:
    return inspect.getcallargs(typed, 1)


@idiom
def bound_arguments() -> object:
    return inspect.signature(typed).bind(1, c=2.0).arguments


@idiom
def tokens() -> object:
    import io
    import tokenize

    return len(list(tokenize.generate_tokens(io.StringIO("x = 1").readline)))


@idiom
def command() -> object:
    import codeop

    return codeop.compile_command("x = 1") is not None


@idiom
def command_compiler() -> object:
    from codeop import CommandCompiler

    return CommandCompiler()("x = 1") is not None


@idiom
def disassembled() -> object:
    import dis

    return len(list(dis.get_instructions("x = 1")))


@idiom
def disassembled_function() -> object:
    import dis

    return len(list(dis.get_instructions(typed))) > 0


@idiom
def symbols() -> object:
    import symtable

    return symtable.symtable("x = 1", "x", "exec").get_name()


@idiom
def plural() -> object:
    import gettext

    return gettext.c2py("n != 1")(2)


@idiom
def imported_by_name() -> object:
    return importlib.import_module("json").dumps([1])


@idiom
def imported_natively() -> object:
    return __import__("json").dumps([1])


@idiom
def resolved() -> object:
    import pkgutil

    return pkgutil.resolve_name("json:dumps")([1])


@idiom
def annotation_forms() -> object:
    import annotationlib  # of Python 3.14

    return sorted(annotationlib.get_annotations(Point, format=annotationlib.Format.FORWARDREF))


@idiom
def annotation_texts() -> object:
    import annotationlib

    return sorted(annotationlib.get_annotations(Point, format=annotationlib.Format.STRING).values())


@idiom
def generic_protocol() -> object:
    class Late(Protocol[T]):
        def size(self) -> int: ...

    return Late.__name__


@plain
def total_order() -> object:
    @functools.total_ordering
    class Late:
        def __lt__(self, other: object) -> bool:
            return True

    return Late() < Late()


@plain
def enum_called() -> object:
    return enum.Enum("Late", "A B").A.value


@plain
def enum_in_function() -> object:
    class Late(enum.StrEnum):
        A = enum.auto()

    return Late.A.value


@plain
def class_called() -> object:
    return type("Late", (Point,), {})(1).x


@idiom
def class_made() -> object:
    return types.new_class("Late", (Box[int],))(1).value


@plain
def simple_namespace() -> object:
    return repr(types.SimpleNamespace(a=1))
