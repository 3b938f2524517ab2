"""What lies on this machine: settings, keys, authority, stores, disk, clock."""

from __future__ import annotations

import ctypes
import os
import shutil
import stat
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import certifi
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from dlp.certificates import authority, check_client_certs, trusted
from dlp.doctor.check import Check, bad, note, ok
from dlp.evidence.database import Database
from dlp.evidence.errors import EvidenceError
from dlp.evidence.keys import Keys
from dlp.evidence.ledger import Ledger
from dlp.evidence.vault import sealed_bodies
from dlp.policy.doubts import doubts
from dlp.settings import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dlp.policy.model import Policy
    from dlp.settings import Settings

__all__ = ["installation", "policy_check"]

# Clients need the next certificate before; roll-outs to all of them take weeks.
EXPIRES_SOON = timedelta(days=90)
EXPIRES_NOW = timedelta(days=30)
# What nobody has looked at for so long, nobody looks at.
UNREVIEWED = timedelta(days=7)
# Kernels say so of a clock that nothing keeps right (adjtimex, TIME_ERROR).
CLOCK_UNKEPT = 5
_TIMEX_BYTES = 512


def installation(settings: Settings) -> Iterator[Check]:
    """Look at everything that needs no running proxy."""
    data = settings.data_dir
    if not data.is_dir():
        yield note("data directory", f"{data}: not there", "the proxy makes it at its first start")
        return
    yield _data_directory(data)
    yield _keys(data)
    yield from _authority(settings)
    yield _upstream(settings)
    yield from _stores(data, settings.database)
    yield _disk(data)
    yield _clock()


def policy_check(settings: Settings) -> tuple[Check, Policy | None]:
    """Load the policy that is set, and say what gives to think about it."""
    try:
        policy = settings.load_policy()
    except SettingsError as error:
        return bad("policy", str(error), "correct the file; `dlp policy check` says more"), None
    found = [str(doubt) for doubt in doubts(policy)]
    if found:
        return note("policy", f"{policy.name}: {found[0]}", "see `dlp policy check`"), policy
    return ok("policy", f"{policy.name}, {len(policy.rules)} rules"), policy


def _data_directory(data: Path) -> Check:
    name = "data directory"
    if not os.access(data, os.W_OK):
        return bad(name, f"{data}: can't be written", "run this as the user that runs the proxy")
    open_to = [
        path
        for path in (data / "ca" / "mitmproxy-ca.pem", *sorted((data / "keys").glob("*.key")))
        if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077
    ]
    if open_to:
        listed = " ".join(str(path) for path in open_to)
        return bad(name, f"{open_to[0]}: others can read it", f"chmod 600 {listed}")
    return ok(name, str(data))


def _keys(data: Path) -> Check:
    place = data / "keys"
    if not (place / "hmac.key").exists() and not (place / "vault.pub").exists():
        return note("keys", f"{place}: none yet", "the proxy makes them at its first start")
    for missing in ("hmac.key", "vault.pub"):
        if not (place / missing).exists():
            advice = "put it back from the backup, or start the proxy for a new one"
            return bad("keys", f"{place / missing}: missing", advice)
    try:
        Keys.load_or_create(data)
    except EvidenceError as error:
        return bad("keys", str(error), "put it back from the backup")
    private = place / "vault.key"
    if private.exists():
        advice = "move it to the machine of those who review, so that a stolen disk opens nothing"
        return note("keys", f"{private}: the key that opens the quarantine is here", advice)
    return ok("keys", "in order; what opens the quarantine is elsewhere")


def _authority(settings: Settings) -> Iterator[Check]:
    name = "authority"
    folder = settings.data_dir / "ca"
    file = folder / "mitmproxy-ca-cert.pem"
    now = datetime.now(UTC)
    try:
        own = authority(settings, now)
        check_client_certs(settings, now)
    except SettingsError as error:
        yield bad(name, str(error), "correct the file or the setting: docs/deploy/ca.md")
        return
    if own is not None:
        yield _lasts(name, own.certificate, now)
        return
    if not file.exists():
        yield note(name, f"{file}: not there", "the proxy makes it at its first start")
        return
    try:
        certificate = x509.load_pem_x509_certificate(file.read_bytes())
        secret = load_pem_private_key((folder / "mitmproxy-ca.pem").read_bytes(), None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm):
        advice = "put both files of ca/ back from the backup"
        yield bad(name, f"{folder}: certificate or key can't be read", advice)
        return
    if secret.public_key() != certificate.public_key():
        yield bad(name, f"{folder}: the key is not the certificate's", "put back both that belong")
        return
    if not _signs(certificate):
        yield bad(name, f"{file}: may not sign (no CA:TRUE)", "use the certificate of an authority")
    elif certificate.not_valid_before_utc > now:
        yield bad(name, f"{file}: not valid yet", "set the clock, or wait")
    else:
        yield _lasts(name, certificate, now)


def _lasts(name: str, certificate: x509.Certificate, now: datetime) -> Check:
    left = certificate.not_valid_after_utc - now
    ends = f"ends on {certificate.not_valid_after_utc:%Y-%m-%d}"
    if left < EXPIRES_NOW:
        return bad(name, ends, "roll out a new one now: docs/deploy/ca.md")
    if left < EXPIRES_SOON:
        return note(name, ends, "roll out a new one beside it: docs/deploy/ca.md")
    return ok(name, ends)


def _signs(certificate: x509.Certificate) -> bool:
    try:
        basic = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    except x509.ExtensionNotFound:
        return False
    return basic.value.ca


def _upstream(settings: Settings) -> Check:
    name = "trust in servers"
    usual = certifi.contents().count("BEGIN CERTIFICATE")
    if settings.upstream_trust is not None:
        try:
            usual = trusted("upstream_trust", settings.upstream_trust).count(b"BEGIN CERTIFICATE")
        except SettingsError as error:
            return bad(name, str(error), "set upstream_trust to a file that does")
    whose = "public authorities" if settings.upstream_trust is None else "authorities of yours"
    if settings.upstream_ca is None:
        return ok(name, f"{usual} {whose}")
    file = settings.upstream_ca
    try:
        extra = x509.load_pem_x509_certificates(file.read_bytes())
    except (OSError, ValueError):
        return bad(name, f"{file}: holds no PEM certificate", "set upstream_ca to one that does")
    over = [one for one in extra if one.not_valid_after_utc < datetime.now(UTC)]
    if over:
        return note(name, f"{file}: {len(over)} of {len(extra)} are over", "take them out")
    return ok(name, f"{usual} {whose}, {len(extra)} more")


def _stores(data: Path, url: str) -> Iterator[Check]:
    try:
        newest = None
        if Database.exists(data, url):
            with closing(Database(data, url)) as database:
                newest = next(iter(Ledger(database).list(limit=1)), None)
        bodies = sealed_bodies(data)
    except EvidenceError as error:
        yield bad("stores", str(error), "check owner and disk; put it back from the backup")
        return
    last = f"last incident {newest.at:%Y-%m-%d %H:%M} UTC" if newest else "no incident yet"
    sealed = f"{len(bodies)} {'body' if len(bodies) == 1 else 'bodies'} sealed"
    yield ok("stores", f"{last}, {sealed}")
    oldest = min((body.at for body in bodies.values()), default=None)
    if oldest is not None and datetime.now(UTC) - oldest > UNREVIEWED:
        advice = "review, then release or reject: `dlp quarantine list`"
        yield note("quarantine", f"the oldest body is of {oldest:%Y-%m-%d}", advice)


def _disk(data: Path) -> Check:
    usage = shutil.disk_usage(data)
    share = usage.free / usage.total
    found = f"{usage.free / 1e9:.1f} GB free, {share:.0%}"
    advice = "make room: when it is full, what is stopped is no longer kept"
    if share < 0.1:
        return bad("disk", found, advice)
    if share < 0.2:
        return note("disk", found, advice)
    return ok("disk", found)


def _clock() -> Check:
    now = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC"
    try:
        state = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES))
    except (OSError, AttributeError):
        return ok("clock", now)
    if state == CLOCK_UNKEPT:
        advice = "run chrony or systemd-timesyncd: incidents and certificates go by the clock"
        return note("clock", f"{now}, kept right by nothing", advice)
    return ok("clock", now)
