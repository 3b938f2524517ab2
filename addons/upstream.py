"""What lies around the engine: who may use it, which proxy it goes on through, whom it trusts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import certifi

from dlp.certificates import servers
from dlp.evidence.errors import EvidenceError
from dlp.evidence.files import write_whole
from dlp.settings import SettingsError

if TYPE_CHECKING:
    from mitmproxy import options

    from dlp.settings import Settings

__all__ = ["around", "authorities"]


def around(opts: options.Options, settings: Settings) -> None:
    """Set who may use the proxy, and through which one it goes on."""
    auth = settings.proxy_auth.get_secret_value()
    if auth:
        try:
            opts.update(proxyauth=auth if auth.startswith("ldap") else f"@{auth}")
        except Exception:  # noqa: BLE001 - whatever the client of a directory raises
            raise SettingsError(f"proxy_auth: {auth.partition(':')[0]}: can't be used") from None
    if settings.upstream_proxy:
        opts.update(mode=[f"upstream:{settings.upstream_proxy}"])
        if credentials := settings.upstream_auth.get_secret_value():
            opts.update(upstream_auth=credentials)
    elif settings.mode != "explicit":
        opts.update(mode=[settings.mode])


def authorities(settings: Settings) -> Path:
    """Return the file of the authorities trusted for servers; where it takes several, write it."""
    all_of_them = servers(settings)
    if settings.upstream_ca is None:
        return settings.upstream_trust or Path(certifi.where())
    path = settings.data_dir / "ca" / "upstream.pem"
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Other workers read it.
        write_whole(path, [all_of_them], replace=True)
    except EvidenceError as error:
        raise SettingsError(str(error)) from None
    except OSError as error:
        raise SettingsError(f"{error.filename}: {error.strerror}") from None
    return path
