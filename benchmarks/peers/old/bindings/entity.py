"""The table `entity`."""

from __future__ import annotations

from typing import Any, ClassVar

from bindings.db_vector2 import DbVector2
from spacetimedb_sdk.spacetimedb_client import SpacetimeDBClient


class Entity:
    is_table_class: ClassVar[bool] = True
    primary_key: ClassVar[str] = "entity_id"

    @classmethod
    def register_row_update(cls, callback: Any) -> None:
        SpacetimeDBClient.instance._register_row_update("Entity", callback)

    def __init__(self, data: list[Any]) -> None:
        self.data: dict[str, Any] = {}
        self.data["entity_id"] = int(data[0])
        self.data["position"] = DbVector2(data[1])
        self.data["mass"] = int(data[2])

    def __getattr__(self, name: str) -> Any:
        return self.data.get(name)
