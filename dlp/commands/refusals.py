"""Why a message could not be inspected, for a person."""

from __future__ import annotations

__all__ = ["FAIL_CLOSED", "UNREAD", "WHY", "why"]

# How the rules begin by which no policy decided.
FAIL_CLOSED = "fail-closed:"
WHY = {
    "ca-missing": "the client lacks the proxy's authority: it accepted its certificate nowhere "
    "(docs/deploy/ca.md)",
    "changed": "a part of an upload was sent again with other bytes, or is not as long as it says: "
    "what was read is not what the server has",
    "draining": "the proxy was being stopped",
    "error": "the inspection failed; the proxy's log says how, by this incident's number",
    "method": "no method can be called so",
    "opaque": "what came through the tunnel is neither TLS, HTTP nor FTP; the policy's `trust` can "
    "let it pass unread",
    "order": "what comes before this part of an upload did not come in time; clients send it again",
    "pinned": "the client turned the proxy's certificate down here, and accepts it elsewhere: it "
    "pins this server's (`dlp trust suggest`)",
    "spool": "the disk that longer bodies wait on could not be used",
    "timeout": "the inspection took longer than `inspect_timeout`",
    "tls": "the client and the proxy found no common TLS, or the handshake broke off",
    "too-large": "more of it had to wait than `spool_limit` allows, or, of one message of a "
    "stream, `hold_limit`",
}
# Why (a part of) a message could not be read; the names are those of `Uninspectable`.
UNREAD = {
    "budget": "it unpacks to more than `unpack_limit` and its kin allow, or takes too long",
    "corrupt": "damaged, or cut off",
    "encrypted": "only who has its password or key can read it",
    "opaque": "searched, but it looks encrypted or packed in an unknown way",
    "partial": "one part of an upload whose other parts were not seen here (docs/deploy/limits.md)",
    "unknown-encoding": "its content coding is not known",
}


def why(rule: str) -> str:
    """Return why, or an empty string for a rule by which a policy decided."""
    if not rule.startswith(FAIL_CLOSED):
        return ""
    reason = rule.removeprefix(FAIL_CLOSED)
    return WHY.get(reason, reason)
