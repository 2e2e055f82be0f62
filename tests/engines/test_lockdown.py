"""What SQL may reach: the files folder and the administrator's sources; everything else is 42501."""

from __future__ import annotations

from pathlib import Path

import pytest

from sqlserver.core.errors import ServerError
from sqlserver.engines.duckdb_session import DuckDBSession
from tests.engines.running import run

visible_to_python_only = [1, 2, 3]


@pytest.fixture
def home() -> Path:
    return Path.home()


def names_in(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / "secret.csv").write_text("a\n1\n")
    (tmp_path / "files" / "link").symlink_to(folder)
    (tmp_path / "files" / "link.csv").symlink_to(folder / "secret.csv")
    return folder


@pytest.mark.parametrize(
    "sql",
    [
        "FROM read_csv('/etc/passwd')",
        "FROM read_text('/etc/passwd')",
        "FROM glob('/etc/*')",
        "FROM read_csv('../outside/secret.csv')",
        "FROM 'link.csv'",
        "FROM read_csv('link/secret.csv')",
        "FROM read_csv('https://example.com/x.csv')",
        "FROM parquet_metadata('/etc/passwd')",
        "FROM sniff_csv('/etc/passwd')",
        "INSTALL httpfs",
        "LOAD httpfs",
        "LOAD '/lib/x.duckdb_extension'",
        "ATTACH '/srv/x.duckdb'",
        "ATTACH '../x.duckdb' AS x",
        'DETACH "default"',
        "COPY (SELECT 1) TO '../x.csv'",
        "COPY (SELECT 1) TO 'link/x.csv'",
        "COPY (SELECT 1) TO '../databases/default.duckdb' (FORMAT csv, USE_TMP_FILE false)",
        "COPY (SELECT 1) TO '../databases/default.duckdb' (FORMAT csv, PER_THREAD_OUTPUT, OVERWRITE)",
        'COPY (SELECT 1) TO "../databases/default.duckdb" (FORMAT csv, USE_TMP_FILE false)',
        "COPY (SELECT 1) TO '/dev/stdout'",
        "EXPLAIN ANALYZE COPY (SELECT 1) TO '../databases/default.duckdb' (USE_TMP_FILE false)",
        "PREPARE p AS COPY (SELECT 1) TO '../databases/default.duckdb' (USE_TMP_FILE false)",
        "EXPORT DATABASE '../dump'",
        "IMPORT DATABASE '/etc'",
        "SET enable_external_access = true",
        "SET lock_configuration = false",
        "RESET lock_configuration",
        "SET allowed_directories = ['/']",
        "SET temp_directory = '/tmp'",
        "SET memory_limit = '100GB'",
        "SET threads = 100",
        "SET errors_as_json = false",
        "SET python_enable_replacements = true",
        "PRAGMA enable_profiling",
        "CALL enable_logging(storage = 'file', storage_path = '../x')",
    ],
)
async def test_refused_with_42501(session: DuckDBSession, outside: Path, sql: str) -> None:
    with pytest.raises(ServerError) as caught:
        await run(session, sql)
    assert caught.value.sqlstate == "42501", caught.value.message
    assert names_in(outside) == ["secret.csv"]


@pytest.mark.parametrize("sql", ["COPY (SELECT 1) TO ('x' || '.csv')", "COPY (SELECT 1) TO $$x.csv$$"])
async def test_a_copy_target_that_cannot_be_read_is_refused(session: DuckDBSession, sql: str) -> None:
    with pytest.raises(ServerError) as caught:
        await run(session, sql)
    assert caught.value.sqlstate in ("0A000", "42501")


async def test_no_python_variable_is_a_table(session: DuckDBSession) -> None:
    with pytest.raises(ServerError) as caught:
        await run(session, "FROM visible_to_python_only")
    assert caught.value.sqlstate == "42P01"


async def test_no_server_path_reaches_a_message(session: DuckDBSession, tmp_path: Path, home: Path) -> None:
    for sql in ("ATTACH 'nowhere/x.duckdb'", "INSTALL httpfs", "COPY (SELECT 1) TO 'nowhere/x.csv'"):
        with pytest.raises(ServerError) as caught:
            await run(session, sql)
        told = f"{caught.value.message} {caught.value.detail} {caught.value.hint}"
        assert str(tmp_path) not in told
        assert str(home) not in told


@pytest.mark.parametrize(
    ("name", "reader"), [("t.csv", "read_csv"), ("t.parquet", "read_parquet"), ("t.json", "read_json")]
)
async def test_the_files_folder_is_read_and_written_by_bare_name(
    session: DuckDBSession, tmp_path: Path, name: str, reader: str
) -> None:
    assert (await session.execute(f"COPY (SELECT 1 AS a, 'é' AS b) TO '{name}'")).affected == 1
    assert (tmp_path / "files" / name).is_file()
    assert await run(session, f"FROM {reader}('{name}')") == [(1, "é")]
    assert await run(session, f"FROM {reader}('{tmp_path}/files/{name}')") == [(1, "é")]
    assert await run(session, "SELECT count(*) FROM glob('t.*')") == [(1,)]


async def test_a_table_is_filled_from_a_file(session: DuckDBSession, tmp_path: Path) -> None:
    (tmp_path / "files" / "in.csv").write_text("a,b\n1,x\n2,y\n")
    await run(session, "CREATE TABLE t (a int, b text)")
    assert (await session.execute("COPY t FROM 'in.csv'")).affected == 2
