"""``sources.yaml``: read strictly, attached before the lock, told in clear words where it cannot be."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from sqlserver.config.sources_file import NO_SOURCES, read_sources
from sqlserver.core.errors import ConfigurationFault, ServerError
from sqlserver.engines.databases import DatabaseDirectory
from sqlserver.engines.duckdb_database import DuckDBSettings
from tests.engines.running import run


@pytest.fixture
def crm(tmp_path: Path) -> Path:
    path = tmp_path / "crm.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE customers AS SELECT 1 AS id, 'Ada' AS name")
    return path


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "sources.yaml"
    path.write_text(text)
    return path


async def test_an_attached_database_is_read_from_every_database_and_not_written(
    tmp_path: Path, settings: DuckDBSettings, crm: Path
) -> None:
    sources = read_sources(written(tmp_path, f"databases:\n  crm: {{type: duckdb, path: {crm}}}\n"))
    directory = DatabaseDirectory(tmp_path, replace(settings, sources=sources))
    for name in ("default", "memory"):
        session = (await directory.open(name)).session()
        assert await run(session, "SELECT name FROM crm.customers") == [("Ada",)]
        for sql in ("INSERT INTO crm.customers VALUES (2, 'x')", "DETACH crm"):
            with pytest.raises(ServerError):
                await run(session, sql)
        assert await run(session, "SELECT count(*) FROM crm.customers") == [(1,)]
        await session.close()
    with pytest.raises(ServerError, match="cannot name a database"):
        await directory.create("crm")
    await directory.close_all()


async def test_an_entry_may_be_for_some_databases_only(tmp_path: Path, settings: DuckDBSettings, crm: Path) -> None:
    text = f"databases:\n  crm: {{type: duckdb, path: {crm}, read_only: false, databases: [default]}}\n"
    directory = DatabaseDirectory(tmp_path, replace(settings, sources=read_sources(written(tmp_path, text))))
    default, memory = [(await directory.open(name)).session() for name in ("default", "memory")]
    await run(default, "INSERT INTO crm.customers VALUES (2, 'Bo')")
    assert await run(default, "SELECT count(*) FROM crm.customers") == [(2,)]
    with pytest.raises(ServerError):
        await run(memory, "FROM crm.customers")
    await default.close()
    await memory.close()
    await directory.close_all()


async def test_a_listed_folder_is_opened(tmp_path: Path, settings: DuckDBSettings) -> None:
    exports = tmp_path / "exports"
    exports.mkdir()
    (exports / "a.csv").write_text("a\n5\n")
    sources = read_sources(written(tmp_path, f"folders: [{exports}]\n"))
    directory = DatabaseDirectory(tmp_path, replace(settings, sources=sources))
    session = (await directory.open("memory")).session()
    assert await run(session, f"FROM read_csv('{exports}/a.csv')") == [(5,)]
    assert (await session.execute(f"COPY (SELECT 1) TO '{exports}/b.csv'")).affected == 1
    await session.close()
    await directory.close_all()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("database: {}\n", 'sources.yaml:1: unknown key database (did you mean "databases"?)'),
        ("databases:\n  crm:\n    type: duckdb\n    path: /x\n    readonly: true\n",
         'sources.yaml:5: unknown key databases.crm.readonly (did you mean "read_only"?)'),
        ("databases:\n  crm: {type: duckdb}\n",
         "sources.yaml:2: databases.crm: a duckdb database needs path, and no connection"),
        ("databases:\n  crm: {type: postgres, connection: 'env:NOT_SET_HERE'}\n",
         "sources.yaml:2: databases.crm.connection: the environment has no variable NOT_SET_HERE"),
        ("databases:\n  main: {type: duckdb, path: /x}\n", 'sources.yaml:1: databases: "main" is taken by the engine'),
        ("folders: [relative]\n", "sources.yaml:1: folders: relative is not the absolute path of a folder"),
        ("buckets:\n  b: {type: s3, scope: bucket}\n",
         "sources.yaml:2: buckets.b.scope: must be a URL such as s3://bucket/folder"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_file_and_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigurationFault) as caught:
        read_sources(written(tmp_path, text))
    assert caught.value.message == f"{tmp_path}/{message}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("databases:\n  old: {type: duckdb, path: /nowhere/x.duckdb}\n", "there is no file /nowhere/x.duckdb"),
        ("databases:\n  shop: {type: postgres, connection: 'password=hidden'}\n", "needs DuckDB's extension postgres"),
        ("buckets:\n  lake: {type: s3, scope: 's3://x'}\n", "needs DuckDB's extension httpfs"),
    ],
)
async def test_a_source_that_cannot_be_opened_stops_the_start(
    tmp_path: Path, settings: DuckDBSettings, monkeypatch: pytest.MonkeyPatch, text: str, message: str
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))  # no extension of this machine's user is found
    directory = DatabaseDirectory(tmp_path, replace(settings, sources=read_sources(written(tmp_path, text))))
    with pytest.raises(ConfigurationFault) as caught:
        await directory.open("memory")
    assert f"{tmp_path}/sources.yaml:2: " in caught.value.message
    assert message in caught.value.message
    assert "hidden" not in caught.value.message


def test_no_file_means_no_sources(tmp_path: Path) -> None:
    assert read_sources(tmp_path / "sources.yaml") is NO_SOURCES
