"""What the SDK needs to know of the module. Generated from the module definition: regenerate instead of editing."""

from spacetimedb_sdk.bindings import ModuleBindings, ProcedureInfo, ReducerInfo, TableInfo
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
    UUID,
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
            # 0: Announcement
            ProductType((Element("from", IDENTITY), Element("text", STRING), Element("urgency", U8))),
            # 1: Compound
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
                    Element("maybe_vector", SumType((Element("some", Ref(2)), Element("none", UNIT)))),
                    Element("bytes", BYTES),
                    Element("numbers", ArrayType(I64)),
                    Element("texts", ArrayType(STRING)),
                    Element("colours", ArrayType(Ref(3))),
                    Element("matrix", ArrayType(ArrayType(F32))),
                    Element("position", Ref(2)),
                    Element("nothing", Ref(4)),
                    Element("shape", Ref(5)),
                    Element("shapes", ArrayType(Ref(5))),
                ),
            ),
            # 2: Vector2
            ProductType((Element("x", F32), Element("y", F32))),
            # 3: Colour
            SumType((Element("red", UNIT), Element("green", UNIT), Element("blue", UNIT))),
            # 4: Nothing
            UNIT,
            # 5: Shape
            SumType(
                (
                    Element("empty", UNIT),
                    Element("circle", F64),
                    Element("polygon", ArrayType(Ref(2))),
                    Element("label", STRING),
                    Element("tinted", Ref(6)),
                ),
            ),
            # 6: Tint
            ProductType(
                (
                    Element("colour", Ref(3)),
                    Element("alpha", SumType((Element("some", U8), Element("none", UNIT)))),
                ),
            ),
            # 7: ItemRow
            ProductType(
                (
                    Element("item_id", U32),
                    Element("name", STRING),
                    Element("kind", Ref(3)),
                    Element("level", I32),
                    Element("owner", IDENTITY),
                    Element("position", Ref(2)),
                ),
            ),
            # 8: Note
            ProductType((Element("author", IDENTITY), Element("text", STRING))),
            # 9: PresenceRow
            ProductType(
                (
                    Element("identity", IDENTITY),
                    Element("online", BOOL),
                    Element("connections", U32),
                    Element("last_seen", TIMESTAMP),
                ),
            ),
            # 10: Scalar
            ProductType(
                (
                    Element("id", U32),
                    Element("a_bool", BOOL),
                    Element("a_u_8", U8),
                    Element("a_u_16", U16),
                    Element("a_u_64", U64),
                    Element("a_u_128", U128),
                    Element("a_u_256", U256),
                    Element("a_i_8", I8),
                    Element("a_i_16", I16),
                    Element("a_i_32", I32),
                    Element("a_i_64", I64),
                    Element("a_i_128", I128),
                    Element("a_i_256", I256),
                    Element("a_f_32", F32),
                    Element("a_f_64", F64),
                    Element("a_string", STRING),
                    Element("an_identity", IDENTITY),
                    Element("a_connection_id", CONNECTION_ID),
                    Element("a_timestamp", TIMESTAMP),
                    Element("a_duration", TIME_DURATION),
                ),
            ),
            # 11: TickCount
            ProductType((Element("label", STRING), Element("ticks", U32))),
            # 12: TickTimer
            ProductType(
                (
                    Element("scheduled_id", U64),
                    Element("scheduled_at", SCHEDULE_AT),
                    Element("label", STRING),
                ),
            ),
            # 13: Token
            ProductType(
                (
                    Element("id", UUID),
                    Element("label", STRING),
                    Element("outcome", SumType((Element("ok", U32), Element("err", STRING)))),
                ),
            ),
        ),
    ),
    tables=(
        TableInfo(
            name="announcement",
            source_name="announcement",
            row=0,
            primary_key=None,
            unique=(),
            indexes=(),
            is_event=True,
        ),
        TableInfo(
            name="compound",
            source_name="compound",
            row=1,
            primary_key="id",
            unique=("id",),
            indexes=(),
            is_event=False,
        ),
        TableInfo(
            name="item",
            source_name="item",
            row=7,
            primary_key="item_id",
            unique=("item_id", "name"),
            indexes=(("owner",), ("kind", "level")),
            is_event=False,
        ),
        TableInfo(
            name="my_items",
            source_name="my_items",
            row=7,
            primary_key=None,
            unique=(),
            indexes=(),
            is_event=False,
            is_view=True,
        ),
        TableInfo(
            name="my_presence",
            source_name="my_presence",
            row=9,
            primary_key=None,
            unique=(),
            indexes=(),
            is_event=False,
            is_view=True,
        ),
        TableInfo(
            name="note",
            source_name="note",
            row=8,
            primary_key=None,
            unique=(),
            indexes=(),
            is_event=False,
        ),
        TableInfo(
            name="presence",
            source_name="presence",
            row=9,
            primary_key="identity",
            unique=("identity",),
            indexes=(),
            is_event=False,
        ),
        TableInfo(
            name="scalar",
            source_name="scalar",
            row=10,
            primary_key="id",
            unique=("id",),
            indexes=(),
            is_event=False,
        ),
        TableInfo(
            name="sword",
            source_name="sword",
            row=7,
            primary_key=None,
            unique=(),
            indexes=(),
            is_event=False,
            is_view=True,
        ),
        TableInfo(
            name="tick_count",
            source_name="tick_count",
            row=11,
            primary_key="label",
            unique=("label",),
            indexes=(),
            is_event=False,
        ),
        TableInfo(
            name="tick_timer",
            source_name="tick_timer",
            row=12,
            primary_key="scheduled_id",
            unique=("scheduled_id",),
            indexes=(),
            is_event=False,
        ),
        TableInfo(
            name="token",
            source_name="token",
            row=13,
            primary_key="id",
            unique=("id",),
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
                    Element("maybe_vector", SumType((Element("some", Ref(2)), Element("none", UNIT)))),
                    Element("bytes", BYTES),
                    Element("numbers", ArrayType(I64)),
                    Element("texts", ArrayType(STRING)),
                    Element("colours", ArrayType(Ref(3))),
                    Element("matrix", ArrayType(ArrayType(F32))),
                    Element("position", Ref(2)),
                    Element("nothing", Ref(4)),
                    Element("shape", Ref(5)),
                    Element("shapes", ArrayType(Ref(5))),
                ),
            ),
        ),
        ReducerInfo(
            name="add_item",
            source_name="add_item",
            params=ProductType(
                (
                    Element("name", STRING),
                    Element("kind", Ref(3)),
                    Element("level", I32),
                    Element("position", Ref(2)),
                ),
            ),
        ),
        ReducerInfo(
            name="add_items",
            source_name="add_items",
            params=ProductType((Element("prefix", STRING), Element("count", U32))),
        ),
        ReducerInfo(
            name="add_token",
            source_name="add_token",
            params=ProductType(
                (
                    Element("id", UUID),
                    Element("label", STRING),
                    Element("outcome", SumType((Element("ok", U32), Element("err", STRING)))),
                ),
            ),
        ),
        ReducerInfo(
            name="announce",
            source_name="announce",
            params=ProductType((Element("text", STRING), Element("urgency", U8))),
        ),
        ReducerInfo(
            name="announce_and_fail",
            source_name="announce_and_fail",
            params=ProductType((Element("text", STRING),)),
        ),
        ReducerInfo(
            name="announce_thrice",
            source_name="announce_thrice",
            params=ProductType((Element("text", STRING),)),
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
            params=ProductType((Element("item_id", U32), Element("position", Ref(2)))),
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
    procedures=(
        ProcedureInfo(
            name="add_numbers",
            source_name="add_numbers",
            params=ProductType((Element("left", I64), Element("right", I64))),
            return_type=I64,
        ),
        ProcedureInfo(name="crash_procedure", source_name="crash_procedure", params=UNIT, return_type=UNIT),
        ProcedureInfo(
            name="mirror",
            source_name="mirror",
            params=ProductType(
                (
                    Element("shape", Ref(5)),
                    Element("maybe", SumType((Element("some", Ref(2)), Element("none", UNIT)))),
                ),
            ),
            return_type=ArrayType(Ref(5)),
        ),
        ProcedureInfo(
            name="write_note_slowly",
            source_name="write_note_slowly",
            params=ProductType((Element("text", STRING),)),
            return_type=U32,
        ),
    ),
    fingerprint="5926936310206694954830faf592fbba73dd73df7315a0666dd029ac843d047d",
)
