"""Asynchronous name resolution gives the plan that synchronous resolution gives, asking each question once."""

from __future__ import annotations

from collections import Counter

import pytest

from sqlserver.plan.semantic import plan_statement, plan_statement_asking
from tests.plan.staged import binds, connect, read


@pytest.mark.parametrize(
    ("sql", "questions"),
    [
        ("SELECT d MEANS 'x' FROM p WHERE cat = 'a'", 0),
        ("SELECT id FROM p WHERE id IN (SELECT pid FROM q WHERE note MEANS 'x')", 1),
        ("SELECT id FROM p WHERE EXISTS (SELECT 1 FROM q WHERE q.pid = p.id AND note MEANS d)", 2),
        ("SELECT d MEANS 'x' AS m FROM p WHERE m", 1),
    ],
)
async def test_each_question_is_asked_once(sql, questions):
    asked: Counter[str] = Counter()
    with connect() as connection:

        async def ask(query: str) -> bool:
            asked[query] += 1
            return binds(connection, query)

        statement = read(connection, sql)
        plan = await plan_statement_asking(statement, prefix="_a", binds=ask)
        assert plan == plan_statement(statement, prefix="_a", binds=lambda query: binds(connection, query))
    assert (len(asked), max(asked.values(), default=1)) == (questions, 1)
