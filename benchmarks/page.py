"""The page docs/performance.md: its table and its plot, as the last run of the benchmark found them."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from pathlib import Path

__all__ = ["write_page"]

Row = tuple[str, str, Mapping[str, float]]
_BEGIN, _END = "<!-- table: begin -->", "<!-- table: end -->"
_CLIENTS = ("ours", "accelerated", "floor", "rust", "npm", "0.7.0")
_COLOURS = {
    "ours": "#2f7ed8",
    "accelerated": "#1b4f91",
    "floor": "#9aa5b1",
    "rust": "#7a5c3e",
    "npm": "#e07b39",
    "0.7.0": "#b04a5a",
}
_PLOTTED = ("rows/s",)


def write_page(page: Path, table: Sequence[Row], meanwhile: str) -> None:
    """Put `table` between the page's two marks, and the plot of its rates beside the page. ValueError without the marks."""
    text = page.read_text(encoding="utf-8")
    before, begin, rest = text.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not begin or not end:
        raise ValueError(f"{page} has no place for the table, between {_BEGIN} and {_END}")
    plot = page.with_suffix(".svg")
    plot.write_text(plotted([row for row in table if row[1] in _PLOTTED]), encoding="utf-8")
    shown = f"{_BEGIN}\n{tabled(table)}\n\nPython {platform.python_version()}; {meanwhile}.\n{_END}"
    page.write_text(before + shown + after, encoding="utf-8")


def tabled(table: Sequence[Row]) -> str:
    """As Markdown; a client that nothing was measured of has no column."""
    clients = [name for name in _CLIENTS if any(name in found for _, _, found in table)]
    lines = [f"| | unit | {' | '.join(clients)} |", f"|---|---|{'---|' * len(clients)}"]
    for title, unit, found in table:
        cells = " | ".join(_shown(found.get(name)) for name in clients)
        lines.append(f"| {title} | {unit} | {cells} |")
    return "\n".join(lines)


def _shown(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}"


def plotted(table: Sequence[Row]) -> str:
    """Bars of the rates, longer is better, as an SVG."""
    longest = max((value for _, _, found in table for value in found.values()), default=1.0)
    parts, y = [], 24
    for title, _, found in table:
        parts.append(f'<text x="8" y="{y}" font-weight="bold">{title}</text>')
        y += 8
        for name in _CLIENTS:
            if name not in found:
                continue
            width = 420 * found[name] / longest
            parts.append(f'<rect x="70" y="{y}" width="{width:.0f}" height="14" fill="{_COLOURS[name]}"/>')
            parts.append(f'<text x="62" y="{y + 11}" text-anchor="end">{name}</text>')
            parts.append(f'<text x="{76 + width:.0f}" y="{y + 11}">{found[name]:,.0f} rows/s</text>')
            y += 18
        y += 20
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="620" height="{y}" font-family="sans-serif" font-size="11">'
    return "\n".join([head, '<rect width="100%" height="100%" fill="white"/>', *parts, "</svg>"]) + "\n"
