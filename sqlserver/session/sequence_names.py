"""``setval(pg_get_serial_sequence('t', 'id'), …)``: DuckDB wants the sequence's name as a constant, so it is asked for
before the statement is read."""

from __future__ import annotations

import re
from dataclasses import replace

from sqlserver.core.errors import UndefinedTable
from sqlserver.session.catalog_statements import catalog_plan, run_catalog
from sqlserver.session.state import SessionState
from sqlserver.session.statement import Statement
from sqlserver.session.tables.declarations import values_of
from sqlserver.sql.quote import quote_text

_ASKED = re.compile(
    r"(?<=val)(\s*\(\s*)((?:pg_catalog\.)?pg_get_serial_sequence\s*\(\s*'(?:[^']|'')*'\s*,\s*'(?:[^']|'')*'\s*\))"
    r"(?:\s*::\s*(?:pg_catalog\.)?regclass)?",
    re.IGNORECASE,
)


async def with_sequence_names(state: SessionState, statement: Statement) -> Statement:
    """The same statement where it asks for none. 42P01 where there is no such sequence."""
    if not statement.may_read_catalog or _ASKED.search(statement.text) is None:
        return statement
    text = statement.text
    for found in list(_ASKED.finditer(text)):
        (question,) = await state.reader.read(f"SELECT {found[2]}")
        plan = catalog_plan(state, question, question.text)
        rows = [] if plan is None else await values_of(await run_catalog(state, plan, ()))
        if not rows or rows[0][0] is None:
            raise UndefinedTable(f"there is no sequence for {found[2]}")
        text = text.replace(found[0], f"{found[1]}{quote_text(str(rows[0][0]))}", 1)
    (named,) = await state.reader.read(text)
    return replace(named, start=statement.start)
