r"""A constant or parameter without a type takes the type of its place, and is read as PostgreSQL 15 read it."""

from __future__ import annotations

import psycopg
import pytest
from psycopg.pq import DiagnosticField, ExecStatus

from tests.protocol.conftest import Connection

COLUMNS = {
    "b": "bytea", "a": "int[]", "ta": "text[]", "aa": "int[][]", "ba": "bytea[]", "da": "date[]", "d": "date",
    "ts": "timestamp", "tz": "timestamptz", "tm": "time", "i": "interval", "ok": "boolean", "n": "numeric(10,2)",
    "i8": "bigint", "f": "float8", "j": "json", "s": "text",
}  # fmt: skip

READ = [
    ("b", r"\x6162", r"\x6162"), ("b", r"\x61 62", r"\x6162"), ("b", r"abc\000", r"\x61626300"), ("b", "é", r"\xc3a9"),
    ("b", r"a\\b", r"\x615c62"), ("b", "", r"\x"), ("a", "{1,2}", "{1,2}"), ("a", "{}", "{}"),
    ("a", " { 1 , 2 } ", "{1,2}"), ("ta", '{a,NULL,"b c"}', '{a,NULL,"b c"}'), ("ta", '{null,"null"}', '{NULL,"null"}'),
    ("aa", "{{1,2},{3,4}}", "{{1,2},{3,4}}"), ("ba", r'{"\\x6162",abc}', r'{"\\x6162","\\x616263"}'),
    ("da", '{2024-01-01,"Jan 8, 1999"}', "{2024-01-01,1999-01-08}"), ("d", "1990-01-01 +00", "1990-01-01"),
    ("d", "Jan 8, 1999", "1999-01-08"), ("d", "20240102", "2024-01-02"), ("d", "01/02/03", "2003-01-02"),
    ("d", "0044-03-15 BC", "0044-03-15 BC"), ("d", "infinity", "infinity"), ("d", "J2451187", "1999-01-08"),
    ("ts", "2024-01-02 10:11:12.123456789", "2024-01-02 10:11:12.123457"),
    ("ts", "Jan 8 1999 4:05 PM", "1999-01-08 16:05:00"), ("ts", "20240102T101112", "2024-01-02 10:11:12"),
    ("ts", "0044-03-15 10:00:00 BC", "0044-03-15 10:00:00 BC"), ("ts", "2024-01-02 10:11:60", "2024-01-02 10:12:00"),
    ("tz", "2024-07-01 10:00 PST", "2024-07-01 18:00:00+00"), ("tz", "2024-01-02 10:11", "2024-01-02 10:11:00+00"),
    ("tz", "2024-01-02 10:11:12 America/New_York", "2024-01-02 15:11:12+00"), ("tm", "04:05 PM", "16:05:00"),
    ("tm", "allballs", "00:00:00"), ("tm", "040506", "04:05:06"), ("i", "P1DT2H", "1 day 02:00:00"),
    ("i", "1 day 2:03", "1 day 02:03:00"), ("i", "1-2 3 4:05:06", "1 year 2 mons 3 days 04:05:06"),
    ("i", "-1 day +02:03", "-1 days +02:03:00"), ("i", ".5 hour", "00:30:00"), ("ok", "on", "t"), ("ok", "of", "f"),
    ("ok", " true ", "t"), ("n", "1e1", "10.00"), ("i8", " 12 ", "12"), ("i8", "+5", "5"),
    ("f", "1e3", "1000"), ("f", "-Infinity", "-Infinity"), ("j", '{"a":[1]}', '{"a":[1]}'), ("s", r"\x6162", r"\x6162"),
    ("s", "{1,2}", "{1,2}"), ("s", "on", "on"), ("s", "1e3", "1e3"), ("s", "Jan 8, 1999", "Jan 8, 1999"),
]  # fmt: skip

REFUSED = [
    ("b", r"\xzz", "22023", 'invalid hexadecimal digit: "z"'),
    ("b", r"\x616", "22023", "invalid hexadecimal data: odd number of digits"),
    ("b", r"a\9", "22P02", "invalid input syntax for type bytea"),
    ("a", "{1", "22P02", 'malformed array literal: "{1"'),
    ("a", "{1,2}}", "22P02", 'malformed array literal: "{1,2}}"'),
    ("aa", "{{1},{2,3}}", "22P02", 'malformed array literal: "{{1},{2,3}}"'),
    ("a", "{1,x}", "22P02", 'invalid input syntax for type integer: "x"'),
    ("d", "13/1/2024", "22008", 'date/time field value out of range: "13/1/2024"'),
    ("d", "99-01-08", "22008", 'date/time field value out of range: "99-01-08"'),
    ("d", "garbage", "22007", 'invalid input syntax for type date: "garbage"'),
    ("ts", "x", "22007", 'invalid input syntax for type timestamp: "x"'),
    ("tm", "25:00", "22008", 'date/time field value out of range: "25:00"'),
    ("i", "x", "22007", 'invalid input syntax for type interval: "x"'),
    ("i8", "5.7", "22P02", 'invalid input syntax for type bigint: "5.7"'),
    ("i8", "1e3", "22P02", 'invalid input syntax for type bigint: "1e3"'),
    ("i8", "99999999999999999999", "22003", 'value "99999999999999999999" is out of range for type bigint'),
    ("n", "1_0", "22P02", 'invalid input syntax for type numeric: "1_0"'),
    ("f", "1e400", "22003", '"1e400" is out of range for type double precision'),
    ("ok", "o", "22P02", 'invalid input syntax for type boolean: "o"'),
    ("j", "{a}", "22P02", "invalid input syntax for type json"),
]


@pytest.fixture
def table(connection: Connection) -> Connection:
    columns = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
    connection.execute(f"CREATE OR REPLACE TABLE u (id int PRIMARY KEY, {columns})")
    return connection


def answer(connection: Connection, sql: str, *values: str) -> list[str | None]:
    """The first row."""
    if values:
        result = connection.pgconn.exec_params(sql.encode(), [value.encode() for value in values])
    else:
        result = connection.pgconn.exec_(sql.encode())
    assert result.status in (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK), result.error_message.decode()
    if not result.ntuples:
        return []
    cells = (result.get_value(0, column) for column in range(result.nfields))
    return [None if cell is None else cell.decode() for cell in cells]


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


@pytest.mark.parametrize(("column", "text", "value"), READ)
def test_it_is_read_in_its_column(table: Connection, column: str, text: str, value: str) -> None:
    given = literal(text)
    assert answer(table, f"INSERT INTO u (id, {column}) VALUES (1, {given}) RETURNING {column}") == [value]
    assert answer(table, f"INSERT INTO u (id, {column}) SELECT 2, {given} RETURNING {column}") == [value]
    assert answer(table, f"INSERT INTO u (id, {column}) VALUES (3, $1) RETURNING {column}", text) == [value]
    assert answer(table, f"UPDATE u SET {column} = {given} WHERE id = 1 RETURNING {column}") == [value]
    changed = f"INSERT INTO u (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET {column} = {given} RETURNING {column}"
    assert answer(table, changed) == [value]
    assert answer(table, f"SELECT coalesce({column}, {given}) FROM u WHERE id = 1") == [value]


@pytest.mark.parametrize(("column", "text"), [(c, t) for c, t, _ in READ if c != "j"])
def test_it_is_found_by_what_it_was_written_with(table: Connection, column: str, text: str) -> None:
    table.execute(f"INSERT INTO u (id, {column}) VALUES (1, {literal(text)})")  # type: ignore[arg-type]
    assert answer(table, f"SELECT count(*) FROM u WHERE {column} = {literal(text)}") == ["1"]


@pytest.mark.parametrize(("column", "text", "state", "message"), REFUSED)
def test_what_its_type_cannot_read_is_refused_with_its_place(
    table: Connection, column: str, text: str, state: str, message: str
) -> None:
    sql = f"INSERT INTO u (id, {column}) VALUES (1, {literal(text)})"
    for values, place in ((None, str(sql.index(literal(text)) + 1).encode()), ([text.encode()], None)):
        written = sql if values is None else sql.replace(literal(text), "$1")
        result = table.pgconn.exec_params(written.encode(), values)
        told = [result.error_field(field) for field in (DiagnosticField.SQLSTATE, DiagnosticField.MESSAGE_PRIMARY)]
        assert told == [state.encode(), message.encode()]
        if column != "j":
            assert result.error_field(DiagnosticField.STATEMENT_POSITION) == place


@pytest.mark.parametrize(
    ("sql", "value"),
    [
        ("SELECT 2 = ANY('{1,2}')", "t"), ("SELECT count(*) FROM u WHERE d = ANY('{20240102}')", "1"),
        ("SELECT count(*) FROM u WHERE s = ANY('{x,on}')", "1"), ("SELECT count(*) FROM u WHERE n = '1.005'", "0"),
        ("SELECT count(*) FROM u WHERE id <> ALL('{1,3}')", "1"),
        ("SELECT a || '{9}' FROM u WHERE id = 1", "{1,2,9}"), ("SELECT count(*) FROM u WHERE a @> '{1}'", "1"),
        ("SELECT count(*) FROM u WHERE b BETWEEN '\\x00' AND '\\xff'", "2"),
        ("SELECT d - '2024-01-01' FROM u WHERE id = 1", "1"),
        ("UPDATE u SET s = s || 'on', b = '\\x41' RETURNING b", "\\x41"),
        ("SELECT count(*) FROM u WHERE (b, id) = ('\\x6162', '1')", "1"), ("SELECT (1, 'a') < ('1', 'b')", "t"),
        ("SELECT count(*) FROM u WHERE (d, id) IN (('Jan 2, 2024', '1'), ('Jan 3, 2024', 1))", "1"),
        ("SELECT count(*) FROM u WHERE b IS DISTINCT FROM '\\x6162'", "1"),
        ("SELECT age('2024-01-02', '2023-01-01')", "1 year 1 day"),
        ("SELECT ts + 'P1D' FROM u WHERE id = 1", "2024-01-03 10:00:00"), ("SELECT 1 + '5'", "6"),
        ("SELECT CASE WHEN id = 2 THEN '\\x41' ELSE b END FROM u WHERE id = 2", "\\x41"),
        ("SELECT count(*) FROM u WHERE tm = '4:05 PM'", "1"), ("SELECT count(*) FROM u WHERE n > '1.005'", "1"),
        ("SELECT count(*) FROM u WHERE s IN ('on', '{1}', '\\x')", "1"), ("SELECT '{1,2}'", "{1,2}"),
        ("WITH x AS (SELECT '\\x41' AS q) SELECT q FROM x", "\\x41"), ("SELECT 's' || '{1}'", "s{1}"),
    ],
)  # fmt: skip
def test_it_takes_the_type_of_its_place_in_a_query(table: Connection, sql: str, value: str) -> None:
    table.execute(
        "INSERT INTO u (id, a, b, d, ts, tm, n, s) VALUES (2, NULL, 'abc', NULL, NULL, NULL, 1, 'y'), "
        "(1, '{1,2}', '\\x6162', '20240102', '20240102T100000', '16:05', 1.01, 'on')"
    )
    assert answer(table, sql) == [value]


@pytest.mark.parametrize(
    ("sql", "given", "value"),
    [
        ("SELECT count(*) FROM u WHERE id = ANY($1)", "{1,2}", "1"),
        ("SELECT count(*) FROM u WHERE d = ANY($1)", '{"Jan 8, 1999"}', "1"),
        ("SELECT count(*) FROM u WHERE a = $1", "{1,2}", "1"), ("SELECT d - $1 FROM u", "1999-01-01", "7"),
        ("INSERT INTO u (id, b) SELECT 5, $1 RETURNING b", "\\x41", "\\x41"),
        ("SELECT count(*) FROM u WHERE (d, id) < ($1, 10)", "Jan 9, 1999", "1"),
        ("UPDATE u SET s = s || $2, b = $1 RETURNING b", "\\x41", "\\x41"),
        ("SELECT v FROM (VALUES ($2, $1::bytea)) AS x(o, v)", "\\x41", "\\x41"),
        ("SELECT v::int[] FROM (VALUES ($2, CAST($1 AS int[]))) AS x(o, v)", "{1,2}", "{1,2}"),
        ("SELECT s FROM (SELECT $2 AS o) AS x, u WHERE d = $1", "Jan 8, 1999", None),
    ],
)  # fmt: skip
def test_a_parameter_takes_the_type_of_its_place(table: Connection, sql: str, given: str, value: str | None) -> None:
    table.execute("INSERT INTO u (id, a, d) VALUES (1, '{1,2}', '1999-01-08')")
    assert answer(table, sql, *([given, "x"] if "$2" in sql else [given])) == [value]


def test_text_meets_a_bytea_as_what_it_says(table: Connection) -> None:
    sql = b"INSERT INTO u (id, b) VALUES (1, $1) RETURNING b"
    for oid in (0, 17, 25):
        table.execute("DELETE FROM u")
        assert table.pgconn.exec_params(sql, [b"\\x6162"], [oid]).get_value(0, 0) == b"\\x6162"


def test_words_stand_for_the_time_they_are_read_at(table: Connection) -> None:
    for given in ("'today', 'now', 'tomorrow 10:00'", "$1, $2, $3"):
        table.execute("DELETE FROM u")
        values = ["today", "now", "tomorrow 10:00"] if "$" in given else []
        answer(table, f"INSERT INTO u (id, d, tz, ts) VALUES (1, {given})", *values)
        recent = "tz BETWEEN now() - interval '1 minute' AND now()"
        near = f"SELECT d = current_date, {recent}, ts = current_date + interval '34 hours' FROM u"
        assert answer(table, near) == ["t", "t", "t"]


def test_a_time_without_a_zone_is_one_of_the_session(table: Connection) -> None:
    table.execute("SET TimeZone = 'Asia/Tokyo'")
    for given in ("'8 January 1999 10:00'", "$1"):
        values = ["1999-01-08 10:00"] if "$" in given else []
        written = answer(table, f"INSERT INTO u (id, tz) VALUES ({len(given)}, {given}) RETURNING tz", *values)
        assert written == ["1999-01-08 10:00:00+09"]


def test_defaults_and_views_keep_what_was_meant(table: Connection) -> None:
    table.execute("CREATE OR REPLACE TABLE w (x int, b bytea DEFAULT '\\x6162', a int[] DEFAULT '{1,2}')")
    table.execute("INSERT INTO w (x) VALUES (1)")
    table.execute("ALTER TABLE w ALTER COLUMN b SET DEFAULT '\\x63'")
    table.execute("INSERT INTO w (x) VALUES (2)")
    table.execute("CREATE OR REPLACE VIEW v AS SELECT x, a FROM w WHERE b = '\\x63'")
    assert answer(table, "SELECT b, a FROM w WHERE x = 1") == ["\\x6162", "{1,2}"]
    assert answer(table, "SELECT x, a FROM v") == ["2", "{1,2}"]
    table.execute("DROP VIEW v; DROP TABLE w")


def test_many_rows_at_once(table: Connection) -> None:
    rows = ", ".join(f"({number}, '\\x{number % 256:02x}', '{{{number}}}')" for number in range(2_000))
    table.execute(f"INSERT INTO u (id, b, a) VALUES {rows}")  # type: ignore[arg-type]
    assert answer(table, "SELECT count(*) FROM u WHERE octet_length(b) = 1 AND a[1] = id") == ["2000"]


def test_the_place_of_an_error_behind_a_constant_is_the_clients(table: Connection) -> None:
    sql = "INSERT INTO u (id, b, s) VALUES (1, '\\x6162', missing)"
    with pytest.raises(psycopg.errors.UndefinedColumn) as caught:
        table.execute(sql)  # type: ignore[arg-type]
    assert caught.value.diag.statement_position == str(sql.index("missing") + 1)
