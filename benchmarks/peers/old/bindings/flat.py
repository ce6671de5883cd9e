"""The table `flat`."""

from __future__ import annotations

from typing import Any, ClassVar

from spacetimedb_sdk.spacetimedb_client import SpacetimeDBClient


class Flat:
    is_table_class: ClassVar[bool] = True
    primary_key: ClassVar[str] = "id"

    @classmethod
    def register_row_update(cls, callback: Any) -> None:
        SpacetimeDBClient.instance._register_row_update("Flat", callback)

    def __init__(self, data: list[Any]) -> None:
        self.data: dict[str, Any] = {}
        self.data["id"] = int(data[0])
        self.data["a"] = int(data[1])
        self.data["x"] = float(data[2])
        self.data["y"] = float(data[3])

    def __getattr__(self, name: str) -> Any:
        return self.data.get(name)
