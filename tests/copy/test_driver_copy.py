"""COPY through psycopg and asyncpg, in text and binary, and what a driver does when it gives up."""

from __future__ import annotations

import datetime as dt
import io
import uuid
from decimal import Decimal
from typing import Any

import asyncpg
import psycopg
import pytest
from psycopg.types.json import Json, Jsonb

from tests.processes import SqlServerProcess

TEXT = "tab\there, \"quote\" and 'ünï'"
ROWS: list[tuple[Any, ...]] = [
    (1, TEXT, 1.25, True, dt.datetime(2026, 1, 2, 3, 4, 5, 678), b"\x00\xff\\", Decimal("5.25"), uuid.UUID(int=7),
     dt.date(1999, 12, 31), ["a", None, 'b"c']),
    (-2, "", float("inf"), False, dt.datetime(1900, 1, 1), b"", Decimal("-0.01"), uuid.UUID(int=0),
     dt.date(2000, 1, 1), []),
    (None,) * 10,
]  # fmt: skip
COLUMNS = "a int, b text, c float8, d bool, e timestamp, f bytea, g numeric(10,2), h uuid, i date, j text[]"
TYPES = ["int4", "text", "float8", "bool", "timestamp", "bytea", "numeric", "uuid", "date", "text[]"]


@pytest.mark.parametrize("kind", ["text", "binary"])
def test_psycopg_writes_and_reads_rows(copy_server: SqlServerProcess, kind: str) -> None:
    with copy_server.connect() as connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE OR REPLACE TABLE psy ({COLUMNS})")
        with cursor.copy(f"COPY psy FROM STDIN (FORMAT {kind})") as copy:
            copy.set_types(TYPES)
            for row in ROWS:
                copy.write_row(row)
        assert cursor.rowcount == len(ROWS)
        assert cursor.execute("SELECT * FROM psy ORDER BY a DESC NULLS LAST").fetchall() == ROWS
        with cursor.copy(f"COPY (SELECT * FROM psy ORDER BY a DESC NULLS LAST) TO STDOUT (FORMAT {kind})") as copy:
            copy.set_types(TYPES)
            assert list(copy.rows()) == ROWS


def test_no_rows_are_a_whole_binary_file(copy_server: SqlServerProcess) -> None:
    with copy_server.connect() as connection, connection.cursor() as cursor:
        with cursor.copy("COPY (SELECT 1 WHERE false) TO STDOUT (FORMAT binary)") as copy:
            assert b"".join(map(bytes, copy)) == b"PGCOPY\n\xff\r\n\0" + bytes(8) + b"\xff\xff"
        with cursor.copy("COPY (SELECT 1 WHERE false) TO STDOUT") as copy:
            assert list(copy) == []


def test_a_client_that_gives_up_loads_nothing(copy_server: SqlServerProcess) -> None:
    with copy_server.connect() as connection, connection.cursor() as cursor:
        cursor.execute("CREATE OR REPLACE TABLE given_up (n int)")
        with pytest.raises(ZeroDivisionError), cursor.copy("COPY given_up FROM STDIN") as copy:
            copy.write_row((1 // (copy.write_row((1,)) or 0),))
        assert cursor.execute("SELECT count(*) FROM given_up").fetchone() == (0,)


def _copy_in(cursor: psycopg.Cursor[Any], statement: str, rows: str, *, times: int) -> None:
    with cursor.copy(statement.encode()) as copy:
        for _ in range(times):
            copy.write(rows)


def test_a_copy_out_of_time_is_told_so(copy_server: SqlServerProcess) -> None:
    rows = "".join(f"{number}\t{number}\n" for number in range(400_000))
    with copy_server.connect() as connection, connection.cursor() as cursor:
        cursor.execute("CREATE OR REPLACE TABLE late (a int, b text CHECK (length(repeat(b, 1000)) > 0))")
        cursor.execute("SET statement_timeout = 150")
        with pytest.raises(psycopg.errors.QueryCanceled, match="due to statement timeout"):
            _copy_in(cursor, "COPY late FROM STDIN", rows, times=5)
        assert cursor.execute("SELECT count(*) FROM late").fetchone() == (0,)


@pytest.mark.parametrize(
    ("data", "sqlstate"),
    [(b"not a signature at all", "22P04"), (b"PGCOPY\n\xff\r\n\0" + bytes(8) + b"\0\2", "22P04"),
     (b"PGCOPY\n\xff\r\n\0" + bytes(8) + b"\0\1\0\0\0\2xx\xff\xff", "08P01"),
     (b"PGCOPY\n\xff\r\n\0" + bytes(8) + b"\0\1\0\0\0\5xxxxx\xff\xff", "22P03")],
)  # fmt: skip
def test_broken_binary_data_is_refused(copy_server: SqlServerProcess, data: bytes, sqlstate: str) -> None:
    with copy_server.connect() as connection, connection.cursor() as cursor:
        cursor.execute("CREATE OR REPLACE TABLE broken (n int)")
        with pytest.raises(psycopg.Error) as caught, cursor.copy("COPY broken FROM STDIN (FORMAT binary)") as copy:
            copy.write(data)
        assert caught.value.sqlstate == sqlstate
        assert cursor.execute("SELECT count(*) FROM broken").fetchone() == (0,)


def test_an_implicit_transaction_ends_with_the_copy(copy_server: SqlServerProcess) -> None:
    with copy_server.connect() as one, copy_server.connect() as other, one.cursor() as cursor:
        cursor.execute("CREATE OR REPLACE TABLE ended (n int)")
        with cursor.copy("COPY ended FROM STDIN") as copy:
            copy.write("1\n2\n")
        assert other.execute("SELECT count(*) FROM ended").fetchone() == (2,)


@pytest.mark.parametrize("kind", ["text", "binary"])
def test_a_large_copy_in_keeps_its_order(copy_server: SqlServerProcess, kind: str) -> None:
    query = "SELECT i, 'row ' || i FROM range(600000) t(i)"
    with copy_server.connect() as connection, connection.cursor() as cursor:
        cursor.execute("CREATE OR REPLACE TABLE many (i bigint, name text)")
        with cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT {kind})") as copy:
            data = b"".join(map(bytes, copy))
        with cursor.copy(f"COPY many FROM STDIN (FORMAT {kind})") as copy:
            copy.write(data)
        unlike = "SELECT count(*), count(*) FILTER (i <> rowid OR name <> 'row ' || i) FROM many"
        assert cursor.execute(unlike).fetchone() == (600_000, 0)


def test_of_two_faults_the_first_in_the_data_is_told(copy_server: SqlServerProcess) -> None:
    """The later one is found first: the piece it is in is parsed while the one before is still being inserted."""
    rows = [b"%d\t2026-01-01\n" % number for number in range(600_000)]
    rows[250_000] = b"1\t2026-99-99\n"
    rows[500_000] = b"one\t2026-01-01\n"
    with copy_server.connect() as connection, connection.cursor() as cursor:
        cursor.execute("CREATE OR REPLACE TABLE two_faults (i bigint, d date)")
        with (
            pytest.raises(psycopg.errors.DatetimeFieldOverflow) as caught,
            cursor.copy("COPY two_faults FROM STDIN") as copy,
        ):
            copy.write(b"".join(rows))
        assert caught.value.diag.context == 'COPY two_faults, line 250001, column d: "2026-99-99"'
        assert cursor.execute("SELECT count(*) FROM two_faults").fetchone() == (0,)


def test_a_large_copy_out_keeps_its_order(copy_server: SqlServerProcess) -> None:
    with copy_server.connect() as connection, connection.cursor() as cursor:
        with cursor.copy("COPY (SELECT i, i::text FROM range(100000) r(i)) TO STDOUT") as copy:
            data = b"".join(map(bytes, copy))
        assert data == b"".join(b"%d\t%d\n" % (n, n) for n in range(100_000))
        assert cursor.rowcount == 100_000


async def test_asyncpg_copies_records_files_and_queries(copy_server: SqlServerProcess) -> None:
    connection = await asyncpg.connect(copy_server.url())
    try:
        await connection.execute(f"CREATE OR REPLACE TABLE apg ({COLUMNS})")
        assert await connection.copy_records_to_table("apg", records=ROWS) == "COPY 3"
        found = await connection.fetch("SELECT * FROM apg ORDER BY a DESC NULLS LAST")
        assert [tuple(row) for row in found] == ROWS
        out = io.BytesIO()
        assert (
            await connection.copy_from_table("apg", columns=["a", "b"], output=out, format="csv", header=True)
            == "COPY 3"
        )
        assert out.getvalue().startswith(b'a,b\n1,"tab\there')
        out.seek(0)
        assert (
            await connection.copy_to_table("apg", columns=["a", "b"], source=out, format="csv", header=True) == "COPY 3"
        )
    finally:
        await connection.close()


def test_jsonb_has_its_own_binary_form(copy_server: SqlServerProcess) -> None:
    with copy_server.connect() as connection:
        _copy_jsonb(connection)


def _copy_jsonb(connection: psycopg.Connection[Any]) -> None:
    connection.execute("CREATE OR REPLACE TABLE documents (id int, b jsonb, j json)")
    kinds = ["int4", "jsonb", "json"]
    with connection.cursor().copy("COPY documents FROM STDIN (FORMAT binary)") as copy:
        copy.set_types(kinds)
        copy.write_row((1, Jsonb({"a": [1]}), Json({"b": 2})))
        copy.write_row((2, None, None))
    with connection.cursor().copy("COPY documents TO STDOUT (FORMAT binary)") as copy:
        copy.set_types(kinds)
        assert list(copy.rows()) == [(1, {"a": [1]}, {"b": 2}), (2, None, None)]
