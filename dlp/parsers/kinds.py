"""Which module parses which kind of document; each has `parse(document)`."""

from __future__ import annotations

__all__ = ["MODULES"]

MODULES = {
    "pdf": "dlp.parsers.pdf",
}
