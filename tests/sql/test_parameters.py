"""A bound value is that value and nothing else, whatever it holds and wherever it stands."""

from __future__ import annotations

import datetime
import uuid
from decimal import Decimal

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqlserver.core import pgtypes
from sqlserver.core.client_session import BoundParameter
from sqlserver.core.errors import InvalidParameterValue, InvalidTextRepresentation, ServerError
from sqlserver.sql.array_literal import array_elements
from sqlserver.sql.parameters import bind_statement, bind_text
from sqlserver.sql.quote import quote_identifier
from tests.plan.staged import connect, read, run_staged

TEXT = st.text(alphabet=st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=30)


def value_of(parameter, sql="SELECT $1"):
    return duckdb.sql(bind_text(sql, [parameter])).fetchall()[0][0]


@given(TEXT)
def test_any_text_comes_back_as_itself(text):
    assert value_of(BoundParameter(text)) == text
    assert value_of(BoundParameter(text, pgtypes.TEXT.oid)) == text


@given(TEXT)
def test_a_value_beside_anything_stays_a_value(text):
    row = duckdb.sql(
        bind_text(
            "SELECT 'a'||$1||'b', E'\\n'||$1 -- $1\n, '$1', 1-$2",
            [BoundParameter(text), BoundParameter("-1", pgtypes.INT4.oid)],
        )
    ).fetchall()[0]
    assert row == (f"a{text}b", f"\n{text}", "$1", 2)


@given(TEXT.filter(bool))
def test_any_name_is_one_identifier(name):
    assert duckdb.sql(f"SELECT 1 AS {quote_identifier(name)}").columns == [name]


@pytest.mark.parametrize(
    ("parameter", "expected"),
    [
        (BoundParameter(None), None),
        (BoundParameter(None, pgtypes.INT4.oid), None),
        (BoundParameter("7", pgtypes.INT4.oid), 7),
        (BoundParameter(-7, pgtypes.INT8.oid), -7),
        (BoundParameter("t", pgtypes.BOOL.oid), True),
        (BoundParameter(True), True),
        (BoundParameter("1.50", pgtypes.NUMERIC.oid), Decimal("1.50")),
        (BoundParameter(Decimal("-1.5")), Decimal("-1.5")),
        (BoundParameter(0.1, pgtypes.FLOAT8.oid), 0.1),
        (BoundParameter(b"\x00'\xff"), b"\x00'\xff"),
        (BoundParameter("\\x0027ff", pgtypes.BYTEA.oid), b"\x00'\xff"),
        (BoundParameter("2024-02-29", pgtypes.DATE.oid), datetime.date(2024, 2, 29)),
        (BoundParameter(datetime.datetime(2024, 1, 2, 3, 4, 5)), datetime.datetime(2024, 1, 2, 3, 4, 5)),
        (BoundParameter(datetime.timedelta(days=-1, seconds=1)), datetime.timedelta(days=-1, seconds=1)),
        (BoundParameter(uuid.UUID(int=5)), uuid.UUID(int=5)),
        (BoundParameter('{a,"b \\"c\\"",NULL,d\'e}', 1009), ["a", 'b "c"', None, "d'e"]),
        (BoundParameter("{1,2}", 1007), [1, 2]),
        (BoundParameter(["x", "y'"]), ["x", "y'"]),
        (BoundParameter([], 1009), []),
    ],
)
def test_typed_values(parameter, expected):
    assert value_of(parameter) == expected


@pytest.mark.parametrize("text", ["a", "{a", "{a,}", '{"a}', "{a}b", "{a b"])
def test_a_malformed_array_is_told(text):
    with pytest.raises(InvalidTextRepresentation):
        array_elements(text)


def test_errors_name_what_is_wrong():
    with pytest.raises(ServerError) as missing:
        bind_text("SELECT $2", [BoundParameter("a")])
    assert (missing.value.sqlstate, missing.value.position) == ("42P02", 8)
    with pytest.raises(InvalidParameterValue):
        bind_text("SELECT $1", [BoundParameter("a\0b")])


def test_a_semantic_statement_keeps_its_positions():
    with connect() as connection:
        sql = "SELECT id, $2 || d MEANS $1 FROM p WHERE id < $3 AND classify(d, $4) = 'a'"
        values = [BoundParameter("it's $2"), BoundParameter("x'"), BoundParameter("4", 23), BoundParameter("{a,b}")]
        statement = bind_statement(read(connection, sql), values)
        assert [statement.position(call) for call in statement.calls] == [
            sql.index("MEANS") + 1,
            sql.index("class") + 1,
        ]
        staged = run_staged(connection, statement)
        assert ("semantic_classify", "item 0", ("a", "b")) in staged.asked
        assert all(key[2] == "it's $2" for key in staged.asked if key[0] == "semantic_matches")
