"""A call's answer, read where the call stood.

before   description MEANS 'eco'
after    CASE WHEN (description) IS NOT NULL AND ('eco') IS NOT NULL THEN
         coalesce((SELECT value FROM answers_1 WHERE arg_1 IS NOT DISTINCT FROM description AND …), error('…'))['v'] END

NULL in gives NULL out; an input that the answers table lacks is an error, never a NULL; a failed answer is ``{v: NULL}``.
The table's columns are renamed inside the subquery, so that a column of the client's called ``value`` or ``arg_1``
keeps its meaning there.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlserver.core.operators import Operator
from sqlserver.core.plan import MISSING_ANSWER
from sqlserver.sql.quote import quote_identifier, quote_text

def typed_argument(text: str, type_name: str) -> str:
    return f"CAST(({text}) AS {type_name})"


def lookup(operator: Operator, table: str, arguments: Sequence[str], field: str, *, in_window: bool) -> str:
    """SQL for one answer. ``arguments`` are typed SQL texts; ``field`` is ``v`` or ``trace``.

    ``in_window``: DuckDB refuses volatile expressions in PARTITION BY, and ``error()`` is one; a cast that fails is not.
    """
    numbers = range(1, len(arguments) + 1)
    columns = [quote_identifier(f"{table}_arg_{n}") for n in numbers]
    value = quote_identifier(f"{table}_value")
    renamed = ", ".join(f"arg_{n} AS {column}" for n, column in zip(numbers, columns, strict=True))
    matches = " AND ".join(
        f"{column} IS NOT DISTINCT FROM {argument}" for column, argument in zip(columns, arguments, strict=True)
    )
    guard = " AND ".join(f"({argument}) IS NOT NULL" for argument in arguments)
    message = quote_text(f"{MISSING_ANSWER}: {operator.name}")
    missing = f"CAST({message} AS STRUCT(v {operator.returns}, trace VARCHAR))" if in_window else f"error({message})"
    rows = f"(SELECT {renamed}, value AS {value} FROM {quote_identifier(table)}) AS {quote_identifier(table + '_rows')}"
    return (
        f"(CASE WHEN {guard} THEN coalesce((SELECT {value} FROM {rows} WHERE {matches}), {missing})"
        f"[{quote_text(field)}] END)"
    )
