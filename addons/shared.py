"""The uploads under way, in whichever worker they are read."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from addons.remote import RemotePlace

if TYPE_CHECKING:
    from addons.messages import Decision, Message
    from addons.place import Place
    from addons.sharing import Owners
    from addons.wholes import Wholes
    from dlp.between.steps import Step

__all__ = ["SharedWholes"]


class SharedWholes:
    """Finds who reads an upload; see `Wholes`.

    Args:
        wholes: Those that this worker reads.
        owners: Which are read by others; None if there are no others.
    """

    def __init__(self, wholes: Wholes, owners: Owners | None = None) -> None:
        self._wholes = wholes
        self._owners = owners
        if owners is not None:
            wholes.forgotten = owners.forget

    def place(self, client: str, step: Step) -> Place | RemotePlace:
        """Return the place of a part that begins to arrive."""
        owner = self._owners.claim(client, step.upload) if self._owners else ""
        if self._owners and owner:
            return RemotePlace(self._owners, owner, client, step, self._own)
        return self._wholes.place(client, step)

    def total(self, client: str, step: Step) -> int | None:
        """Return where an upload ends, if that is known here."""
        return self._wholes.total(client, step)

    async def expect(self, client: str, step: Step) -> None:
        """Note what is known of an upload before its parts come."""
        if not await self._told("expect", client, step):
            self._wholes.expect(client, step)

    async def apart(self, client: str, step: Step) -> None:
        """Note that a part of an upload is not read with the others."""
        if not await self._told("apart", client, step):
            self._wholes.apart(client, step)

    async def forget(self, client: str, step: Step) -> None:
        """Note that an upload is given up."""
        if not await self._told("forget", client, step):
            self._wholes.forget(client, step.upload)

    def rename(self, client: str, old: str, new: str) -> None:
        """Note by what an upload is known from now on, that was read here until now."""
        if self._owners is not None:
            self._owners.take_over(client, new)
            self._owners.forget(client, old)
        self._wholes.rename(client, old, new)

    async def complete(
        self, client: str, step: Step, message: Message, listed: list[int]
    ) -> Decision | None:
        """Decide on the end of an upload; see `Wholes.complete`."""
        owner = self._owners.owner(client, step.upload) if self._owners else ""
        if self._owners and owner:
            with contextlib.suppress(ConnectionError):
                said = await self._asked(
                    self._owners, owner, "complete", client, step, message, listed
                )
                decision: Decision | None = said[0]
                return decision
        return await self._wholes.complete(client, step, message, listed)

    async def _told(self, act: str, client: str, step: Step) -> bool:
        """Tell another worker of an upload, if that reads it."""
        owner = self._owners.claim(client, step.upload) if self._owners else ""
        if not self._owners or not owner:
            return False
        try:
            await self._asked(self._owners, owner, act, client, step)
        except ConnectionError:
            self._owners.take_over(client, step.upload)
            return False
        return True

    @staticmethod
    async def _asked(owners: Owners, owner: str, *what: object) -> Any:
        """Return what another worker answers.

        Raises:
            ConnectionError: It is gone.
        """
        line = await owners.line(owner)
        try:
            await line.send(*what)
            return await line.receive()
        finally:
            line.close()

    def _own(self, client: str, step: Step) -> Place:
        """Own an upload whose owner is gone, with what was read of it."""
        assert self._owners is not None
        self._owners.take_over(client, step.upload)
        self._wholes.apart(client, step)
        return self._wholes.place(client, step)
