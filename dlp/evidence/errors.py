"""The one error of this room."""

from __future__ import annotations

__all__ = ["EvidenceError"]


class EvidenceError(Exception):
    """Something can't be stored or read; the message names the file or incident, no content."""
