"""Idioms that need no compiler, and do not look so."""

# mypy: ignore-errors
# ruff: noqa: UP045 - what a type checker or a newer spelling would spare is what is tried here

from __future__ import annotations

import abc
import collections
import contextlib
import copy
import copyreg
import dataclasses
import functools
import inspect
import json
import logging
import operator
import pickle
import pprint
import re
import reprlib
import string
import textwrap
import traceback
import typing
import warnings
from collections import Counter, OrderedDict, defaultdict
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal, Optional

from .kinds import Box, Colour, Entry, Holder, Made, Mutable, Pair, Point, Right, Sized, plain, shown, typed


@plain
def data() -> object:
    point = dataclasses.replace(Point(1), y=5)
    names = [item.name for item in dataclasses.fields(point)]
    return [
        point,
        names,
        dataclasses.asdict(point),
        dataclasses.astuple(point),
        dataclasses.is_dataclass(point),
    ]


@plain
def data_changed() -> object:
    thing = Mutable()
    thing.many.append(3)
    return [thing, thing == Mutable(), Point(1) < Point(2), hash(Point(1)) == hash(Point(1)), {Point(1): 2}]


@plain
def tuples() -> object:
    return [Made(1, 2)._replace(x=3), Made._make([1, 2])._asdict(), Pair(1)._fields, Pair(2)._replace(y=1)]


@plain
def enums() -> object:
    return [
        Colour.RED,
        Colour("x" and 1),
        Colour["BLUE"],
        list(Colour),
        Right.READ | Right.WRITE,
        Colour.RED.name,
    ]


@plain
def dispatched() -> object:
    return [shown(1), shown("x" and object), Holder().shown(1), Holder().shown("a"), Holder().cached]


@plain
def generic() -> object:
    entry: Entry = {"name": "a"}
    value: Optional[int] = Box(3).value
    return [value, entry, typing.cast(int, 3), isinstance(Box(1), Box), isinstance(3, Sized)]


@plain
def types_in_brackets() -> object:
    kinds = [typing.Optional[int], list[Point], typing.Callable[[int], None]]
    return [
        kinds[:2],
        Box[int](3).value,
        typing.cast(typing.Optional[Point], None),
        collections.abc.Callable[[], int],
    ]


@plain
def classes_in_functions() -> object:
    class Text(string.Template):
        delimiter = "%"

    class Short(reprlib.Repr):
        maxlist = 1

    class Kind(abc.ABC):
        @abc.abstractmethod
        def size(self) -> Optional[int]: ...

    return [Text("%a").substitute(a=1), Short().repr([1, 2]), Kind.__abstractmethods__, Entry(name="a")]


@plain
def partials() -> object:
    add = functools.partial(operator.add, 1)
    return [
        add(2),
        functools.reduce(operator.mul, [1, 2, 3]),
        functools.lru_cache(lambda x: x)(2),
        repr(add)[:9],
    ]


@plain
def wrapped() -> object:
    @functools.wraps(typed)
    def inner(*args: object) -> object:
        return args

    return [inner(1), inner.__name__, inner.__doc__]


@plain
def containers() -> object:
    ordered = OrderedDict(a=1)
    ordered.move_to_end("a")
    many: defaultdict[str, list[int]] = defaultdict(list)
    many["a"].append(1)
    chain = collections.ChainMap({"a": 1}, {"b": 2})
    return [
        Counter("aab").most_common(1),
        dict(ordered),
        dict(many),
        chain["b"],
        collections.deque([1], 3)[0],
    ]


@plain
def copied() -> object:
    return [copy.deepcopy(Point(1, tags=("a",))), copy.copy(Mutable()), copy.deepcopy({"a": [Colour.RED]})]


@plain
def pickled() -> object:
    return pickle.loads(pickle.dumps([Point(1), Colour.RED, Made(1, 2), Decimal("1.5")]))


@plain
def pickled_by_registry() -> object:
    copyreg.pickle(Box, lambda box: (Box, (box.value,)))
    return pickle.loads(pickle.dumps(Box(2))).value


@plain
def texts() -> object:
    template = string.Template("$a is ${b}").substitute(a=1, b=2)
    made = string.Formatter().format("{0.x} {1!r:>5}", Point(1), "a")
    return [template, made, textwrap.dedent("  a\n  b"), textwrap.wrap("a b c", 3), string.capwords("a b")]


@plain
def patterns() -> object:
    pattern = re.compile(r"(?P<a>\d+)|(?P<b>\w+)", re.IGNORECASE)
    return [pattern.findall("1 a"), re.sub(r"\d", lambda found: found[0] * 2, "a1"), re.compile("a").pattern]


@plain
def printed() -> object:
    return [pprint.pformat({"a": [1, 2], "b": Point(1)}, width=10), reprlib.repr(list(range(100)))]


@plain
def reprs() -> object:
    class Chain:
        @reprlib.recursive_repr()
        def __repr__(self) -> str:
            return f"<{self!r}>"

    return repr(Chain())


@plain
def numbers() -> object:
    return [Decimal("1.10").quantize(Decimal("0.1")), Fraction("1/3"), Fraction(0.5).limit_denominator(3)]


@plain
def jsons() -> object:
    return [json.loads('{"a": [1, 2.5, null]}'), json.dumps({"a": Point(1).x}, indent=1, sort_keys=True)]


@plain
def failure_shown() -> object:
    try:
        raise ValueError("shown") from KeyError("cause")
    except ValueError as error:
        lines = traceback.format_exception(error)
        return [
            lines[-1],
            traceback.format_exc().count("ValueError"),
            len(traceback.extract_tb(error.__traceback__)),
        ]


@plain
def failure_in_an_expression() -> object:
    values = {"a": 1}
    try:
        return values["a"] + values["b"] * typed(1, "x")
    except KeyError as error:
        return "".join(traceback.TracebackException.from_exception(error).format()).count("KeyError")


@plain
def syntax_failure_shown() -> object:
    try:
        raise SyntaxError("bad", ("f.py", 1, 1, "improt x\n", 1, 7))
    except SyntaxError:
        return traceback.format_exc().count("SyntaxError")


@plain
def failure_logged() -> object:
    try:
        return [1][2]
    except IndexError:
        logging.getLogger("elsewhere").exception("as logged")
        logging.getLogger("elsewhere").info("with %s", 1, exc_info=True, stack_info=True)
        return None


@plain
def stack_shown() -> object:
    return len(traceback.format_stack()) > 0


@plain
def warned() -> object:
    warnings.warn("as warned", stacklevel=1)
    return None


@plain
def contexts() -> object:
    @contextlib.contextmanager
    def held() -> Any:
        yield 1

    with held() as one, contextlib.suppress(KeyError), contextlib.ExitStack() as stack:
        stack.callback(lambda: None)
        return one
    return None


@plain
def looked_into() -> object:
    return [
        inspect.isfunction(typed),
        inspect.getdoc(typed),
        inspect.cleandoc(" a\n b"),
        len(inspect.getmembers(Point)) > 3,
    ]


@plain
def frames() -> object:
    frame = inspect.currentframe()
    return None if frame is None else frame.f_code.co_name


@plain
def choices() -> object:
    value: Literal["a"] = "a"
    match [value, Point(1, 2)]:
        case ["a", Point(x, y)]:
            return [x, y]
    return None


@plain
def lists_sorted() -> object:
    return sorted([Point(2), Point(1)], key=operator.attrgetter("x", "y"), reverse=True)
