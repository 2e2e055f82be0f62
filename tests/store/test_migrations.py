"""Migrations: from the oldest, once, recorded with their hash."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from sqlserver.core.errors import ConfigurationFault
from sqlserver.store.clickhouse import ClickHouse, ClickHouseTarget
from sqlserver.store.migrations import Migration, Migrations, shipped_migrations


async def test_every_migration_applies_on_top_of_the_one_before(clickhouse: ClickHouse) -> None:
    shipped = shipped_migrations()
    assert [migration.number for migration in shipped] == list(range(1, len(shipped) + 1))
    for count in range(1, len(shipped) + 1):
        applied = await Migrations(clickhouse, shipped[:count]).migrate()
        assert [row.number for row in applied] == [count]
    assert await Migrations(clickhouse).migrate() == []
    assert {row.state for row in await Migrations(clickhouse).status()} == {"applied"}


async def test_status_of_an_empty_store_creates_nothing(clickhouse: ClickHouse) -> None:
    assert {row.state for row in await Migrations(clickhouse).status()} == {"pending"}
    found = await clickhouse.control(f"SELECT 1 FROM system.databases WHERE name = '{clickhouse.database}'")
    assert found == []


async def test_a_migration_that_failed_half_way_is_run_again(clickhouse: ClickHouse) -> None:
    first, *rest = shipped_migrations()
    await Migrations(clickhouse, []).migrate()
    await clickhouse.command(first.statements()[0])
    assert len(await Migrations(clickhouse, [first, *rest]).migrate()) == 1 + len(rest)


async def test_an_edited_released_migration_is_reported(clickhouse: ClickHouse) -> None:
    shipped = shipped_migrations()
    await Migrations(clickhouse, shipped).migrate()
    edited = [replace(shipped[0], text=shipped[0].text + "\n-- edited"), *shipped[1:]]
    assert (await Migrations(clickhouse, edited).status())[0].state == "edited"
    with pytest.raises(ConfigurationFault, match="0001_log was changed"):
        await Migrations(clickhouse, edited).migrate()


async def test_a_newer_products_migration_is_reported(clickhouse: ClickHouse) -> None:
    await Migrations(clickhouse).migrate()
    assert [row.state for row in await Migrations(clickhouse, []).status()] == ["unknown"] * len(shipped_migrations())


def test_on_a_cluster_tables_are_replicated() -> None:
    statements = [text for migration in shipped_migrations() for text in migration.statements("main")]
    assert all("ON CLUSTER `main`" in text for text in statements)
    assert not any("${" in text for text in statements)
    assert all("ENGINE = Replicated" in text for text in statements if text.startswith("CREATE TABLE"))


def test_two_files_of_one_number_are_refused(tmp_path: Path) -> None:
    for name in ("0001_a.sql", "0001_b.sql"):
        (tmp_path / name).write_text("SELECT 1;\n")
    with pytest.raises(ConfigurationFault):
        shipped_migrations(tmp_path)


def test_a_statement_ends_with_a_semicolon_at_a_lines_end() -> None:
    text = "-- one; two;\nCREATE TABLE a (x String DEFAULT ';')\nENGINE = Memory;\n\nSELECT 2;  \n"
    assert len(Migration(1, "0001_a", text).statements()) == 2


@pytest.mark.parametrize("url", ["clickhouse://u:p@h:8123/default", "mysql://h/db", "clickhouse:///db"])
def test_a_bad_url_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(ConfigurationFault) as failure:
        ClickHouseTarget.of(url, Path("x"))
    assert "u:p" not in failure.value.message


def test_a_url_names_everything() -> None:
    target = ClickHouseTarget.of("clickhouses://ann:p%40ss@ch.example/logs", Path("x"))
    assert target == ClickHouseTarget(
        database="logs", host="ch.example", port=8443, user="ann", password="p@ss", secure=True
    )
    assert target.shared
    assert not ClickHouseTarget.of(None, Path("x")).shared
