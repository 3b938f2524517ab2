"""Kinds of settings: what each may be, and what is said where it is not."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, SecretStr
from pydantic_settings import NoDecode

from dlp.policy.facts import network

__all__ = ["Address", "Auth", "Bucket", "Credentials", "Database", "File", "Listen", "Mode",
           "Networks", "Proxy", "Syslog"]  # fmt: skip


class Address(BaseModel, frozen=True):
    """Where to listen."""

    host: str
    port: Annotated[int, Field(ge=0, le=65535)]

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


def _address(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    match = re.fullmatch(r"(?:\[([0-9A-Fa-f:.]+)\]|([^:\[\]\s]+)):(\d{1,5})", value.strip())
    if not match or int(match[3]) > 65535:
        raise ValueError("expected HOST:PORT with a port from 0 to 65535")
    return Address(host=match[1] or match[2], port=int(match[3]))


def _existing_file(value: Path) -> Path:
    if not value.is_file():
        raise ValueError("no such file")
    return value


def _database(value: str) -> str:
    if value:
        # Imported late: most commands never see a database.
        from dlp.evidence.database import check_url  # noqa: PLC0415
        from dlp.evidence.errors import EvidenceError  # noqa: PLC0415

        try:
            check_url(value)
        except EvidenceError as error:
            raise ValueError(str(error)) from None
    return value


def _bucket(value: str) -> str:
    if value:
        from dlp.evidence.errors import EvidenceError  # noqa: PLC0415
        from dlp.evidence.stores import check_bucket  # noqa: PLC0415

        try:
            check_bucket(value)
        except EvidenceError as error:
            raise ValueError(str(error)) from None
    return value


def _syslog(value: str) -> str:
    match = re.fullmatch(r"(?:tcp|tls)://(?:\[[0-9A-Fa-f:.]+\]|[^:/\[\]\s@]+):(\d{1,5})", value)
    if value and (not match or not 0 < int(match[1]) < 65536):
        raise ValueError("expected tcp://HOST:PORT or tls://HOST:PORT")
    return value


def _auth(value: SecretStr) -> SecretStr:
    auth = value.get_secret_value()
    if auth and not auth.startswith(("ldap:", "ldaps:")) and not Path(auth).is_file():
        raise ValueError("expected a htpasswd file that exists, or ldap[s]:…")
    return value


def _proxy(value: str) -> str:
    if value and not re.fullmatch(r"https?://(?:\[[0-9A-Fa-f:.]+\]|[^/:@\s]+):\d{1,5}", value):
        raise ValueError("expected http://HOST:PORT")
    return value


def _mode(value: str) -> str:
    server = r"reverse:https?://(?:\[[0-9A-Fa-f:.]+\]|[^/:@\s]+):\d{1,5}"
    if value not in ("explicit", "transparent") and not re.fullmatch(server, value):
        raise ValueError("expected explicit, transparent or reverse:http[s]://HOST:PORT")
    return value


def _credentials(value: SecretStr) -> SecretStr:
    credentials = value.get_secret_value()
    if credentials and not re.fullmatch(r"[^:\s]+:\S*", credentials):
        raise ValueError("expected USER:PASSWORD")
    return value


def _list(value: Any) -> Any:
    return (
        [one.strip() for one in value.split(",") if one.strip()]
        if isinstance(value, str)
        else value
    )


def _network(value: str) -> str:
    return str(network(value))


# NoDecode: a variable holds HOST:PORT, not JSON.
Listen = Annotated[Address, NoDecode, BeforeValidator(_address)]
Networks = Annotated[
    tuple[Annotated[str, AfterValidator(_network)], ...], NoDecode, BeforeValidator(_list)
]
# Charts and compose files set variables empty that are not used.
File = Annotated[
    Annotated[Path, AfterValidator(_existing_file)] | None,
    BeforeValidator(lambda value: None if value == "" else value),
]
Auth = Annotated[SecretStr, AfterValidator(_auth)]
Bucket = Annotated[str, AfterValidator(_bucket)]
Credentials = Annotated[SecretStr, AfterValidator(_credentials)]
Database = Annotated[str, AfterValidator(_database)]
Mode = Annotated[str, AfterValidator(_mode)]
Proxy = Annotated[str, AfterValidator(_proxy)]
Syslog = Annotated[str, AfterValidator(_syslog)]
