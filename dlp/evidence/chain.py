"""The links of the audit's chain: each holds the hash of the one before it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime

__all__ = ["Entry", "Head", "Soundness", "faults"]

NOTHING = "0" * 64


@dataclass(frozen=True, slots=True)
class Head:
    """The last entry of the chain, by which all before it is known.

    Attributes:
        number: Its number; 0 for an empty chain.
        hash: Its hash.
    """

    number: int = 0
    hash: str = NOTHING

    def __str__(self) -> str:
        return f"{self.number}:{self.hash}"

    @classmethod
    def parse(cls, text: str) -> Head:
        """Read what `str` wrote.

        Raises:
            ValueError: It is something else.
        """
        number, _, hash_ = text.strip().partition(":")
        if not number.isdecimal() or len(hash_) != 64 or set(hash_) - set("0123456789abcdef"):
            raise ValueError("expected NUMBER:HASH, as `dlp audit verify` prints it")
        return cls(int(number), hash_)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One act.

    Attributes:
        number: 1 for the first, then one more each time.
        at: When, by the clock of the machine it was done on.
        actor: Who, as `alice (root@proxy-1)`.
        act: What, as `quarantine.release`.
        subject: On what: the number of an incident, of an allowlist entry, a key's fingerprint.
        details: What else is to be known of it; no value of a message.
        previous: Hash of the entry before it.
        hash: Of all of the above.
        key: Which key it is sealed with.
        seal: The seal.
    """

    number: int
    at: datetime
    actor: str
    act: str
    subject: str
    details: str
    previous: str
    hash: str
    key: str
    seal: str

    def expected_hash(self) -> str:
        """Return the hash that this content has."""
        content = [
            self.number,
            self.at.timestamp(),
            self.actor,
            self.act,
            self.subject,
            self.details,
            self.previous,
        ]
        return hashlib.sha256(json.dumps(content).encode("utf-8")).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Soundness:
    """What came of checking the chain.

    Attributes:
        head: Its last entry.
        faults: What is wrong, a line each; none if it is sound.
        foreign: Numbers of entries that are sealed with another key than this one.
    """

    head: Head
    faults: tuple[str, ...]
    foreign: tuple[int, ...]


def faults(entry: Entry, last: Head) -> list[str]:
    """Return what is wrong with an entry, seen after the one before it."""
    if entry.number != last.number + 1:
        return [f"entry {last.number + 1}: is missing"]
    found = []
    if entry.previous != last.hash:
        found.append(f"entry {entry.number}: does not follow the one before it")
    if entry.hash != entry.expected_hash():
        found.append(f"entry {entry.number}: was changed")
    return found
