"""Opens what a running proxy keeps, as the settings say, and whom it tells."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from dlp.evidence.allow import AllowStore
from dlp.evidence.audit import Audit
from dlp.evidence.database import Database
from dlp.evidence.keeping import ACTOR, Keeper
from dlp.evidence.keys import Keys
from dlp.evidence.ledger import Ledger
from dlp.evidence.pending import Pending
from dlp.evidence.vault import Vault
from dlp.siem.receivers import Syslog, Webhook
from dlp.siem.siem import Siem

if TYPE_CHECKING:
    from dlp.metrics import Metrics
    from dlp.settings import Settings

__all__ = ["Stores", "siem"]


@dataclass(frozen=True, slots=True)
class Stores:
    """What a proxy keeps.

    Attributes:
        keys: For hashes and seals.
        database: Tables.
        ledger: Incidents and releases.
        vault: Sealed bodies.
        allow: Entries of the allowlist.
        pending: Incidents that wait for the database.
        keeper: Keeps house.
    """

    keys: Keys
    database: Database
    ledger: Ledger
    vault: Vault
    allow: AllowStore
    pending: Pending
    keeper: Keeper

    @classmethod
    def open(cls, settings: Settings) -> Stores:
        """Open them.

        Raises:
            EvidenceError: One can't be used.
        """
        folder = settings.data_dir
        keys = Keys.load_or_create(folder)
        vault = Vault(
            folder,
            keys.vault_recipient,
            limit=settings.quarantine_limit,
            bucket=settings.vault,
            endpoint=settings.vault_endpoint,
        )
        database = Database(folder, settings.database)
        try:
            ledger, pending = Ledger(database), Pending(folder)
            audit = Audit(database, keys, folder)
            audit.key_change(actor=ACTOR, now=datetime.now(UTC))
        except BaseException:
            database.close()
            raise
        keeper = Keeper(
            ledger=ledger,
            pending=pending,
            vault=vault,
            audit=audit,
            # No body outlives its incident, which says what it is.
            retention=timedelta(days=min(settings.quarantine_days, settings.incident_days)),
            incident_retention=timedelta(days=settings.incident_days),
            clock=lambda: datetime.now(UTC),
            steady=time.monotonic,
        )
        return cls(keys, database, ledger, vault, AllowStore(database), pending, keeper)


def siem(settings: Settings, metrics: Metrics) -> Siem:
    """Return whom to tell, as the settings say; perhaps nobody."""
    found = Siem(
        size=settings.siem_queue,
        count=lambda receiver, result: metrics.siem_events.labels(receiver, result).inc(),
    )
    if settings.siem_syslog:
        parts = urlsplit(settings.siem_syslog)
        assert parts.hostname is not None
        assert parts.port is not None
        syslog = Syslog(
            parts.hostname,
            parts.port,
            tls=parts.scheme == "tls",
            authority=settings.siem_ca,
        )
        found.add("syslog", settings.siem_format, syslog)
        _begin_at_zero(metrics, "syslog")
    if settings.siem_webhook:
        token = settings.siem_webhook_token.get_secret_value()
        found.add("webhook", "ecs", Webhook(settings.siem_webhook, token, settings.siem_ca))
        _begin_at_zero(metrics, "webhook")
    return found


def _begin_at_zero(metrics: Metrics, receiver: str) -> None:
    for result in ("sent", "retried", "refused", "dropped"):
        metrics.siem_events.labels(receiver, result)
