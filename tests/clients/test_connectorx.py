"""connectorx: read-only, over binary COPY, binary rows, CSV and the simple protocol."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from tests.clients import scenario
from tests.clients.installed import module
from tests.processes import EndpointProcess, SqlServerProcess

cx = module("connectorx")
pytestmark = pytest.mark.slow
PROTOCOLS = ["binary", "cursor", "csv", "simple"]
COLUMNS = ["b", "i2", "i4", "i8", "f4", "f8", "t", "v", "d", "ts"]


@pytest.fixture(scope="module")
def url(server: SqlServerProcess) -> str:
    kept = [typed for typed in scenario.ROW if typed.column in (*COLUMNS, "n", "u", "tz")]
    literals = ", ".join(f"'{typed.text.replace(chr(39), chr(39) * 2)}'" for typed in kept)
    nulls = ", ".join(["NULL"] * len(kept))
    columns = ", ".join(f"{typed.column} {typed.type}" for typed in kept)
    server.rows(f"CREATE TABLE typed ({columns}); INSERT INTO typed VALUES ({literals}), ({nulls});")
    return server.url()


def read(url: str, sql: str, protocol: str = "binary", **options: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = cx.read_sql(url, sql, protocol=protocol, return_type="arrow", **options).to_pylist()
    return rows


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_typed_columns_and_nulls_arrive(url: str, protocol: str) -> None:
    value, nothing = read(url, f"SELECT {', '.join(COLUMNS)} FROM typed ORDER BY i4", protocol)
    expected = {typed.column: typed.value for typed in scenario.ROW if typed.column in COLUMNS}
    if protocol == "csv":
        expected["v"] = value["v"]  # in its CSV the client cannot tell '' from NULL
    assert value == expected
    assert set(nothing.values()) <= ({None, ""} if protocol == "csv" else {None})


@pytest.mark.parametrize("protocol", ["binary", "cursor"])
def test_numbers_with_a_scale_uuids_and_timestamps_with_zone_arrive(url: str, protocol: str) -> None:
    (row,) = read(url, "SELECT n::float8 AS n, u, tz FROM typed WHERE b", protocol)
    assert row["n"] == 12345.67
    assert str(row["u"]) == str(scenario.VALUES[15])
    assert row["tz"] == dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_large_result_comes_whole(url: str, protocol: str) -> None:
    table = cx.read_sql(url, scenario.LARGE, protocol=protocol, return_type="arrow")
    assert sum(table["i"].to_pylist()) == scenario.LARGE_SUM


def test_a_result_is_read_in_partitions_over_several_connections(url: str) -> None:
    rows = read(url, scenario.LARGE, partition_on="i", partition_num=3)
    assert sum(row["i"] for row in rows) == scenario.LARGE_SUM


def test_errors_reach_the_caller(url: str) -> None:
    with pytest.raises(RuntimeError, match=r'relation "nowhere" does not exist'):
        read(url, "SELECT * FROM nowhere")


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_means_answers_over_every_protocol(
    server: SqlServerProcess, url: str, endpoint: EndpointProcess, protocol: str
) -> None:
    server.rows(f"DROP TABLE IF EXISTS products; {'; '.join(scenario.PRODUCTS)};")
    assert [tuple(row.values()) for row in read(url, scenario.MEANS, protocol)] == scenario.MEANS_ROWS
    server.rows(f"{scenario.MARK};")
    endpoint.reset()
    sql = scenario.MEANS.replace("eco-friendly", f"eco-friendly, over {protocol}")
    read(url, sql, protocol)
    assert min(scenario.injected(endpoint)) >= 1  # the protocols before marked theirs as well
