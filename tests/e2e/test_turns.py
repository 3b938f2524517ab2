"""Messages that take long to inspect do not keep others waiting for their end."""

from __future__ import annotations

import gzip
import random
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from bench.curl import curl

if TYPE_CHECKING:
    from bench.proxy import Proxy
    from bench.servers import HttpServer

SLOW = 4


def numbers(size: int) -> bytes:
    """Columns of numbers, which take the longest to read, of which little remains packed."""
    chance = random.Random(5)
    line = ";".join(str(chance.randrange(10**14, 10**16)) for _ in range(1_000)).encode()
    return b"\n".join([line] * (size // len(line)))


@pytest.mark.parametrize("packed", [False, True])
def test_an_ordinary_upload_is_answered_before_slow_ones_that_were_first(
    proxy: Proxy, http: HttpServer, name: str, *, packed: bool
) -> None:
    slow = gzip.compress(numbers(2_000_000))
    ordinary = b"lorem ipsum dolor sit amet consectetur\n" * 50_000
    # A small one that unpacks to more than is read beside all others.
    content = gzip.compress(ordinary) if packed else ordinary

    def send(name: str, content: bytes) -> tuple[int, float]:
        answer = curl(f"{http.url}/{name}", "-T", "{file}", proxy=proxy.listen, send=content)
        return answer.status, time.monotonic()

    with ThreadPoolExecutor(SLOW) as clients:
        first = [clients.submit(send, f"{name}-{number}", slow) for number in range(SLOW)]
        while proxy.metric("dlp_messages_in_inspection") < SLOW:
            assert not any(one.done() for one in first)
            time.sleep(0.01)
        status, at = send(name, content)
        ends = [one.result() for one in first]

    assert [status, *(one for one, _ in ends)] == [200] * (1 + SLOW)
    assert at < min(when for _, when in ends)
