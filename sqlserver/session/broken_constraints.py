"""Which constraint a statement broke: DuckDB tells the values or the condition, PostgreSQL the constraint's name too.

Looked up outside the transaction, which has been given up: a table that it made itself stays without a name.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlserver.catalog.objects import ConstraintObject
from sqlserver.core.errors import ServerError
from sqlserver.session.state import SessionState
from sqlserver.sql.table_elements import qualified_name
from sqlserver.sql.tokens import tokenize

_KEY = re.compile(r"Key \((.+?)\)=\((.*)\) already exists\.", re.DOTALL)
_CHECK = re.compile(r"Failing check: (?:CHECK)?\s*(.*)\.", re.DOTALL)
_BLANKS = re.compile(r"[\s()]+")


async def name_constraint(state: SessionState, error: ServerError, text: str) -> None:
    """Fills the error in place, as far as it can be told."""
    if error.sqlstate not in ("23505", "23514", "23502"):
        return
    table = _written_table(text)
    if table is None:
        return
    error.table_name = table[-1]
    error.schema_name = table[-2] if len(table) > 1 else "public"
    if error.sqlstate == "23502":
        named = re.search(r'null value in column "(.+?)"', error.message)
        error.column_name = named[1] if named else None
        return
    constraints = await state.engine.committed_constraints(table)
    if error.sqlstate == "23514":
        _name_check(error, constraints)
    else:
        _name_key(error, constraints)


def _name_check(error: ServerError, constraints: Sequence[ConstraintObject]) -> None:
    found = _CHECK.search(error.detail or "")
    if found is None:
        return
    failed = _BLANKS.sub("", found[1])
    for one in constraints:
        if one.kind == "c" and _BLANKS.sub("", one.engine_expression or "") == failed:
            error.message = (
                f'new row for relation "{error.table_name}" violates check constraint "{one.name}"'
            )  # fmt: skip
            error.constraint_name = one.name


def _name_key(error: ServerError, constraints: Sequence[ConstraintObject]) -> None:
    found = _KEY.search(error.detail or "")
    if found is None:
        return
    told = f"{found[1]}: {found[2]}"
    for one in constraints:
        if one.kind not in "pu":
            continue
        pattern = ", ".join(f"{re.escape(column)}: (.*)" for column in one.columns)
        values = re.fullmatch(pattern, told, re.DOTALL)
        if values is not None:
            error.message = f'duplicate key value violates unique constraint "{one.name}"'
            error.detail = f"Key ({', '.join(one.columns)})=({', '.join(values.groups())}) already exists."
            error.constraint_name = one.name
            return


def _written_table(text: str) -> tuple[str, ...] | None:
    tokens = tokenize(text[:2000])
    for at, token in enumerate(tokens[:-1]):
        if token.upper in ("INTO", "UPDATE"):
            name = at + 1 + (tokens[at + 1].upper == "ONLY")
            return qualified_name(tokens, name)[0] if name < len(tokens) else None
    return None
