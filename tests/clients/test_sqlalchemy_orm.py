"""SQLAlchemy 2: the ORM and reflection, the same functions over psycopg, psycopg2 and asyncpg."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tests.clients.conftest import Run, Work
from tests.clients.installed import module

sa = module("sqlalchemy")
orm = module("sqlalchemy.orm")
postgresql = module("sqlalchemy.dialects.postgresql")
pytestmark = pytest.mark.slow


class Base(orm.DeclarativeBase):  # type: ignore[name-defined,misc]
    pass


class Author(Base):
    __tablename__ = "authors"
    id = sa.Column(sa.Integer, primary_key=True)  # SERIAL
    name = sa.Column(sa.String(50), nullable=False, unique=True)
    born = sa.Column(sa.Date)
    books = orm.relationship("Book", back_populates="author", order_by="Book.title")


class Book(Base):
    __tablename__ = "books"
    id = sa.Column(sa.BigInteger, sa.Identity(), primary_key=True)
    author_id = sa.Column(sa.ForeignKey("authors.id"), nullable=False, index=True)
    title = sa.Column(sa.Text, nullable=False)
    price = sa.Column(sa.Numeric(8, 2), server_default="0")
    tags = sa.Column(postgresql.ARRAY(sa.Text))
    extra = sa.Column(postgresql.JSONB)
    author = orm.relationship("Author", back_populates="books")


def session(work: Callable[[Any], Any]) -> Work:
    """``work`` with an ORM session on the connection."""

    def within(connection: Any) -> Any:
        with orm.Session(connection) as opened:
            result = work(opened)
            opened.commit()
            return result

    return within


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
            "BIGINT", "TEXT", "NUMERIC(8, 2)", "ARRAY",
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
