"""A real PostgreSQL server, and an S3 API, for the tests of what nodes share."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from moto.server import ThreadedMotoServer

from tests.postgresql import postgresql

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["bucket", "postgresql"]


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, str]]:
    """The URL of an empty bucket, and the endpoint that has it."""
    import boto3

    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-3")
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "http_proxy", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    client: Any = boto3.client("s3", endpoint_url=endpoint)
    # All servers of one process share what they hold.
    name = f"evidence-{port}-{time.monotonic_ns()}"
    client.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-3"})
    yield f"s3://{name}/hospital/vault", endpoint
    server.stop()
