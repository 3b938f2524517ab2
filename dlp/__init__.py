"""Streaming data-loss prevention for health data: the core, free of any proxy engine."""

from __future__ import annotations

__all__ = ["__version__"]

__version__ = "0.1.0"
