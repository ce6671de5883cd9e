"""What the SDK needs to know of the module. Generated from the module definition: regenerate instead of editing."""

from spacetimedb_sdk.bindings import ModuleBindings, ReducerInfo, TableInfo
from spacetimedb_sdk.sats.algebraic_type import (
    BOOL,
    BYTES,
    CONNECTION_ID,
    F32,
    F64,
    I8,
    I16,
    I32,
    I64,
    I128,
    I256,
    IDENTITY,
    SCHEDULE_AT,
    STRING,
    TIME_DURATION,
    TIMESTAMP,
    U8,
    U16,
    U32,
    U64,
    U128,
    U256,
    UNIT,
    ArrayType,
    Element,
    ProductType,
    Ref,
    SumType,
    Typespace,
)

MODULE = ModuleBindings(
    typespace=Typespace(
        (
            # 0: Compound
            ProductType(
                (
                    Element("id", U64),
                    Element("maybe_number", SumType((Element("some", I32), Element("none", UNIT)))),
                    Element("maybe_text", SumType((Element("some", STRING), Element("none", UNIT)))),
                    Element(
                        "maybe_maybe",
                        SumType(
                            (
                                Element("some", SumType((Element("some", U8), Element("none", UNIT)))),
                                Element("none", UNIT),
                            ),
                        ),
                    ),
                    Element("maybe_vector", SumType((Element("some", Ref(1)), Element("none", UNIT)))),
                    Element("bytes", BYTES),
                    Element("numbers", ArrayType(I64)),
                    Element("texts", ArrayType(STRING)),
                    Element("colours", ArrayType(Ref(2))),
                    Element("matrix", ArrayType(ArrayType(F32))),
                    Element("position", Ref(1)),
                    Element("nothing", Ref(3)),
                    Element("shape", Ref(4)),
                    Element("shapes", ArrayType(Ref(4))),
                ),
            ),
            # 1: Vector2
            ProductType((Element("x", F32), Element("y", F32))),
            # 2: Colour
            SumType((Element("Red", UNIT), Element("Green", UNIT), Element("Blue", UNIT))),
            # 3: Nothing
            UNIT,
            # 4: Shape
            SumType(
                (
                    Element("Empty", UNIT),
                    Element("Circle", F64),
                    Element("Polygon", ArrayType(Ref(1))),
                    Element("Label", STRING),
                    Element("Tinted", Ref(5)),
                ),
            ),
            # 5: Tint
            ProductType(
                (
                    Element("colour", Ref(2)),
                    Element("alpha", SumType((Element("some", U8), Element("none", UNIT)))),
                ),
            ),
            # 6: Item
            ProductType(
                (
                    Element("item_id", U32),
                    Element("name", STRING),
                    Element("kind", Ref(2)),
                    Element("level", I32),
                    Element("owner", IDENTITY),
                    Element("position", Ref(1)),
                ),
            ),
            # 7: Note
            ProductType((Element("author", IDENTITY), Element("text", STRING))),
            # 8: Presence
            ProductType(
                (
                    Element("identity", IDENTITY),
                    Element("online", BOOL),
                    Element("connections", U32),
                    Element("last_seen", TIMESTAMP),
                ),
            ),
            # 9: Scalar
            ProductType(
                (
                    Element("id", U32),
                    Element("a_bool", BOOL),
                    Element("a_u8", U8),
                    Element("a_u16", U16),
                    Element("a_u64", U64),
                    Element("a_u128", U128),
                    Element("a_u256", U256),
                    Element("a_i8", I8),
                    Element("a_i16", I16),
                    Element("a_i32", I32),
                    Element("a_i64", I64),
                    Element("a_i128", I128),
                    Element("a_i256", I256),
                    Element("a_f32", F32),
                    Element("a_f64", F64),
                    Element("a_string", STRING),
                    Element("an_identity", IDENTITY),
                    Element("a_connection_id", CONNECTION_ID),
                    Element("a_timestamp", TIMESTAMP),
                    Element("a_duration", TIME_DURATION),
                ),
            ),
            # 10: TickCount
            ProductType((Element("label", STRING), Element("ticks", U32))),
            # 11: TickTimer
            ProductType(
                (
                    Element("scheduled_id", U64),
                    Element("scheduled_at", SCHEDULE_AT),
                    Element("label", STRING),
                ),
            ),
        ),
    ),
    tables=(
        TableInfo(
            name="compound",
            source_name="compound",
            row=0,
            primary_key="id",
            unique=("id",),
            indexes=(),
            is_event=False,
        ),
        TableInfo(
            name="item",
            source_name="item",
            row=6,
            primary_key="item_id",
            unique=("item_id", "name"),
            indexes=(("kind", "level"), ("owner",)),
            is_event=False,
        ),
        TableInfo(
            name="note",
            source_name="note",
            row=7,
            primary_key=None,
            unique=(),
            indexes=(),
            is_event=False,
        ),
        TableInfo(
            name="presence",
            source_name="presence",
            row=8,
            primary_key="identity",
            unique=("identity",),
            indexes=(),
            is_event=False,
        ),
        TableInfo(
            name="scalar",
            source_name="scalar",
            row=9,
            primary_key="id",
            unique=("id",),
            indexes=(),
            is_event=False,
        ),
        TableInfo(
            name="tick_count",
            source_name="tick_count",
            row=10,
            primary_key="label",
            unique=("label",),
            indexes=(),
            is_event=False,
        ),
        TableInfo(
            name="tick_timer",
            source_name="tick_timer",
            row=11,
            primary_key="scheduled_id",
            unique=("scheduled_id",),
            indexes=(),
            is_event=False,
        ),
    ),
    reducers=(
        ReducerInfo(
            name="add_compound",
            source_name="add_compound",
            params=ProductType(
                (
                    Element("maybe_number", SumType((Element("some", I32), Element("none", UNIT)))),
                    Element("maybe_text", SumType((Element("some", STRING), Element("none", UNIT)))),
                    Element(
                        "maybe_maybe",
                        SumType(
                            (
                                Element("some", SumType((Element("some", U8), Element("none", UNIT)))),
                                Element("none", UNIT),
                            ),
                        ),
                    ),
                    Element("maybe_vector", SumType((Element("some", Ref(1)), Element("none", UNIT)))),
                    Element("bytes", BYTES),
                    Element("numbers", ArrayType(I64)),
                    Element("texts", ArrayType(STRING)),
                    Element("colours", ArrayType(Ref(2))),
                    Element("matrix", ArrayType(ArrayType(F32))),
                    Element("position", Ref(1)),
                    Element("nothing", Ref(3)),
                    Element("shape", Ref(4)),
                    Element("shapes", ArrayType(Ref(4))),
                ),
            ),
        ),
        ReducerInfo(
            name="add_item",
            source_name="add_item",
            params=ProductType(
                (
                    Element("name", STRING),
                    Element("kind", Ref(2)),
                    Element("level", I32),
                    Element("position", Ref(1)),
                ),
            ),
        ),
        ReducerInfo(
            name="add_items",
            source_name="add_items",
            params=ProductType((Element("prefix", STRING), Element("count", U32))),
        ),
        ReducerInfo(name="clear_items", source_name="clear_items", params=UNIT),
        ReducerInfo(name="crash", source_name="crash", params=ProductType((Element("message", STRING),))),
        ReducerInfo(
            name="edit_note",
            source_name="edit_note",
            params=ProductType((Element("old", STRING), Element("new", STRING))),
        ),
        ReducerInfo(name="fail", source_name="fail", params=ProductType((Element("message", STRING),))),
        ReducerInfo(name="move_all", source_name="move_all", params=UNIT),
        ReducerInfo(
            name="move_item",
            source_name="move_item",
            params=ProductType((Element("item_id", U32), Element("position", Ref(1)))),
        ),
        ReducerInfo(name="nothing", source_name="nothing", params=UNIT),
        ReducerInfo(
            name="remove_item",
            source_name="remove_item",
            params=ProductType((Element("item_id", U32),)),
        ),
        ReducerInfo(
            name="set_scalar",
            source_name="set_scalar",
            params=ProductType(
                (
                    Element("id", U32),
                    Element("a_bool", BOOL),
                    Element("a_u8", U8),
                    Element("a_u16", U16),
                    Element("a_u64", U64),
                    Element("a_u128", U128),
                    Element("a_u256", U256),
                    Element("a_i8", I8),
                    Element("a_i16", I16),
                    Element("a_i32", I32),
                    Element("a_i64", I64),
                    Element("a_i128", I128),
                    Element("a_i256", I256),
                    Element("a_f32", F32),
                    Element("a_f64", F64),
                    Element("a_string", STRING),
                    Element("an_identity", IDENTITY),
                    Element("a_connection_id", CONNECTION_ID),
                    Element("a_timestamp", TIMESTAMP),
                    Element("a_duration", TIME_DURATION),
                ),
            ),
        ),
        ReducerInfo(
            name="stop_ticks",
            source_name="stop_ticks",
            params=ProductType((Element("label", STRING),)),
        ),
        ReducerInfo(name="tick", source_name="tick", params=ProductType((Element("timer", Ref(11)),))),
        ReducerInfo(
            name="tick_every",
            source_name="tick_every",
            params=ProductType((Element("label", STRING), Element("period_ms", U32))),
        ),
        ReducerInfo(
            name="tick_once",
            source_name="tick_once",
            params=ProductType((Element("label", STRING), Element("delay_ms", U32))),
        ),
        ReducerInfo(
            name="write_note",
            source_name="write_note",
            params=ProductType((Element("text", STRING),)),
        ),
    ),
    fingerprint="36b359e9e0fd83fd6740848f2811539c40c8ab3008da0472e8c020c17bf9635a",
)
