"""The conversations that are recorded from PostgreSQL (``record_transcripts``) and replayed against the server.

Each starts with its own startup packet; tables it needs are temporary. ``app`` needs no password, ``guarded`` does.
"""

from __future__ import annotations

import struct
from typing import Any

from sqlserver.wire import messages as m
from tests.wire.client_codec import cstring, encode_frontend, framed, packet
from tests.wire.transcript import Turn, Until

STARTUP = m.StartupMessage(0, {"user": "app", "database": "db"})


def turn(*messages: Any, until: Until = "ready") -> Turn:
    return Turn(b"".join(one if isinstance(one, bytes) else encode_frontend(one) for one in messages), until)


def query(sql: str) -> Turn:
    return turn(m.Query(sql))


def session(*turns: Turn) -> list[Turn]:
    return [turn(STARTUP), *turns]


def parse(sql: str, *oids: int, name: str = "") -> m.Parse:
    return m.Parse(name, sql, oids)


def bind(*values: bytes | None, portal: str = "", statement: str = "", formats: Any = (), results: Any = ()) -> m.Bind:
    return m.Bind(portal, statement, formats, values, results)


RUN = (m.DescribePortal(""), m.Execute("", 0), m.Sync())
GUARDED = m.StartupMessage(0, {"user": "guarded", "database": "db"})
SASL = struct.pack("!i", -1)


def initial(mechanism: str, data: bytes) -> bytes:
    return framed(b"p", cstring(mechanism) + struct.pack("!i", len(data)) + data)


SCENARIOS: dict[str, list[Turn]] = {
    "startup": session(turn(m.Terminate(), until="closed")),
    "ssl_refused": [turn(m.SslRequest(), until="byte"), turn(STARTUP)],
    "no_user": [turn(m.StartupMessage(0, {"database": "db"}), until="closed")],
    "unknown_database": [turn(m.StartupMessage(0, {"user": "app", "database": "nowhere"}), until="closed")],
    "startup_without_terminator": [turn(packet(3 << 16, b"user\0app"), until="closed")],
    "cancel_with_a_wrong_key": [turn(m.CancelRequest(12345, b"abcd"), until="closed")],
    "unknown_extension": [turn(m.StartupMessage(0, {"user": "app", "database": "db", "_pq_.x": "1"}))],
    "options": [
        turn(m.StartupMessage(0, {"user": "app", "database": "db", "options": "-c statement_timeout=5s"})),
        query("SHOW statement_timeout"),
    ],
    "simple_select": session(query("SELECT 1"), query("SELECT 'a' AS x, NULL::int AS y, true AS z")),
    "simple_empty": session(query(""), query(" ; "), query("-- nothing")),
    "simple_several": session(query("SELECT 1; SELECT 2; SELECT 3"), query("SELECT 1;;SELECT 2;")),
    "simple_error_in_the_middle": session(query("SELECT 1; SELECT * FROM nowhere; SELECT 3"), query("SELECT 4")),
    "simple_syntax_error": session(query("SELEKT 1"), query("SELECT 1")),
    "simple_no_rows": session(
        query("CREATE TEMP TABLE tt (a int, b text)"),
        query("SELECT * FROM tt"),
        query("INSERT INTO tt VALUES (1, 'x'), (2, NULL)"),
        query("SELECT a, b FROM tt ORDER BY a"),
        query("UPDATE tt SET b = 'y' WHERE a = 9"),
        query("DELETE FROM tt WHERE a = 1"),
        query("DROP TABLE tt"),
    ),
    "transaction": session(query("BEGIN"), query("SELECT 1"), query("COMMIT"), query("BEGIN"), query("ROLLBACK")),
    "transaction_warnings": session(
        query("COMMIT"), query("ROLLBACK"), query("BEGIN"), query("BEGIN"), query("COMMIT")
    ),
    "transaction_failed": session(
        query("BEGIN"),
        query("SELECT * FROM nowhere"),
        query("SELECT 1"),
        query("COMMIT"),
        query("SELECT 2"),
    ),
    "transaction_failed_extended": session(
        query("BEGIN"),
        turn(parse("SELECT * FROM nowhere"), bind(), *RUN),
        turn(parse("SELECT 1"), bind(), *RUN),
        turn(parse("ROLLBACK"), bind(), *RUN),
    ),
    "set_and_show": session(
        query("SET application_name = 'x'"),
        query("SHOW application_name"),
        query("RESET application_name"),
        query("SHOW nonsense"),
    ),
    "extended_select": session(
        turn(parse("SELECT $1::int AS n, $2::text AS t"), bind(b"7", b"x"), *RUN),
        turn(parse("SELECT $1::int AS n", 23), bind(b"\0\0\0\x07", formats=(1,), results=(1,)), *RUN),
        turn(parse("SELECT $1::int AS n"), bind(None), *RUN),
    ),
    "extended_describe_statement": session(
        turn(parse("SELECT $1::int + 1 AS n", name="s1"), m.DescribeStatement("s1"), m.Sync()),
        turn(parse("BEGIN", name="s2"), m.DescribeStatement("s2"), m.Sync()),
        turn(m.DescribeStatement("nothing"), m.Sync()),
        turn(m.DescribePortal("nothing"), m.Sync()),
    ),
    "extended_empty": session(turn(parse(""), bind(), *RUN)),
    "extended_names": session(
        turn(parse("SELECT 1", name="a"), m.Sync()),
        turn(parse("SELECT 2", name="a"), m.Sync()),
        turn(m.CloseStatement("a"), parse("SELECT 2", name="a"), m.Sync()),
        turn(bind(statement="a"), *RUN),
        turn(m.CloseStatement("a"), m.CloseStatement("a"), m.ClosePortal("p"), m.Sync()),
        turn(bind(statement="a"), *RUN),
        turn(m.Execute("p", 0), m.Sync()),
    ),
    "extended_row_limit": session(
        query("BEGIN"),
        turn(
            parse("SELECT * FROM generate_series(1, 5) AS g(n)"),
            bind(portal="p"),
            m.Execute("p", 2),
            m.Execute("p", 2),
            m.Execute("p", 2),
            m.Sync(),
        ),
        turn(bind(portal="q"), m.Execute("q", 5), m.Execute("q", 1), m.ClosePortal("q"), m.Execute("q", 1), m.Sync()),
        query("ROLLBACK"),
    ),
    "extended_portals_end_with_the_transaction": session(
        turn(parse("SELECT 1"), bind(portal="p"), m.Sync()), turn(m.Execute("p", 0), m.Sync())
    ),
    "extended_error_skips_to_sync": session(
        turn(parse("SELECT * FROM nowhere"), bind(), *RUN),
        turn(parse("SELEKT"), bind(), m.Execute("", 0), m.Query("SELECT 1"), m.Sync()),
        turn(m.Sync()),
        turn(m.Sync(), m.Sync(), until=2),
    ),
    "extended_several_commands": session(turn(parse("SELECT 1; SELECT 2"), m.Sync())),
    "extended_wrong_number_of_values": session(
        turn(parse("SELECT $1::int"), bind(), m.Sync()),
        turn(parse("SELECT 1"), bind(b"1"), m.Sync()),
    ),
    "extended_bad_value": session(turn(parse("SELECT $1::int AS n"), bind(b"x"), *RUN)),
    "extended_pipeline": session(
        turn(
            *(parse("SELECT $1::int AS n"), bind(b"1"), m.Execute("", 0)),
            *(parse("SELECT $1::int AS n"), bind(b"2"), m.Execute("", 0)),
            m.Sync(),
        ),
        turn(parse("SELECT 1"), bind(), m.Execute("", 0), m.Flush(), until=4),
        turn(m.Sync()),
    ),
    "extended_pipeline_rolls_back": session(
        query("CREATE TEMP TABLE tt (a int)"),
        turn(
            *(parse("INSERT INTO tt VALUES (1)"), bind(), m.Execute("", 0)),
            *(parse("INSERT INTO nowhere VALUES (2)"), bind(), m.Execute("", 0)),
            m.Sync(),
        ),
        query("SELECT count(*) FROM tt"),
    ),
    "extended_commands": session(
        turn(parse("CREATE TEMP TABLE tt (a int)"), bind(), *RUN),
        turn(parse("INSERT INTO tt VALUES ($1)", 23), bind(b"1"), *RUN),
        turn(parse("BEGIN"), bind(), *RUN),
        turn(parse("COMMIT"), bind(), *RUN),
    ),
    "prepared_by_sql": session(
        query("PREPARE p (int) AS SELECT $1 AS n"),
        query("EXECUTE p (3)"),
        query("DEALLOCATE p"),
        query("EXECUTE p (3)"),
    ),
    "cursor_by_sql": session(
        query("BEGIN"),
        query("DECLARE c CURSOR FOR SELECT * FROM generate_series(1, 3) AS g(n)"),
        query("FETCH 2 FROM c"),
        query("FETCH ALL FROM c"),
        query("CLOSE c"),
        query("COMMIT"),
    ),
    "copy_out": session(query("COPY (SELECT 1 AS a, 'x' AS b) TO STDOUT")),
    "copy_in": session(
        query("CREATE TEMP TABLE tt (a int, b text)"),
        turn(m.Query("COPY tt FROM STDIN"), until=1),
        turn(m.CopyData(b"1\tx\n2\t\\N\n"), m.CopyDone()),
        query("SELECT a, b FROM tt ORDER BY a"),
        turn(m.Query("COPY tt FROM STDIN"), until=1),
        turn(m.CopyData(b"3\tz\n"), m.CopyFail("changed my mind")),
        query("SELECT count(*) FROM tt"),
    ),
    "copy_messages_out_of_place": session(
        turn(m.CopyData(b"x"), m.CopyDone(), m.CopyFail("x"), m.Query("SELECT 1")),
        turn(m.Sync()),
    ),
    "unknown_message_type": session(turn(framed(b"?"), until="closed")),
    "password_out_of_place": session(turn(m.PasswordMessage(b"x\0"), until="closed")),
    "short_length": session(turn(b"Q\0\0\0\x02", until="closed")),
    "query_without_terminator": session(turn(framed(b"Q", b"SELECT 1"))),
    "query_with_bytes_behind_it": session(turn(framed(b"Q", b"SELECT 1\0x"))),
    "bind_cut_short": session(turn(parse("SELECT $1::int"), framed(b"B", b"\0\0\0\0\0\x01\0\0\0\x63a"), m.Sync())),
    "describe_of_neither": session(turn(framed(b"D", b"X\0"), m.Sync())),
    "sasl_offer": [turn(GUARDED, until=1)],
    "sasl_unknown_mechanism": [turn(GUARDED, until=1), turn(initial("SCRAM-SHA-1", b"n,,n=,r=a"), until="closed")],
    "sasl_query_instead": [turn(GUARDED, until=1), turn(m.Query("SELECT 1"), until="closed")],
    "sasl_malformed": [turn(GUARDED, until=1), turn(initial("SCRAM-SHA-256", b"hello"), until="closed")],
    "sasl_authorization_identity": [
        turn(GUARDED, until=1),
        turn(initial("SCRAM-SHA-256", b"n,a=bob,n=,r=abc"), until="closed"),
    ],
    "sasl_extension": [turn(GUARDED, until=1), turn(initial("SCRAM-SHA-256", b"n,,m=x,n=,r=abc"), until="closed")],
    "sasl_plus_without_tls": [
        turn(GUARDED, until=1),
        turn(initial("SCRAM-SHA-256-PLUS", b"p=tls-server-end-point,,n=,r=abc"), until="closed"),
    ],
    "sasl_wrong_nonce": [
        turn(GUARDED, until=1),
        turn(initial("SCRAM-SHA-256", b"n,,n=,r=abc"), until=1),
        turn(framed(b"p", b"c=biws,r=abc,p=" + b"A" * 43 + b"="), until="closed"),
    ],
}
