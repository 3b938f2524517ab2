"""What lists are searched by, what reviewers add, and the audit."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

__all__ = ["down_revision", "revision", "upgrade"]

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the columns, filled from the incidents that are there, and the table of the audit."""
    for name, length in (
        ("rule", 200),
        ("client", 255),
        ("destination", 300),
        ("policy", 200),
        ("reviewer", 200),
        ("outcome", 16),
        ("forwarded", 200),
    ):
        column = sa.Column(name, sa.String(length), nullable=False, server_default="")
        op.add_column("incidents", column)
    op.add_column("incidents", sa.Column("purged_at", sa.Float))
    _fill()
    op.create_table(
        "audit",
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


def _fill() -> None:
    connection = op.get_bind()
    names = ("id", "body", "rule", "client", "destination")
    incidents = sa.table("incidents", *[sa.column(name) for name in names])
    rows = connection.execute(sa.select(incidents.c.id, incidents.c.body)).all()
    for identifier, body in rows:
        incident = json.loads(body)
        flow = incident["flow"]
        host = f"[{flow['host']}]" if ":" in flow["host"] else flow["host"]
        connection.execute(
            incidents.update()
            .where(incidents.c.id == identifier)
            .values(
                rule=incident["verdict"]["rule"][:200],
                client=flow["client"],
                destination=f"{host}:{flow['port']}"[:300],
            )
        )
