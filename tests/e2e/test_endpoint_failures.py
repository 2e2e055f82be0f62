"""An endpoint that is down, slow, busy or talks rubbish: a clear SQLSTATE or NULL with a warning, and never a guess."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from tests.openai_server import closed_url
from tests.processes import EndpointProcess, SqlServerProcess


@pytest.fixture
def connection(server: SqlServerProcess, endpoint: EndpointProcess) -> Iterator[psycopg.Connection[Any]]:
    endpoint.reset()
    with server.connect() as opened:
        yield opened
    endpoint.reset()


def warnings_of(connection: psycopg.Connection[Any]) -> list[str]:
    """Message and hint of each WARNING, as they come."""
    said: list[str] = []

    def hear(notice: psycopg.errors.Diagnostic) -> None:
        if notice.severity == "WARNING":
            said.append(f"{notice.message_primary} {notice.message_hint}")

    connection.add_notice_handler(hear)
    return said


RUBBISH = {"content": "perhaps, it depends", "no JSON at all": "\x01<html>", "empty": ""}


@pytest.mark.parametrize("content", RUBBISH.values(), ids=RUBBISH.keys())
def test_a_reply_that_cannot_be_read_is_null_with_a_warning_and_is_not_cached(
    connection: psycopg.Connection[Any], endpoint: EndpointProcess, content: str
) -> None:
    said = warnings_of(connection)
    ask = f"SELECT 'bamboo mug, rubbish {len(content)}' MEANS 'eco-friendly'"
    endpoint.behave(content=content)
    assert connection.execute(ask).fetchone() == (None,)
    assert any("semantic_errors" in text for text in said)
    endpoint.behave()
    assert connection.execute(ask).fetchone() == (True,)


def test_on_error_error_fails_the_statement_with_22p02(
    connection: psycopg.Connection[Any], endpoint: EndpointProcess
) -> None:
    connection.execute("SET semantic.on_error = 'error'")
    endpoint.behave(content="perhaps")
    with pytest.raises(psycopg.errors.InvalidTextRepresentation):
        connection.execute("SELECT 'wooden spoon' MEANS 'eco-friendly'")
    assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_busy_endpoint_is_asked_again_and_answers(
    connection: psycopg.Connection[Any], endpoint: EndpointProcess
) -> None:
    endpoint.behave(status=429, retry_after=0.1, times=2)
    assert connection.execute("SELECT 'recycled paper' MEANS 'eco-friendly'").fetchone() == (True,)
    assert endpoint.count() == 3
    logged = connection.execute(
        "SELECT status, count(*) FROM unified_logs WHERE inputs_json LIKE '%recycled paper%' GROUP BY status"
    ).fetchall()
    assert dict(logged) == {"failed": 2, "ok": 1}


def test_a_refusal_is_not_asked_again(connection: psycopg.Connection[Any], endpoint: EndpointProcess) -> None:
    endpoint.behave(status=401)
    connection.execute("SET semantic.on_error = 'error'")
    with pytest.raises(psycopg.Error) as refused:
        connection.execute("SELECT 'organic tea' MEANS 'eco-friendly'")
    assert refused.value.sqlstate != "XX000"
    assert "not-a-secret" not in str(refused.value)
    assert endpoint.count() == 1


def test_cancel_ends_a_slow_statement_and_the_session_goes_on(
    connection: psycopg.Connection[Any], endpoint: EndpointProcess
) -> None:
    endpoint.behave(hang=True)
    connection.pgconn.send_query(b"SELECT 'solar lamp' MEANS 'expensive'")
    while endpoint.count() < 1:
        pass
    connection.cancel_safe()
    result = connection.pgconn.get_result()
    assert result is not None
    assert result.error_field(psycopg.pq.DiagnosticField.SQLSTATE) == b"57014"
    while connection.pgconn.get_result() is not None:
        pass
    endpoint.behave()
    assert connection.execute("SELECT 'solar lamp' MEANS 'expensive'").fetchone() == (False,)
    cancelled = connection.execute(
        "SELECT count(*) FROM unified_logs WHERE inputs_json LIKE '%solar lamp%' AND status = 'cancelled'"
    ).fetchone()
    assert cancelled == (1,)


@pytest.mark.timeout(60)
def test_a_dead_endpoint_is_told_once_and_the_server_goes_on(start_server: Callable[..., SqlServerProcess]) -> None:
    settings = {"SQLSERVER_LLM_BASE_URL": closed_url(), "SQLSERVER_LLM_MODEL": "test-model"}
    server = start_server(settings=settings)
    with server.connect() as opened:
        opened.execute("SET statement_timeout = '15s'")
        with pytest.raises(psycopg.Error) as refused:
            opened.execute("SELECT ('item ' || i) MEANS 'eco-friendly' FROM range(500) r(i)")
        assert refused.value.sqlstate == "58030"
        assert opened.execute("SELECT 1").fetchone() == (1,)


def test_free_text_without_an_endpoint_says_how_to_configure_one(embedded_server: SqlServerProcess) -> None:
    with embedded_server.connect() as opened, pytest.raises(psycopg.Error) as refused:
        opened.execute("SELECT 'a text' ASK 'What is this?'")
    assert refused.value.sqlstate == "0A000"
    assert "SQLSERVER_LLM_BASE_URL" in f"{refused.value.diag.message_primary} {refused.value.diag.message_hint}"
