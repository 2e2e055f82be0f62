"""A call's answer, read where the call stood.

before   description MEANS 'eco'
after    CASE WHEN (description) IS NOT NULL AND ('eco') IS NOT NULL THEN
         coalesce((SELECT value FROM answers_1 WHERE arg_1 IS NOT DISTINCT FROM description AND …), error('…'))['v'] END

NULL in gives NULL out; an input that the answers table lacks is an error, never NULL; a failed answer is ``{v: NULL}``.
The table's columns are renamed inside the subquery, so that a column of the client's called ``value`` or ``arg_1``
keeps its meaning there.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlserver.core.operators import Operator
from sqlserver.core.plan import MISSING_ANSWER
from sqlserver.sql.outline import Leaf, Node, Query, Run, Subquery, walk
from sqlserver.sql.quote import quote_identifier, quote_text
from sqlserver.sql.tokens import TokenKind


def typed_argument(text: str, type_name: str) -> str:
    return f"CAST(({text}) AS {type_name})"


def may_fail(node: Node) -> bool:
    """Whether evaluating a plain argument can raise an error: anything but a literal or a column. Subqueries are left
    out: TRY takes none."""
    if isinstance(node, Leaf):
        return False
    if isinstance(node, Run) and all(isinstance(part, Leaf) and _in_name(part) for part in node.parts):
        return False
    return not any(isinstance(inner, Query | Subquery) for inner in walk(node))


def _in_name(part: Leaf) -> bool:
    return part.token.is_symbol(".") or part.token.kind in (TokenKind.WORD, TokenKind.QUOTED)


def answer(table: str, matched: Sequence[str], field: str) -> str:
    """The answer for typed argument texts, NULL where there is none. ``field`` is ``v`` or ``trace``."""
    return f"({_row(table, matched)})[{quote_text(field)}]"


def guarded_answer(
    operator: Operator, table: str, arguments: Sequence[str], matched: Sequence[str], field: str, *, steady: bool
) -> str:
    """The answer, NULL for a NULL argument, an error where an input was not asked.

    ``matched`` are the arguments as the subquery compares them. ``steady``: the error is a cast that fails, for DuckDB
    refuses volatile expressions in PARTITION BY, and ``error()`` is one. Its text is the lookup's own: DuckDB evaluates
    an expression that two lookups share ahead of both, and this one must not be evaluated ahead.
    """
    guard = " AND ".join(f"({argument}) IS NOT NULL" for argument in arguments)
    message = quote_text(f"{MISSING_ANSWER}: {operator.name} ({table}.{field})")
    missing = f"CAST({message} AS STRUCT(v {operator.returns}, trace VARCHAR))" if steady else f"error({message})"
    return f"(CASE WHEN {guard} THEN coalesce(({_row(table, matched)}), {missing})[{quote_text(field)}] END)"


def _row(table: str, matched: Sequence[str]) -> str:
    columns = [quote_identifier(f"{table}_arg_{n}") for n in range(1, len(matched) + 1)]
    value = quote_identifier(f"{table}_value")
    renamed = ", ".join(f"arg_{n} AS {column}" for n, column in enumerate(columns, 1))
    matches = " AND ".join(
        f"{column} IS NOT DISTINCT FROM {argument}" for column, argument in zip(columns, matched, strict=True)
    )
    rows = f"(SELECT {renamed}, value AS {value} FROM {quote_identifier(table)}) AS {quote_identifier(table + '_rows')}"
    return f"SELECT {value} FROM {rows} WHERE {matches}"
