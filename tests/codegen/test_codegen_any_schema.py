"""Whatever the schema: the bindings can be imported, are the same every time, and carry every value."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path
from types import ModuleType
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from spacetimedb_sdk.codegen import generate, public_part, render
from spacetimedb_sdk.sats.algebraic_type import AlgebraicType, Ref
from spacetimedb_sdk.sats.bsatn.codec import Codec, CodecSpace
from spacetimedb_sdk.sats.json.decoding import json_decoder
from spacetimedb_sdk.sats.json.encoding import json_encoder
from spacetimedb_sdk.sats.schema.module_def import ModuleDef
from spacetimedb_sdk.sats.schema.v9 import read_v9, write_v9
from spacetimedb_sdk.sats.schema.v10 import read_v10, write_v10
from tests.codegen.any_schema import FORMS, definitions, values

NUMBERS = count()
# Shrinking a whole module takes minutes; a failure is small enough to read as it was drawn.
NO_SHRINK = [Phase.explicit, Phase.reuse, Phase.generate]
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]


@FORMS
def test_values_survive_in_the_bindings_of_any_schema(
    import_package: Callable[[Path, str], ModuleType], count: int
) -> None:
    @settings(max_examples=count, deadline=None, phases=NO_SHRINK, suppress_health_check=SLOW)
    @given(definition=definitions(), data=st.data())
    def check(definition: ModuleDef, data: st.DataObject) -> None:
        name = f"any_bindings_{next(NUMBERS)}"
        with tempfile.TemporaryDirectory() as folder:
            generate(definition, Path(folder) / name, module_name="any")
            bindings = import_package(Path(folder) / name, name).MODULE
        values_survive(bindings, data)

    check()


def values_survive(bindings: Any, data: st.DataObject) -> None:
    space = bindings.space
    for name, info in bindings.tables.items():
        cls = bindings.table_classes[name]
        rows = CodecSpace(bindings.typespace, {**space.classes, info.row: cls})
        row = data.draw(values(rows, Ref(info.row)))
        assert type(row) is cls
        codec = space.row_codec(info.row, cls)
        assert codec.decode(codec.encode(row)) == row
        if codec.size != 0:
            assert codec.decode_rows(codec.encode(row) * 3) == [row] * 3
    for function in (*bindings.reducers.values(), *bindings.procedures.values()):
        survives(bindings, space.codec(function.params), function.params, data)
    for procedure in bindings.procedures.values():
        survives(bindings, space.codec(procedure.return_type), procedure.return_type, data)


def survives(bindings: Any, codec: Codec, type_: AlgebraicType, data: st.DataObject) -> None:
    value = data.draw(values(bindings.space, type_))
    assert codec.decode(codec.encode(value)) == value
    for positional in (True, False):
        text = json.dumps(json_encoder(bindings.space, type_, positional=positional)(value))
        assert json_decoder(bindings.space, type_)(json.loads(text)) == value


@FORMS
def test_the_order_of_a_definition_does_not_matter(count: int) -> None:
    @settings(max_examples=count, deadline=None, phases=NO_SHRINK, suppress_health_check=SLOW)
    @given(definition=definitions())
    def check(definition: ModuleDef) -> None:
        turned = replace(
            definition,
            **{
                part: getattr(definition, part)[::-1]
                for part in ("types", "tables", "reducers", "procedures", "views")
            },
        )
        assert render(turned, module_name="any") == render(definition, module_name="any")

    check()


@FORMS
def test_any_definition_survives_as_json(count: int) -> None:
    @settings(max_examples=count, deadline=None, phases=NO_SHRINK, suppress_health_check=SLOW)
    @given(definition=definitions())
    def check(definition: ModuleDef) -> None:
        assert public_part(read_v10(write_v10(definition))) == public_part(definition)
        again = read_v9(write_v9(definition))
        assert again.typespace == definition.typespace
        assert {table.name for table in again.tables} == {table.name for table in definition.tables}

    check()
