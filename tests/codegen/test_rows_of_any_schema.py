"""Whatever the schema: the accelerator reads all of its rows, as the generated decoders do, and errs as they do."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable
from itertools import count
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from spacetimedb_sdk.codegen import generate
from spacetimedb_sdk.errors import DecodeError
from spacetimedb_sdk.sats.algebraic_type import Ref
from spacetimedb_sdk.sats.bsatn.codec import BAD_BYTES, CodecSpace, RowCodec
from spacetimedb_sdk.sats.bsatn.keyed_rows import KeyedRows
from spacetimedb_sdk.sats.schema.module_def import ModuleDef
from tests.codegen.any_schema import FORMS, definitions, values
from tests.sats.bsatn.ranges import whole, within
from tests.sats.row_values import same

pytestmark = pytest.mark.accelerator

NUMBERS = count()
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]
CHANGES = 40


@FORMS
def test_rows_of_any_schema_are_read_alike(
    import_package: Callable[[Path, str], ModuleType], count: int
) -> None:
    read = 0

    @settings(
        max_examples=count,
        deadline=None,
        phases=[Phase.explicit, Phase.reuse, Phase.generate],
        suppress_health_check=SLOW,
    )
    @given(definition=definitions(), data=st.data())
    def check(definition: ModuleDef, data: st.DataObject) -> None:
        nonlocal read
        name = f"any_rows_{next(NUMBERS)}"
        with tempfile.TemporaryDirectory() as folder:
            generate(definition, Path(folder) / name, module_name="any")
            bindings: Any = import_package(Path(folder) / name, name).MODULE
        for name, info in bindings.tables.items():
            cls = bindings.table_classes[name]
            codec = bindings.space.row_codec(info.row, cls)
            if codec.size == 0:
                continue
            rows = CodecSpace(bindings.typespace, {**bindings.space.classes, info.row: cls})
            drawn = data.draw(st.lists(values(rows, Ref(info.row)), min_size=1, max_size=3))
            read_alike(codec, b"".join(map(codec.encode, drawn)), random.Random(data.draw(st.integers())))
            read += 1

    check()
    assert read >= count // 2


def read_alike(codec: RowCodec, encoded: bytes, chance: random.Random) -> None:
    reader: Any = codec._decode_rows
    # What the accelerator leaves to the other comes back as None.
    alone = type(reader)(reader.plan, lambda data, start, end: None)
    for placed in (whole(encoded), within(encoded)):
        assert same(alone(*placed), reader.otherwise(*whole(encoded)))
    read_keys_alike(codec, encoded, chance)
    for data in [encoded[:length] for length in range(len(encoded))][-200:]:
        for placed in (whole(data), within(data)):
            assert outcome(codec, reader, placed) == outcome(codec, reader.otherwise, placed)
    for _ in range(CHANGES):
        data = changed(encoded, chance)
        for placed in (whole(data), within(data)):
            left, right = outcome(codec, reader, placed), outcome(codec, reader.otherwise, placed)
            assert same(left, right), data


def read_keys_alike(codec: RowCodec, encoded: bytes, chance: random.Random) -> None:
    """With any column for a key: the accelerator's keys are those of plain Python, and no others where it has none."""
    keyed = KeyedRows(codec, chance.choice(codec.space.fields_of(codec.type_)))
    for length in {len(encoded), len(encoded) - 1, len(encoded) // 2}:
        data = encoded[:length]
        for placed in (whole(data), within(data)):
            plain = keyed_outcome(getattr(keyed.read, "otherwise", keyed.read), *placed)
            assert same(keyed_outcome(keyed.read, *placed), plain)
        if keyed.read_change is not None:
            change = getattr(keyed.read_change, "otherwise", keyed.read_change)
            for other in (encoded, data, changed(data or encoded, chance)):
                expected = keyed_outcome(change, *whole(data), *within(other))
                assert same(keyed_outcome(keyed.read_change, *whole(data), *within(other)), expected)


def keyed_outcome(read: Callable[..., Any], *placed: Any) -> object:
    try:
        return read(*placed)
    except (DecodeError, *BAD_BYTES) as error:
        return type(error), str(error)


def outcome(
    codec: RowCodec, read: Callable[[bytes, int, int | None], Any], placed: tuple[bytes, int, int]
) -> object:
    before, codec._decode_rows = codec._decode_rows, read
    try:
        return codec.decode_rows(*placed)
    except DecodeError as error:
        return type(error), str(error)
    finally:
        codec._decode_rows = before


def changed(data: bytes, chance: random.Random) -> bytes:
    made = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 4))):
        at = chance.randrange(len(made) + 1)
        match chance.randrange(5):
            case 0:
                made[at : at + 1] = chance.randbytes(1)
            case 1:
                made[at : at + 4] = chance.choice(
                    (b"\xff\xff\xff\xff", b"\0\0\0\0", b"\xff\xff\xff\x7f", b"\2\0\0\0")
                )
            case 2:
                del made[at : at + chance.randrange(1, 6)]
            case 3:
                made[at:at] = chance.randbytes(chance.randrange(1, 6))
            case 4:
                made[at : at + 1] = chance.choice((b"\0", b"\1", b"\2", b"\x80", b"\xff"))
    return bytes(made)
