"""Every type there is, through both clients and all four protocols: inserted, read, changed, deleted, read late."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Iterator
from contextlib import AsyncExitStack
from types import ModuleType
from typing import Any

import pytest

from spacetimedb_sdk.bindings.module import ModuleBindings
from spacetimedb_sdk.codegen import generate
from spacetimedb_sdk.sats.algebraic_type import (
    BYTES,
    AlgebraicType,
    ArrayType,
    PrimitiveType,
    ProductType,
    SumType,
    Typespace,
    option_of,
)
from spacetimedb_sdk.sats.bsatn.codec import Codec, CodecSpace
from spacetimedb_sdk.standalone import Server
from spacetimedb_sdk.types import Address, Identity, TimeDuration, Timestamp
from tests.client.faces import AsyncFace, BasicFace, Face, Log
from tests.conformance.sdk_test_module import KEYED, module
from tests.plugins.imports import importable

PROTOCOLS = ("v1", "v1.json", "v2", "v3")
Rows = dict[str, list[bytes]]


@pytest.fixture(scope="module")
def bindings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    folder = tmp_path_factory.mktemp("sdk_test")
    generate(module.definition(), folder / "sdk_test_bindings", module_name="sdk_test")
    with importable(folder, "sdk_test_bindings"):
        yield importlib.import_module("sdk_test_bindings")


def sample(type_: AlgebraicType, types: Typespace, number: int) -> Any:
    """A value of a type, of those that stand for nothing but their bytes: the lowest, the highest, then others."""
    type_ = types.resolve(type_)
    if type_ == BYTES:
        return bytes(range(number * 3))
    match type_:
        case PrimitiveType("Bool"):
            return number % 2 == 1
        case PrimitiveType("String"):
            return ["", 'it\'s "é"\n\u2603 \U0001f600', f"text {number}"][min(number, 2)]
        case PrimitiveType("F32" | "F64"):
            return [0.0, -1.5, 2.0**100, 0.1015625][number % 4]
        case PrimitiveType(name):
            bits, signed = int(name[1:]), name[0] == "I"
            low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)
            return [low, high, 1 + number % 100][min(number, 2)]
        case ArrayType(element):
            return [sample(element, types, inner) for inner in range(number)]
        case SumType(variants) if option_of(type_) is not None:
            return None if number == 0 else sample(variants[0].type, types, number - 1)
        case SumType(variants):
            tag = number % len(variants)
            return tag, sample(variants[tag].type, types, number)
        case ProductType(elements) if elements and (elements[0].name or "").startswith("__"):
            return special(elements[0].name or "", sample(elements[0].type, types, number))
        case ProductType(elements):
            return tuple(sample(element.type, types, number) for element in elements)
    raise AssertionError(type_)


def special(name: str, value: int) -> Any:
    if name == "__identity__":
        return Identity(value.to_bytes(32, "big"))
    if name == "__connection_id__":
        return Address(value.to_bytes(16, "big"))
    # Servers tell times before year 1 and after 9999, too, but no JSON parser need take all of an i64.
    return TimeDuration(value >> 8) if name == "__time_duration_micros__" else Timestamp(value >> 8)


# The codec of each reducer's arguments, which are plain tuples: making one takes longer than all that is done with it.
PLAIN: dict[str, Codec] = {}


def arguments(made: ModuleBindings, reducer: str, number: int) -> list[Any]:
    """What the bindings call the reducer with, for sample `number`."""
    params = made.reducers[reducer].params
    if reducer not in PLAIN:
        PLAIN[reducer] = CodecSpace(made.typespace, {}).codec(params)
    return made.decode_args(reducer, PLAIN[reducer].encode(sample(params, made.typespace, number)))


def told(face: Face) -> Rows:
    """The rows the client has, as their bytes."""
    return {
        table.name: sorted(table.codec.encode(row) for row in table.rows.values())
        for table in face.frame.cache
    }


def stored(server: Server) -> Rows:
    return server.run(
        lambda database: {
            name: sorted(map(store.encoded, store.rows()))
            for name, store in database.datastore.stores.items()
        }
    )


async def play(face: Face, late: Face, server: Server, made: ModuleBindings, protocol: str) -> None:
    await face.start(subscribe=["SELECT * FROM *"], protocol=protocol)
    inserts = [
        name for name in made.reducers if name.startswith("insert_") and "call" not in name.split("_")[1]
    ]
    assert len(inserts) == len(module.tables) + 1  # one of them writes another's rows
    for reducer in inserts:
        count = 23 if "enum_with_payload" in reducer else 2 if reducer.endswith("bool") else 3
        for number in range(count):
            face.call(reducer, *arguments(made, reducer, number))
    for reducer in ("insert_call_timestamp", "insert_caller_one_identity", "insert_caller_vec_connection_id"):
        face.call(reducer)
    await face.settle()
    assert face.log.named("error") == []
    assert told(face) == stored(server)
    assert {name: len(rows) for name, rows in told(face).items() if not rows} == {}
    assert told(face)["one_unit_struct"] == [b""]

    for table in KEYED:
        key, _ = arguments(made, f"update_{table}", 1)
        face.call(f"update_{table}", key, -77)
    await face.settle()
    assert told(face) == stored(server)
    for table in KEYED:
        assert any(row.data_ == -77 for row in face.frame.cache.table(table).rows.values())

    await late.start(subscribe=["SELECT * FROM *"], protocol=protocol)
    assert told(late) == stored(server)
    for table in KEYED:
        face.call(f"delete_{table}", arguments(made, f"delete_{table}", 1)[0])
    await face.settle()
    await late.settle()
    assert face.log.named("error") == late.log.named("error") == []
    assert told(face) == told(late) == stored(server)
    assert len(told(face)["pk_u8"]) == 2


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("kind", [BasicFace, AsyncFace])
def test_every_type_in_every_protocol(bindings: ModuleType, kind: type[Face], protocol: str) -> None:
    own = type("Own", (kind,), {"bindings": bindings})

    async def stop(face: Face) -> None:
        if hasattr(face, "client"):
            await face.stop()

    async def scenario() -> None:
        with Server(module, database="conformance") as server:
            host = server.url.removeprefix("http://")
            face, late = own(host, Log()), own(host, Log())
            async with AsyncExitStack() as stack:
                for each in (face, late):
                    stack.push_async_callback(stop, each)
                await play(face, late, server, ModuleBindings.of(bindings), protocol)

    asyncio.run(scenario())
