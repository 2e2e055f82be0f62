"""SET, SHOW and RESET as drivers write them."""

import pytest

from sqlserver.config.session_settings import SessionSettings
from sqlserver.core.errors import InvalidParameterValue, ServerError, UndefinedObject
from sqlserver.core.notice import Notice
from sqlserver.session.setting_commands import Assignment, SettingCommands, read_assignment, transaction_modes


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SET semantic.model = 'fast'", Assignment("semantic.model", "fast")),
        ("set application_name to psql", Assignment("application_name", "psql")),
        ("SET SESSION statement_timeout = 500", Assignment("statement_timeout", "500")),
        ("SET LOCAL statement_timeout TO '2s'", Assignment("statement_timeout", "2s", local=True)),
        ("SET DateStyle = ISO, MDY", Assignment("datestyle", "ISO, MDY")),
        ("SET TIME ZONE 'Europe/Berlin'", Assignment("timezone", "Europe/Berlin")),
        ("SET extra_float_digits = -1", Assignment("extra_float_digits", "-1")),
        ("SET NAMES 'UTF8'", Assignment("client_encoding", "UTF8")),
        ("SET semantic.model TO DEFAULT", Assignment("semantic.model", None)),
        ("SET VARIABLE x = 1", None),
    ],
)
def test_an_assignment_is_read(sql: str, expected: Assignment | None) -> None:
    assert read_assignment(sql) == expected


@pytest.fixture
def told() -> list[Notice]:
    return []


@pytest.fixture
def commands(told: list[Notice]) -> SettingCommands:
    return SettingCommands(SessionSettings(), told.append)


def _set(commands: SettingCommands, sql: str, *, in_block: bool = False) -> None:
    assert commands.set(sql, sql.split(), in_block=in_block) is not None


async def _shown(commands: SettingCommands, *words: str) -> object:
    result = commands.show(("SHOW", *words))
    assert result is not None
    assert result.rows is not None
    batch = await result.rows.take()
    assert batch is not None
    return batch.column(0)[0].as_py()


async def test_what_is_set_is_shown(commands: SettingCommands) -> None:
    _set(commands, "SET semantic.max_calls = 10")
    assert await _shown(commands, "semantic", ".", "max_calls") == "10"


@pytest.mark.parametrize(
    ("sql", "error"),
    [
        ("SET semantic.max_calls = 'many'", InvalidParameterValue),
        ("SET semantic.on_error = 'ignore'", InvalidParameterValue),
        ("SET semantic.modle = 'x'", UndefinedObject),
        ("SET server_version = '16'", ServerError),
    ],
)
def test_a_bad_value_or_name_is_an_error(commands: SettingCommands, sql: str, error: type[ServerError]) -> None:
    with pytest.raises(error):
        commands.set(sql, sql.split(), in_block=False)


def test_a_setting_of_duckdb_is_left_to_duckdb(commands: SettingCommands) -> None:
    assert commands.set("SET threads = 1", ("SET", "threads", "=", "1"), in_block=False) is None


async def test_set_local_outside_a_block_warns_and_does_nothing(commands: SettingCommands, told: list[Notice]) -> None:
    _set(commands, "SET LOCAL semantic.max_calls = 5")
    assert [(notice.severity, notice.sqlstate) for notice in told] == [("WARNING", "25P01")]
    assert await _shown(commands, "semantic", ".", "max_calls") == ""


def test_set_is_undone_by_rollback_and_local_also_by_commit() -> None:
    settings = SessionSettings()
    settings.begin()
    settings.set("semantic.model", "a")
    settings.rollback()
    assert settings.get("semantic.model") == ""


async def test_set_local_ends_with_the_transaction() -> None:
    settings = SessionSettings()
    settings.begin()
    settings.set("semantic.model", "a", local=True)
    assert settings.get("semantic.model") == "a"
    await settings.commit()
    assert settings.get("semantic.model") == ""


def test_reset_goes_back_to_what_the_connection_brought() -> None:
    settings = SessionSettings()
    settings.set("application_name", "bi")
    settings.keep_as_startup()
    settings.set("application_name", "other")
    settings.reset("application_name")
    assert settings.get("application_name") == "bi"


def test_transaction_modes_are_read() -> None:
    assert transaction_modes(["ISOLATION", "LEVEL", "READ", "COMMITTED", ",", "READ", "ONLY"]) == [
        ("transaction_isolation", "read committed"),
        ("transaction_read_only", "on"),
    ]
