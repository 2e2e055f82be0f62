"""Savepoints where DuckDB can keep their promise; elsewhere an error that says why, and a block that must end."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from tests.protocol.conftest import Connection


@pytest.fixture
def table(connection: Connection) -> Iterator[Connection]:
    connection.execute("CREATE OR REPLACE TABLE sp (a INT PRIMARY KEY)")
    yield connection
    connection.rollback()


def rows(connection: Connection) -> list[int]:
    return [row[0] for row in connection.execute("SELECT a FROM sp ORDER BY a").fetchall()]


def test_what_a_first_savepoint_holds_is_undone_and_the_block_goes_on(table: Connection) -> None:
    table.execute("BEGIN; SAVEPOINT s; INSERT INTO sp VALUES (1); ROLLBACK TO SAVEPOINT s; INSERT INTO sp VALUES (2)")
    table.execute("COMMIT")
    assert rows(table) == [2]


def test_a_failed_statement_after_a_first_savepoint(table: Connection) -> None:
    table.execute("BEGIN; SAVEPOINT s; INSERT INTO sp VALUES (1)")
    with pytest.raises(psycopg.errors.UniqueViolation):
        table.execute("INSERT INTO sp VALUES (1)")
    with pytest.raises(psycopg.errors.InFailedSqlTransaction):
        table.execute("SELECT 1")
    table.execute("ROLLBACK TO s")
    assert table.info.transaction_status is psycopg.pq.TransactionStatus.INTRANS
    table.execute("INSERT INTO sp VALUES (3); COMMIT")
    assert rows(table) == [3]


def test_a_statement_that_cannot_be_bound_loses_nothing(table: Connection) -> None:
    table.execute("BEGIN; INSERT INTO sp VALUES (1); SAVEPOINT s")
    with pytest.raises(psycopg.errors.UndefinedTable):
        table.execute("SELECT * FROM nowhere")
    table.execute("ROLLBACK TO s; COMMIT")
    assert rows(table) == [1]


def test_reads_after_a_savepoint_and_release(table: Connection) -> None:
    table.execute("BEGIN; INSERT INTO sp VALUES (1); SAVEPOINT a; SELECT * FROM sp; ROLLBACK TO a; SAVEPOINT b")
    table.execute("INSERT INTO sp VALUES (2); RELEASE SAVEPOINT b; RELEASE a; COMMIT")
    assert rows(table) == [1, 2]


def test_writes_on_both_sides_cannot_be_parted_and_nothing_is_kept(table: Connection) -> None:
    table.execute("BEGIN; INSERT INTO sp VALUES (1); SAVEPOINT s; INSERT INTO sp VALUES (2)")
    with pytest.raises(psycopg.errors.FeatureNotSupported, match="the transaction wrote before it"):
        table.execute("ROLLBACK TO s")
    assert table.info.transaction_status is psycopg.pq.TransactionStatus.INERROR
    assert table.execute("COMMIT").statusmessage == "ROLLBACK"
    assert rows(table) == []


def test_settings_follow(table: Connection) -> None:
    table.execute("BEGIN; SET application_name = 'one'; SAVEPOINT s; SET application_name = 'two'; ROLLBACK TO s")
    assert table.execute("SHOW application_name").fetchone() == ("one",)
    assert table.info.parameter_status("application_name") == "one"


@pytest.mark.parametrize(
    ("statement", "sqlstate"),
    [
        ("SAVEPOINT s", "25P01"), ("RELEASE s", "25P01"), ("ROLLBACK TO s", "25P01"),
        ("BEGIN; ROLLBACK TO s", "3B001"), ("BEGIN; RELEASE SAVEPOINT s", "3B001"),
        ("BEGIN; SAVEPOINT s; RELEASE s; ROLLBACK TO s", "3B001"),
        ("BEGIN; SAVEPOINT a; SAVEPOINT b; ROLLBACK TO a; RELEASE b", "3B001"), ("SAVEPOINT", "42601"),
    ],
)  # fmt: skip
def test_errors(connection: Connection, statement: str, sqlstate: str) -> None:
    with pytest.raises(psycopg.Error) as caught:
        connection.execute(statement)
    assert caught.value.sqlstate == sqlstate


def test_psycopg_nests_transactions(table: Connection) -> None:
    with table.transaction():
        with pytest.raises(psycopg.errors.UniqueViolation), table.transaction():
            table.cursor().executemany("INSERT INTO sp VALUES (%s)", [(1,), (1,)])
        table.execute("INSERT INTO sp VALUES (5)")
    assert rows(table) == [5]


def test_chained_blocks(table: Connection) -> None:
    table.execute("BEGIN; INSERT INTO sp VALUES (1); COMMIT AND CHAIN; INSERT INTO sp VALUES (2); ROLLBACK AND CHAIN")
    assert table.info.transaction_status is psycopg.pq.TransactionStatus.INTRANS
    table.execute("COMMIT")
    assert rows(table) == [1]


@pytest.mark.parametrize("begin", ["BEGIN READ ONLY", "START TRANSACTION ISOLATION LEVEL SERIALIZABLE, READ ONLY"])
def test_a_read_only_block_refuses_to_write(table: Connection, begin: str) -> None:
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction, match="cannot execute INSERT in a read-only transaction"):
        table.execute(f"{begin}; SELECT 1; INSERT INTO sp VALUES (1)")
    table.execute("ROLLBACK; INSERT INTO sp VALUES (1)")
    assert rows(table) == [1]
