"""What the tests of extraction share."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.reading import texts

type Read = Callable[..., dict[str, list[bytes]]]


@pytest.fixture(scope="session")
def read() -> Read:
    """Return a function that reads a body; see `tests.reading.texts`."""
    return texts
