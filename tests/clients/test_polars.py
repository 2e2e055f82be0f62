"""Polars: read_database over a driver and over ADBC, read_database_uri, write_database."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

from tests.clients import scenario
from tests.clients.installed import module
from tests.processes import EndpointProcess, SqlServerProcess

pl = module("polars")
sa = module("sqlalchemy")
adbc = module("adbc_driver_postgresql.dbapi")
module("connectorx")
pytestmark = pytest.mark.slow
ENGINES = ["connectorx", "adbc"]


@pytest.fixture
def engine(server: SqlServerProcess) -> Iterator[Any]:
    opened = sa.create_engine(server.url().replace("postgresql", "postgresql+psycopg"))
    yield opened
    opened.dispose()


def frame() -> Any:
    return pl.DataFrame(
        {"n": [1, None, 3], "t": ["a", None, ""], "x": [0.5, None, 3.0], "b": [True, None, False],
         "d": [dt.date(2026, 1, 2), None, dt.date(1999, 12, 31)]}
    )  # fmt: skip


@pytest.mark.parametrize("engine_name", ["sqlalchemy", "adbc"])
def test_a_frame_written_comes_back(server: SqlServerProcess, engine: Any, engine_name: str) -> None:
    name = f"frame_{engine_name}"
    target = engine if engine_name == "sqlalchemy" else server.url()
    assert frame().write_database(name, target, engine=engine_name) in (3, -1)
    frame().write_database(name, target, engine=engine_name, if_table_exists="append")
    for read_with in ENGINES:
        back = pl.read_database_uri(f"SELECT * FROM {name}", server.url(), engine=read_with)
        assert back.rows() == frame().rows() * 2
        assert back.schema["d"] == pl.Date
    assert pl.read_database(f"SELECT * FROM {name}", engine).rows() == frame().rows() * 2


def test_parameters_and_batches(engine: Any) -> None:
    asked = pl.read_database(
        sa.text("SELECT CAST(:t AS text) AS t"), engine, execute_options={"parameters": {"t": "x"}}
    )
    assert asked.rows() == [("x",)]
    with engine.connect() as connection:
        batches = list(pl.read_database(scenario.LARGE, connection, iter_batches=True, batch_size=30_000))
    assert [batch.height for batch in batches] == [30_000, 30_000, 30_000, 10_000]
    assert sum(batch["i"].cast(pl.Int64).sum() for batch in batches) == scenario.LARGE_SUM


@pytest.mark.parametrize("read_with", ENGINES)
def test_a_large_result_comes_whole(server: SqlServerProcess, read_with: str) -> None:
    numbers = pl.read_database_uri(scenario.LARGE, server.url(), engine=read_with)["i"]
    assert numbers.cast(pl.Int64).sum() == scenario.LARGE_SUM


@pytest.mark.parametrize("read_with", ENGINES)
def test_errors_reach_the_caller(server: SqlServerProcess, read_with: str) -> None:
    with pytest.raises(Exception, match='relation "nowhere" does not exist'):
        pl.read_database_uri("SELECT * FROM nowhere", server.url(), engine=read_with)


def test_means_and_mark(server: SqlServerProcess, engine: Any, endpoint: EndpointProcess) -> None:
    server.rows(f"{'; '.join(scenario.PRODUCTS)};")
    for read_with in ENGINES:
        assert pl.read_database_uri(scenario.MEANS, server.url(), engine=read_with).rows() == scenario.MEANS_ROWS
    with engine.begin() as connection:
        connection.execute(sa.text(scenario.MARK))
    endpoint.reset()
    assert pl.read_database(scenario.MEANS, engine).rows() == scenario.MEANS_ROWS
    assert scenario.injected(endpoint) == [1, 1, 1]
