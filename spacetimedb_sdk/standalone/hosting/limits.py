"""Limits of one server: what its clients may make it hold, and how long they may keep it waiting."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any, Self

from ..wire.server_message import MAX_QUEUED_BYTES

__all__ = ["Limits"]

_UNITS = {"k": 1 << 10, "m": 1 << 20, "g": 1 << 30}


@dataclass(frozen=True, slots=True)
class Limits:
    """`queued_bytes`: what may be queued for one client, that is what it was sent and has not taken; who has more is dropped.
    `all_queued_bytes`: the same for all clients together, where bytes that are queued for several count once.
    `all_received_bytes`: what all clients together may have sent that is not whole yet, or waits to be acted on; beyond
    that those are dropped who began to send theirs first. `connections`: how many there may be; None is as many as the
    process's descriptors allow. `request_seconds`: how long a request may take
    to be whole, and a connection may say nothing before its first one."""

    queued_bytes: int = MAX_QUEUED_BYTES
    all_queued_bytes: int = 512 << 20
    all_received_bytes: int = 256 << 20
    connections: int | None = None
    request_seconds: float = 10.0

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if value is None and field.default is None:
                continue
            if not isinstance(value, int | float) or isinstance(value, bool) or not 0 < value < math.inf:
                raise ValueError(f"Limits: {field.name} is a number above 0, not {value!r}")

    @classmethod
    def parse(cls, settings: Iterable[str]) -> Self:
        """From texts like `queued_bytes=16M`, `connections=500`, `request_seconds=2.5`. ValueError says which is none."""
        names = [field.name for field in fields(cls)]
        values: dict[str, Any] = {}
        for setting in settings:
            name, equals, text = setting.partition("=")
            name = name.strip().replace("-", "_")
            if not equals or name not in names:
                raise ValueError(f"{setting!r} is no limit: give NAME=VALUE, NAME one of {', '.join(names)}")
            values[name] = _number(name, text.strip())
        return cls(**values)


def _number(name: str, text: str) -> float:
    """A number of seconds, or a whole one: of bytes with K, M or G behind it."""
    unit = _UNITS.get(text[-1:].lower(), 0) if name.endswith("_bytes") else 0
    digits = text[:-1] if unit else text
    try:
        if name.endswith("_seconds"):
            return float(text)
        return int(digits) * (unit or 1)
    except ValueError:
        example = "64M" if name.endswith("_bytes") else "2.5" if name.endswith("_seconds") else "500"
        raise ValueError(f"{name}={text!r} is no number: give one like {name}={example}") from None
