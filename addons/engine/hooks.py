"""mitmproxy's addons, asked only for what they have.

mitmproxy looks every addon through for a method with the name of each event, eight times a request;
here who has one is looked up once.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from mitmproxy import exceptions, hooks, master
from mitmproxy.addonmanager import AddonManager, safecall, traverse

__all__ = ["EngineMaster"]


class EngineMaster(master.Master):
    """mitmproxy's master, with addons that are found at once."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.options.changed.disconnect(self.addons._configure_all)  # noqa: SLF001
        self.addons = Addons(self)


class Addons(AddonManager):
    """The addons, by the events that they take part in."""

    def __init__(self, owner: master.Master) -> None:
        super().__init__(owner)  # type: ignore[no-untyped-call]
        self._found: dict[str, list[Callable[..., Any]]] = {}

    def register(self, addon: Any) -> Any:
        """Add an addon; see `AddonManager.register`."""
        self._found.clear()
        return super().register(addon)  # type: ignore[no-untyped-call]

    def remove(self, addon: Any) -> None:
        """Remove an addon; see `AddonManager.remove`."""
        self._found.clear()
        super().remove(addon)  # type: ignore[no-untyped-call]

    async def handle_lifecycle(self, event: hooks.Hook) -> None:
        """Tell addons of an event; see `AddonManager.handle_lifecycle`.

        Of its being told, which interfaces that show flows want to hear, nobody has to be here.
        """
        await self.trigger_event(event)

    async def trigger_event(self, event: hooks.Hook) -> None:
        """Tell addons of an event, one after the other; see `AddonManager.trigger_event`."""
        takers = self._takers(event.name)
        if not takers:
            return
        args = event.args()
        for taker in takers:
            try:
                with safecall():
                    taken = taker(*args)
                    if taken is not None and inspect.isawaitable(taken):
                        await taken
            except exceptions.AddonHalt:
                return

    def _takers(self, name: str) -> list[Callable[..., Any]]:
        found = self._found.get(name)
        if found is None:
            methods = (getattr(addon, name, None) for addon in traverse(self.chain))
            found = self._found[name] = [method for method in methods if callable(method)]
        return found
