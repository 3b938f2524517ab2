"""The tables of the database, as the newest migration leaves them."""

from __future__ import annotations

import sqlalchemy as sa

__all__ = ["REVISION", "allowlist", "audit", "incidents", "releases", "schema"]

# Of the newest migration; a database that has it is used as it is.
REVISION = "0003"

schema = sa.MetaData()

incidents = sa.Table(
    "incidents",
    schema,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("at", sa.Float, nullable=False, index=True),
    sa.Column("action", sa.String(16), nullable=False),
    sa.Column("review", sa.String(16), nullable=False),
    sa.Column("reviewed_at", sa.Float),
    # The whole incident as JSON; columns repeat of it what lists are searched by.
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("rule", sa.String(200), nullable=False, server_default=""),
    sa.Column("client", sa.String(255), nullable=False, server_default=""),
    sa.Column("destination", sa.String(300), nullable=False, server_default=""),
    sa.Column("policy", sa.String(200), nullable=False, server_default=""),
    # What reviewers add.
    sa.Column("reviewer", sa.String(200), nullable=False, server_default=""),
    sa.Column("outcome", sa.String(16), nullable=False, server_default=""),
    sa.Column("forwarded", sa.String(200), nullable=False, server_default=""),
    sa.Column("purged_at", sa.Float),
)

releases = sa.Table(
    "releases",
    schema,
    sa.Column("incident", sa.String(32), primary_key=True),
    sa.Column("content_hash", sa.String(64), nullable=False, index=True),
    sa.Column("client", sa.String(255), nullable=False),
    sa.Column("destination", sa.String(300), nullable=False),
    sa.Column("expires_at", sa.Float, nullable=False),
    sa.Column("used_at", sa.Float),
)

audit = sa.Table(
    "audit",
    schema,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("actor", sa.String(200), nullable=False),
    sa.Column("act", sa.String(64), nullable=False),
    sa.Column("subject", sa.String(300), nullable=False),
    sa.Column("details", sa.Text, nullable=False),
    sa.Column("previous", sa.String(64), nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
    sa.Column("key", sa.String(16), nullable=False),
    sa.Column("seal", sa.String(64), nullable=False),
)

allowlist = sa.Table(
    "allowlist",
    schema,
    sa.Column("id", sa.String(32), primary_key=True),
    # Grows with every change, so that a proxy sees by one number that there was one.
    sa.Column("changed", sa.Integer, nullable=False, index=True),
    # Entries stay when they are removed: who allowed what until when can be read later.
    sa.Column("removed", sa.Float),
    sa.Column("detector", sa.String(100), nullable=False),
    sa.Column("value", sa.String(16), nullable=False),
    sa.Column("content", sa.String(64), nullable=False),
    sa.Column("host", sa.String(255), nullable=False),
    sa.Column("suffix", sa.String(255), nullable=False),
    sa.Column("cidr", sa.String(64), nullable=False),
    sa.Column("port", sa.Integer, nullable=False),
    sa.Column("client", sa.String(64), nullable=False),
    sa.Column("user", sa.String(255), nullable=False),
    sa.Column("owner", sa.String(200), nullable=False),
    sa.Column("reason", sa.String(500), nullable=False),
    sa.Column("created", sa.Float, nullable=False),
    sa.Column("expires", sa.Float, nullable=False),
    sa.Column("hits", sa.Integer, nullable=False),
    sa.Column("last_hit", sa.Float, nullable=False),
)
