"""Operators are files, and what plain SQL can parse stays plain."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from tests.processes import EndpointProcess, SqlServerProcess

RHYMES = """
sql_function:
  name: rhymes
  description: Do the two words rhyme?
  operators: ["{{ text }} RHYMES_WITH {{ other }}"]
  args: [{name: text, type: VARCHAR}, {name: other, type: VARCHAR}]
  returns: BOOLEAN
  shape: scalar
  cascade: rhymes
cascade_id: rhymes
inputs_schema: {text: A word, other: Another word}
cells:
  - name: judge
    instructions: |
      Do the two words rhyme? Answer only true or false.

      Text: {{ input.text }}
      Other: {{ input.other }}
    output_schema: {type: boolean}
"""

UNTOUCHED = [
    "SELECT 'What this MEANS is important'",
    "SELECT 1 AS means",
    "SELECT 2 means",
    "SELECT s.means FROM (SELECT 3 AS means) s",
    "SELECT about.x FROM (SELECT 4 AS x) about",
    "SELECT 'abc' ~ 'b'",
    "SELECT '{\"k\": 5}'::JSON -> 'k'",
    "SELECT 6 -- x MEANS 'y'",
    "SELECT /* a MEANS b */ 7",
    "SELECT 'a' SIMILAR TO 'a|b'",
    'SELECT 8 AS "a MEANS b"',
]


def test_a_file_dropped_into_the_folder_works_in_the_next_statement(
    start_server: Callable[..., SqlServerProcess], endpoint: EndpointProcess, tmp_path: Path
) -> None:
    folder = tmp_path / "operators"
    folder.mkdir()
    server = start_server("--operators", str(folder), settings=endpoint.settings())
    ask = "SELECT 'cat' RHYMES_WITH 'cat', 'cat' RHYMES_WITH 'dog'"
    with server.connect() as connection:
        with pytest.raises(psycopg.errors.SyntaxError):
            connection.execute(ask)
        (folder / "rhymes.yaml").write_text(RHYMES)
        assert connection.execute(ask).fetchone() == (True, False)


def test_a_broken_file_is_reported_with_its_line_and_the_previous_version_stays(
    start_server: Callable[..., SqlServerProcess], endpoint: EndpointProcess, tmp_path: Path
) -> None:
    folder = tmp_path / "operators"
    folder.mkdir()
    file = folder / "rhymes.yaml"
    file.write_text(RHYMES)
    server = start_server("--operators", str(folder), settings=endpoint.settings())
    with server.connect() as connection:
        assert connection.execute("SELECT 'a' RHYMES_WITH 'a'").fetchone() == (True,)
        file.write_text(RHYMES.replace("returns:", "retruns:"))
        assert connection.execute("SELECT 'b' RHYMES_WITH 'b'").fetchone() == (True,)
    checked = server.command("operators", "check", "--operators", str(folder))
    assert checked.code == 1
    assert "rhymes.yaml" in checked.out + checked.err
    assert "retruns" in checked.out + checked.err
    assert "returns" in checked.out + checked.err


@pytest.mark.parametrize("sql", UNTOUCHED)
def test_words_of_operators_in_plain_sql_are_untouched_and_call_no_model(
    server: SqlServerProcess, endpoint: EndpointProcess, sql: str
) -> None:
    endpoint.reset()
    with server.connect() as connection:
        assert connection.execute(sql).fetchone() is not None
    assert endpoint.count() == 0


def test_an_inserted_string_keeps_its_words(server: SqlServerProcess, endpoint: EndpointProcess) -> None:
    endpoint.reset()
    with server.connect() as connection:
        connection.execute("CREATE TABLE kept (t VARCHAR)")
        connection.execute("INSERT INTO kept VALUES ('a MEANS b')")
        assert connection.execute("SELECT t FROM kept").fetchall() == [("a MEANS b",)]
    assert endpoint.count() == 0
