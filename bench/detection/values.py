"""Valid values of every identifier of the catalog, and the forms people write them in."""

from __future__ import annotations

import string
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from dlp.detect.forms import cleaned

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from dlp.detect.entries import Entry

__all__ = ["FORMS", "Values", "shaped"]

VECTORS = Path(__file__).parents[2] / "tests" / "vectors"
# Random changes tried for one value; a check digit lets one in ten or a hundred pass.
TRIES = 20_000

_FULL_WIDTH = {48 + digit: 0xFF10 + digit for digit in range(10)}
_ARABIC = {48 + digit: 0x660 + digit for digit in range(10)}


class Values:
    """Draws values that nobody chose: published examples, changed at random until they pass again.

    Args:
        entry: Whose values.
        chance: Decides.
    """

    def __init__(self, entry: Entry, chance: random.Random) -> None:
        self._entry = entry
        self._chance = chance
        vectors = tomllib.loads((VECTORS / f"{entry.id}.toml").read_text("utf-8"))
        self._value = cleaned(vectors["positive"][0]["value"].encode())

    def valid(self) -> str:
        """Return a value that passes the check and is nobody's test number."""
        entry = self._entry
        for _ in range(TRIES):
            value = shaped(self._value, self._chance)
            if (
                entry.canonical(value) is not None
                and not entry.is_test(value)
                and entry.believable(value)
                and value != self._value
            ):
                self._value = value
                return value
        return self._value


def shaped(value: str, chance: random.Random) -> str:
    """Return `value` with a few of its digits and letters replaced by others."""
    changed = list(value)
    for at in chance.sample(range(len(value)), k=min(len(value), chance.randrange(2, 7))):
        if value[at].isdigit():
            changed[at] = chance.choice(string.digits)
        elif value[at].isalpha() and chance.random() < 0.3:
            changed[at] = chance.choice(string.ascii_uppercase)
    return "".join(changed)


def _groups(entry: Entry, value: str) -> list[str] | None:
    """Return the groups in which the identifier is written, or None where it has none."""
    for form in sorted(entry.forms, key=lambda one: -one.count(" ") - one.count("-")):
        sizes = [len(group) for group in form.replace("-", " ").split()]
        if sum(sizes) == len(value) and len(sizes) > 1:
            groups, at = [], 0
            for size in sizes:
                groups.append(value[at : at + size])
                at += size
            return groups
    return None


def _joined(separator: str) -> Callable[[Entry, str], str | None]:
    def form(entry: Entry, value: str) -> str | None:
        groups = _groups(entry, value)
        if groups is None or (separator == "." and len(groups) == 2):
            # One dot makes it a number with decimals.
            return None
        return separator.join(groups)

    return form


def _inside(separator: str) -> Callable[[Entry, str], str | None]:
    def form(_: Entry, value: str) -> str | None:
        return value[:2] + separator + value[2:]

    return form


def _digits(table: dict[int, int]) -> Callable[[Entry, str], str | None]:
    # Who writes such digits writes such letters too.
    return lambda _, value: value.translate(table) if value.isdigit() else None


def _lower(entry: Entry, value: str) -> str | None:
    return value.lower() if entry.lettered or not value.isdigit() else None


#: Written forms by name; each makes one of a value, or None where the identifier has none such.
FORMS: dict[str, Callable[[Entry, str], str | None]] = {
    "as one": lambda _, value: value,
    "spaces": _joined(" "),
    "no-break spaces": _joined("\u00a0"),
    "narrow no-break spaces": _joined("\u202f"),
    "thin spaces": _joined("\u2009"),
    "dots": _joined("."),
    "dashes": _joined("-"),
    "slashes": _joined("/"),
    "underscores": _joined("_"),
    "entities": _joined("&nbsp;"),
    "markup": _joined("</b> <b>"),
    "zero-width inside": _inside("\u200b"),
    "soft hyphen inside": _inside("\u00ad"),
    "full-width digits": _digits(_FULL_WIDTH),
    "arabic digits": _digits(_ARABIC),
    "lower case": _lower,
}
