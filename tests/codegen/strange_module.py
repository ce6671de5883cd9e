"""A module whose names and types are as awkward as a schema allows."""

from spacetimedb_sdk.sats.algebraic_type import (
    BYTES,
    CONNECTION_ID,
    F32,
    I32,
    I64,
    IDENTITY,
    SCHEDULE_AT,
    STRING,
    TIME_DURATION,
    TIMESTAMP,
    U8,
    U32,
    UNIT,
    UUID,
    AlgebraicType,
    ArrayType,
    Element,
    ProductType,
    Ref,
    SumType,
    Typespace,
    option,
    result,
)
from spacetimedb_sdk.sats.schema.module_def import (
    IndexDef,
    Lifecycle,
    ModuleDef,
    ProcedureDef,
    ReducerDef,
    SubmoduleDef,
    TableDef,
    TypeDef,
    UniqueConstraintDef,
    ViewDef,
)

__all__ = ["STRANGE"]


def elements(**named: AlgebraicType) -> tuple[Element, ...]:
    return tuple(Element(name, type_) for name, type_ in named.items())


def product(**fields: AlgebraicType) -> ProductType:
    return ProductType(elements(**fields))


USER, TREE, EXPR, PAIR, COLOUR, ADDRESS, SHAPE, SHAPE_CIRCLE, THING, HIDDEN, PRIVATE, UNNAMED, NAMELESS = (
    range(13)
)

TYPES: tuple[AlgebraicType, ...] = (
    # USER: the row of three tables; its columns bear the names of keywords, methods and built-in types
    ProductType(
        (
            Element("id", U32),
            Element("from", STRING),
            Element("iter", I32),
            Element("data", BYTES),
            Element("str", STRING),
            Element("list", ArrayType(STRING)),
            Element("cls", I32),
            Element("filter_by_id", I32),
            Element("OwnerId", IDENTITY),
            Element("owner_id", IDENTITY),
            Element("Colour", Ref(COLOUR)),
            Element("my-column", I32),
            Element("__secret", I32),
        )
    ),
    product(value=I32, children=ArrayType(Ref(TREE))),
    SumType(elements(Num=I64, Add=Ref(PAIR), Not=option(Ref(EXPR)), Zero=UNIT)),
    product(left=Ref(EXPR), right=Ref(EXPR)),
    SumType(elements(Red=UNIT, value=UNIT, **{"None": UNIT})),
    product(street=STRING),
    SumType(elements(Circle=Ref(SHAPE_CIRCLE), Nothing=UNIT)),
    product(radius=F32),
    product(
        thing_id=UUID,
        maybe=option(I32),
        maybe_maybe=option(option(STRING)),
        outcome=result(Ref(TREE), STRING),
        tree=Ref(TREE),
        expression=option(Ref(EXPR)),
        shape=Ref(SHAPE),
        address=Ref(ADDRESS),
        connection=CONNECTION_ID,
        at=TIMESTAMP,
        every=TIME_DURATION,
        when=SCHEDULE_AT,
        colours=ArrayType(Ref(COLOUR)),
        blobs=ArrayType(BYTES),
        pair=ProductType((Element(None, I32), Element(None, STRING))),
        unnamed=Ref(UNNAMED),
    ),
    product(never=STRING),
    product(key=STRING, hidden=Ref(HIDDEN)),
    product(x=U8),
    product(next=option(Ref(NAMELESS))),
)

TYPE_NAMES = {
    "User": USER,
    "Tree": TREE,
    "Expr": EXPR,
    "Pair": PAIR,
    "Colour": COLOUR,
    "Address": ADDRESS,
    "Shape": SHAPE,
    "ShapeCircle": SHAPE_CIRCLE,
    "ThingOfMany": THING,
    "Hidden": HIDDEN,
    "Private": PRIVATE,
}


def table(
    name: str, row: int, *, key: int | None = None, is_public: bool = True, is_event: bool = False
) -> TableDef:
    return TableDef(
        name=name,
        source_name=name,
        row_ref=row,
        primary_key=key,
        indexes=(IndexDef(f"{name}_idx", "by_two", "BTree", (0, 1)),) if key is not None else (),
        constraints=(UniqueConstraintDef(None, (key,)),) if key is not None else (),
        sequences=(),
        schedule=None,
        is_public=is_public,
        is_event=is_event,
    )


def reducer(
    _name: str, /, *, lifecycle: Lifecycle | None = None, is_private: bool = False, **params: AlgebraicType
) -> ReducerDef:
    return ReducerDef(_name, _name, ProductType(elements(**params)), lifecycle, is_private)


def procedure(
    _name: str, _returns: AlgebraicType, /, *, is_private: bool = False, **params: AlgebraicType
) -> ProcedureDef:
    return ProcedureDef(_name, _name, ProductType(elements(**params)), _returns, is_private)


STRANGE = ModuleDef(
    typespace=Typespace(TYPES),
    types=tuple(TypeDef(name, (), ref) for name, ref in TYPE_NAMES.items()),
    tables=(
        table("user", USER, key=0),
        table("logged_out_user", USER, key=0),
        table("thing", THING, key=0),
        table("class", UNNAMED, is_event=True),
        table("user_reducer", PRIVATE, is_public=False),
    ),
    reducers=(
        reducer("user", **{"from": STRING, "MODULE": I32, "reducer_name": I32, "callback": Ref(USER)}),  # type: ignore[arg-type]
        reducer("import", chain=Ref(NAMELESS)),
        reducer("list", items=ArrayType(STRING)),
        reducer("SayHello", name=STRING, tree=Ref(TREE), maybe=option(option(U8)), blob=BYTES),
        reducer("init", lifecycle=Lifecycle.INIT),
        reducer("tick", is_private=True, hidden=Ref(HIDDEN)),
    ),
    procedures=(
        procedure("self", option(Ref(USER)), self=STRING, callback=I32, procedure_name=I32, handles=I32),
        procedure("Handles", UNIT),
        procedure("later", UNIT, is_private=True, hidden=Ref(HIDDEN)),
    ),
    views=(
        ViewDef("my_users", "my_users", True, False, UNIT, ArrayType(Ref(USER)), ("id",)),
        ViewDef("my_pairs", "my_pairs", True, False, UNIT, ArrayType(Ref(PAIR)), ("left", "right")),
        ViewDef("my_trees", "my_trees", True, True, UNIT, option(Ref(TREE))),
        ViewDef("thing_query", "thingQuery", True, True, UNIT, product(__query__=Ref(THING))),
    ),
    submodules=(
        SubmoduleDef(
            "shop",
            ModuleDef(
                typespace=Typespace((product(price=I64, item=Ref(1)), product(label=STRING))),
                types=(TypeDef("Offer", (), 0), TypeDef("User", (), 1)),
                tables=(table("offer", 0, key=0),),
                reducers=(reducer("buy", offer=Ref(0)),),
                procedures=(procedure("quote", Ref(0), user=Ref(1)),),
            ),
        ),
    ),
)
