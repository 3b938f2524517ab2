"""Says in words of ours why a server was not reached, where there is still somebody to tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mitmproxy.proxy.layers.http import HttpStream
from mitmproxy.proxy.layers.http._events import ErrorCode, ResponseProtocolError

from addons import pages

if TYPE_CHECKING:
    from mitmproxy.proxy import layer
    from mitmproxy.proxy.layers.http._events import RequestProtocolError

__all__ = ["UnreachedHttpStream"]


class UnreachedHttpStream(HttpStream):
    """One request and its response, which is ours if no server could be asked."""

    # Whether all of the request is there.
    _client_done = False

    def handle_protocol_error(
        self, event: RequestProtocolError | ResponseProtocolError
    ) -> layer.CommandGenerator[None]:
        """Answer a request whose server can't be reached; all else is the engine's to tell."""
        whole = self._client_done or self.client_state == self.state_done
        waiting = self.server_state not in (self.state_done, self.state_errored)
        if (
            isinstance(event, ResponseProtocolError)
            and event.code is ErrorCode.CONNECT_FAILED
            and whole
            and waiting
        ):
            self.client_state = self.state_done
            self.flow.response = pages.unreached(self.flow.request, event.message)
            yield from self.send_response()
            return
        yield from super().handle_protocol_error(event)
