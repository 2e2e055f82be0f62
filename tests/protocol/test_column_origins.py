"""A described column says which table's column it is, as drivers use it to tell NOT NULL and to edit results."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.processes import SqlServerProcess
from tests.protocol.conftest import Connection


@pytest.fixture(scope="module")
def shop(embedded_server: SqlServerProcess) -> Iterator[Connection]:
    with embedded_server.connect() as opened:
        opened.execute("CREATE SCHEMA s; CREATE TABLE orders (id int, total int, customer int)")
        opened.execute(
            'CREATE TABLE s.customers (id int, "Name" text); CREATE VIEW big AS SELECT total, id FROM orders'
        )
        yield opened


def origins(connection: Connection, query: str) -> list[str]:
    prepared = connection.pgconn.prepare(b"", query.encode())
    assert not prepared.error_message, prepared.error_message
    described = connection.pgconn.describe_prepared(b"")
    names = dict(connection.execute("SELECT oid::int8, relname FROM pg_class").fetchall())
    return [
        f"{names[described.ftable(at)]}.{described.ftablecol(at)}" if described.ftable(at) else ""
        for at in range(described.nfields)
    ]


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("SELECT total, id FROM orders", "orders.2 orders.1"),
        ("SELECT * FROM orders WHERE id = $1", "orders.1 orders.2 orders.3"),
        ("SELECT id AS x, total y, total + 1, 5, count(*), now() FROM orders GROUP BY ALL",
         "orders.1 orders.2 - - - -"),
        ('SELECT o.id, c."Name", c.* FROM orders o JOIN s.customers AS c ON c.id = o.customer',
         "orders.1 customers.2 customers.1 customers.2"),
        ("SELECT total, o.id FROM orders o, s.customers c ORDER BY 1", "orders.2 orders.1"),
        ("SELECT DISTINCT public.orders.id FROM public.orders LIMIT 5", "orders.1"),
        ("SELECT id, total FROM big", "big.2 big.1"),
        ("SELECT o.id, q.x FROM orders o, (SELECT 1 AS x) q", "orders.1 -"),
        ("SELECT x FROM (SELECT 1 AS x) q", "-"),
        ("SELECT o.id, g FROM orders o LEFT JOIN generate_series(1, 2) AS g ON true", "orders.1 -"),
        ("INSERT INTO orders VALUES (1, 2, 3) RETURNING id, total * 2", "orders.1 -"),
        ("UPDATE orders SET total = 1 RETURNING *", "orders.1 orders.2 orders.3"),
        ("DELETE FROM orders AS o WHERE id = 0 RETURNING o.total", "orders.2"),
        ("SELECT id FROM orders UNION SELECT 1", "-"),
        ("WITH w AS (SELECT 1 AS id) SELECT id FROM w", "-"),
        ("SELECT 1", "-"),
        ("VALUES (1)", "-"),
        ("SELECT (id), -id, id::text, id FROM orders", "- - - orders.1"),
        ("SELECT a.id, b.id FROM orders a, orders b", "orders.1 orders.1"),
    ],
)  # fmt: skip
def test_columns_say_where_they_are_from(shop: Connection, query: str, told: str) -> None:
    assert [one or "-" for one in origins(shop, query)] == told.split()


def test_a_changed_table_is_told_as_it_is_now(shop: Connection) -> None:
    shop.execute("CREATE TABLE changing (a int, b int)")
    assert origins(shop, "SELECT b FROM changing") == ["changing.2"]
    shop.execute("ALTER TABLE changing DROP COLUMN a")
    assert origins(shop, "SELECT b FROM changing") == ["changing.1"]
    with shop.transaction():
        shop.execute("CREATE TABLE made (x int)")
        assert origins(shop, "SELECT x FROM made") == ["made.1"]


@pytest.mark.parametrize(
    ("query", "modifiers"),
    [
        ("SELECT 1.5, 1.5 * 2, $1::numeric", [-1, -1, -1]),
        ("SELECT sum(p) AS s, max(p), -p FROM prices GROUP BY p", [-1, -1, -1]),
        ("SELECT p, q.p * 2 FROM prices q", [655366, -1]), ("SELECT *, p + 1 FROM prices", [655366, -1]),
        ("SELECT 1::numeric(10, 2), CAST(1 AS decimal(10, 2)) AS x, p::numeric(10, 2) y FROM prices", [655366] * 3),
        ("SELECT 1::numeric(10, 2) * 2", [-1]),
    ],
)  # fmt: skip
def test_what_is_computed_has_no_modifier(shop: Connection, query: str, modifiers: list[int]) -> None:
    shop.execute("CREATE TABLE IF NOT EXISTS prices (p numeric(10, 2))")
    shop.pgconn.prepare(b"", query.encode())
    described = shop.pgconn.describe_prepared(b"")
    assert [described.fmod(at) for at in range(described.nfields)] == modifiers
