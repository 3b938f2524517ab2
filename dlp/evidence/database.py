"""The database: SQLite in the data folder, or PostgreSQL that several nodes share."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from dlp.evidence.errors import EvidenceError
from dlp.evidence.schema import REVISION

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Database", "check_url"]

FILE = "dlp.db"
MIGRATIONS = Path(__file__).parent / "migrations"
# Seconds. Whoever writes waits this long for another who does, then gives up with an error;
# a server that does not answer is given up as soon.
PATIENCE = 10
CONNECT_SECONDS = 5
# A server that could not be reached is not asked again for so long: nobody waits for it in turn.
REST_SECONDS = 5
# Any number, but the same for all nodes: it names the lock that migrations are run under, and the
# one that appending to the audit takes.
MIGRATION_LOCK = 0x646C7001
AUDIT_LOCK = 0x646C7002


class Database:
    """A database with the tables of this version; safe to use from threads and processes.

    Args:
        data_dir: Folder of the SQLite database, which is made there if it is not.
        url: Of a PostgreSQL database that is used instead, as
            `postgresql+psycopg://user@host/name`.

    Attributes:
        name: How it is called in messages; without a password.

    Raises:
        EvidenceError: Here and in every method: it can't be used; names the file or server.
    """

    def __init__(self, data_dir: Path, url: str = "") -> None:
        self._sqlite = not url
        self._down_until = 0.0
        if url:
            parsed = check_url(url)
            self.name = parsed.render_as_string(hide_password=True)
        else:
            self.name = str(data_dir / FILE)
        with self._errors():
            if not url:
                # Made here first, so that it is never readable for others, however umask is set.
                os.close(os.open(self.name, os.O_CREAT | os.O_RDWR, 0o600))
            self._engine = _postgresql(parsed) if url else _sqlite(self.name)
        try:
            self._migrate()
        except BaseException:
            self._engine.dispose()
            raise

    @staticmethod
    def exists(data_dir: Path, url: str = "") -> bool:
        """Tell whether there can be anything in it, without making one."""
        return bool(url) or (data_dir / FILE).is_file()

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """Give a connection for reading."""
        with self._errors(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """Give a connection for writing; all that is done on it is done, or nothing.

        On SQLite one writes at a time. On PostgreSQL several do, unless `serialise` is called.
        """
        with self._errors(), self._engine.connect() as connection:
            connection.execution_options(dlp_write=True)
            with connection.begin():
                yield connection

    def serialise(self, connection: sa.Connection, lock: int) -> None:
        """Wait until no other transaction holds `lock`, and hold it until this one ends."""
        if not self._sqlite:
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(lock)))

    def _migrate(self) -> None:
        """Bring the tables to this version; of several that start at once, one does it."""
        with self.read() as connection:
            if _revision(connection) == REVISION:
                return
        with self.write() as connection:
            self.serialise(connection, MIGRATION_LOCK)
            revision = _revision(connection)
            if revision == REVISION:
                return
            # Imported late: only a first start and an update need it.
            from alembic import command  # noqa: PLC0415
            from alembic.config import Config  # noqa: PLC0415
            from alembic.script import ScriptDirectory  # noqa: PLC0415

            config = Config()
            config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
            known = {
                script.revision for script in ScriptDirectory.from_config(config).walk_revisions()
            }
            if revision is not None and revision not in known:
                raise EvidenceError(f"{self.name}: was made by a newer version of dlp ({revision})")
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    @contextmanager
    def _errors(self) -> Iterator[None]:
        if time.monotonic() < self._down_until:
            raise EvidenceError(f"{self.name}: could not be reached a moment ago")
        try:
            yield
        except OSError as error:
            raise EvidenceError(f"{self.name}: {error.strerror}") from None
        except SQLAlchemyError as error:
            if not self._sqlite and isinstance(error, OperationalError | PoolTimeoutError):
                self._down_until = time.monotonic() + REST_SECONDS
            # The statement and its parameters stay out of the message.
            raise EvidenceError(f"{self.name}: {_reason(error)}") from None


def check_url(url: str) -> sa.URL:
    """Return a URL that this version can use.

    Raises:
        EvidenceError: It is none; the message does not quote it, since it may hold a password.
    """
    try:
        parsed = sa.make_url(url)
    except ArgumentError:
        raise EvidenceError("not the URL of a database") from None
    if parsed.drivername in ("postgresql", "postgres"):
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername != "postgresql+psycopg" or not parsed.database:
        raise EvidenceError("expected postgresql+psycopg://USER@HOST/NAME")
    return parsed


def _postgresql(url: sa.URL) -> sa.Engine:
    return sa.create_engine(
        url,
        # Connections that a restart of the server has cut are noticed and made anew.
        pool_pre_ping=True,
        pool_size=4,
        max_overflow=4,
        pool_timeout=PATIENCE,
        connect_args={
            "connect_timeout": CONNECT_SECONDS,
            "options": f"-c statement_timeout={PATIENCE}s -c timezone=UTC",
            "keepalives_idle": 30,
            "tcp_user_timeout": PATIENCE * 1000,
            "application_name": "dlp",
        },
    )


def _sqlite(path: str) -> sa.Engine:
    engine = sa.create_engine(
        sa.URL.create("sqlite", database=path),
        connect_args={"timeout": PATIENCE},
        poolclass=sa.NullPool,
    )
    sa.event.listen(engine, "connect", _pragmas)
    sa.event.listen(engine, "begin", _begin)
    return engine


def _pragmas(connection: Any, _record: object) -> None:
    # Transactions are begun by us (below), not by the driver before the first change.
    connection.isolation_level = None
    cursor = connection.cursor()
    _write_ahead(cursor)
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.close()


def _write_ahead(cursor: sqlite3.Cursor) -> None:
    """Have the database write ahead, as it does from its first start on.

    Where another is writing at that first start, SQLite does not wait for it by itself.
    """
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return


def _begin(connection: sa.Connection) -> None:
    # Who will write says so at once: two that read first and write then would stop each other.
    write = connection.get_execution_options().get("dlp_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def _revision(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.execute(
        sa.text("SELECT version_num FROM alembic_version")
    ).scalar_one_or_none()
    return revision


def _reason(error: SQLAlchemyError) -> str:
    """Return what went wrong, without what a server may quote of a row."""
    origin = getattr(error, "orig", None)
    if origin is None:
        return type(error).__name__
    diagnosis = getattr(origin, "diag", None)
    if diagnosis is not None and diagnosis.message_primary:
        return f"{type(origin).__name__} ({diagnosis.sqlstate})"
    # Of a server that can't be reached, the driver says on several lines how often it tried.
    return str(origin).strip().partition("\n")[0][:200] or type(origin).__name__
