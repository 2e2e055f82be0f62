"""The databases of a data directory: made, kept, forgotten, dropped, and safe against a kill."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import duckdb
import pytest

from sqlserver.core.errors import ServerError
from sqlserver.engines.databases import DatabaseDirectory
from sqlserver.engines.duckdb_database import DuckDBSettings
from tests.engines.running import run


async def test_default_is_there_and_an_unknown_one_is_not(databases: DatabaseDirectory) -> None:
    assert databases.names() == ("default", "memory", "postgres")
    await databases.open("default")
    await databases.open("postgres")
    with pytest.raises(ServerError, match='database "x" does not exist') as caught:
        await databases.open("x")
    assert caught.value.sqlstate == "3D000"


async def test_create_and_drop(databases: DatabaseDirectory, tmp_path: Path) -> None:
    await databases.create("sales-2026")
    assert databases.exists("sales-2026")
    with pytest.raises(ServerError) as caught:
        await databases.create("sales-2026")
    assert caught.value.sqlstate == "42P04"
    session = (await databases.open("sales-2026")).session()
    assert await run(session, "CREATE TABLE t (a int)") == []
    with pytest.raises(ServerError) as caught:
        await databases.drop("sales-2026")
    assert caught.value.sqlstate == "55006"
    await session.close()
    await databases.drop("sales-2026")
    assert not list((tmp_path / "databases").iterdir())
    with pytest.raises(ServerError) as caught:
        await databases.drop("sales-2026")
    assert caught.value.sqlstate == "3D000"


@pytest.mark.parametrize("name", ["", "a/b", "../x", "a b", "1a", "system", "Temp", "x" * 64, "é"])
async def test_a_bad_name_is_refused(databases: DatabaseDirectory, name: str) -> None:
    assert not databases.exists(name)
    with pytest.raises(ServerError) as caught:
        await databases.create(name)
    assert caught.value.sqlstate == "22023"


async def test_data_is_kept_and_memory_forgets(tmp_path: Path, settings: DuckDBSettings) -> None:
    for expected in ({"default": [], "memory": []}, {"default": [(1,)], "memory": []}):
        directory = DatabaseDirectory(tmp_path, settings)
        for name, rows in expected.items():
            session = (await directory.open(name)).session()
            await run(session, "CREATE TABLE IF NOT EXISTS t (a int)")
            assert await run(session, "FROM t") == rows
            await run(session, "INSERT INTO t VALUES (1)")
            await session.close()
        await directory.close_all()


async def test_sessions_of_one_database_share_it_and_databases_do_not(databases: DatabaseDirectory) -> None:
    await databases.create("x")
    first, second, third = [(await databases.open(name)).session() for name in ("memory", "memory", "x")]
    await run(first, "CREATE TABLE t AS SELECT 1")
    assert await run(second, "SELECT count(*) FROM t") == [(1,)]
    with pytest.raises(ServerError, match='relation "t" does not exist'):
        await run(third, "FROM t")
    for session in (first, second, third):
        await session.close()


async def test_an_older_file_keeps_its_data_and_gets_schema_public(
    databases: DatabaseDirectory, tmp_path: Path
) -> None:
    (tmp_path / "databases").mkdir()
    with duckdb.connect(str(tmp_path / "databases" / "old.duckdb")) as connection:
        connection.execute("CREATE TABLE t AS SELECT 7 AS a")
    session = (await databases.open("old")).session()
    assert await run(session, "FROM main.t") == [(7,)]
    await run(session, "CREATE TABLE u (a int)")
    assert await run(session, "SELECT count(*) FROM public.u") == [(0,)]
    await session.close()


WRITER = textwrap.dedent(
    """
    import asyncio, sys
    from pathlib import Path
    from sqlserver.engines.databases import DatabaseDirectory

    async def main():
        session = (await DatabaseDirectory(Path(sys.argv[1])).open("default")).session()
        await session.execute("CREATE TABLE t (a int)")
        for number in range(1000000):
            await session.begin()
            await session.execute(f"INSERT INTO t VALUES ({number})")
            await session.execute(f"INSERT INTO t VALUES ({number})")
            await session.commit()
            print(number, flush=True)

    asyncio.run(main())
    """
)


def killed_writer(data_dir: Path) -> int:
    """Runs WRITER until it has told 50 commits, kills it, and gives the last number it told."""
    acknowledged = -1
    with subprocess.Popen([sys.executable, "-c", WRITER, str(data_dir)], stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        for line in writer.stdout:
            acknowledged = int(line)
            if acknowledged >= 50:
                writer.send_signal(signal.SIGKILL)
                break
        return max([acknowledged, *map(int, writer.stdout.read().split()[:-1])])


async def test_what_was_committed_survives_kill_9_in_mid_write(tmp_path: Path) -> None:
    acknowledged = killed_writer(tmp_path)
    directory = DatabaseDirectory(tmp_path)
    session = (await directory.open("default")).session()
    found = await run(session, "SELECT a, count(*) FROM t GROUP BY a ORDER BY a")
    assert [number for number, _ in found][: acknowledged + 1] == list(range(acknowledged + 1))
    assert {count for _, count in found} == {2}
    await session.close()
    await directory.close_all()
