"""The made-up leak of `dlp doctor`, known among incidents by the hash of its content."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dlp.evidence.keys import Keys

__all__ = ["TEST", "made_up"]

# What stands in a table beside such an incident.
TEST = "test of dlp doctor"


def made_up(keys: Keys) -> str:
    """Return the hash of the leak that `dlp doctor` sends."""
    from dlp.doctor import sample
    from dlp.evidence.content import content_hash

    return content_hash(
        keys,
        method=sample.METHOD,
        path=sample.LEAK_PATH,
        urls=[sample.LEAK_PATH],
        content_type=sample.TYPE,
        pieces=[sample.leak()],
    )
