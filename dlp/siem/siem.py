"""All receivers of an installation."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Literal

from dlp.siem import cef, ecs
from dlp.siem.courier import Courier, Event

if TYPE_CHECKING:
    from collections.abc import Callable

    from dlp.evidence.chain import Entry
    from dlp.evidence.incident import Incident
    from dlp.siem.receivers import Receiver

__all__ = ["Format", "Siem"]

type Format = Literal["ecs", "cef"]


class Siem:
    """Tells receivers, each in its format; nobody waits for any of them.

    Args:
        size: Events that may wait for one receiver.
        count: Told the receiver's name and what became of an event.
    """

    def __init__(self, *, size: int, count: Callable[[str, str], None]) -> None:
        self._size = size
        self._count = count
        self._couriers: list[tuple[Format, Courier]] = []

    def add(self, name: str, form: Format, receiver: Receiver) -> None:
        """Tell this receiver, too."""
        courier = Courier(receiver, size=self._size, count=lambda result: self._count(name, result))
        self._couriers.append((form, courier))

    def incident(self, incident: Incident) -> None:
        """Tell of an incident."""
        for form, courier in self._couriers:
            text = cef.incident(incident) if form == "cef" else ecs.dumps(ecs.incident(incident))
            stopped = incident.verdict.action.stops
            courier.offer(Event(incident.at.astimezone(UTC), "incident", text, stopped))

    def act(self, entry: Entry) -> None:
        """Tell of an act of an administrator."""
        for form, courier in self._couriers:
            text = cef.act(entry) if form == "cef" else ecs.dumps(ecs.act(entry))
            courier.offer(Event(entry.at.astimezone(UTC), "audit", text, alert=False))

    def close(self, seconds: float = 1.0) -> None:
        """Deliver what waits for so long, and drop the rest."""
        for _, courier in self._couriers:
            courier.close(seconds)
