"""How answers differ between servers (spec: observed.md): the ones recorded, and the default, which tells clients most."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["COMPATIBILITIES", "Compatibility"]


@dataclass(frozen=True, slots=True)
class Compatibility:
    """`names_failed_caller`: a failed call carries its caller's request id. `light_onlookers`: modules of style 2.x
    tell v1 onlookers rows only. `failed_update_errors`: a refused legacy Subscribe, or a live query id used again, is a
    failed TransactionUpdate instead of a SubscriptionError. `v1_only`: v2 and v3 are not spoken."""

    first_table_id: int
    panic: str
    unknown_table: str
    unknown_database: str
    unknown_reducer: str
    bad_token: str
    no_reducer_name: str
    query_id: str
    names_failed_caller: bool
    light_onlookers: bool
    failed_update_errors: bool
    v1_only: bool


_RECORDED_1_2 = Compatibility(
    first_table_id=4097,
    panic="The Wasm instance encountered a fatal error.",
    unknown_table="`{}` is not a valid table",
    unknown_database="",
    unknown_reducer="no such reducer",
    bad_token="TokenError(Error({}))",
    no_reducer_name="<none>",
    query_id="QueryId {{ id: {} }}",
    names_failed_caller=False,
    light_onlookers=False,
    failed_update_errors=True,
    v1_only=True,
)
_RECORDED_2_8 = Compatibility(
    first_table_id=4096,
    panic="The instance encountered a fatal error.",
    unknown_table="no such table: `{}`. If the table exists, it may be marked private.",
    unknown_database="`{}` not found",
    unknown_reducer="No such procedure",
    bad_token="Invalid token: {}",
    no_reducer_name="",
    query_id="QuerySetId {{ id: {} }}",
    names_failed_caller=True,
    light_onlookers=True,
    failed_update_errors=False,
    v1_only=False,
)
_DEFAULT = Compatibility(
    first_table_id=4096,
    panic="The instance encountered a fatal error.",
    unknown_table="no such table: `{}`. If the table exists, it may be marked private.",
    unknown_database="`{}` not found",
    unknown_reducer="no such reducer",
    bad_token="Invalid token: {}",
    no_reducer_name="",
    query_id="QuerySetId {{ id: {} }}",
    names_failed_caller=True,
    light_onlookers=False,
    failed_update_errors=False,
    v1_only=False,
)
COMPATIBILITIES = {None: _DEFAULT, "1.2": _RECORDED_1_2, "2.8": _RECORDED_2_8}
