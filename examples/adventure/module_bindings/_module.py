"""What the SDK needs to know of the module. Generated from the module definition: regenerate instead of editing."""

from spacetimedb_sdk.bindings import ModuleBindings, ReducerInfo, TableInfo
from spacetimedb_sdk.sats.algebraic_type import (
    BOOL,
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
            # 0: Exit
            ProductType(
                (
                    Element("exit_id", U32),
                    Element("room_id", U32),
                    Element("direction", STRING),
                    Element("leads_to", U32),
                ),
            ),
            # 1: Player
            ProductType(
                (
                    Element("identity", IDENTITY),
                    Element("name", STRING),
                    Element("room_id", U32),
                    Element("online", BOOL),
                ),
            ),
            # 2: Room
            ProductType((Element("room_id", U32), Element("name", STRING), Element("description", STRING))),
            # 3: RoomChat
            ProductType(
                (
                    Element("chat_id", U64),
                    Element("room_id", U32),
                    Element("speaker", STRING),
                    Element("text", STRING),
                ),
            ),
        ),
    ),
    tables=(
        TableInfo(
            name="exit",
            source_name="exit",
            row=0,
            primary_key="exit_id",
            unique=("exit_id",),
            indexes=(("room_id",),),
            is_event=False,
        ),
        TableInfo(
            name="player",
            source_name="player",
            row=1,
            primary_key="identity",
            unique=("identity", "name"),
            indexes=(("room_id",),),
            is_event=False,
        ),
        TableInfo(
            name="room",
            source_name="room",
            row=2,
            primary_key="room_id",
            unique=("room_id",),
            indexes=(),
            is_event=False,
        ),
        TableInfo(
            name="room_chat",
            source_name="room_chat",
            row=3,
            primary_key="chat_id",
            unique=("chat_id",),
            indexes=(("room_id",),),
            is_event=False,
        ),
    ),
    reducers=(
        ReducerInfo(name="go", source_name="go", params=ProductType((Element("direction", STRING),))),
        ReducerInfo(name="join", source_name="join", params=ProductType((Element("name", STRING),))),
        ReducerInfo(name="say", source_name="say", params=ProductType((Element("text", STRING),))),
    ),
    fingerprint="0a2512b39a7579410843fe9b4466cb7da4dd03c724267ff84c3a913190452f37",
)
