"""Where sealed bodies lie: a folder, or a bucket of S3-compatible storage."""

from __future__ import annotations

import time
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from dlp.evidence.errors import EvidenceError
from dlp.evidence.files import PARTIAL, folder, sync_folder, whole_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["BucketStore", "FolderStore", "Sealed", "Store", "check_bucket", "ship"]

FOLDER = "vault"
SUFFIX = ".age"
# A partial file older than this is what a killed process left; another may be writing a newer.
ABANDONED_SECONDS = 3600
# Of a bucket: an endpoint that does not answer is given up soon, and tried again later.
CONNECT_SECONDS = 5
READ_SECONDS = 30
ATTEMPTS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """A sealed body: its incident, its size in bytes, and when it was sealed (UTC)."""

    incident: str
    size: int
    at: datetime


class Store(Protocol):
    """Holds sealed bodies by incident; every method raises EvidenceError where it can't."""

    def bodies(self) -> dict[str, Sealed]:
        """Return what is there."""

    def open(self, incident: str) -> IO[bytes]:
        """Return a sealed body for reading."""

    def delete(self, incident: str) -> None:
        """Delete a sealed body; it may be gone already."""


class FolderStore:
    """A folder, one file each.

    Args:
        data_dir: The folder is `vault` in it, and is made when something is first put there.
    """

    def __init__(self, data_dir: Path) -> None:
        self._folder = data_dir / FOLDER

    def sweep(self) -> None:
        """Remove what killed processes left."""
        with self._errors():
            for partial in folder(self._folder).glob(PARTIAL + "*"):
                if time.time() - partial.stat().st_mtime > ABANDONED_SECONDS:
                    partial.unlink(missing_ok=True)

    @contextmanager
    def put(self, incident: str) -> Iterator[IO[bytes]]:
        """Give a file to write; it is there whole and safe at the end, or not at all."""
        folder(self._folder)
        path = self._path(incident)
        try:
            with whole_file(path, replace=False) as file:
                yield file
        except FileExistsError:
            raise EvidenceError(f"{path}: is there already") from None

    def bodies(self) -> dict[str, Sealed]:
        """Return what is there."""
        found = {}
        with self._errors():
            for file in sorted(self._folder.glob("*" + SUFFIX)):
                try:
                    status = file.stat()
                except FileNotFoundError:
                    continue
                found[file.stem] = Sealed(
                    incident=file.stem,
                    size=status.st_size,
                    at=datetime.fromtimestamp(status.st_mtime, UTC),
                )
        return found

    def open(self, incident: str) -> IO[bytes]:
        """Return a sealed body for reading."""
        try:
            return self._path(incident).open("rb")
        except FileNotFoundError:
            raise EvidenceError(f"{incident}: no body is sealed for it") from None
        except OSError as error:
            raise EvidenceError(f"{self._path(incident)}: {error.strerror}") from None

    def delete(self, incident: str) -> None:
        """Delete a sealed body; it may be gone already."""
        with self._errors():
            self._path(incident).unlink(missing_ok=True)
            if self._folder.is_dir():
                sync_folder(self._folder)

    def _path(self, incident: str) -> Path:
        return self._folder / (incident.replace("/", "_") + SUFFIX)

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise EvidenceError(f"{self._folder}: {error.strerror}") from None


class BucketStore:
    """A bucket of S3-compatible storage, one object each.

    Args:
        url: `s3://BUCKET/PREFIX`. Credentials are found as every AWS client finds them.
        endpoint: URL of the service; empty for Amazon's own.
    """

    def __init__(self, url: str, endpoint: str = "") -> None:
        # Imported late: few keep bodies in a bucket, and it takes as long as all the rest.
        import boto3  # noqa: PLC0415
        from botocore.config import Config  # noqa: PLC0415

        self.name = url
        self._bucket, self._prefix = check_bucket(url)
        with self._errors():
            self._client: Any = boto3.client(
                "s3",
                endpoint_url=endpoint or None,
                config=Config(
                    connect_timeout=CONNECT_SECONDS,
                    read_timeout=READ_SECONDS,
                    retries={"max_attempts": ATTEMPTS, "mode": "standard"},
                    # Services other than Amazon's know buckets by path, and not every checksum.
                    s3={"addressing_style": "path" if endpoint else "auto"},
                    request_checksum_calculation="when_required",
                    response_checksum_validation="when_required",
                ),
            )

    def put(self, incident: str, file: IO[bytes]) -> None:
        """Put a sealed body there, whole or not at all."""
        with self._errors():
            self._client.upload_fileobj(file, self._bucket, self._key(incident))

    def bodies(self) -> dict[str, Sealed]:
        """Return what is there."""
        found = {}
        with self._errors():
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Prefix=self._prefix
            )
            for page in pages:
                for entry in page.get("Contents", ()):
                    name = entry["Key"].removeprefix(self._prefix)
                    if name.endswith(SUFFIX) and "/" not in name:
                        incident = name.removesuffix(SUFFIX)
                        found[incident] = Sealed(
                            incident=incident, size=entry["Size"], at=entry["LastModified"]
                        )
        return found

    def open(self, incident: str) -> IO[bytes]:
        """Return a sealed body for reading; read from the service as it is needed."""
        with self._errors(incident):
            answer = self._client.get_object(Bucket=self._bucket, Key=self._key(incident))
        body: IO[bytes] = answer["Body"]
        return body

    def delete(self, incident: str) -> None:
        """Delete a sealed body; it may be gone already."""
        with self._errors():
            self._client.delete_object(Bucket=self._bucket, Key=self._key(incident))

    def _key(self, incident: str) -> str:
        return f"{self._prefix}{incident}{SUFFIX}"

    @contextmanager
    def _errors(self, incident: str = "") -> Iterator[None]:
        from boto3.exceptions import S3UploadFailedError  # noqa: PLC0415
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

        try:
            yield
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            if incident and code in ("NoSuchKey", "404"):
                raise EvidenceError(f"{incident}: no body is sealed for it") from None
            raise EvidenceError(f"{self.name}: {code or 'refused'}") from None
        except (BotoCoreError, S3UploadFailedError, OSError) as error:
            # Their messages may quote requests with credentials.
            raise EvidenceError(f"{self.name}: {type(error).__name__}") from None


def check_bucket(url: str) -> tuple[str, str]:
    """Return bucket and prefix of `s3://BUCKET/PREFIX`; the prefix ends in a slash, or is empty.

    Raises:
        EvidenceError: It is something else.
    """
    parts = urlsplit(url)
    if parts.scheme != "s3" or not parts.netloc or "@" in parts.netloc or parts.query:
        raise EvidenceError("expected s3://BUCKET or s3://BUCKET/PREFIX")
    prefix = parts.path.strip("/")
    return parts.netloc, f"{prefix}/" if prefix else ""


def ship(source: FolderStore, target: BucketStore) -> int:
    """Move every sealed body from a folder to a bucket; return how many were moved."""
    moved = 0
    for incident in source.bodies():
        with closing(source.open(incident)) as file:
            target.put(incident, file)
        source.delete(incident)
        moved += 1
    return moved
