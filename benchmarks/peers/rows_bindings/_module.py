"""What the SDK needs to know of the module. Generated from the module definition: regenerate instead of editing."""

from spacetimedb_sdk.bindings import ModuleBindings, ReducerInfo, TableInfo
from spacetimedb_sdk.sats.algebraic_type import (
    BYTES,
    F32,
    I32,
    U32,
    UNIT,
    Element,
    ProductType,
    Ref,
    Typespace,
)

MODULE = ModuleBindings(
    typespace=Typespace(
        (
            # 0: Blob
            ProductType((Element("id", U32), Element("data", BYTES))),
            # 1: Entity
            ProductType((Element("entity_id", I32), Element("position", Ref(2)), Element("mass", I32))),
            # 2: DbVector2
            ProductType((Element("x", F32), Element("y", F32))),
            # 3: Flat
            ProductType((Element("id", U32), Element("a", I32), Element("x", F32), Element("y", F32))),
            # 4: Mark
            ProductType((Element("id", U32), Element("a", I32), Element("x", F32), Element("y", F32))),
        ),
    ),
    tables=(
        TableInfo(
            name="blob",
            source_name="blob",
            row=0,
            primary_key="id",
            unique=("id",),
            indexes=(),
            is_event=False,
        ),
        TableInfo(
            name="entity",
            source_name="entity",
            row=1,
            primary_key="entity_id",
            unique=("entity_id",),
            indexes=(),
            is_event=False,
        ),
        TableInfo(
            name="flat",
            source_name="flat",
            row=3,
            primary_key="id",
            unique=("id",),
            indexes=(),
            is_event=False,
        ),
        TableInfo(
            name="mark",
            source_name="mark",
            row=4,
            primary_key=None,
            unique=(),
            indexes=(),
            is_event=False,
        ),
    ),
    reducers=(
        ReducerInfo(name="go", source_name="go", params=UNIT),
        ReducerInfo(
            name="move",
            source_name="move",
            params=ProductType((Element("id", U32), Element("a", I32), Element("x", F32), Element("y", F32))),
        ),
    ),
    fingerprint="f126913273258883ad2db04601a708b85f22da2f6dd5f35fb68a5f449385451d",
)
