"""What the SDK needs to know of the module. Generated from the module definition: regenerate instead of editing."""

from spacetimedb_sdk.bindings import ModuleBindings, ReducerInfo, TableInfo
from spacetimedb_sdk.sats.algebraic_type import (
    F32,
    I32,
    I64,
    IDENTITY,
    STRING,
    TIMESTAMP,
    UNIT,
    Element,
    ProductType,
    Ref,
    Typespace,
)

MODULE = ModuleBindings(
    typespace=Typespace(
        (
            # 0: Circle
            ProductType(
                (
                    Element("entity_id", I32),
                    Element("player_id", I32),
                    Element("direction", Ref(1)),
                    Element("speed", F32),
                    Element("last_split_time", TIMESTAMP),
                ),
            ),
            # 1: DbVector2
            ProductType((Element("x", F32), Element("y", F32))),
            # 2: Config
            ProductType((Element("id", I32), Element("world_size", I64))),
            # 3: ConsumeEntityEvent
            ProductType((Element("consumed_entity_id", I32), Element("consumer_entity_id", I32))),
            # 4: Entity
            ProductType((Element("entity_id", I32), Element("position", Ref(1)), Element("mass", I32))),
            # 5: Food
            ProductType((Element("entity_id", I32),)),
            # 6: Player
            ProductType((Element("identity", IDENTITY), Element("player_id", I32), Element("name", STRING))),
            # 7: Protection
            ProductType((Element("player_id", I32), Element("until", TIMESTAMP))),
            # 8: WorldRules
            ProductType(
                (
                    Element("id", I32),
                    Element("name", STRING),
                    Element("start_mass", I32),
                    Element("split_from", I32),
                    Element("most_circles", I32),
                    Element("recombine", F32),
                    Element("protection", F32),
                    Element("eject_from", I32),
                    Element("eject_cost", I32),
                    Element("pellet_mass", I32),
                ),
            ),
        ),
    ),
    tables=(
        TableInfo(
            name="circle",
            source_name="circle",
            row=0,
            primary_key="entity_id",
            unique=("entity_id",),
            indexes=(("player_id",),),
            is_event=False,
        ),
        TableInfo(
            name="config",
            source_name="config",
            row=2,
            primary_key="id",
            unique=("id",),
            indexes=(),
            is_event=False,
        ),
        TableInfo(
            name="consume_entity_event",
            source_name="consume_entity_event",
            row=3,
            primary_key=None,
            unique=(),
            indexes=(),
            is_event=True,
        ),
        TableInfo(
            name="entity",
            source_name="entity",
            row=4,
            primary_key="entity_id",
            unique=("entity_id",),
            indexes=(),
            is_event=False,
        ),
        TableInfo(
            name="food",
            source_name="food",
            row=5,
            primary_key="entity_id",
            unique=("entity_id",),
            indexes=(),
            is_event=False,
        ),
        TableInfo(
            name="player",
            source_name="player",
            row=6,
            primary_key="identity",
            unique=("identity", "player_id"),
            indexes=(),
            is_event=False,
        ),
        TableInfo(
            name="protection",
            source_name="protection",
            row=7,
            primary_key="player_id",
            unique=("player_id",),
            indexes=(),
            is_event=False,
        ),
        TableInfo(
            name="world_rules",
            source_name="world_rules",
            row=8,
            primary_key="id",
            unique=("id",),
            indexes=(),
            is_event=False,
        ),
    ),
    reducers=(
        ReducerInfo(name="eject_mass", source_name="eject_mass", params=UNIT),
        ReducerInfo(
            name="enter_game",
            source_name="enter_game",
            params=ProductType((Element("name", STRING),)),
        ),
        ReducerInfo(name="player_split", source_name="player_split", params=UNIT),
        ReducerInfo(name="respawn", source_name="respawn", params=UNIT),
        ReducerInfo(name="suicide", source_name="suicide", params=UNIT),
        ReducerInfo(
            name="update_player_input",
            source_name="update_player_input",
            params=ProductType((Element("direction", Ref(1)),)),
        ),
    ),
    fingerprint="e753bf20e2e9ef17f6338bd1990d3dcf4a8c37fcb4c6d412f1743689a1f39dd8",
)
