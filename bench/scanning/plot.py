"""The plot of a record: bars on a logarithmic scale, as SVG."""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["plot"]

COLOURS = {
    "dlp": "#1b6ca8", "pyahocorasick": "#f28e2b", "ripgrep": "#76b7b2", "ClamAV": "#9c755f",
    "Python re": "#bab0ac", "zlib (inflate)": "#59a14f",
}  # fmt: skip
LEFT, WIDTH, BAR, GAP = 190, 620, 11, 12
LOW, HIGH = 1.0, 3000.0


def _x(megabytes: float) -> float:
    share = math.log(max(megabytes, LOW) / LOW) / math.log(HIGH / LOW)
    return LEFT + WIDTH * min(share, 1)


def plot(record: Mapping[str, Any]) -> str:
    """Return the plot of megabytes a second by corpus and scanner."""
    marks: list[str] = []
    y = 46.0
    for corpus, row in record["megabytes_per_second"].items():
        top = y
        for name, megabytes in row.items():
            colour = COLOURS.get(name, "#888")
            marks.append(
                f'<rect x="{LEFT}" y="{y}" width="{_x(megabytes) - LEFT:.1f}" height="{BAR - 1}" '
                f'fill="{colour}"><title>{escape(name)}: {megabytes:.1f} MB/s</title></rect>'
            )
            if name == "dlp":
                marks.append(
                    f'<text x="{_x(megabytes) + 4:.1f}" y="{y + 9}">{megabytes:.0f}</text>'
                )
            y += BAR
        marks.append(
            f'<text x="{LEFT - 8}" y="{(top + y) / 2 + 4}" text-anchor="end">'
            f"{escape(corpus)}</text>"
        )
        y += GAP
    axis = [
        f'<line x1="{_x(at):.1f}" x2="{_x(at):.1f}" y1="40" y2="{y}" stroke="#ddd"/>'
        f'<text x="{_x(at):.1f}" y="{y + 14}" text-anchor="middle">{at}</text>'
        for at in (1, 3, 10, 30, 100, 300, 1000, 3000)
    ]
    legend = []
    x = float(LEFT)
    for name, colour in COLOURS.items():
        if any(name in row for row in record["megabytes_per_second"].values()):
            legend.append(
                f'<rect x="{x}" y="20" width="10" height="10" fill="{colour}"/>'
                f'<text x="{x + 14}" y="29">{escape(name)}</text>'
            )
            x += 26 + 7 * len(name)
    title = f"MB/s on one core, {record['date']}, {record['processor']}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{LEFT + WIDTH + 50}" '
        f'height="{y + 26:.0f}" '
        'font-family="sans-serif" font-size="11"><rect width="100%" height="100%" fill="#fff"/>'
        f'<text x="8" y="14" font-weight="bold">{escape(title)}</text>'
        f"{''.join(legend)}{''.join(axis)}{''.join(marks)}</svg>\n"
    )
