"""What a statement's own settings and limits do to it, and what the next statement finds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from tests.processes import EndpointProcess, SqlServerProcess


@pytest.fixture
def connection(server: SqlServerProcess, endpoint: EndpointProcess) -> Iterator[psycopg.Connection[Any]]:
    endpoint.reset()
    with server.connect() as opened:
        yield opened
    endpoint.reset()


@pytest.mark.parametrize(
    ("before", "prepare"),
    [("", False), ("SELECT 1; ", False), ("-- a comment\n", False), ("", True)],
    ids=["simple", "second statement", "behind a comment", "extended"],
)
def test_a_hint_holds_for_the_statement_it_stands_before(
    connection: psycopg.Connection[Any], endpoint: EndpointProcess, before: str, prepare: bool
) -> None:
    asked = "/*+ semantic.max_calls=2 */ SELECT ('mug ' || i) MEANS 'never asked' FROM range(3) r(i)"
    with pytest.raises(psycopg.errors.ConfigurationLimitExceeded):
        connection.execute(before + asked, prepare=prepare, binary=prepare)
    assert endpoint.count() == 0


@pytest.mark.parametrize(
    ("hint", "sqlstate"),
    [("semantic.no_such=1", "42704"), ("semantic.cache=maybe", "22023"), ("statement_timeout=1", "42704")],
)
def test_a_hint_that_says_nothing_to_a_statement_is_an_error(
    connection: psycopg.Connection[Any], hint: str, sqlstate: str
) -> None:
    with pytest.raises(psycopg.Error) as refused:
        connection.execute(f"/*+ {hint} */ SELECT 'a' MEANS 'b'")
    assert refused.value.sqlstate == sqlstate


LONG = {
    "plain SQL": "SELECT count(*) FROM range(100000000) a, range(1000) b",
    "rows under way": "SELECT a.range FROM range(100000000) a, range(1000) b",
    "a call": "SELECT 'bamboo mug, slow' MEANS 'eco-friendly'",
}


@pytest.mark.parametrize("sql", LONG.values(), ids=LONG.keys())
def test_a_timeout_says_so_and_the_next_statement_runs(
    connection: psycopg.Connection[Any], endpoint: EndpointProcess, sql: str
) -> None:
    endpoint.behave(hang=True)
    connection.execute("SET statement_timeout = '300ms'")
    with pytest.raises(psycopg.errors.QueryCanceled) as ended:
        connection.execute(sql)
    assert ended.value.diag.message_primary == "canceling statement due to statement timeout"
    assert connection.execute("SELECT 1").fetchone() == (1,)


def test_an_input_that_no_model_can_be_asked_about_is_in_semantic_errors(
    connection: psycopg.Connection[Any], endpoint: EndpointProcess
) -> None:
    assert connection.execute("SELECT CLASSIFY('an odd text', ARRAY[]::text[])").fetchone() == (None,)
    shown = connection.execute("SELECT status, error FROM semantic_errors WHERE inputs_json LIKE '%odd text%'")
    assert shown.fetchall() == [("failed", 'the input "labels" must be a list of at least one text')]
    assert endpoint.count() == 0


def test_sessions_that_share_a_failed_call_follow_their_own_on_error(
    start_server: Callable[..., SqlServerProcess], endpoint: EndpointProcess
) -> None:
    endpoint.reset()
    endpoint.behave(latency=1.0, content="perhaps")
    server = start_server(settings=endpoint.settings())

    def ask(on_error: str) -> object:
        with server.connect() as opened:
            opened.execute(f"SET semantic.on_error = '{on_error}'")
            try:
                return opened.execute("SELECT 'wooden spoon, shared' MEANS 'eco-friendly'").fetchone()
            except psycopg.Error as error:
                return error.sqlstate

    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(ask, ["null", "error"] * 3))
    endpoint.reset()
    assert found == [(None,), "22P02"] * 3
