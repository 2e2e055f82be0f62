"""SQLAlchemy 2 over psycopg, psycopg2 and asyncpg: Core, reflection and the ORM, the same functions on each driver."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest

from tests.clients import scenario
from tests.clients.installed import module
from tests.processes import EndpointProcess, SqlServerProcess

sa = module("sqlalchemy")
orm = module("sqlalchemy.orm")
postgresql = module("sqlalchemy.dialects.postgresql")
aio = module("sqlalchemy.ext.asyncio")
for driver in ("psycopg2", "asyncpg", "greenlet"):
    module(driver)
pytestmark = pytest.mark.slow

Work = Callable[[Any], Any]
Run = Callable[[Work], Any]
"""Runs a function of a Connection, in a transaction that is committed."""


class Base(orm.DeclarativeBase):  # type: ignore[name-defined,misc]
    pass


class Author(Base):
    __tablename__ = "authors"
    id = sa.Column(sa.Integer, sa.Sequence("authors_id"), primary_key=True)
    name = sa.Column(sa.String(50), nullable=False, unique=True)
    born = sa.Column(sa.Date)
    books = orm.relationship("Book", back_populates="author", order_by="Book.title")


class Book(Base):
    __tablename__ = "books"
    id = sa.Column(sa.Integer, sa.Sequence("books_id"), primary_key=True)
    author_id = sa.Column(sa.ForeignKey("authors.id"), nullable=False, index=True)
    title = sa.Column(sa.Text, nullable=False)
    price = sa.Column(sa.Numeric(8, 2), server_default="0")
    tags = sa.Column(postgresql.ARRAY(sa.Text))
    extra = sa.Column(postgresql.JSONB)
    author = orm.relationship("Author", back_populates="books")


@pytest.fixture(scope="module", params=["psycopg", "psycopg2", "asyncpg"])
def run(request: pytest.FixtureRequest, server: SqlServerProcess) -> Iterator[Run]:
    """On a database of the driver's own."""
    server.rows(f"CREATE DATABASE sa_{request.param};")
    url = server.url(f"sa_{request.param}").replace("postgresql", f"postgresql+{request.param}")
    if request.param != "asyncpg":
        engine = sa.create_engine(url)

        def run_sync(work: Work) -> Any:
            with engine.begin() as connection:
                return work(connection)

        yield run_sync
        engine.dispose()
        return
    loop = asyncio.new_event_loop()
    asynchronous = aio.create_async_engine(url)

    async def run_once(work: Work) -> Any:
        async with asynchronous.begin() as connection:
            return await connection.run_sync(work)

    yield lambda work: loop.run_until_complete(run_once(work))
    loop.run_until_complete(asynchronous.dispose())
    loop.close()


def session(work: Callable[[Any], Any]) -> Work:
    """``work`` with an ORM session on the connection."""

    def within(connection: Any) -> Any:
        with orm.Session(connection) as opened:
            result = work(opened)
            opened.commit()
            return result

    return within


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


def test_the_orm_creates_writes_reads_changes_and_deletes(run: Run) -> None:
    run(Base.metadata.create_all)

    def write(opened: Any) -> Any:
        ada = Author(name="Ada", born=dt.date(1815, 12, 10))
        ada.books = [
            Book(title=f"Notes {c}", price=Decimal("9.50"), tags=["a", c], extra={"c": [c, None]}) for c in "abc"
        ]
        opened.add_all([ada, Author(name="Bob")])
        opened.flush()
        return ada.id

    identity = run(session(write))

    def read(opened: Any) -> Any:
        found = opened.scalars(
            sa.select(Author).options(orm.selectinload(Author.books)).where(Author.name.in_(["Ada", "Bob"]))
        )
        ada = next(author for author in found if author.name == "Ada")
        book = ada.books[0]
        assert (ada.id, ada.born) == (identity, dt.date(1815, 12, 10))
        assert (book.title, book.price, book.tags, book.extra) == (
            "Notes a",
            Decimal("9.50"),
            ["a", "a"],
            {"c": ["a", None]},
        )
        joined = (
            sa.select(Author.name, sa.func.count(Book.id)).outerjoin(Book).group_by(Author.name).order_by(Author.name)
        )
        assert [tuple(row) for row in opened.execute(joined)] == [("Ada", 3), ("Bob", 0)]
        book.title = "Changed"
        opened.delete(ada.books[1])
        opened.flush()
        return sorted(opened.scalars(sa.select(Book.title)))

    assert run(session(read)) == ["Changed", "Notes c"]


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


def test_reflection_finds_tables_columns_keys_indexes_and_views(run: Run) -> None:
    run(Base.metadata.create_all)
    run(lambda c: c.execute(sa.text("CREATE OR REPLACE VIEW titles AS SELECT title FROM books")))

    def work(connection: Any) -> None:
        inspector = sa.inspect(connection)
        assert {"authors", "books"} <= set(inspector.get_table_names())
        assert "titles" in inspector.get_view_names()
        assert inspector.has_table("authors")
        assert not inspector.has_table("nowhere")
        columns = {column["name"]: column for column in inspector.get_columns("books")}
        assert [str(columns[name]["type"]) for name in ("id", "title", "price", "tags")] == [
            "INTEGER", "TEXT", "NUMERIC(8, 2)", "ARRAY",
        ]  # fmt: skip
        assert not columns["title"]["nullable"]
        assert columns["price"]["nullable"]
        assert inspector.get_pk_constraint("books")["constrained_columns"] == ["id"]
        (foreign,) = inspector.get_foreign_keys("books")
        assert (foreign["constrained_columns"], foreign["referred_table"]) == (["author_id"], "authors")
        assert [u["column_names"] for u in inspector.get_unique_constraints("authors")] == [["name"]]
        assert ["author_id"] in [index["column_names"] for index in inspector.get_indexes("books")]

    run(work)


def test_automatic_reflection_makes_usable_tables(run: Run) -> None:
    run(Base.metadata.create_all)

    def work(connection: Any) -> Any:
        metadata = sa.MetaData()
        metadata.reflect(connection, only=["authors", "books"])
        books, authors = metadata.tables["books"], metadata.tables["authors"]
        return str(books.join(authors).onclause)

    assert run(work) == "authors.id = books.author_id"


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
