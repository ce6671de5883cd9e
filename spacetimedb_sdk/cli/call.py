"""`call`: a reducer or a procedure, over HTTP."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from uuid import UUID

from ..errors import DecodeError, EncodeError, HttpError
from ..http import HttpClient
from ..protocol.codecs.value_formats import first_line
from ..sats.algebraic_type import (
    I256,
    STRING,
    U256,
    AlgebraicType,
    ArrayType,
    Element,
    ProductType,
    SumType,
    is_unit,
    option_of,
    special_name,
)
from ..sats.bsatn.codec import CodecSpace
from ..sats.json.decoding import json_decoder
from ..sats.json.encoding import json_encoder
from ..sats.readable import TypeNames, named_json
from ..sats.schema.module_def import ModuleDef, ProcedureDef, ReducerDef
from ..sats.schema.versions import read_schema
from ..system.parsing import parsed_json
from ..system.plain_text import close_to, letters_of, listed
from . import output
from .errors import CommandError
from .session import Session, add_server_options

__all__ = ["add_call"]

REDUCER_FAILED = 530
# What a caller gets of any failure but the module's own refusals.
_SAYS_NO_MORE = "instance encountered a fatal error"


def add_call(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("database", metavar="DATABASE", help="its name or identity")
    parser.add_argument("function", metavar="FUNCTION", help="a reducer or a procedure")
    parser.add_argument(
        "arguments",
        metavar="ARGUMENT",
        nargs="*",
        default=[],  # else a missing FUNCTION has it named as missing, too
        help="in order, each as JSON; texts, variants of enums, identities and UUIDs may go without quotes (put -- "
        "before a text that begins with a minus)",
    )
    add_server_options(parser)
    parser.set_defaults(run=call)


def call(options: argparse.Namespace) -> None:
    session = Session(options.server, options.database, options.token)

    def ask(http: HttpClient) -> None:
        module = read_schema(http.schema(options.database)).flattened()
        function = _function(module, options.function)
        space = CodecSpace(module.typespace, {})
        arguments = _arguments(function, options.arguments, space, TypeNames(module))
        try:
            value = http.call(options.database, function.name, arguments)
        except HttpError as error:
            reason = first_line(error.body.strip())
            if _SAYS_NO_MORE in reason:
                reason = f"{reason.removesuffix('.')}. Its log has the traceback: python -m spacetimedb_sdk logs {options.database}"
            elif error.status != REDUCER_FAILED:
                raise
            kind = "procedure" if isinstance(function, ProcedureDef) else "reducer"
            raise CommandError(f"{kind} {function.name} failed: {reason}") from None
        if isinstance(function, ProcedureDef):
            output.json_line(named_json(space, function.return_type)(value))
        elif output.on_terminal():
            output.note(f"reducer {function.name} committed")

    session.run(ask)


def _function(module: ModuleDef, name: str) -> ReducerDef | ProcedureDef:
    everything: list[ReducerDef | ProcedureDef] = [*module.reducers, *module.procedures]
    functions = {function.name: function for function in everything}
    by_source = {function.source_name: function for function in everything}
    found = functions.get(name) or by_source.get(name)
    if found is None:
        raise CommandError(
            f"there is no reducer or procedure {name!r}{close_to(name, functions)}: there are {listed(sorted(functions))}"
        )
    return found


def _arguments(
    function: ReducerDef | ProcedureDef, given: Sequence[str], space: CodecSpace, names: TypeNames
) -> list[object]:
    """The arguments as JSON, each checked against its parameter."""
    params = function.params.elements
    if len(given) != len(params):
        takes = ", ".join(f"{param.name}: {names.of(param.type)}" for param in params) or "nothing"
        raise CommandError(f"{function.name} takes {takes}, not {len(given)} arguments")
    return [_argument(text, param, space, names) for text, param in zip(given, params, strict=True)]


def _argument(text: str, param: Element, space: CodecSpace, names: TypeNames) -> object:
    try:
        value = parsed_json(text)
    except ValueError:
        value = text
    try:
        # What servers are strict about, such as the form of an identity, is put right.
        encode = json_encoder(space, param.type, positional=True, nan_as_null=False)
        return encode(json_decoder(space, param.type)(_as_json(value, text, param.type, space)))
    except (DecodeError, EncodeError, ValueError) as error:
        raise CommandError(f"argument {param.name} is a {names.of(param.type)}: {error}") from error


def _as_json(value: object, text: str, type_: AlgebraicType, space: CodecSpace) -> object:
    """What people type in place of SATS-JSON: texts and variants without quotes, plain numbers, bare identities."""
    if type_ == STRING:
        return value if isinstance(value, str) else text
    if type_ in (I256, U256) and isinstance(value, int):
        return f"{value:#x}"
    special = special_name(type_)
    if special is None:
        return _filled_in(value, type_, space)
    if isinstance(value, list | dict) or special == "ScheduleAt":
        return value
    word = value if isinstance(value, str) else text
    if special == "Identity":
        # All of them: an identity that lost some on its way here is another one.
        return [f"0x{_hex_digits(word, '64')}"]
    if special == "ConnectionId":
        return [int(_hex_digits(word, "1,32"), 16)]
    if special == "Uuid":
        return [UUID(word).int]
    return [value]


def _hex_digits(word: str, count: str) -> str:
    digits = word.removeprefix("0x")
    if not re.fullmatch(f"[0-9a-fA-F]{{{count}}}", digits):
        raise ValueError(f"expected {count.replace(',', ' to ')} hex digits, found {word!r}")
    return digits


def _filled_in(value: object, type_: AlgebraicType, space: CodecSpace) -> object:
    """`value` with what people leave out of SATS-JSON, at any depth: `"blue"` is `{"blue": []}`, and so is the module's own
    `BLUE`; 5 where there may be none is `{"some": 5}`."""
    type_ = space.typespace.resolve(type_)
    if special_name(type_) is not None:
        return value
    match type_, value:
        case ArrayType(element), list():
            return [_filled_in(item, element, space) for item in value]
        case ProductType(elements), list() if len(value) == len(elements):
            return [_filled_in(item, part.type, space) for item, part in zip(value, elements, strict=True)]
        case SumType(), dict() if (inner := option_of(type_)) and not value.keys() & {"some", "none"}:
            return {"some": _filled_in(value, inner, space)}
        case ((ProductType(parts) | SumType(parts)), dict()):
            types = {part.name: part.type for part in parts}
            return {
                name: _filled_in(item, types[name], space) if name in types else item
                for name, item in value.items()
            }
        case SumType(variants), str() if option_of(type_) is None:
            named = _variant(value, variants)
            return value if named is None else {named: []}
        case SumType(), str() | bool() | int() | float():
            inner = option_of(type_)
            return value if inner is None else {"some": _filled_in(value, inner, space)}
    return value


def _variant(name: str, variants: Sequence[Element]) -> str | None:
    """The variant without a payload that is called `name`, on the server or, in other letters, in the module; None where all
    have payloads. `name` itself where none is called so."""

    known = [str(variant.name) for variant in variants if is_unit(variant.type)]
    meant = [each for each in known if letters_of(each) == letters_of(name)]
    if name not in known and len(meant) == 1:
        return meant[0]
    return name if known else None
