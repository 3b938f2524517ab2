"""Dumps of a real PostgreSQL server: who leaks is stopped, and orders pass."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import psycopg
import pytest

from dlp.inspection import Core, Inspection
from tests.extract.test_samples import LEAK, ORDERS
from tests.parsers.formats import pgdump
from tests.postgresql import postgresql

if TYPE_CHECKING:
    from tests.parsers.formats import Rows
    from tests.postgresql import Postgresql

__all__ = ["postgresql"]


@pytest.fixture(scope="module")
def databases(postgresql: Postgresql) -> dict[str, str]:
    return {"leak": _filled(postgresql, LEAK), "orders": _filled(postgresql, ORDERS)}


def _filled(server: Postgresql, rows: Rows) -> str:
    """Return a database with an empty table, and one of these rows."""
    url = server.database()
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        columns = ", ".join(f'"{name}" text' for name in rows[0])
        connection.execute("CREATE TABLE a (b text)")
        connection.execute(f"CREATE TABLE t ({columns})".encode())
        with connection.cursor() as cursor:
            marks = ", ".join(["%s"] * len(rows[0]))
            cursor.executemany(f"INSERT INTO t VALUES ({marks})".encode(), rows[1:])
    return url


@pytest.mark.parametrize("compression", ["none", "gzip"])
@pytest.mark.parametrize("step", [0, 1009, 4096])
def test_patients_are_stopped_and_orders_pass(
    compression: str,
    step: int,
    postgresql: Postgresql,
    databases: dict[str, str],
    core: Core,
) -> None:
    def judged(name: str) -> Inspection:
        dump = postgresql.dump(databases[name], "-Fc", f"--compress={compression}")
        inspection = Inspection(core)
        for at in range(0, len(dump), step or len(dump)):
            inspection.feed(dump[at : at + (step or len(dump))])
        return inspection

    stopped, passed = judged("leak").finish(), judged("orders").finish()

    assert stopped.verdict.action.stops
    assert stopped.evidence.subjects == 30
    assert compression == "none" or stopped.evidence.announced == 30
    assert not passed.verdict.action.stops
    assert passed.evidence.uninspectable is None


@pytest.mark.parametrize("step", [1, 7, 1000])
def test_titles_are_found_wherever_a_dump_is_cut(step: int, core: Core) -> None:
    # More than is kept at once stands before the statement, and looks like the beginning of one.
    dump = pgdump(LEAK, zlib.compress)
    at = dump.index(b"COPY")
    dump = dump[: at - 5] + b"COPY a(; COPY b(c\n" * 3000 + dump[at - 5 :]
    inspection = Inspection(core)

    for start in range(0, len(dump), step):
        inspection.feed(dump[start : start + step])

    assert inspection.finish().evidence.announced == 30
