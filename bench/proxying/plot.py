"""The plot of a record: bars of rates beside a bare mitmproxy's, and of latencies, as SVG."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["plot"]

LEFT, WIDTH, BAR, GAP, TOP = 190, 560, 14, 8, 40
RATE, PROCESSOR, OTHER = "#1b6ca8", "#76b7b2", "#bab0ac"


def _bars(y: float, rows: Mapping[str, Mapping[str, float]], most: float) -> Iterator[str]:
    """Yield a group of bars for each row."""
    colours = {"rate": RATE, "processor": PROCESSOR, "p99": RATE, "p50": OTHER}
    for name, row in rows.items():
        yield (
            f'<text x="{LEFT - 8}" y="{y + len(row) * BAR / 2 + 4}" text-anchor="end">'
            f"{escape(name)}</text>"
        )
        for kind, value in row.items():
            width = WIDTH * min(value / most, 1)
            yield (
                f'<rect x="{LEFT}" y="{y}" width="{width:.1f}" height="{BAR - 2}" '
                f'fill="{colours[kind]}"/>'
                f'<text x="{LEFT + width + 4:.1f}" y="{y + 10}">{value:.2f} {kind}</text>'
            )
            y += BAR
        y += GAP


def _height(rows: Mapping[str, Mapping[str, float]]) -> float:
    return sum(len(row) * BAR + GAP for row in rows.values())


def plot(record: Mapping[str, Any]) -> str:
    """Return the plot of how this proxy stands to a bare mitmproxy, and of what it adds."""
    compared = record["ratios"]
    latency = record["latency"]["milliseconds"]
    second = TOP + _height(compared) + 26
    height = second + 14 + _height(latency)
    slowest = max(row["p99"] for row in latency.values())
    one = LEFT + WIDTH / 1.5
    title = f"dlp to a bare mitmproxy, {record['date']}, {record['processor']}"
    rate = record["latency"]["rate"]
    under = f"Milliseconds of a 10 KiB POST, {rate:.0f} of them a second"
    marks = [
        f'<line x1="{one:.1f}" x2="{one:.1f}" y1="{TOP - 6}" y2="{second - 24}" stroke="#999"/>',
        f'<text x="{one:.1f}" y="{TOP - 10}" text-anchor="middle">1</text>',
        *_bars(TOP, compared, 1.5),
        f'<text x="8" y="{second}" font-weight="bold">{under}</text>',
        *_bars(second + 14, latency, slowest * 1.2),
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{LEFT + WIDTH + 110}" '
        f'height="{height:.0f}" font-family="sans-serif" font-size="11">'
        '<rect width="100%" height="100%" fill="#fff"/>'
        f'<text x="8" y="14" font-weight="bold">{escape(title)}</text>{"".join(marks)}</svg>\n'
    )
