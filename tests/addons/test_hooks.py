"""Addons are told of events as mitmproxy tells them, but for looking all of them through."""

from __future__ import annotations

from typing import Any

import pytest
from mitmproxy import exceptions, http
from mitmproxy.master import Master
from mitmproxy.options import Options
from mitmproxy.proxy.layers.http._hooks import HttpRequestHook
from mitmproxy.test import tflow

from addons.engine.hooks import EngineMaster


class Addon:
    """Notes what it is told of."""

    def __init__(self, name: str, told: list[str]) -> None:
        self.name = name
        self.told = told

    def request(self, flow: http.HTTPFlow) -> None:
        self.told.append(self.name)
        if "raises" in self.name:
            raise RuntimeError(flow.id)
        if "halts" in self.name:
            raise exceptions.AddonHalt


class Slow(Addon):
    async def request(self, flow: http.HTTPFlow) -> None:  # type: ignore[override]
        super().request(flow)


class Parent:
    name = "parent"

    def __init__(self, *children: Any) -> None:
        self.addons = list(children)

    def configure(self, updated: set[str]) -> None:
        self.updated = updated


@pytest.mark.parametrize("kind", [Master, EngineMaster])
@pytest.mark.parametrize("last", ["", "halts"])
async def test_addons_are_told_in_their_order_whatever_one_of_them_does(
    kind: type[Master], last: str, caplog: pytest.LogCaptureFixture
) -> None:
    told: list[str] = []
    engine = kind(Options())
    parent = Parent(Slow("inner", told), Slow("last", told))
    others = Slow("raises", told), Addon("raises, too", told), Addon(f"middle {last}", told)
    engine.addons.add(Addon("first", told), *others, parent)

    await engine.addons.handle_lifecycle(HttpRequestHook(tflow.tflow()))

    assert told[:4] == ["first", "raises", "raises, too", f"middle {last}"]
    assert told[4:] == ([] if last else ["inner", "last"])
    assert sum("Addon error" in record.message for record in caplog.records) == 2

    engine.addons.remove(others[0])
    told.clear()
    await engine.addons.handle_lifecycle(HttpRequestHook(tflow.tflow()))
    assert told[:2] == ["first", "raises, too"]

    engine.options.update(http2=False)
    assert parent.updated == {"http2"}
