"""Network dials, to see how the game takes a bad network: lag, jitter and loss."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ..language import N_

if TYPE_CHECKING:
    from spacetimedb_sdk.testing import Conditions

__all__ = ["Dial", "net_dials"]


class Dial:
    """A whole number from 0 to `most`, in steps of `step`; it holds as soon as it is turned."""

    def __init__(
        self,
        label: str,
        *,
        unit: str,
        most: int,
        step: int,
        read: Callable[[], float],
        write: Callable[[float], None],
    ) -> None:
        self.label = label
        self.most = most
        self.step = step
        self._unit = unit
        self._read = read
        self._write = write

    @property
    def value(self) -> int:
        """As it is now."""
        return round(self._read())

    @property
    def share(self) -> float:
        """Where between nothing (0) and the most (1) it stands."""
        return self.value / self.most

    @property
    def shown(self) -> str:
        """With its unit."""
        return f"{self.value} {self._unit}"

    def turn(self, steps: int) -> None:
        """By so many steps, up (positive) or down; not beyond its ends."""
        self._set(self.value + steps * self.step)

    def turn_to(self, share: float) -> None:
        """To the step that is next to a share 0..1 of the most."""
        self._set(round(share * self.most / self.step) * self.step)

    def _set(self, value: int) -> None:
        value = min(max(value, 0), self.most)
        if value != self.value:
            self._write(value)


def net_dials(conditions: Conditions) -> tuple[Dial, ...]:
    """Dials for `conditions`. Lag is what a ping shows, there and back; jitter is each way, for each message anew."""

    def write_lag(milliseconds: float) -> None:
        conditions.delay = milliseconds / 2000

    def write_jitter(milliseconds: float) -> None:
        conditions.jitter = milliseconds / 1000

    def write_loss(percent: float) -> None:
        conditions.loss = percent / 100

    return (
        Dial(
            N_("lag, round trip"),
            unit="ms",
            most=500,
            step=10,
            read=lambda: conditions.delay * 2000,
            write=write_lag,
        ),
        Dial(
            N_("jitter"),
            unit="ms",
            most=200,
            step=5,
            read=lambda: conditions.jitter * 1000,
            write=write_jitter,
        ),
        Dial(N_("loss"), unit="%", most=20, step=1, read=lambda: conditions.loss * 100, write=write_loss),
    )
