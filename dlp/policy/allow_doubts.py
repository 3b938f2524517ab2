"""What an administrator should look at again in the allowlist."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from dlp.detect.entries import load_catalog
from dlp.policy.allowlist import UNREAD, taken_out
from dlp.policy.facts import network
from dlp.policy.names import closest, detectors, known_detectors
from dlp.types import Uninspectable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dlp.types import AllowEntry

__all__ = ["allow_doubts", "problem"]

DAY = 86_400.0
SOON_DAYS = 14
UNUSED_DAYS = 30
# Networks larger than this are more than a site.
WIDEST = {4: 8, 6: 20}
WIDE = frozenset({"*", "identifier", "health"})


def problem(entry: AllowEntry) -> str:
    """Return why an entry can't be made, or an empty string.

    One that names nothing that was found, or nobody and nowhere, would switch inspection off.
    """
    if not (entry.detector or entry.value or entry.content):
        return "name a detector, a value or a content: an entry never allows everything"
    if entry.detector and not taken_out(entry.detector):
        return _unknown(entry.detector)
    if not (entry.content or entry.value or _scoped(entry)):
        return "name a destination, a client or a user: it would hold for everybody, everywhere"
    if sum(bool(one) for one in (entry.host, entry.suffix, entry.cidr)) > 1:
        return "name one destination: a host, a domain or a network"
    return _without_effect(entry)


def _unknown(detector: str) -> str:
    name = next(one for one in detector.split(",") if not taken_out(one))
    known = known_detectors() | {f"{UNREAD}{reason}" for reason in Uninspectable}
    return f"unknown detector {name!r}{closest(name, known)}"


def allow_doubts(entries: Iterable[AllowEntry], now: float) -> dict[str, list[str]]:
    """Return what is doubtful of each entry, by its number."""
    entries = list(entries)
    found: dict[str, list[str]] = {}
    live = [entry for entry in entries if entry.expires > now]
    for entry in entries:
        said = list(_of(entry, now))
        wider = next((one for one in live if one is not entry and _covers(one, entry)), None)
        if (
            wider is not None
            and entry.expires > now
            and not (_covers(entry, wider) and entry.created <= wider.created)
        ):
            said.append(f"has no effect: {wider.id} allows all of it")
        found[entry.id] = said
    return found


def _of(entry: AllowEntry, now: float) -> Iterable[str]:
    if entry.expires <= now:
        yield "expired"
    elif entry.expires - now < SOON_DAYS * DAY:
        # Made for three days, it has three a moment later.
        days = ceil((entry.expires - now) / DAY)
        yield f"expires in {days} day{'' if days == 1 else 's'}"
    if not entry.hits and now - entry.created > UNUSED_DAYS * DAY:
        yield f"unused since it was made, {int((now - entry.created) / DAY)} days ago"
    elif entry.hits and now - entry.last_hit > 3 * UNUSED_DAYS * DAY:
        yield f"unused for {int((now - entry.last_hit) / DAY)} days"
    broad = _broad(entry)
    if broad:
        yield f"over-broad: {broad}"
    effect = problem(entry)
    if effect:
        yield f"has no effect: {effect}"


def _scoped(entry: AllowEntry) -> bool:
    return bool(entry.host or entry.suffix or entry.cidr or entry.client or entry.user)


def _broad(entry: AllowEntry) -> str:
    if entry.content or entry.value:
        return ""
    if entry.detector in WIDE or len(taken_out(entry.detector)) > 20:
        return f"{entry.detector} stands for {len(taken_out(entry.detector))} detectors"
    if entry.suffix and "." not in entry.suffix:
        return f"a whole top-level domain, {entry.suffix}"
    for cidr in (entry.cidr, entry.client):
        if cidr and network(cidr).prefixlen < WIDEST[network(cidr).version]:
            return f"the network {cidr}"
    if not (entry.host or entry.suffix or entry.cidr):
        return "no destination: it holds for every server"
    return ""


def _without_effect(entry: AllowEntry) -> str:
    if not entry.value:
        return ""
    if not entry.detector:
        return ""
    if entry.detector.startswith(UNREAD):
        return "what could not be read has no values"
    valued = {one.id for one in load_catalog()}
    if not taken_out(entry.detector) & valued:
        return f"findings of {entry.detector} have no values; name the detector alone"
    return ""


def _covers(wide: AllowEntry, narrow: AllowEntry) -> bool:
    """Tell whether one entry allows all that another does, for as long."""
    return (
        wide.expires >= narrow.expires
        and (not wide.content or wide.content == narrow.content)
        and (not wide.value or wide.value == narrow.value)
        and (bool(wide.content) == bool(narrow.content))
        and (not wide.detector or _names(narrow) <= _names(wide))
        and (not wide.host or wide.host == narrow.host)
        and (not wide.suffix or _below(narrow, wide.suffix))
        and (not wide.cidr or _inside(narrow.cidr or _address(narrow), wide.cidr))
        and (not wide.port or wide.port == narrow.port)
        and (not wide.client or _inside(narrow.client, wide.client))
        and (not wide.user or wide.user == narrow.user)
    )


def _names(entry: AllowEntry) -> frozenset[str]:
    # Of a value without a detector, all that have values.
    return taken_out(entry.detector) if entry.detector else detectors("identifier")


def _below(entry: AllowEntry, suffix: str) -> bool:
    name = entry.host or entry.suffix
    return name == suffix or name.endswith(f".{suffix}")


def _address(entry: AllowEntry) -> str:
    return entry.host if ":" in entry.host or entry.host[-1:].isdigit() else ""


def _inside(inner: str, outer: str) -> bool:
    if not inner:
        return False
    first, second = network(inner), network(outer)
    return (
        first.version == second.version
        and int(second.network_address) <= int(first.network_address)
        and int(first.broadcast_address) <= int(second.broadcast_address)
    )
