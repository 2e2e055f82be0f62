"""DECLARE, FETCH, MOVE and CLOSE as PostgreSQL answers them."""

from __future__ import annotations

import psycopg
import pytest

from tests.protocol.conftest import Connection

FIVE = "SELECT i FROM range(1, 6) AS r(i)"


def numbers(connection: Connection, fetch: str) -> list[int]:
    return [row[0] for row in connection.execute(fetch).fetchall()]


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        (["FETCH c", "FETCH NEXT FROM c", "FETCH 2 IN c", "FETCH ALL c", "FETCH c"], [[1], [2], [3, 4], [5], []]),
        (["FETCH FORWARD 2 FROM c", "FETCH FORWARD ALL FROM c", "FETCH FORWARD c"], [[1, 2], [3, 4, 5], []]),
        (["FETCH 3 c", "FETCH 0 FROM c", "FETCH RELATIVE 0 FROM c"], [[1, 2, 3], [3], [3]]),
        (["FETCH ABSOLUTE 3 FROM c", "FETCH RELATIVE 2 FROM c", "FETCH c"], [[3], [5], []]),
    ],
)
def test_a_cursor_goes_forward(connection: Connection, steps: list[str], expected: list[list[int]]) -> None:
    with connection.transaction():
        connection.execute(f"DECLARE c CURSOR FOR {FIVE}")
        assert [numbers(connection, step) for step in steps] == expected


def test_scroll_goes_back_and_anywhere(connection: Connection) -> None:
    with connection.transaction():
        connection.execute(f"DECLARE c SCROLL CURSOR FOR {FIVE}")
        steps = {
            "FETCH ALL FROM c": [1, 2, 3, 4, 5], "FETCH PRIOR FROM c": [5], "FETCH BACKWARD 2 FROM c": [4, 3],
            "FETCH BACKWARD ALL FROM c": [2, 1], "FETCH -1 FROM c": [], "FETCH FIRST FROM c": [1],
            "FETCH LAST FROM c": [5], "FETCH ABSOLUTE -2 FROM c": [4], "FETCH RELATIVE -3 FROM c": [1],
            "FETCH FORWARD 2 FROM c": [2, 3], "FETCH FORWARD 0 FROM c": [3], "FETCH ABSOLUTE 9 FROM c": [],
        }  # fmt: skip
        assert {step: numbers(connection, step) for step in steps} == steps


def test_without_scroll_going_back_is_refused(connection: Connection) -> None:
    connection.execute(f"BEGIN; DECLARE c CURSOR FOR {FIVE}; FETCH 2 FROM c")
    with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState, match="cursor can only scan forward"):
        connection.execute("FETCH PRIOR FROM c")


def test_tags_say_how_many_rows(connection: Connection) -> None:
    with connection.transaction():
        tags = [
            connection.execute(step).statusmessage
            for step in (f"DECLARE c CURSOR FOR {FIVE}", "MOVE 3 FROM c", "FETCH ALL FROM c", "MOVE c", "CLOSE c")
        ]
    assert tags == ["DECLARE CURSOR", "MOVE 3", "FETCH 2", "MOVE 0", "CLOSE CURSOR"]


def test_a_cursor_lives_beside_other_statements(connection: Connection) -> None:
    with connection.transaction():
        connection.execute('DECLARE "Big" CURSOR FOR SELECT i FROM range(300000) AS r(i)')
        assert numbers(connection, 'FETCH 2 FROM "Big"') == [0, 1]
        assert connection.execute("SELECT 1").fetchone() == (1,)
        rest = numbers(connection, 'FETCH ALL FROM "Big"')
    assert (rest[0], rest[-1], len(rest)) == (2, 299_999, 299_998)


def test_with_hold_outlives_its_transaction_and_others_do_not(connection: Connection) -> None:
    with connection.transaction():
        connection.execute(f"DECLARE held CURSOR WITH HOLD FOR {FIVE}")
        connection.execute(f"DECLARE lost CURSOR FOR {FIVE}")
        assert numbers(connection, "FETCH 2 FROM held") == [1, 2]
    assert numbers(connection, "FETCH 2 FROM held") == [3, 4]
    with pytest.raises(psycopg.errors.InvalidCursorName, match='cursor "lost" does not exist'):
        connection.execute("FETCH lost")
    connection.execute("CLOSE ALL")
    with pytest.raises(psycopg.errors.InvalidCursorName):
        connection.execute("FETCH held")


def test_with_hold_outside_a_block(connection: Connection) -> None:
    connection.execute(f"DECLARE held SCROLL CURSOR WITH HOLD FOR {FIVE}")
    assert numbers(connection, "FETCH 2 FROM held") == [1, 2]
    assert numbers(connection, "FETCH BACKWARD 1 FROM held") == [1]


@pytest.mark.parametrize(
    ("statement", "sqlstate"),
    [
        (f"DECLARE c CURSOR FOR {FIVE}", "25P01"),
        ("BEGIN; DECLARE c CURSOR FOR SELECT * FROM nowhere", "42P01"),
        (f"BEGIN; DECLARE c CURSOR FOR {FIVE}; DECLARE c CURSOR FOR {FIVE}", "42P03"),
        ("BEGIN; DECLARE c CURSOR FOR CREATE TABLE t (a INT)", "42601"),
        ("FETCH nowhere", "34000"), ("CLOSE nowhere", "34000"), ("MOVE FROM", "34000"), ("MOVE", "42601"),
        ("BEGIN; DECLARE c BINARY CURSOR FOR SELECT 1", "0A000"),
    ],
)  # fmt: skip
def test_errors(connection: Connection, statement: str, sqlstate: str) -> None:
    with pytest.raises(psycopg.Error) as caught:
        connection.execute(statement)
    assert caught.value.sqlstate == sqlstate


@pytest.mark.parametrize("binary", [False, True])
def test_psycopg_reads_through_a_server_cursor(connection: Connection, binary: bool) -> None:
    with connection.transaction(), connection.cursor(name="c", binary=binary) as cursor:
        cursor.itersize = 1000
        cursor.execute("SELECT i, i::text FROM range(10000) AS r(i) WHERE i >= %s", (5,))
        rows = list(cursor)
    assert (len(rows), rows[0], rows[-1]) == (9995, (5, "5"), (9999, "9999"))


def test_open_cursors_are_listed(connection: Connection) -> None:
    written = "DECLARE listed SCROLL CURSOR FOR SELECT 1 WHERE 'a' LIKE ANY (ARRAY['a'])"
    with connection.transaction():
        connection.execute(written)
        found = connection.execute("SELECT name, statement, is_holdable, is_scrollable FROM pg_cursors").fetchall()
    assert found == [("listed", written, False, True)]
    assert connection.execute("SELECT * FROM pg_cursors").fetchall() == []


def test_psycopg_scrolls(connection: Connection) -> None:
    with connection.transaction(), connection.cursor(name="c", scrollable=True) as cursor:
        cursor.execute(FIVE)
        cursor.fetchall()
        cursor.scroll(0, mode="absolute")
        assert cursor.fetchmany(2) == [(1,), (2,)]


def test_a_cursor_over_an_operator(connection: Connection) -> None:
    with connection.transaction():
        connection.execute(
            "DECLARE c CURSOR FOR SELECT t FROM (VALUES ('bamboo toothbrush')) AS v(t) WHERE t MEANS 'eco'"
        )
        assert len(connection.execute("FETCH ALL FROM c").fetchall()) <= 1
