"""The type `DbVector2`."""

from __future__ import annotations

from typing import Any


class DbVector2:
    def __init__(self, data: list[Any]) -> None:
        self.data: dict[str, Any] = {}
        self.data["x"] = float(data[0])
        self.data["y"] = float(data[1])

    def __getattr__(self, name: str) -> Any:
        return self.data.get(name)
