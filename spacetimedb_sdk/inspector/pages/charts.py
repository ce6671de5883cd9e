"""Options of the charts, which ECharts draws."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

__all__ = ["PALETTE", "line_options", "plane_options"]

PALETTE = (
    "#6366f1", "#10b981", "#f59e0b", "#ef4444", "#06b6d4", "#d946ef", "#84cc16", "#f97316", "#3b82f6", "#ec4899",
)  # fmt: skip
_GREY = "rgba(128, 132, 160, 0.25)"
_TEXT = "#8b90a5"
_AXIS = {
    "type": "value",
    "scale": True,
    "axisLabel": {"color": _TEXT, "hideOverlap": True, "showMinLabel": False, "showMaxLabel": False},
    "splitLine": {"lineStyle": {"color": _GREY}},
    "axisLine": {"lineStyle": {"color": _GREY}},
}


def plane_options() -> dict[str, Any]:
    """A scatter plot; a point is `[x, y, width in pixels, number of its colour]`."""
    palette = ", ".join(f"'{colour}'" for colour in PALETTE)
    return {
        "animation": False,
        "grid": {"left": 8, "right": 16, "top": 12, "bottom": 8, "containLabel": True},
        "xAxis": dict(_AXIS),
        "yAxis": dict(_AXIS),
        "series": [
            {
                "type": "scatter",
                "data": [],
                "silent": True,
                ":symbolSize": "point => point[2]",
                "itemStyle": {"opacity": 0.75, ":color": f"dot => [{palette}][dot.data ? dot.data[3] : 0]"},
            }
        ],
    }


def line_options(labels: Sequence[str] = (), *, seconds: int = 60) -> dict[str, Any]:
    """Lines over the last `seconds`; a point is `[seconds ago, negative; value]`."""
    return {
        "animation": False,
        "color": list(PALETTE),
        "grid": {"left": 8, "right": 16, "top": 16, "bottom": 8, "containLabel": True},
        "xAxis": {
            **_AXIS,
            "min": -seconds,
            "max": 0,
            "axisLabel": {"color": _TEXT, "formatter": "{value} s"},
        },
        "yAxis": dict(_AXIS),
        "series": [
            {
                "type": "line",
                "name": f"line {index}",
                "showSymbol": False,
                "silent": True,
                "lineStyle": {"width": 2, "color": PALETTE[index % len(PALETTE)]},
                "data": [],
            }
            for index, _ in enumerate(labels)
        ],
    }
