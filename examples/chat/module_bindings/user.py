"""The public table `user`. Generated from the module definition: regenerate instead of editing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from spacetimedb_sdk.bindings import Rows, TableRow
from spacetimedb_sdk.types import Identity


@dataclass(frozen=True, slots=True)
class User(TableRow):
    """One row of `user`; its class methods are the table."""

    primary_key: ClassVar[str] = "identity"

    identity: Identity
    name: str | None
    online: bool

    if TYPE_CHECKING:

        def replace(
            self,
            *,
            identity: Identity = ...,
            name: str | None = ...,
            online: bool = ...,
        ) -> User: ...

    @classmethod
    def filter_by_identity(cls, identity: Identity) -> User | None:
        """The row whose unique `identity` equals the value, or None."""
        return cls._find("identity", identity)

    @classmethod
    def filter_by_name(cls, name: str | None) -> Rows[User]:
        """The rows whose `name` equals the value."""
        return User._filter("name", name)

    @classmethod
    def filter_by_online(cls, online: bool) -> Rows[User]:
        """The rows whose `online` equals the value."""
        return User._filter("online", online)
