"""Reads a body to its end, and tells what it amounted to."""

from __future__ import annotations

from collections.abc import Iterable

from dlp.extract.body import BodyReader, Segment
from dlp.extract.budget import Budget, UninspectableError
from dlp.extract.parts import Parsers
from dlp.inspection import Core, Inspection

__all__ = ["stops", "texts"]


def stops(core: Core, text: str) -> bool:
    """Tell whether a message that is this text is stopped."""
    inspection = Inspection(core)
    inspection.feed(text.encode())
    return inspection.finish().verdict.action.stops


def texts(
    body: bytes,
    content_type: str = "",
    *,
    content_encoding: str = "",
    cuts: Iterable[int] = (),
    step: int = 0,
    budget: Budget | None = None,
    parsers: Parsers | None = None,
    may_fail: bool = False,
) -> dict[str, list[bytes]]:
    """Return the texts of each path of a body that came cut at given places.

    Args:
        body: What is read.
        content_type: As of the message.
        content_encoding: As of the message.
        cuts: Places where it is cut.
        step: Cuts it into pieces of this length instead.
        budget: What may be spent.
        parsers: Parse documents.
        may_fail: Makes the reason of what can't be read the answer.
    """
    places = [*range(step, len(body), step)] if step else sorted(min(c, len(body)) for c in cuts)
    ended: dict[str, list[bytes]] = {}
    begun: dict[str, list[bytes]] = {}
    last = 0
    segments: list[Segment] = []
    try:
        reader = BodyReader(
            budget=budget or Budget(),
            content_type=content_type,
            content_encoding=content_encoding,
            parsers=parsers,
        )
        for cut in [*places, len(body)]:
            segments += reader.feed(body[last:cut])
            last = cut
        segments += reader.finish()
    except UninspectableError as error:
        if not may_fail:
            raise
        return {"": [error.reason.encode()]}
    for segment in segments:
        begun.setdefault(segment.path, []).append(segment.data)
        if segment.final:
            ended.setdefault(segment.path, []).append(b"".join(begun.pop(segment.path)))
    for path, pieces in begun.items():
        ended.setdefault(path, []).append(b"".join(pieces))
    return ended
