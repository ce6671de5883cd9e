"""What the SDK needs to know of the module. Generated from the module definition: regenerate instead of editing."""

from spacetimedb_sdk.bindings import ModuleBindings, ReducerInfo, TableInfo
from spacetimedb_sdk.sats.algebraic_type import (
    BOOL,
    IDENTITY,
    STRING,
    TIMESTAMP,
    UNIT,
    Element,
    ProductType,
    SumType,
    Typespace,
)

MODULE = ModuleBindings(
    typespace=Typespace(
        (
            # 0: Message
            ProductType((Element("sender", IDENTITY), Element("sent", TIMESTAMP), Element("text", STRING))),
            # 1: User
            ProductType(
                (
                    Element("identity", IDENTITY),
                    Element("name", SumType((Element("some", STRING), Element("none", UNIT)))),
                    Element("online", BOOL),
                ),
            ),
        ),
    ),
    tables=(
        TableInfo(
            name="message",
            source_name="message",
            row=0,
            primary_key=None,
            unique=(),
            indexes=(),
            is_event=False,
        ),
        TableInfo(
            name="user",
            source_name="user",
            row=1,
            primary_key="identity",
            unique=("identity",),
            indexes=(),
            is_event=False,
        ),
    ),
    reducers=(
        ReducerInfo(
            name="send_message",
            source_name="send_message",
            params=ProductType((Element("text", STRING),)),
        ),
        ReducerInfo(name="set_name", source_name="set_name", params=ProductType((Element("name", STRING),))),
    ),
    fingerprint="cece3fe77595175f3aceaefe2f104d00806a14f1fb32398217bec12962f0b77f",
)
