"""How answers differ between servers (spec: observed.md): the ones recorded, and the default, which tells clients most."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ..types import Identity

__all__ = ["COMPATIBILITIES", "Compatibility"]


@dataclass(frozen=True, slots=True)
class Compatibility:
    """`names_failed_caller`: a failed call carries its caller's request id. `light_updates`: modules of style 2.x
    tell v1 subscribers who did not call rows only. `failed_update_errors`: a refused legacy Subscribe, or a live query id used again, is a
    failed TransactionUpdate instead of a SubscriptionError. `v1_only`: v2 and v3 are not spoken. `anybody_names`: who is
    not the owner may give a database one more name. `connects_for_sql`: SQL over HTTP runs the connect reducer too."""

    version: Literal["1.2", "2.8"] | None
    first_table_id: int
    panic: str
    unknown_table: str
    unknown_database: str
    unknown_reducer: str
    bad_token: str
    no_reducer_name: str
    query_id: str
    names_failed_caller: bool
    light_updates: bool
    failed_update_errors: bool
    v1_only: bool
    foreign_change: str
    schema_versions: tuple[str, ...]
    anybody_names: bool
    connects_for_sql: bool

    def forbidden(
        self, action: str, *, caller: Identity, owner: Identity, database: Identity
    ) -> tuple[int, str]:
        """Status and text for who is not the owner of a database and would do what its owner may."""
        if self.version != "1.2":
            text = f"{caller} is not authorized to perform action on database {database}: {action}"
            return 403, text
        if action == "view module logs":
            return 400, f"Identity does not own database, expected: {owner} got: {caller}"
        return 500, f"Permission denied: `{caller}` does not own database `{str(database)[:16]}`"


_RECORDED_1_2 = Compatibility(
    version="1.2",
    first_table_id=4097,
    panic="The Wasm instance encountered a fatal error.",
    unknown_table="`{}` is not a valid table",
    unknown_database="",
    unknown_reducer="no such reducer",
    bad_token="TokenError(Error({}))",
    no_reducer_name="<none>",
    query_id="QueryId {{ id: {} }}",
    names_failed_caller=False,
    light_updates=False,
    failed_update_errors=True,
    v1_only=True,
    foreign_change="Only owners are authorized to run SQL DML statements",
    schema_versions=("9",),
    anybody_names=True,
    connects_for_sql=False,
)
_RECORDED_2_8 = Compatibility(
    version="2.8",
    first_table_id=4096,
    panic="The instance encountered a fatal error.",
    unknown_table="no such table: `{}`. If the table exists, it may be marked private.",
    unknown_database="`{}` not found",
    unknown_reducer="No such procedure",
    bad_token="Invalid token: {}",
    no_reducer_name="",
    query_id="QuerySetId {{ id: {} }}",
    names_failed_caller=True,
    light_updates=True,
    failed_update_errors=False,
    v1_only=False,
    foreign_change="Caller {} is not authorized to run SQL DML statements",
    schema_versions=("9", "10"),
    anybody_names=True,
    connects_for_sql=True,
)
_DEFAULT = Compatibility(
    version=None,
    first_table_id=4096,
    panic="The instance encountered a fatal error.",
    unknown_table="no such table: `{}`. If the table exists, it may be marked private.",
    unknown_database="`{}` not found",
    unknown_reducer="no such reducer",
    bad_token="Invalid token: {}",
    no_reducer_name="",
    query_id="QuerySetId {{ id: {} }}",
    names_failed_caller=True,
    light_updates=False,
    failed_update_errors=False,
    v1_only=False,
    foreign_change="Caller {} is not authorized to run SQL DML statements",
    schema_versions=("9", "10"),
    anybody_names=False,
    connects_for_sql=True,
)
COMPATIBILITIES = {None: _DEFAULT, "1.2": _RECORDED_1_2, "2.8": _RECORDED_2_8}
