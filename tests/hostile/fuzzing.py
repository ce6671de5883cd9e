"""What fuzzers are made of: values that were right once, and what becomes of them."""

from __future__ import annotations

import copy
import json
from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from spacetimedb_sdk.protocol.messages import v1, v2
from tests.places import ROOT

__all__ = [
    "JSON_TOKENS",
    "SCHEMAS",
    "mutated_bytes",
    "mutated_json",
    "mutated_text",
    "sql_texts",
    "v1_frames",
    "v1_texts",
    "v2_frames",
]

SCHEMAS = [
    json.loads((ROOT / "tests" / "codegen" / "data" / name).read_text())
    for name in ("conformance.v9.json", "conformance_2x.v10.json")
]
_LENGTHS = [bytes(4), b"\xff" * 4, b"\xff\xff\xff\x7f", b"\0\0\0\x80", b"\1\0\0\0", b"\xff"]
# What breaks a JSON text where it is put.
JSON_TOKENS = [
    "[",
    "]",
    "{",
    "}",
    '"',
    "\\",
    "null",
    "NaN",
    "-1",
    "1e999",
    "[[[[",
    "9" * 5_000,
    "\\ud800",
    ",",
    ":",
    "²",
]
_STRANGE: list[Any] = [
    None,
    True,
    -1,
    1e999,
    1 << 70,
    "",
    "\ud800",
    "9" * 400,
    [],
    {},
    [[]],
    {"": []},
    "U8",
    {"Ref": 0},
]
_QUERIES = [
    "SELECT * FROM item",
    "SELECT * FROM *",
    "SELECT * FROM item WHERE level = 3 AND (name = 'x' OR id < 7)",
    "SELECT a.* FROM item a JOIN note b ON a.id = b.id WHERE a.level = 1",
    "SELECT COUNT(*) AS n FROM item",
    "SELECT id AS a, name FROM item LIMIT 3",
    "INSERT INTO note (text) VALUES ('x')",
    "UPDATE item SET level = 3 WHERE id = 1",
    "DELETE FROM note WHERE text = ':sender'",
    "SET row_limit = 100",
    "SHOW row_limit",
]
_WORD_LIST = """SELECT * FROM item note WHERE AND OR ( ) = <> < >= ' , . ; -- /* */ :sender 0xff 1e5 -1 'x' X'00' "item" NULL TRUE
JOIN ON AS LIMIT 0 99999999999999999999 COUNT(*) INSERT INTO VALUES UPDATE SET DELETE id level name text \x00 \u2028 é 日"""
_WORDS = _WORD_LIST.split()
_ARGUMENTS = [b"", bytes(4), b"\xff" * 9, (2).to_bytes(4, "little") + bytes(8)]
_FUNCTIONS = ["nothing", "fill", "take", "refuse", "init", "", "nothing\0", "\u202e", "x" * 300]


def _spliced(parts: Sequence[Any], draw: st.DrawFn, strange: Sequence[Any]) -> list[Any]:
    """A few changes: something is cut out, repeated, put in or put in place of another."""
    found = list(parts)
    for _ in range(draw(st.integers(0, 4))):
        place = draw(st.integers(0, max(len(found) - 1, 0)))
        length = draw(st.integers(0, 8))
        kind = draw(st.sampled_from(["cut", "repeat", "insert", "replace"]))
        if kind == "cut":
            del found[place : place + length]
        elif kind == "repeat":
            found[place:place] = found[place : place + length] * draw(st.sampled_from([1, 2, 50]))
        else:
            other = list(draw(st.sampled_from(strange)))
            found[place : place + (len(other) if kind == "replace" else 0)] = other
    return found


@st.composite
def mutated_bytes(draw: st.DrawFn, whole: st.SearchStrategy[bytes]) -> bytes:
    if draw(st.integers(0, 9)) == 0:
        return draw(st.binary(max_size=80))
    return bytes(_spliced(draw(whole), draw, [*_LENGTHS, draw(st.binary(max_size=5))]))


@st.composite
def mutated_text(draw: st.DrawFn, whole: st.SearchStrategy[str]) -> str:
    return "".join(_spliced(draw(whole), draw, [*JSON_TOKENS, draw(st.text(max_size=4))]))


@st.composite
def mutated_json(draw: st.DrawFn, whole: Any) -> Any:
    """A copy of which one to four parts, anywhere in it, are gone, twice there, or something else."""
    found = json.loads(json.dumps(whole))
    for _ in range(draw(st.integers(1, 4))):
        node = found
        while isinstance(node, list | dict) and node:
            key = draw(st.sampled_from(sorted(node) if isinstance(node, dict) else range(len(node))))
            child = node[key]
            if not (isinstance(child, list | dict) and child) or draw(st.integers(0, 5)) == 0:
                _change(draw, node, key)
                break
            node = child
    return found


def _change(draw: st.DrawFn, node: Any, key: Any) -> None:
    kind = draw(st.sampled_from(["drop", "replace", "wrap", "twice"]))
    if kind == "drop":
        del node[key]
    elif kind == "wrap":
        node[key] = [node[key]] if draw(st.booleans()) else {"Array": node[key]}
    elif kind == "twice" and isinstance(node, list):
        node.append(node[key])
    else:
        node[key] = copy.deepcopy(draw(st.sampled_from(_STRANGE) | st.integers(-3, 400)))


sql_texts = mutated_text(st.sampled_from(_QUERIES)) | st.lists(st.sampled_from(_WORDS), max_size=25).map(
    " ".join
)
_numbers = st.integers(0, 3)
_functions = st.sampled_from(_FUNCTIONS)
_arguments = st.sampled_from(_ARGUMENTS)
_v1_messages = st.one_of(
    st.builds(v1.CallReducer, _functions, _arguments, _numbers, _numbers),
    st.builds(v1.Subscribe, st.lists(sql_texts, max_size=3), _numbers),
    st.builds(v1.SubscribeSingle, sql_texts, _numbers, st.builds(v1.QueryId, _numbers)),
    st.builds(v1.SubscribeMulti, st.lists(sql_texts, max_size=3), _numbers, st.builds(v1.QueryId, _numbers)),
    st.builds(v1.UnsubscribeMulti, _numbers, st.builds(v1.QueryId, _numbers)),
    st.builds(v1.OneOffQuery, st.binary(max_size=4), sql_texts),
)
_sets = st.builds(v2.QuerySetId, _numbers)
_v2_messages = st.one_of(
    st.builds(v2.CallReducer, _numbers, st.integers(0, 1), _functions, _arguments),
    st.builds(
        v2.CallProcedure, _numbers, st.integers(0, 1), st.sampled_from(["much", "nothing", ""]), _arguments
    ),
    st.builds(v2.Subscribe, _numbers, _sets, st.lists(sql_texts, max_size=3)),
    st.builds(v2.Unsubscribe, _numbers, _sets, st.sampled_from(list(v2.UnsubscribeFlags))),
    st.builds(v2.OneOffQuery, _numbers, sql_texts),
)


def _encoded(codec: Any) -> Any:
    def encode(message: Any) -> bytes:
        try:
            data: bytes = codec.encode(message)
        except ValueError:  # a text that UTF-8 cannot hold
            return b"\0"
        return data

    return encode


v1_frames = mutated_bytes(_v1_messages.map(_encoded(v1.CLIENT_MESSAGE)))
v2_frames = mutated_bytes(
    st.lists(_v2_messages, min_size=1, max_size=3).map(
        lambda some: b"".join(map(_encoded(v2.CLIENT_MESSAGE), some))
    )
)
_CALL = {"CallReducer": {"reducer": "fill", "args": '[1, 2, "x"]', "request_id": 1, "flags": 0}}
_MULTI = {"SubscribeMulti": {"query_strings": ["SELECT * FROM item"], "request_id": 1, "query_id": {"id": 1}}}
_ONCE = {"OneOffQuery": {"message_id": "00ff", "query_string": "SELECT * FROM note"}}
_V1_JSON: list[Any] = [
    _CALL,
    _MULTI,
    _ONCE,
    {"Subscribe": {"query_strings": ["SELECT * FROM *"], "request_id": 1}},
]
_v1_values: st.SearchStrategy[str] = st.one_of([mutated_json(value) for value in _V1_JSON]).map(json.dumps)
v1_texts = _v1_values | mutated_text(st.sampled_from([json.dumps(value) for value in _V1_JSON]))
