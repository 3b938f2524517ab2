"""Rows whose texts stand glued to each other, their lengths before the row, the last one first.

Neither says which columns there are, nor how long those of fixed length are that stand between. But
they are the same in all rows: the lengths add up to what is left of each row without them, and each
text begins where in all rows there is one.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dlp.extract.cells import Row

__all__ = ["Glued", "is_text"]

# Rows that tell, at least and at most, and the share of them that has to agree.
_FEWEST, _TOLD_BY, _SHARE = 4, 40, 0.6
# Rows by which a place is told; columns of texts, and bytes that say which are missing.
_SAMPLE, _COLUMNS, _NULLS = 24, 64, 4
# Places that are tried in all.
_TRIES = 4000
_CONTROLS = bytes((*range(9), 11, 12, *range(14, 32), 127))
_NO_LETTERS = bytes(range(0x80, 0xA0))


@dataclass(frozen=True, slots=True)
class _Layout:
    """What rows have before them.

    Attributes:
        nulls: How many bytes say what is missing.
        columns: How many lengths there are.
        wide: Whether those above 127 take two bytes.
        rest: What a row has besides its texts.
    """

    nulls: int
    columns: int
    wide: bool
    rest: int


def is_text(value: bytes) -> bool:
    """Tell whether a value is text in UTF-8 or Windows-1252."""
    if value.translate(None, _CONTROLS) != value:
        return False
    try:
        value.decode()
    except UnicodeDecodeError:
        return value.translate(None, _NO_LETTERS) == value
    return True


class Glued:
    """Finds the texts of rows; how those of one page lie is tried first for the next.

    Attributes:
        before: Bytes of lengths and of what is missing, before a row.
    """

    def __init__(self) -> None:
        self.before = 0
        self._layout: _Layout | None = None
        self._gaps: list[int] = []

    def rows(self, page: bytes, places: Sequence[int], head: int, top: int) -> list[Row]:
        """Return where the texts of rows stand, or nothing.

        Args:
            page: What they stand in.
            places: Where they begin, in order.
            head: Bytes of the head of each, before which its lengths stand.
            top: Where the last one ends.
        """
        if not places:
            return []
        ends = [after - head for after in places[1:]] + [top]
        told = list(zip(places, ends, strict=True))
        told = told[:: max(1, len(told) // _TOLD_BY)]
        if len(told) < _FEWEST:
            return []
        layout = self._layout
        if layout is None or len(_fitting(page, told, head, layout)) < _SHARE * len(told):
            layout = _layout(page, told, head)
        if layout is None:
            return []
        fitting = _fitting(page, told, head, layout)[:_SAMPLE]
        gaps = self._gaps
        if layout is not self._layout or not _are_texts(page, fitting, gaps):
            found = _gaps(page, fitting, layout.rest)
            if found is None:
                return []
            gaps = found
        self._layout, self._gaps = layout, gaps
        self.before = layout.nulls + layout.columns
        fixed = _fixed(page, fitting, gaps)
        lengths = ((at, _lengths(page, at - head, layout)) for at in places)
        return [_row(at, sizes, gaps, fixed, len(page)) for at, sizes in lengths if sizes]


def _fitting(
    page: bytes, told: Sequence[tuple[int, int]], head: int, layout: _Layout
) -> list[tuple[int, list[int]]]:
    """Return rows, and lengths of their texts, that have as much besides as a layout says."""
    fitting = []
    for at, end in told:
        sizes = _lengths(page, at - head, layout)
        if sizes and end - at - sum(sizes) - _before(sizes, layout) == layout.rest:
            fitting.append((at, sizes))
    return fitting


def _before(sizes: Sequence[int], layout: _Layout) -> int:
    """Return how many bytes stand before a row whose texts are so long."""
    wide = sum(size > 127 for size in sizes) if layout.wide else 0
    return layout.nulls + len(sizes) + wide


def _layout(page: bytes, told: Sequence[tuple[int, int]], head: int) -> _Layout | None:
    """Return the layout that most rows agree on, with the most columns."""
    best: tuple[int, int, _Layout] | None = None
    for nulls in range(_NULLS + 1):
        known = [
            (at - head - nulls, end - at - nulls)
            for at, end in told
            if at > head + nulls and not any(page[at - head - nulls : at - head])
        ]
        if len(known) < max(_FEWEST, len(told) // 2):
            break
        for wide in (False, True):
            left = known
            for columns in range(1, _COLUMNS):
                left = [_less(page, at, rest, wide=wide) for at, rest in left if at > 1]
                rest, count = (
                    Counter(rest for _, rest in left).most_common(1)[0] if left else (-1, 0)
                )
                if rest >= 0 and count >= max(_FEWEST, _SHARE * len(known)):
                    found = (count, columns + nulls, _Layout(nulls, columns, wide, rest))
                    if best is None or found[:2] > best[:2]:
                        best = found
    return best[2] if best else None


def _less(page: bytes, at: int, rest: int, *, wide: bool) -> tuple[int, int]:
    """Return where the next length stands, and what a row has without the text of this one."""
    size = page[at - 1]
    if wide and size & 0x80:
        return at - 2, rest - 2 - ((size & 0x3F) << 8 | page[at - 2])
    return at - 1, rest - 1 - size


def _lengths(page: bytes, at: int, layout: _Layout) -> list[int]:
    """Return the lengths of a row's texts, or nothing where some are missing."""
    at -= layout.nulls
    if at < 0 or any(page[at : at + layout.nulls]):
        return []
    sizes: list[int] = []
    for _ in range(layout.columns):
        if at < 2:
            return []
        before = at
        at, less = _less(page, at, 0, wide=layout.wide)
        sizes.append(-less - (before - at))
    return sizes


def _are_texts(page: bytes, rows: Sequence[tuple[int, list[int]]], gaps: Sequence[int]) -> bool:
    """Tell whether what stands behind gaps of rows is text in all of them."""
    for place, sizes in rows:
        at = place
        if len(sizes) != len(gaps):
            return False
        for size, gap in zip(sizes, gaps, strict=True):
            end = at + gap + size
            if not is_text(page[at + gap : end]):
                return False
            at = end
    return True


def _gaps(page: bytes, rows: Sequence[tuple[int, list[int]]], rest: int) -> list[int] | None:
    """Return how many bytes stand before each text of a row, the same in all."""
    gaps: list[int] = []
    at = [place for place, _ in rows]
    tries = _TRIES
    for n in range(len(rows[0][1])):
        sizes = [sizes[n] for _, sizes in rows]
        for gap in range(rest - sum(gaps) + 1):
            tries -= 1
            if tries < 0:
                return None
            if all(
                is_text(page[place + gap : place + gap + size])
                for place, size in zip(at, sizes, strict=True)
            ):
                gaps.append(gap)
                at = [place + gap + size for place, size in zip(at, sizes, strict=True)]
                break
        else:
            return None
    return gaps


def _fixed(
    page: bytes, rows: Sequence[tuple[int, list[int]]], gaps: Sequence[int]
) -> list[list[tuple[int, int]]]:
    """Return where texts of fixed length stand in what is before each other text."""
    found: list[list[tuple[int, int]]] = []
    at = [place for place, _ in rows]
    for n, gap in enumerate(gaps):
        shown = [all(0x20 <= page[place + k] < 0x7F for place in at) for k in range(gap)]
        found.append(_runs(shown))
        at = [place + gap + sizes[n] for place, (_, sizes) in zip(at, rows, strict=True)]
    return found


def _runs(shown: Sequence[bool]) -> list[tuple[int, int]]:
    """Return where at least three in a row are shown."""
    runs: list[tuple[int, int]] = []
    begin = 0
    for k in range(len(shown) + 1):
        if k == len(shown) or not shown[k]:
            if k - begin >= 3:
                runs.append((begin, k))
            begin = k + 1
    return runs


def _row(
    at: int,
    sizes: Sequence[int],
    gaps: Sequence[int],
    fixed: Sequence[Sequence[tuple[int, int]]],
    limit: int,
) -> Row:
    row: Row = []
    for size, gap, texts in zip(sizes, gaps, fixed, strict=True):
        row += [(at + begin, at + end) for begin, end in texts]
        at += gap
        if size and at + size <= limit:
            row.append((at, at + size))
        at += size
    return row
