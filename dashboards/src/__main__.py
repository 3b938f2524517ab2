"""Writes the dashboards to `dashboards/json`."""

from __future__ import annotations

from pathlib import Path

from dashboards.src import health, security, traffic

__all__ = ["FOLDER", "dashboards"]

FOLDER = Path(__file__).parents[1] / "json"


def dashboards() -> dict[str, str]:
    """Return the dashboards as JSON, by the name of their file."""
    return {f"{module.UID}.json": module.dashboard() for module in (security, traffic, health)}


if __name__ == "__main__":
    for name, text in dashboards().items():
        (FOLDER / name).write_text(text, "utf-8")
