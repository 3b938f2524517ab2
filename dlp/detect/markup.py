"""Rows and cells in markup: of HTML, SpreadsheetML and OpenDocument."""

from __future__ import annotations

import html
import re

from dlp.detect.fold import decode

__all__ = ["ROW", "cells_in"]

CELL = re.compile(
    rb"<t[hd]\b[^<>]*>(.*?)(?:</t[hd]\s*>|(?=<t[hd]\b|</?tr\b)|\Z)"
    # Of SpreadsheetML and OpenDocument.
    rb"|<(?:\w+:)?(?:table-)?cell\b(?:[^<>]*[^<>/])?>(.*?)</(?:\w+:)?(?:table-)?cell>",
    re.IGNORECASE | re.DOTALL,
)
ROW = re.compile(
    rb"<tr\b[^<>]*>(.*?)(?:</tr\s*>|(?=<tr\b)|\Z)"
    rb"|<(?:\w+:)?(?:table-)?row\b[^<>]*>(.*?)</(?:\w+:)?(?:table-)?row>",
    re.IGNORECASE | re.DOTALL,
)
_TAG = re.compile(r"<[^<>]*>")


def cells_in(row: re.Match[bytes]) -> list[str]:
    """Return what the cells of a row in markup show."""
    return [text_of(cell[1] or cell[2] or b"") for cell in CELL.finditer(row[1] or row[2] or b"")]


def text_of(cell: bytes) -> str:
    """Return what a cell in markup shows."""
    return html.unescape(_TAG.sub("", decode(cell))).strip()
