"""SQLAlchemy 2's Core, the same functions over psycopg, psycopg2 and asyncpg."""

from __future__ import annotations

from typing import Any

import pytest

from tests.clients import scenario
from tests.clients.conftest import Run
from tests.clients.installed import module
from tests.processes import EndpointProcess

sa = module("sqlalchemy")
postgresql = module("sqlalchemy.dialects.postgresql")
pytestmark = pytest.mark.slow


def test_it_connects_and_knows_the_version_and_the_schema(run: Run) -> None:
    dialect = run(lambda connection: connection.dialect)
    assert dialect.server_version_info[0] == 15
    assert dialect.default_schema_name == "public"


def test_typed_columns_and_nulls_come_back_as_sent(run: Run) -> None:
    types = {"boolean": sa.Boolean, "smallint": sa.SmallInteger, "integer": sa.Integer, "bigint": sa.BigInteger,
             "numeric(12,4)": sa.Numeric(12, 4), "real": sa.REAL, "double precision": sa.Double, "text": sa.Text,
             "varchar(20)": sa.String(20), "bytea": sa.LargeBinary, "date": sa.Date, "time": sa.Time,
             "timestamp": sa.DateTime, "timestamptz": sa.DateTime(timezone=True), "interval": sa.Interval,
             "uuid": sa.Uuid, "integer[]": postgresql.ARRAY(sa.Integer),
             "text[]": postgresql.ARRAY(sa.Text)}  # fmt: skip
    columns = [sa.Column(typed.column, types[typed.type]) for typed in scenario.ROW]
    table = sa.Table("typed", sa.MetaData(), *columns)
    names = [typed.column for typed in scenario.ROW]

    def work(connection: Any) -> Any:
        table.create(connection)
        rows = [dict(zip(names, row, strict=True)) for row in (scenario.VALUES, scenario.NULLS)]
        connection.execute(table.insert(), rows)
        return connection.execute(table.select().order_by(table.c.i4)).all()

    assert [list(row) for row in run(work)] == [scenario.VALUES, scenario.NULLS]


def test_insert_on_conflict_and_returning(run: Run) -> None:
    def work(connection: Any) -> Any:
        connection.execute(sa.text("CREATE TABLE stock (sku integer PRIMARY KEY, n integer)"))
        table = sa.Table(
            "stock", sa.MetaData(), sa.Column("sku", sa.Integer, primary_key=True), sa.Column("n", sa.Integer)
        )
        insert = postgresql.insert(table).values([{"sku": 1, "n": 5}, {"sku": 2, "n": 6}])
        again = insert.on_conflict_do_update(index_elements=["sku"], set_={"n": insert.excluded.n + table.c.n})
        connection.execute(insert)
        return connection.execute(again.returning(table.c.sku, table.c.n)).all()

    assert [tuple(row) for row in run(work)] == [(1, 10), (2, 12)]


@pytest.mark.parametrize(("sql", "state"), scenario.ERRORS)
def test_errors_keep_their_sqlstate(run: Run, sql: str, state: str) -> None:
    run(lambda connection: connection.exec_driver_sql(scenario.CREATE_GUARDED))
    with pytest.raises(sa.exc.DBAPIError) as caught:
        run(lambda connection: connection.exec_driver_sql(sql))
    original = caught.value.orig
    assert state in (getattr(original, "sqlstate", None), getattr(original, "pgcode", None))


def test_a_savepoint_undoes_what_came_after_it(run: Run) -> None:
    def work(connection: Any) -> Any:
        connection.execute(sa.text("CREATE TABLE saved (n integer)"))
        connection.execute(sa.text("INSERT INTO saved VALUES (1)"))
        with pytest.raises(sa.exc.DBAPIError), connection.begin_nested():
            connection.execute(sa.text("SELECT broken"))
        return connection.execute(sa.text("SELECT count(*) FROM saved")).scalar_one()

    assert run(work) == 1


def test_a_large_result_streams(run: Run) -> None:
    def work(connection: Any) -> Any:
        result = connection.execution_options(yield_per=5000).execute(sa.text(scenario.LARGE))
        return sum(row.i for row in result)

    assert run(work) == scenario.LARGE_SUM


def test_means_and_mark(run: Run, endpoint: EndpointProcess) -> None:
    def ask(connection: Any) -> Any:
        rows = [tuple(row) for row in connection.execute(sa.text(scenario.MEANS))]
        words = sa.text("SELECT id FROM products WHERE description MEANS :criterion ORDER BY id")
        assert [row.id for row in connection.execute(words, {"criterion": "eco-friendly"})] == [1, 3]
        products = sa.table("products", sa.column("id"), sa.column("description"))
        built = sa.select(products.c.id).where(products.c.description.op("MEANS")("eco-friendly")).order_by("id")
        assert [row.id for row in connection.execute(built)] == [1, 3]
        return rows

    run(lambda connection: [connection.execute(sa.text(statement)) for statement in scenario.PRODUCTS])
    assert run(ask) == scenario.MEANS_ROWS
    run(lambda connection: connection.execute(sa.text(scenario.MARK)))
    endpoint.reset()
    assert run(ask) == scenario.MEANS_ROWS
    assert min(scenario.injected(endpoint)) >= 1  # the drivers before marked theirs as well


def test_an_enum_is_reflected_with_its_labels_and_as_an_array(run: Run) -> None:
    labels = ["sad", "ok", 'it\'s "fine"']
    mood = postgresql.ENUM(*labels, name="mood_of_day")

    def work(connection: Any) -> Any:
        columns = [sa.Column("m", mood), sa.Column("ms", postgresql.ARRAY(mood))]
        sa.Table("moods_of_days", sa.MetaData(), *columns).create(connection, checkfirst=True)
        inspector = sa.inspect(connection)
        enums = {one["name"]: one["labels"] for one in inspector.get_enums()}
        return enums, {column["name"]: column["type"] for column in inspector.get_columns("moods_of_days")}

    enums, types = run(work)
    assert enums["mood_of_day"] == labels
    assert isinstance(types["m"], postgresql.ENUM)
    assert types["m"].enums == labels
    assert isinstance(types["ms"], postgresql.ARRAY)
