"""The reducer `go`."""

from __future__ import annotations

from typing import Any

from spacetimedb_sdk.spacetimedb_client import SpacetimeDBClient

reducer_name = "go"


def go(*args: Any) -> None:
    SpacetimeDBClient.instance._reducer_call("go", *args)


def _decode_args(data: list[Any]) -> list[Any]:
    return data
