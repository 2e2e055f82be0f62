"""What PostgreSQL 15 says of bad COPY data and statements: SQLSTATE, words, place in the data (psql's CONTEXT)."""

from __future__ import annotations

import psycopg
import pytest

from tests.processes import SqlServerProcess

TABLE = (
    "CREATE OR REPLACE TABLE faults (a int, b text, d date, g bytea, f float8, n numeric(4,1), nn int "
    "NOT NULL DEFAULT 0, ar int[], j json, x int GENERATED ALWAYS AS (a * 2))"
)


def fault(server: SqlServerProcess, sql: str, data: bytes) -> psycopg.Error:
    with server.connect() as connection, connection.cursor() as cursor:
        cursor.execute(TABLE.encode())
        with pytest.raises(psycopg.Error) as caught, cursor.copy(sql.encode()) as copy:
            copy.write(data)
        assert cursor.execute("SELECT count(*) FROM faults").fetchone() == (0,)
    return caught.value


@pytest.mark.parametrize(
    ("options", "data", "sqlstate", "message", "context"),
    [
        ("(a,b)", b"1\tx\n2\n", "22P04", 'missing data for column "b"', 'line 2: "2"'),
        ("(a,b)", b"1\tx\ty\n", "22P04", "extra data after last expected column", 'line 1: "1\tx\ty"'),
        ("(a,b)", b"1\tx\nz\ty\n", "22P02", 'invalid input syntax for type integer: "z"', 'line 2, column a: "z"'),
        ("(d)", b"1999-01-01\nsoon\n", "22007", 'invalid input syntax for type date: "soon"',
         'line 2, column d: "soon"'),
        ("(g)", rb"\\xzz" + b"\n", "22023", 'invalid hexadecimal digit: "z"', r'line 1, column g: "\xzz"'),
        ("(g)", rb"\\xabc" + b"\n", "22023", "invalid hexadecimal data: odd number of digits",
         r'line 1, column g: "\xabc"'),
        ("(f)", b"1e999\n", "22003", '"1e999" is out of range for type double precision', 'line 1, column f: "1e999"'),
        ("(n)", b"12345.6\n", "22003", "numeric field overflow", 'line 1, column n: "12345.6"'),
        ("(n)", b"abc\n", "22P02", 'invalid input syntax for type numeric: "abc"', 'line 1, column n: "abc"'),
        ("(a,nn)", b"1\t2\n1\t\\N\n", "23502",
         'null value in column "nn" of relation "faults" violates not-null constraint', "line 2"),
        ("(a,ar)", b"1\t{1}\n1\t{1,x}\n", "22P02", 'invalid input syntax for type integer: "x"',
         'line 2, column ar: "{1,x}"'),
        ("(a,ar)", b"1\t1,x}\n", "22P02", 'malformed array literal: "1,x}"', 'line 1, column ar: "1,x}"'),
        ("(j)", b"{nope\n", "22P02", "invalid input syntax for type json", 'line 1, column j: "{nope"'),
        ("(a,b)", b"1\t\\377\n", "22021", 'invalid byte sequence for encoding "UTF8": 0xff', 'line 1: "1\t\\377"'),
        ("(a,b)", b"1\tx\n2\tx\\.y\n", "22P04", "end-of-copy marker corrupt", "line 2"),
        ("(a,b)", b"1\tx\r\n2\ty\n", "22P04", "literal newline found in data", "line 2"),
        ("(a,b)", b"1\tx\n2\ty\r\n", "22P04", "literal carriage return found in data", "line 2"),
        ("(a,b) CSV", b"1,x\r\n2,y\n", "22P04", "unquoted newline found in data", "line 2"),
        ("(a,b) CSV", b'1,x\n2,"y\n', "22P04", "unterminated CSV quoted field", 'line 3: "2,"y\n"'),
        ("(a,b) CSV", b"\xef\xbb\xbf1,x\n", "22P02", 'invalid input syntax for type integer: "\ufeff1"',
         'line 1, column a: "\ufeff1"'),
        ("(a,b) (FORMAT csv, HEADER MATCH)", b"a,c\n", "22P04",
         'column name mismatch in header line field 2: got "c", expected "b"', 'line 1: "a,c"'),
        ("(a) (FORMAT binary)", b"PGCOPY\n\xff\r\n\0" + bytes(8) + b"\0\1\0\0\0\3abc\xff\xff", "08P01",
         "insufficient data left in message", "line 1, column a"),
        ("(a,b) (ENCODING 'EUC_JP')", b"1\t\xff\n", "22021", 'invalid byte sequence for encoding "EUC_JP": 0xff', None),
    ],
)  # fmt: skip
def test_bad_data(
    copy_server: SqlServerProcess, options: str, data: bytes, sqlstate: str, message: str, context: str | None
) -> None:
    columns, _, rest = options.partition(" ")
    error = fault(copy_server, f"COPY faults {columns} FROM STDIN {rest}", data)
    expected = f"COPY faults, {context}" if context else "COPY faults"
    assert (error.sqlstate, error.diag.message_primary, error.diag.context) == (sqlstate, message, expected)


@pytest.mark.parametrize(
    ("sql", "sqlstate", "message", "position"),
    [
        ("COPY faults (a, zz) FROM STDIN", "42703", 'column "zz" of relation "faults" does not exist', None),
        ("COPY faults (a, a) FROM STDIN", "42701", 'column "a" specified more than once', None),
        ("COPY faults (a, a) TO STDOUT", "42701", 'column "a" specified more than once', None),
        ("COPY faults (x) FROM STDIN", "42P10", 'column "x" is a generated column', None),
        ("COPY faults (x) TO STDOUT", "42P10", 'column "x" is a generated column', None),
        ("COPY faults (a) FROM STDIN (FORMAT csv, FORCE_NULL (b))", "42P10",
         'FORCE_NULL column "b" not referenced by COPY', None),
        ("COPY faults (a) TO STDOUT (FORMAT csv, FORCE_QUOTE (zz))", "42703",
         'column "zz" of relation "faults" does not exist', None),
        ("COPY faults (a) FROM STDIN WHERE zz > 1", "42703", 'column "zz" does not exist', "34"),
        ("COPY faults (a) FROM STDIN WHERE a", "42804", "argument of WHERE must be type boolean, not type integer",
         "34"),
        ("COPY faults (a) FROM STDIN WHERE a > (SELECT 1)", "0A000", "cannot use subquery in COPY FROM WHERE condition",
         "38"),
        ("COPY seen FROM STDIN", "42809", 'cannot copy to view "seen"', None),
        ("COPY (CREATE TABLE y (a int)) TO STDOUT", "42601", 'syntax error at or near "CREATE"', "7"),
        ("COPY (SELECT 1; SELECT 2) TO STDOUT", "42601", 'syntax error at or near ";"', "15"),
        ("COPY (SELECT 1) TO STDOUT WHERE true", "42601", 'syntax error at or near "WHERE"', "27"),
        ("COPY faults TO STDOUT (ON_ERROR ignore)", "42601", 'option "on_error" not recognized', "24"),
        ("COPY faults TO STDOUT (ENCODING 'klingon')", "22023",
         'argument to option "encoding" must be a valid encoding name', "24"),
        ("COPY faults TO STDOUT (FORMAT)", "42601", "format requires a parameter", None),
        ("COPY faults TO STDOUT (DELIMITER 'x', DELIMITER 'y')", "42601", "conflicting or redundant options", "39"),
    ],
)  # fmt: skip
def test_bad_statements(
    copy_server: SqlServerProcess, sql: str, sqlstate: str, message: str, position: str | None
) -> None:
    with copy_server.connect() as connection:
        connection.execute(TABLE.encode())
        connection.execute("CREATE OR REPLACE VIEW seen AS SELECT 1 AS a")
        result = connection.pgconn.exec_(sql.encode())
        told = [
            (result.error_field(field) or b"").decode() or None
            for field in (
                psycopg.pq.DiagnosticField.SQLSTATE,
                psycopg.pq.DiagnosticField.MESSAGE_PRIMARY,
                psycopg.pq.DiagnosticField.STATEMENT_POSITION,
            )
        ]
        assert told == [sqlstate, message, position]


def test_generated_columns_are_left_out_both_ways(copy_server: SqlServerProcess) -> None:
    done = copy_server.psql(
        "CREATE SCHEMA IF NOT EXISTS twin; CREATE OR REPLACE TABLE twin.doubled (a int, twice int);\n"
        "CREATE OR REPLACE TABLE doubled (a int, twice int GENERATED ALWAYS AS (a * 2), c text DEFAULT 'none');\n"
        "COPY doubled FROM STDIN;\n1\tx\n2\t\\N\n\\.\nCOPY doubled (a) FROM STDIN;\n3\n\\.\n"
        "COPY twin.doubled FROM STDIN;\n7\t7\n\\.\nSELECT * FROM doubled ORDER BY a;\n"
        "COPY doubled TO STDOUT CSV HEADER;\nCOPY twin.doubled TO STDOUT;\n"
    )
    assert done.out.splitlines() == ["1|2|x", "2|4|", "3|6|none", "a,c", "1,x", "2,", "3,none", "7\t7"], done.err


def test_where_sees_the_whole_row(copy_server: SqlServerProcess) -> None:
    done = copy_server.psql(
        "CREATE OR REPLACE TABLE sifted (a int, b text, c int DEFAULT 5);\n"
        "COPY sifted (a) FROM STDIN WHERE b IS NULL AND c = 5 AND a > 1;\n1\n2\n\\.\nSELECT * FROM sifted;\n"
    )
    assert done.out == "2||5\n", done.err


def test_other_encodings(copy_server: SqlServerProcess) -> None:
    with copy_server.connect() as connection, connection.cursor() as cursor:
        cursor.execute("CREATE OR REPLACE TABLE spelled (t text)")
        with cursor.copy("COPY spelled FROM STDIN (ENCODING 'LATIN1')") as copy:
            copy.write("çà\n".encode("latin-1"))
        with cursor.copy("COPY spelled FROM STDIN") as copy:
            copy.write(rb"\303\251" + b"\n" + "ж\n".encode())
        with (
            cursor.copy("COPY spelled TO STDOUT (ENCODING 'WIN1251', FORMAT csv)") as copy,
            pytest.raises(psycopg.Error, match='has no equivalent in encoding "WIN1251"'),
        ):
            copy.read()
        with cursor.copy("COPY (SELECT t FROM spelled WHERE t <> 'ж') TO STDOUT (ENCODING 'LATIN1', HEADER)") as copy:
            assert b"".join(map(bytes, copy)) == "t\nçà\né\n".encode("latin-1")
