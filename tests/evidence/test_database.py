"""The tables: how they come to be, and from what earlier versions left."""

from __future__ import annotations

import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from dlp.evidence.database import MIGRATIONS, Database
from dlp.evidence.errors import EvidenceError
from dlp.evidence.ledger import Ledger
from dlp.evidence.schema import REVISION, schema

# As the version before migrations made and filled it.
EARLY = """
CREATE TABLE incidents (id VARCHAR(32) NOT NULL, at FLOAT NOT NULL, action VARCHAR(16) NOT NULL,
  review VARCHAR(16) NOT NULL, reviewed_at FLOAT, body TEXT NOT NULL, PRIMARY KEY (id));
CREATE INDEX ix_incidents_at ON incidents (at);
CREATE TABLE releases (incident VARCHAR(32) NOT NULL, content_hash VARCHAR(64) NOT NULL,
  client VARCHAR(255) NOT NULL, destination VARCHAR(300) NOT NULL, expires_at FLOAT NOT NULL,
  used_at FLOAT, PRIMARY KEY (incident));
CREATE INDEX ix_releases_content_hash ON releases (content_hash);
INSERT INTO incidents VALUES ('DLP-261123-00000000', 1795000000.0, 'quarantine', 'open', NULL,
  '{"id": "DLP-261123-00000000", "at": "2026-11-23T12:00:00Z", "flow": {"channel": "http",
    "client": "192.0.2.7", "host": "2001:db8::1", "port": 443, "method": "PUT", "path": "/",
    "user": ""}, "verdict": {"action": "quarantine", "rule": "some-rule", "reasons": []},
    "evidence": {"findings": [], "subjects": 2}, "content_hash": "c", "body_kept": true}');
"""


def test_the_migrations_lead_to_the_tables_that_the_code_uses(tmp_path: Path) -> None:
    Database(tmp_path).close()
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_heads() == [REVISION]
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'dlp.db'}", poolclass=sa.NullPool)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), schema) == []
    assert stat.S_IMODE((tmp_path / "dlp.db").stat().st_mode) == 0o600


def test_what_an_early_version_wrote_is_kept(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "dlp.db")
    connection.executescript(EARLY)
    connection.close()
    database = Database(tmp_path)
    (incident,) = Ledger(database).list()
    assert (incident.id, incident.evidence.subjects) == ("DLP-261123-00000000", 2)
    with database.read() as read:
        row = read.execute(sa.text("SELECT rule, client, destination FROM incidents")).one()
    assert tuple(row) == ("some-rule", "192.0.2.7", "[2001:db8::1]:443")
    database.close()


def test_many_that_start_at_once_make_the_tables_once(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        for database in pool.map(lambda _: Database(tmp_path), range(8)):
            assert Ledger(database).list() == []
            database.close()


def test_a_first_start_waits_for_another_that_is_making_the_tables(tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "dlp.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with ThreadPoolExecutor(1) as pool:
        started = pool.submit(Database, tmp_path)
        with pytest.raises(TimeoutError):
            started.result(0.1)
        other.rollback()
        started.result().close()
    other.close()


def test_a_database_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    database = Database(tmp_path)
    with database.write() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    database.close()
    with pytest.raises(EvidenceError, match=r"newer version of dlp \(9999\)"):
        Database(tmp_path)


@pytest.mark.parametrize(
    "url",
    ["nonsense", "mysql://u:hunter2@h/d", "postgresql+psycopg://u:hunter2@h", "sqlite:///x.db"],
)
def test_another_kind_of_database_is_refused_without_quoting_it(tmp_path: Path, url: str) -> None:
    with pytest.raises(EvidenceError) as caught:
        Database(tmp_path, url)
    assert "hunter2" not in str(caught.value)


def test_a_damaged_row_is_named_and_not_quoted(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "dlp.db")
    connection.executescript(EARLY)
    connection.execute("UPDATE incidents SET body = replace(body, '443', '\"SECRET\"')")
    connection.commit()
    connection.close()
    database = Database(tmp_path)
    with pytest.raises(EvidenceError, match=r"DLP-261123-00000000.*damaged") as caught:
        Ledger(database).list()
    assert "SECRET" not in str(caught.value)
    database.close()
