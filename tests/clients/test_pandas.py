"""pandas over SQLAlchemy and over a bare connection: read_sql, read_sql_table, to_sql."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.clients import scenario
from tests.clients.installed import module
from tests.processes import EndpointProcess, SqlServerProcess

pd = module("pandas")
sa = module("sqlalchemy")
module("psycopg2")
pytestmark = pytest.mark.slow


@pytest.fixture(params=["psycopg", "psycopg2"])
def engine(request: pytest.FixtureRequest, server: SqlServerProcess) -> Iterator[Any]:
    opened = sa.create_engine(server.url().replace("postgresql", f"postgresql+{request.param}"))
    yield opened
    opened.dispose()


def frame() -> Any:
    return pd.DataFrame(
        {
            "n": pd.array([1, 2, None], dtype="Int64"),
            "x": [0.5, None, 3.0],
            "t": ["a", None, "it's %"],
            "b": [True, False, None],
            "at": pd.to_datetime(["2026-01-02 03:04:05.678", None, "1999-12-31"], format="ISO8601"),
        }
    )


@pytest.mark.parametrize("method", [None, "multi"])
def test_a_frame_written_comes_back(engine: Any, method: str | None) -> None:
    name = f"frame_{method}_{engine.driver}".lower()
    assert frame().to_sql(name, engine, index=False, method=method) in (3, None, -1)
    for back in (pd.read_sql_table(name, engine), pd.read_sql(f"SELECT * FROM {name}", engine)):
        assert list(back.columns) == ["n", "x", "t", "b", "at"]
        rows = back.astype(object).where(back.notna(), None).to_numpy().tolist()
        expected = frame().astype(object)
        assert rows == expected.where(expected.notna(), None).to_numpy().tolist()
        assert str(back["at"].dtype).startswith("datetime64")
        assert str(back["x"].dtype) == "float64"


def test_append_and_replace(engine: Any) -> None:
    name = f"kept_{engine.driver}"
    frame().to_sql(name, engine, index=False)
    frame().to_sql(name, engine, index=False, if_exists="append")
    assert pd.read_sql(f"SELECT count(*) AS n FROM {name}", engine)["n"].tolist() == [6]
    with pytest.raises(ValueError, match="already exists"):
        frame().to_sql(name, engine, index=False)
    frame().to_sql(name, engine, index_label="place", if_exists="replace")
    assert pd.read_sql_table(name, engine, index_col="place").index.tolist() == [0, 1, 2]


def test_parameters_and_parsed_dates(engine: Any) -> None:
    query = sa.text("SELECT CAST(:t AS text) AS t, CAST('2026-01-02' AS date) AS d")
    back = pd.read_sql(query, engine, params={"t": "x"}, parse_dates=["d"])
    assert back["t"].tolist() == ["x"]
    assert back["d"].tolist() == [pd.Timestamp("2026-01-02")]


def test_numbers_keep_their_kind(engine: Any) -> None:
    back = pd.read_sql("SELECT 1::smallint AS a, 2::bigint AS b, 3.0::float8 AS c, sum(1::int) AS d", engine)
    assert [str(dtype) for dtype in back.dtypes] == ["int64", "int64", "float64", "int64"]


def test_errors_reach_the_caller(engine: Any) -> None:
    with pytest.raises(pd.errors.DatabaseError, match='relation "nowhere" does not exist'):
        pd.read_sql("SELECT * FROM nowhere", engine)


def test_a_large_result_comes_in_chunks(engine: Any) -> None:
    with engine.connect().execution_options(stream_results=True) as connection:
        chunks = list(pd.read_sql(scenario.LARGE, connection, chunksize=20_000))
    assert [len(chunk) for chunk in chunks] == [20_000] * 5
    assert sum(int(chunk["i"].sum()) for chunk in chunks) == scenario.LARGE_SUM


def test_means_answers_into_a_frame(server: SqlServerProcess, engine: Any, endpoint: EndpointProcess) -> None:
    server.rows(f"DROP TABLE IF EXISTS products; {'; '.join(scenario.PRODUCTS)};")
    back = pd.read_sql(scenario.MEANS, engine)
    assert str(back["is_eco"].dtype) == "bool"
    assert list(back.itertuples(index=False, name=None)) == scenario.MEANS_ROWS
    with engine.begin() as connection:
        connection.execute(sa.text(scenario.MARK))
    assert pd.read_sql(scenario.MARKED, engine).iloc[0, 0] >= 1
    endpoint.reset()
    pd.read_sql(f"/*+ semantic.cache=refresh */ {scenario.MEANS}", engine)
    assert min(scenario.injected(endpoint)) >= 1
