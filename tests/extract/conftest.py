"""What the tests of extraction share."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest

from dlp.extract.body import BodyReader, Segment
from dlp.extract.budget import Budget, UninspectableError

type Read = Callable[..., dict[str, list[bytes]]]


@pytest.fixture(scope="session")
def read() -> Read:
    """Return a function that reads a body cut at given places and tells the texts of each path.

    `may_fail=True` makes the reason of what can't be read the answer.
    """

    def texts(
        body: bytes,
        content_type: str = "",
        *,
        cuts: Iterable[int] = (),
        step: int = 0,
        budget: Budget | None = None,
        may_fail: bool = False,
    ) -> dict[str, list[bytes]]:
        reader = BodyReader(budget=budget or Budget(), content_type=content_type)
        places = (
            [*range(step, len(body), step)] if step else sorted(min(c, len(body)) for c in cuts)
        )
        ended: dict[str, list[bytes]] = {}
        begun: dict[str, bytes] = {}
        last = 0
        segments: list[Segment] = []
        try:
            for cut in [*places, len(body)]:
                segments += reader.feed(body[last:cut])
                last = cut
            segments += reader.finish()
        except UninspectableError as error:
            if not may_fail:
                raise
            return {"": [error.reason.encode()]}
        for segment in segments:
            begun[segment.path] = begun.get(segment.path, b"") + segment.data
            if segment.final:
                ended.setdefault(segment.path, []).append(begun.pop(segment.path))
        for path, text in begun.items():
            ended.setdefault(path, []).append(text)
        return ended

    return texts
