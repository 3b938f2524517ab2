"""A leak told bit by bit: one person a request, or a value cut between two parts of an upload."""

from __future__ import annotations

import io
import json
import os
import random
import ssl
import subprocess
import threading
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import boto3
import pytest
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import ClientError
from moto.server import ThreadedMotoServer

from bench import patients
from bench.curl import curl
from bench.servers.base import HOST
from bench.servers.http import HttpServer

if TYPE_CHECKING:
    from collections.abc import Callable

    import trustme

    from bench.proxy import Proxy

MEBI = 1 << 20
LINE = b"une ligne comme une autre\n"


def test_people_sent_one_by_one_are_stopped_from_the_fifth_on(
    proxy: Proxy, nirs: list[str], name: str
) -> None:
    with HttpServer() as server:
        # Of its own name, since other tests send numbers to this server's address.
        url = f"http://localhost:{server.port}/{name}"
        answers = [curl(f"{url}?ref={nir}", proxy=proxy.listen) for nir in nirs[:8]]
        ordinary = curl(f"{url}?page=2", proxy=proxy.listen)
        again = curl(f"{url}?ref={nirs[0]}", proxy=proxy.listen)

    assert [answer.status for answer in answers] == [200] * 4 + [403] * 4
    assert (ordinary.status, again.status) == (200, 200)
    shown = json.loads(proxy.dlp("incident", "show", answers[-1].incident, "--json").stdout)
    assert shown["rule"] == "several-people-one-by-one"


def test_patients_without_a_number_sent_one_by_one_are_stopped_too(
    start_proxy: Callable[..., Proxy], name: str
) -> None:
    surnames = ("Dupont", "Moreau", "Lefebvre", "Garnier", "Rousseau", "Chevalier")
    with HttpServer() as server:
        proxy = start_proxy()
        answers = []
        for number, surname in enumerate(surnames):
            note = f"Marie {surname} 03/04/196{number} dossier cancer du sein".encode()
            url = f"{server.url}/{name}"
            answers.append(curl(url, "--data-binary", "@{file}", proxy=proxy.listen, send=note))

    assert [answer.status for answer in answers] == [200] * 4 + [403] * 2
    shown = json.loads(proxy.dlp("incident", "show", answers[-1].incident, "--json").stdout)
    assert shown["rule"] == "several-people-one-by-one"


def test_the_same_person_may_be_looked_up_again_and_again(
    start_proxy: Callable[..., Proxy], nirs: list[str]
) -> None:
    with HttpServer() as server:
        proxy = start_proxy()
        answers = [curl(f"{server.url}/{n}?ref={nirs[0]}", proxy=proxy.listen) for n in range(6)]

    assert {answer.status for answer in answers} == {200}


@pytest.fixture(scope="module")
def s3(proxy: Proxy) -> Iterator[Callable[[], Any]]:
    """Make clients of an S3 API that go through the proxy."""
    server = ThreadedMotoServer(HOST, 0)
    server.start()
    _, port = server.get_host_and_port()

    def client() -> Any:
        return boto3.client(
            "s3",
            endpoint_url=f"http://{HOST}:{port}",
            region_name="eu-west-3",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(
                proxies={"http": f"http://{proxy.listen}"}, retries={"total_max_attempts": 1}
            ),
        )

    yield client
    server.stop()


@pytest.fixture
def bucket(s3: Callable[[], Any], name: str) -> tuple[Any, str]:
    """A client of S3, and a bucket."""
    client = s3()
    client.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-3"})
    return client, name


class _Bucket(BaseHTTPRequestHandler):
    """As much of an object store as PutObject needs, whose body comes in chunks."""

    received: ClassVar[list[bytes]] = []
    protocol_version = "HTTP/1.1"

    def do_PUT(self) -> None:
        self.received.append(self.headers["Content-Encoding"].encode())
        while size := int(self.rfile.readline(), 16):
            self.received.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def tls_bucket(authority: trustme.CA) -> Iterator[str]:
    """An object store that is spoken to over TLS."""
    server = ThreadingHTTPServer((HOST, 0), _Bucket)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(HOST).configure_cert(context)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"https://{HOST}:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_objects_that_boto3_frames_over_tls_are_read(
    proxy: Proxy, tls_bucket: str, orders: bytes, leak: bytes
) -> None:
    client = boto3.client(
        "s3",
        endpoint_url=tls_bucket,
        region_name="eu-west-3",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        verify=str(proxy.ca),
        config=Config(
            proxies={"https": f"http://{proxy.listen}"}, retries={"total_max_attempts": 1}
        ),
    )
    client.put_object(Bucket="bucket", Key="x", Body=io.BytesIO(orders))
    with pytest.raises(ClientError) as stopped:
        client.put_object(Bucket="bucket", Key="x", Body=io.BytesIO(leak))

    assert stopped.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    assert _Bucket.received[0] == b"aws-chunked"
    assert orders in b"".join(_Bucket.received[1:])
    assert _Bucket.received.count(b"aws-chunked") == 1


PARALLEL = TransferConfig(multipart_threshold=5 * MEBI, multipart_chunksize=5 * MEBI)


def test_an_ordinary_upload_in_parts_arrives(
    bucket: tuple[Any, str], tmp_path: Any, orders: bytes
) -> None:
    client, name = bucket
    content = orders + LINE * (11 * MEBI // len(LINE)) + orders
    (tmp_path / "orders.csv").write_bytes(content)

    client.upload_file(str(tmp_path / "orders.csv"), name, "orders.csv", Config=PARALLEL)

    assert client.get_object(Bucket=name, Key="orders.csv")["Body"].read() == content


def test_a_leak_in_one_part_is_stopped(
    bucket: tuple[Any, str], tmp_path: Any, orders: bytes, leak: bytes
) -> None:
    client, name = bucket
    content = LINE * (7 * MEBI // len(LINE)) + leak + orders + LINE * (4 * MEBI // len(LINE))
    (tmp_path / "orders.csv").write_bytes(content)

    with pytest.raises(Exception, match=r"403|Forbidden"):
        client.upload_file(str(tmp_path / "orders.csv"), name, "orders.csv", Config=PARALLEL)

    assert client.list_objects_v2(Bucket=name)["KeyCount"] == 0


def archive_of(path: Path, text: bytes, seed: int) -> None:
    """Write an archive of several parts with a table in it."""
    picture = b"\xff\xd8\xff" + random.Random(seed).randbytes(14 * MEBI)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.jpg", picture)
        archive.writestr("table.csv", text)
        archive.writestr("b.jpg", picture[: 2 * MEBI])


@pytest.mark.parametrize("threads", [1, 10])
def test_an_archive_in_parts_is_read_as_one(
    bucket: tuple[Any, str], tmp_path: Any, orders: bytes, leak: bytes, seed: int, threads: int
) -> None:
    client, name = bucket
    config = TransferConfig(
        multipart_threshold=5 * MEBI, multipart_chunksize=5 * MEBI, max_concurrency=threads
    )

    def upload(key: str, text: bytes) -> bytes:
        path = tmp_path / key
        archive_of(path, text, seed)
        client.upload_file(str(path), name, key, Config=config)
        content: bytes = path.read_bytes()
        return content

    content = upload("clean.zip", orders)
    with pytest.raises(Exception, match=r"403|Forbidden"):
        upload("leak.zip", leak)

    assert client.get_object(Bucket=name, Key="clean.zip")["Body"].read() == content
    assert client.list_objects_v2(Bucket=name)["KeyCount"] == 1


def test_rclone_uploads_archives_in_parts(
    proxy: Proxy,
    require_command: Callable[[str, str], str],
    bucket: tuple[Any, str],
    tmp_path: Path,
    orders: bytes,
    leak: bytes,
    seed: int,
) -> None:
    rclone = require_command("rclone", "rclone")
    client, name = bucket
    # A Go program takes no proxy to what it knows for its own machine.
    endpoint = client.meta.endpoint_url.replace(HOST, "0.0.0.0")
    options = {
        "provider": "Other",
        "endpoint": endpoint,
        "access-key-id": "test",
        "secret-access-key": "test",
        "upload-cutoff": "5M",
        "chunk-size": "5M",
    }
    flags = [part for key, value in options.items() for part in (f"--s3-{key}", value)]
    flags += ["--s3-no-check-bucket", "--s3-no-head", "--retries", "1", "--low-level-retries", "1"]
    address = f"http://{proxy.listen}"
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "http_proxy": address}

    def copy(key: str, text: bytes) -> tuple[int, bytes]:
        path = tmp_path / key
        archive_of(path, text, seed)
        command = [rclone, "copyto", str(path), f":s3:{name}/{key}", *flags]
        done = subprocess.run(command, env=env, capture_output=True, timeout=100, check=False)
        return done.returncode, path.read_bytes()

    status, content = copy("clean.zip", orders)
    assert status == 0
    assert copy("leak.zip", leak)[0] != 0
    assert client.get_object(Bucket=name, Key="clean.zip")["Body"].read() == content
    assert client.list_objects_v2(Bucket=name)["KeyCount"] == 1


@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
def test_a_value_cut_between_two_parts_is_stopped_whichever_comes_first(
    bucket: tuple[Any, str], seed: int, order: tuple[int, int]
) -> None:
    client, name = bucket
    nir = next(iter(patients.patients(1, seed))).nir
    parts = {
        1: b"-" * 5 * MEBI + f"\nNir du patient: {nir[:8]}".encode(),
        2: f"{nir[8:]}\n".encode() + b"-" * MEBI,
    }
    upload = client.create_multipart_upload(Bucket=name, Key="x")["UploadId"]

    def put(number: int) -> None:
        client.upload_part(
            Bucket=name, Key="x", UploadId=upload, PartNumber=number, Body=parts[number]
        )

    put(order[0])
    with pytest.raises(ClientError) as stopped:
        put(order[1])

    assert stopped.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403


def test_of_parts_at_the_same_time_those_before_a_leak_pass(
    bucket: tuple[Any, str], leak: bytes, orders: bytes
) -> None:
    client, name = bucket
    upload = client.create_multipart_upload(Bucket=name, Key="x")["UploadId"]

    def put(number: int) -> bool:
        body = leak if number == 4 else orders
        try:
            client.upload_part(Bucket=name, Key="x", UploadId=upload, PartNumber=number, Body=body)
        except ClientError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        passed = list(pool.map(put, range(1, 9)))

    assert passed == [number < 4 for number in range(1, 9)]
