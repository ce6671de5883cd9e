"""What the SDK needs to know of the module. Generated from the module definition: regenerate instead of editing."""

from spacetimedb_sdk.bindings import ModuleBindings, ReducerInfo, TableInfo
from spacetimedb_sdk.sats.algebraic_type import (
    BOOL,
    F32,
    I32,
    IDENTITY,
    STRING,
    U32,
    U64,
    Element,
    ProductType,
    Typespace,
)

MODULE = ModuleBindings(
    typespace=Typespace(
        (
            # 0: Hit
            ProductType(
                (
                    Element("shooter", IDENTITY),
                    Element("victim", IDENTITY),
                    Element("x", F32),
                    Element("y", F32),
                ),
            ),
            # 1: Shell
            ProductType(
                (
                    Element("shell_id", U64),
                    Element("owner", IDENTITY),
                    Element("x", F32),
                    Element("y", F32),
                    Element("angle", F32),
                    Element("ticks_left", U32),
                ),
            ),
            # 2: Tank
            ProductType(
                (
                    Element("identity", IDENTITY),
                    Element("name", STRING),
                    Element("x", F32),
                    Element("y", F32),
                    Element("angle", F32),
                    Element("score", I32),
                    Element("deaths", U32),
                ),
            ),
            # 3: Wall
            ProductType(
                (
                    Element("wall_id", U32),
                    Element("x", F32),
                    Element("y", F32),
                    Element("width", F32),
                    Element("height", F32),
                ),
            ),
        ),
    ),
    tables=(
        TableInfo(
            name="hit",
            source_name="hit",
            row=0,
            primary_key=None,
            unique=(),
            indexes=(),
            is_event=True,
        ),
        TableInfo(
            name="shell",
            source_name="shell",
            row=1,
            primary_key="shell_id",
            unique=("shell_id",),
            indexes=(),
            is_event=False,
        ),
        TableInfo(
            name="tank",
            source_name="tank",
            row=2,
            primary_key="identity",
            unique=("identity",),
            indexes=(),
            is_event=False,
        ),
        TableInfo(
            name="wall",
            source_name="wall",
            row=3,
            primary_key="wall_id",
            unique=("wall_id",),
            indexes=(),
            is_event=False,
        ),
    ),
    reducers=(
        ReducerInfo(
            name="control",
            source_name="control",
            params=ProductType((Element("drive", F32), Element("turn", F32), Element("fires", BOOL))),
        ),
        ReducerInfo(name="join", source_name="join", params=ProductType((Element("name", STRING),))),
    ),
    fingerprint="f89996d3b25249d821d084a8c31592de9dd2d81ccc4dfdd0827a2445dd1cd8ae",
)
