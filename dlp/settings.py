"""Settings: flags, then the environment (`DLP_…`), then a YAML file, then embedded defaults."""

from __future__ import annotations

import os
import re
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
)
from pydantic_settings import BaseSettings, SettingsConfigDict
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from dlp import kinds
from dlp.extract.budget import Limits
from dlp.kinds import Address
from dlp.policy.fields import Size
from dlp.policy.load import DEFAULT, PolicyError, open_policy
from dlp.policy.model import Policy

__all__ = ["Address", "Settings", "SettingsError", "load_settings"]

_MEBI = 1 << 20
_LIMITS = Limits()
# Kubernetes sets variables like these for a service that is named `dlp`; they are nobody's
# settings and must not keep the proxy from starting.
_SERVICE_LINK = re.compile(
    r"DLP_(?:.+_)?(?:SERVICE_HOST|SERVICE_PORT.*|PORT(?:_\d+_(?:TCP|UDP).*)?)"
)


# Ours, but not a setting of the proxy.
_OTHER_VARIABLES = frozenset({"DLP_CI", "DLP_CONFIG", "DLP_REVIEWER"})


class SettingsError(ValueError):
    """A setting can't be used; the message is one line that names it and says why."""


class Settings(BaseSettings):
    """Everything that can be set.

    Attributes:
        listen: Address of the proxy.
        metrics: Address of `/metrics`, `/-/healthy` and `/-/ready`.
        data_dir: Folder of the CA, the keys, the incidents and the quarantine.
        policy: A policy file, or the name of a built-in policy.
        shadow_policy: Another, whose differing verdicts are counted and logged, and not followed.
        database: URL of the PostgreSQL database of incidents; empty for SQLite in `data_dir`.
        vault: `s3://BUCKET/PREFIX` that sealed bodies are kept in; empty for `data_dir`.
        vault_endpoint: URL of the service that has the bucket; empty for Amazon's own.
        quarantine_days: Days after which a sealed body is deleted.
        incident_days: Days after which an incident is deleted, reviewed or not, with its body if
            that is still there. What the audit says of it stays.
        quarantine_limit: Bytes that sealed bodies may take together; from then on what is stopped
            stays stopped, and its body is not kept.
        workers: Worker processes.
        hold_limit: Bytes of a body up to which nothing leaves before its verdict; a larger one is
            streamed as far as it is clean. A policy's `hold` says otherwise by destination.
        spool_limit: Bytes of a larger body that may wait on disk; one that needs more is refused.
        unpack_limit: Bytes that a message may unpack to; one that needs more is uninspectable.
        unpack_ratio: How many times its own length a message may unpack to, beyond 64 MiB.
        unpack_depth: Wrappings that may be inside each other.
        unpack_members: Members that the archives of a message may have together.
        unpack_memory: Bytes of documents that can only be read whole, held at once for a message.
        document_timeout: Seconds that parsing one document may take.
        document_memory: Bytes of memory that parsing one document may take.
        inspect_timeout: Seconds an inspection may take before the message is refused.
        request_timeout: Seconds a client gets for the head of a request, and for each 4 KiB of a
            body, while nothing here holds it back.
        idle_timeout: Seconds after which a connection on which nothing is said is closed.
        subject_window: Seconds within which people count together of whom one client tells one
            destination in several messages.
        drain_timeout: Seconds that flows under way get to finish when the proxy is stopped.
        siem_syslog: `tcp://HOST:PORT` or `tls://HOST:PORT` that incidents and acts are sent to.
        siem_format: Format of what is sent there, `ecs` (JSON) or `cef`.
        siem_webhook: URL that they are posted to, as ECS JSON.
        siem_webhook_token: Bearer token for it.
        siem_ca: PEM file of the authorities trusted for both, instead of the system's.
        siem_queue: Events that may wait for one receiver; more are dropped and counted.
        traces: URL of an OpenTelemetry receiver (OTLP over HTTP) that gets a span of every
            message, as `http://127.0.0.1:4318/v1/traces`; empty for none.
        proxy_auth: Who may use the proxy: a htpasswd file, or
            `ldap[s]:HOST[:PORT]:DN:PASSWORD:SUBTREE`.
        trusted_hops: Networks of proxies and load balancers whose X-Forwarded-For is believed.
        proxy_protocol: Networks of load balancers whose connections begin with a PROXY header
            (version 1 or 2) that says who the client is; without one they are closed.
        mode: `explicit`, `transparent` (connections come as a firewall redirects them) or
            `reverse:http[s]://HOST:PORT` (all are for this server).
        upstream_proxy: `http://HOST:PORT` of the proxy that everything goes on through.
        upstream_auth: `USER:PASSWORD` for it.
        upstream_ca: PEM file of extra authorities trusted for upstream servers.
        upstream_trust: PEM file of the authorities trusted for them instead of the public ones.
        client_certs: Certificate and key, in one PEM file, shown to every server that asks for a
            client's; or a folder with a file `HOST.pem` for each server that is shown one.
        ca_cert: PEM file of the authority that signs what clients are shown, followed by those
            above it; without it the proxy makes its own.
        ca_key: PEM file of its private key.
        ca_key_password: What that file is encrypted with, if it is.
        contact: Whom a person who was stopped can ask, shown on the page.
    """

    model_config = SettingsConfigDict(env_prefix="DLP_", extra="forbid", frozen=True)

    listen: kinds.Listen = Address(host="127.0.0.1", port=8080)
    metrics: kinds.Listen = Address(host="127.0.0.1", port=9464)
    data_dir: Path = Path("data")
    policy: str = DEFAULT
    shadow_policy: str = ""
    database: kinds.Database = ""
    vault: kinds.Bucket = ""
    vault_endpoint: Annotated[str, Field(pattern=r"^(https?://\S+)?$")] = ""
    quarantine_days: Annotated[int, Field(ge=1, le=3650)] = 30
    incident_days: Annotated[int, Field(ge=1, le=3650)] = 365
    quarantine_limit: Annotated[Size, Field(ge=0)] = 10 << 30
    workers: Annotated[int, Field(ge=1, le=64)] = 1
    hold_limit: Annotated[Size, Field(ge=1024)] = 16 * _MEBI
    spool_limit: Annotated[Size, Field(ge=1024)] = 4096 * _MEBI
    unpack_limit: Annotated[Size, Field(ge=_MEBI)] = _LIMITS.output
    unpack_ratio: Annotated[int, Field(ge=10)] = _LIMITS.ratio
    unpack_depth: Annotated[int, Field(ge=1, le=32)] = _LIMITS.depth
    unpack_members: Annotated[int, Field(ge=1)] = _LIMITS.members
    unpack_memory: Annotated[Size, Field(ge=_MEBI)] = _LIMITS.memory
    document_timeout: Annotated[float, Field(ge=1)] = 60.0
    document_memory: Annotated[Size, Field(ge=256 * _MEBI)] = 2048 * _MEBI
    inspect_timeout: Annotated[float, Field(gt=0)] = 120.0
    request_timeout: Annotated[float, Field(gt=0)] = 60.0
    idle_timeout: Annotated[float, Field(ge=1)] = 600.0
    subject_window: Annotated[float, Field(gt=0)] = 3600.0
    drain_timeout: Annotated[float, Field(ge=0, le=4)] = 4.0
    siem_syslog: kinds.Syslog = ""
    siem_format: Literal["ecs", "cef"] = "ecs"
    siem_webhook: Annotated[str, Field(pattern=r"^(https?://\S+)?$")] = ""
    siem_webhook_token: SecretStr = SecretStr("")
    siem_ca: kinds.File = None
    siem_queue: Annotated[int, Field(ge=1, le=1_000_000)] = 10_000
    traces: Annotated[str, Field(pattern=r"^(https?://\S+)?$")] = ""
    proxy_auth: kinds.Auth = SecretStr("")
    trusted_hops: kinds.Networks = ()
    proxy_protocol: kinds.Networks = ()
    mode: kinds.Mode = "explicit"
    upstream_proxy: kinds.Proxy = ""
    upstream_auth: kinds.Credentials = SecretStr("")
    upstream_ca: kinds.File = None
    upstream_trust: kinds.File = None
    client_certs: Annotated[Path | None, BeforeValidator(lambda v: v or None)] = None
    ca_cert: kinds.File = None
    ca_key: kinds.File = None
    ca_key_password: SecretStr = SecretStr("")
    contact: Annotated[str, Field(max_length=200)] = ""

    def limits(self) -> Limits:
        """Return what unpacking one message may cost."""
        return Limits(
            output=self.unpack_limit,
            ratio=self.unpack_ratio,
            depth=self.unpack_depth,
            members=self.unpack_members,
            memory=self.unpack_memory,
        )

    def load_policy(self) -> Policy:
        """Return the policy that is set.

        Raises:
            SettingsError: It can't be used.
        """
        return _policy(self.policy)

    def load_shadow_policy(self) -> Policy | None:
        """Return the shadow policy, if one is set.

        Raises:
            SettingsError: It can't be used.
        """
        return _policy(self.shadow_policy) if self.shadow_policy else None


def _policy(name: str) -> Policy:
    try:
        return open_policy(name)
    except PolicyError as error:
        raise SettingsError(str(error)) from None


def load_settings(flags: dict[str, Any], config: Path | None = None) -> Settings:
    """Return the settings that flags, environment and file amount to; flags win.

    Args:
        flags: Given on the command line, by field name.
        config: A YAML file of settings.

    Raises:
        SettingsError: A setting is unknown or unusable; the message names it and its source.
    """
    file = _read(config) if config is not None else {}
    known = Settings.model_fields
    for name in os.environ:
        if (
            name.startswith("DLP_")
            and name[4:].lower() not in known
            and name not in _OTHER_VARIABLES
            and not _SERVICE_LINK.fullmatch(name)
        ):
            raise SettingsError(f"{name}: no such setting{_meant(name)}")
    for name in file:
        if name not in known:
            raise SettingsError(f"{config}: {name}: no such setting{_meant(name)}")
    given = {k: v for k, v in file.items() if f"DLP_{k.upper()}" not in os.environ} | flags
    try:
        return Settings(**given)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        name = str(first["loc"][0])
        if name in flags:
            source = "--" + name.replace("_", "-")
        elif name in given:
            source = f"{config}: {name}"
        else:
            source = f"DLP_{name.upper()}"
        message = first["msg"].removeprefix("Value error, ")
        raise SettingsError(f"{source}: {message}") from None


def _meant(name: str) -> str:
    """Return what to say of the setting that was probably meant, written as `name` is."""
    known = list(Settings.model_fields)
    if name.startswith("DLP_"):
        known = [f"DLP_{one.upper()}" for one in known]
    close = get_close_matches(name, known, n=1)
    return f"; did you mean {close[0]}?" if close else ""


def _read(config: Path) -> dict[str, Any]:
    try:
        raw = YAML(typ="safe").load(config.read_text("utf-8"))
    except OSError as error:
        raise SettingsError(f"{config}: {error.strerror}") from None
    except (UnicodeDecodeError, YAMLError) as error:
        mark = getattr(error, "problem_mark", None)
        place = f" line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise SettingsError(f"{config}{place}: not YAML") from None
    if raw is None:
        return {}
    if not isinstance(raw, dict):
        raise SettingsError(f"{config}: expected `name: value` lines")
    return {str(key): value for key, value in raw.items()}
