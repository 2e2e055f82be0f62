"""Parameters: their types are told, their formats may be mixed, and there may be as many as the protocol can count."""

from __future__ import annotations

import struct

import psycopg
import pytest
from psycopg.pq import ExecStatus, Format

from tests.protocol.conftest import Connection

BOOL, BYTEA, INT8, INT4, TEXT, JSON, FLOAT8, DATE, TIMESTAMP, NUMERIC = 16, 17, 20, 23, 25, 114, 701, 1082, 1114, 1700


@pytest.fixture
def table(connection: Connection) -> Connection:
    connection.execute(
        "CREATE OR REPLACE TABLE p (i INT, b BIGINT, t TEXT, d DATE, f DOUBLE, n NUMERIC(10,2), ok BOOL, y BYTEA)"
    )
    return connection


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("SELECT * FROM p WHERE i = $1", [INT4]), ("SELECT * FROM p WHERE b = $1 AND t = $2", [INT8, TEXT]),
        ("INSERT INTO p (i, b, t, d, f) VALUES ($1, $2, $3, $4, $5)", [INT4, INT8, TEXT, DATE, FLOAT8]),
        ("INSERT INTO p (n, ok, y) VALUES ($1, $2, $3)", [NUMERIC, BOOL, BYTEA]),
        ("UPDATE p SET d = $2 WHERE i = $1", [INT4, DATE]), ("SELECT $1::int, $2::timestamp", [INT4, TIMESTAMP]),
        ("SELECT $1", [TEXT]), ("SELECT $2::int, $1::text", [TEXT, INT4]), ("SELECT $1::int + $1", [INT4]),
        ("SELECT * FROM p WHERE t LIKE $1", [TEXT]), ("SELECT * FROM p LIMIT $1 OFFSET $2", [INT8, INT8]),
        ("SELECT * FROM p WHERE t MEANS $1 AND i > $2", [TEXT, INT4]), ("SELECT * FROM p WHERE i = ANY($1)", [1007]),
    ],
)  # fmt: skip
def test_types_are_told(table: Connection, statement: str, told: list[int]) -> None:
    prepared = table.pgconn.prepare(b"", statement.encode())
    assert prepared.status == ExecStatus.COMMAND_OK, prepared.error_message.decode()
    described = table.pgconn.describe_prepared(b"")
    assert [described.param_type(number) for number in range(described.nparams)] == told


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO p (i,t) VALUES ($1,$2)", "SELECT relname FROM pg_class WHERE oid IN ($1,$2)",
        "SELECT count(*) FROM unified_logs WHERE trace_id IN ($1,$2)", "SELECT '5' MEANS $1,$2", "SELECT $1,$2",
        "INSERT INTO trace_scores (trace_id,name,score) VALUES ($1,$2,1)",
        "UPDATE training_annotations SET trainable=true WHERE trace_id IN ($1,$2)",
    ],
)  # fmt: skip
def test_parameters_need_no_blank_between_them(table: Connection, statement: str) -> None:
    result = table.pgconn.exec_params(statement.encode(), [b"12", b"34"])
    assert result.status in (ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK), result.error_message.decode()


def test_types_given_at_parse_are_kept(table: Connection) -> None:
    table.pgconn.prepare(b"", b"SELECT $1, $2", [INT4, 0])
    described = table.pgconn.describe_prepared(b"")
    assert [described.param_type(0), described.param_type(1)] == [INT4, TEXT]


def test_text_of_no_type_stays_text(table: Connection) -> None:
    result = table.pgconn.exec_params(b"SELECT $1, $1 || 'x', $2 = '00123'", [b"00123", b"00123"])
    assert [result.get_value(0, column) for column in range(3)] == [b"00123", b"00123x", b"t"]


@pytest.mark.parametrize(
    ("oid", "sent"),
    [
        (21, struct.pack("!h", 7)), (INT4, struct.pack("!i", 7)), (INT8, struct.pack("!q", 7)),
        (700, struct.pack("!f", 1.5)), (FLOAT8, struct.pack("!d", 1.5)), (BOOL, b"\x01"), (BYTEA, b"\x00\xff"),
        (DATE, struct.pack("!i", 1)), (TIMESTAMP, struct.pack("!q", 1)), (1184, struct.pack("!q", 1)),
        (1083, struct.pack("!q", 1)), (1186, struct.pack("!qii", 1, 2, 3)), (2950, bytes(range(16))), (TEXT, b"x"),
        (NUMERIC, struct.pack("!hhHhhh", 2, 0, 0, 2, 1, 5000)), (1007, struct.pack("!iiiiiii", 1, 0, 23, 1, 1, 4, 9)),
    ],
)  # fmt: skip
def test_a_value_alone_comes_back_as_it_was_sent(table: Connection, oid: int, sent: bytes) -> None:
    table.pgconn.prepare(b"", b"SELECT $1", [oid])
    described = table.pgconn.describe_prepared(b"")
    result = table.pgconn.exec_prepared(b"", [sent], [Format.BINARY], Format.BINARY)
    assert not result.error_message, result.error_message.decode()
    assert (described.ftype(0), result.get_value(0, 0)) == (oid, sent)


def test_formats_are_mixed_both_ways(table: Connection) -> None:
    result = table.pgconn.exec_params(
        b"SELECT $2, $1, $1 + 1",
        [struct.pack("!i", 41), b"seven"],
        [INT4, TEXT],
        [Format.BINARY, Format.TEXT],
        Format.BINARY,
    )
    assert result.status == ExecStatus.TUPLES_OK, result.error_message.decode()
    assert [result.get_value(0, column) for column in range(3)] == [b"seven", b"\0\0\0\x29", b"\0\0\0\x2a"]


def test_one_parameter_in_many_places(table: Connection) -> None:
    statement = "SELECT $1::int, $1::int * 2, (SELECT count(*) FROM range($1::int)), $2::text || $1::text"
    result = table.pgconn.exec_params(statement.encode(), [b"3", b"n"])
    assert [result.get_value(0, column) for column in range(4)] == [b"3", b"6", b"3", b"n3"]


@pytest.mark.parametrize("given", [0, 2])
def test_the_wrong_number_of_parameters_is_told(table: Connection, given: int) -> None:
    result = table.pgconn.exec_params(b"SELECT $1::int", [b"1"] * given)
    assert result.error_field(psycopg.pq.DiagnosticField.SQLSTATE) == b"08P01"


@pytest.mark.slow
def test_as_many_as_the_protocol_counts(table: Connection) -> None:
    many = 65_535
    statement = (
        "SELECT count(*), sum(v::int) FROM (VALUES " + ", ".join(f"(${n})" for n in range(1, many + 1)) + ") AS x(v)"
    )
    result = table.pgconn.exec_params(statement.encode(), [b"1"] * many)
    assert result.status == ExecStatus.TUPLES_OK, result.error_message.decode()[:300]
    assert result.get_value(0, 0) == b"65535"


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("int", "x"), ("bigint", "99999999999999999999"), ("date", "2020-02-31"), ("uuid", "x"), ("bool", "maybe"),
        ("timestamp", "x"), ("float8", "x"), ("bytea", "\\xzz"), ("int[]", "{x}"),
    ],
)  # fmt: skip
def test_text_that_its_type_cannot_read_is_refused(table: Connection, kind: str, text: str) -> None:
    result = table.pgconn.exec_params(f"SELECT $1::{kind}".encode(), [text.encode()])
    assert result.error_field(psycopg.pq.DiagnosticField.SQLSTATE) in (
        b"22P02", b"22003", b"22007", b"22008", b"22023",
    )  # fmt: skip
