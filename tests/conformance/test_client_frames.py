"""Every frame that a client sent in a recording is made again by the codec's own methods.

BSATN has to have the recorded bytes, JSON the recorded values. What no client of ours can send (flags of a call, single
subscriptions, arguments that are none) is written from the message.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from spacetimedb_sdk.errors import DecodeError
from spacetimedb_sdk.protocol.codecs.subprotocol import Payload, SubprotocolCodec
from spacetimedb_sdk.protocol.codecs.v1_json import JsonValues
from spacetimedb_sdk.protocol.codecs.value_formats import BsatnValues
from spacetimedb_sdk.protocol.messages import v1, v2
from tests.conformance.transcripts import (
    Schema,
    client_messages,
    events,
    named,
    of_protocol,
    protocol_of,
    schema_of,
)

TRANSCRIPTS = [
    path for protocol in ("v1.bsatn", "v1.json", "v2.bsatn", "v3.bsatn") for path in of_protocol(protocol)
]


def made_again(codec: SubprotocolCodec, schema: Schema, message: Any) -> Payload | None:
    """The frame of `message` by the methods that clients use; None where there is none."""
    match message:
        case v1.CallReducer(reducer, args, request_id, 0) | v2.CallReducer(request_id, 0, reducer, args):

            def encode(name: str, values: tuple[Any, ...], number: int) -> Payload:
                return codec.reducer_encoder(name)(values, number)

            return called_again(encode, schema, reducer, args, request_id)
        case v1.CallProcedure(name, args, request_id, 0) | v2.CallProcedure(request_id, 0, name, args):
            return called_again(codec.call_procedure, schema, name, args, request_id)
        case v1.Subscribe(queries, request_id):
            assert codec.replaces_in_one_step
            return codec.replace_subscription(queries, request_id)
        case v1.SubscribeMulti(queries, request_id, v1.QueryId(query_id)):
            return codec.subscribe(queries, request_id, query_id)
        case v2.Subscribe(request_id, v2.QuerySetId(query_id), queries):
            return codec.subscribe(queries, request_id, query_id)
        case v1.UnsubscribeMulti(request_id, v1.QueryId(query_id)):
            return codec.unsubscribe(request_id, query_id)
        case v2.Unsubscribe(request_id, v2.QuerySetId(query_id), v2.UnsubscribeFlags.SendDroppedRows):
            return codec.unsubscribe(request_id, query_id)
        case v2.OneOffQuery(request_id, query):
            return codec.one_off_query(query, request_id)
        case v1.OneOffQuery(_, query):
            return codec.one_off_query(query, 7)
    return None


def called_again(
    call: Callable[[str, tuple[Any, ...], int], Payload],
    schema: Schema,
    function: str,
    args: Payload,
    request_id: int,
) -> Payload | None:
    """The call made from the values of its arguments; None where no values stand for them."""
    values = (BsatnValues if isinstance(args, bytes) else JsonValues)(schema.protocol)
    try:
        decoded = values.decode_arguments(function, args)
    except (DecodeError, KeyError):
        return None
    frame = call(function, tuple(decoded), request_id)
    if isinstance(args, bytes):
        return frame
    # The arguments are a text inside the text, whose numbers may be written in more ways than one.
    said = json.loads(frame)
    (body,) = said.values()
    assert shape(json.loads(body["args"])) == shape(json.loads(args))
    assert values.decode_arguments(function, body["args"]) == decoded
    return json.dumps(said | {name: body | {"args": args} for name in said})


def shape(value: Any) -> Any:
    """JSON without the freedom of writing a number: leading zeros of one of 256 bits, digits of an f32."""
    match value:
        case dict():
            return {key: shape(item) for key, item in value.items()}
        case list():
            return [shape(item) for item in value]
        case str() if value.lstrip("-").startswith("0x"):
            return int(value, 16)
        case float():
            return f"{value:.7g}"
    return value


def without_message_id(message: Any) -> Any:
    """The id of a one-off query is the client's own: ours has four bytes."""
    return v1.OneOffQuery(b"", message.query_string) if isinstance(message, v1.OneOffQuery) else message


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=named)
def test_client_frames_are_made_again(path: Path) -> None:
    schema, protocol = schema_of(path.parent.name), protocol_of(path)
    codec = schema.codec(protocol)
    for event in events(path):
        if event.kind != "send":
            continue
        messages = client_messages(protocol, event.payload)
        ours = [made_again(codec, schema, message) for message in messages]
        if None in ours:
            continue
        if isinstance(event.text, str):
            (text,) = ours
            assert isinstance(text, str)
            assert [without_message_id(m) for m in client_messages(protocol, text)] == [
                without_message_id(m) for m in messages
            ]
            if not isinstance(messages[0], v1.OneOffQuery):
                assert json.loads(text) == json.loads(event.text)
        elif isinstance(messages[0], v1.OneOffQuery):
            (frame,) = ours
            assert client_messages(protocol, frame)[0].query_string == messages[0].query_string
        else:
            assert b"".join(frame for frame in ours if isinstance(frame, bytes)) == event.binary


def test_only_what_clients_cannot_send_is_left_out() -> None:
    left_out: Counter[str] = Counter()
    made: Counter[str] = Counter()
    for path in TRANSCRIPTS:
        schema, protocol = schema_of(path.parent.name), protocol_of(path)
        codec = schema.codec(protocol)
        for event in events(path):
            for message in client_messages(protocol, event.payload) if event.kind == "send" else ():
                found = made_again(codec, schema, message)
                (left_out if found is None else made)[f"{protocol} {type(message).__name__}"] += 1
    # Flags of a call, functions that the module has not, arguments that are none, single subscriptions.
    assert left_out == {
        "v1.bsatn CallReducer": 15,
        "v1.json CallReducer": 15,
        "v2.bsatn CallReducer": 4,
        "v3.bsatn CallReducer": 4,
        "v1.bsatn CallProcedure": 2,
        "v1.json CallProcedure": 2,
        "v2.bsatn CallProcedure": 2,
        "v3.bsatn CallProcedure": 2,
        "v1.bsatn SubscribeSingle": 4,
        "v1.json SubscribeSingle": 4,
        "v1.bsatn Unsubscribe": 2,
        "v1.json Unsubscribe": 2,
        "v3.bsatn Unsubscribe": 1,
    }
    assert sum(made.values()) > 1000
