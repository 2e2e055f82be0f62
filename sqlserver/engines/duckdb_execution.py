"""One statement on a session's connection, from its text and values to its rows; on the session's worker thread.

What DuckDB reads otherwise than PostgreSQL, and only its binder can tell, is settled here: constants take the type of
their place, sums of integers stay integers, casts to text lose the macro they do not need. What was found is
remembered with the text (``StatementMemory``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import duckdb

from sqlserver.core.client_session import BoundParameter
from sqlserver.core.result import Column
from sqlserver.engines import duckdb_binding as binding
from sqlserver.engines.duckdb_constants import with_typed_constants
from sqlserver.engines.duckdb_description import binder, bound, described, labelled_columns, must_finish, row_count
from sqlserver.engines.duckdb_parameters import example
from sqlserver.engines.duckdb_types import LOSSY_IN_ARROW
from sqlserver.engines.engine import Description, ParsedStatement, StatementKind
from sqlserver.engines.integer_sums import in_places_before, narrowing
from sqlserver.engines.plain_texts import plain_texts
from sqlserver.engines.statement_memory import StatementMemory
from sqlserver.engines.user_types import AskForTypes
from sqlserver.sql.edits import applied

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Begun:
    """``columns`` and ``reader`` (pyarrow's RecordBatchReader) where rows come; ``affected`` where they are counted."""

    columns: tuple[Column, ...] | None = None
    reader: Any = None
    affected: int | None = None


@dataclass(frozen=True, slots=True)
class Execution:
    connection: duckdb.DuckDBPyConnection
    memory: StatementMemory
    user_types: AskForTypes

    def describe(self, statement: ParsedStatement, oids: Sequence[int]) -> Description:
        """``oids``: types of the parameters, 0 where the client gave none."""
        return self._typed(
            statement,
            oids,
            lambda typed: described(self.connection, typed, oids, self.memory.of(typed), self.user_types),
        )

    def begin(self, statement: ParsedStatement, parameters: Sequence[BoundParameter]) -> Begun:
        """Runs a query until its first rows are there, anything else to its end."""
        return self._typed(
            statement, [parameter.oid for parameter in parameters], lambda typed: self._bound(typed, parameters)
        )

    def _typed(self, statement: ParsedStatement, oids: Sequence[int], work: Callable[[ParsedStatement], T]) -> T:
        return with_typed_constants(
            statement,
            oids,
            lambda sql: binder(self.connection, sql),
            lambda shape: self.memory.of(replace(statement, text=shape)),
            work,
            user_types=self.user_types,
        )

    def _bound(self, statement: ParsedStatement, parameters: Sequence[BoundParameter]) -> Begun:
        memory = self.memory.of(statement)
        values, kinds = bound(self.connection, statement, parameters, memory, self.user_types)
        edits = narrowing(self.connection, statement, values, kinds, memory)
        edits += plain_texts(self.connection, statement, values, kinds, memory)
        if not edits:
            return self._submitted(statement, values, kinds)
        statement = replace(statement, text=applied(statement.text, edits)[0])
        with in_places_before(edits, statement.text):
            return self._submitted(statement, values, kinds)

    def _submitted(self, statement: ParsedStatement, values: Mapping[str, object], kinds: Mapping[str, str]) -> Begun:
        sql = statement.text
        finished = must_finish(self.connection, statement, values)
        result = binding.submit(self.connection, sql, values, materialised=finished)
        if result.return_type != "query_result":
            return Begun(affected=row_count(result) if result.return_type == "changed_rows" else None)
        if statement.kind is StatementKind.SELECT and not LOSSY_IN_ARROW.isdisjoint(result.types):
            return self._as_text(sql, values, result)
        types = result.types
        if '"NULL"' in types and any(value is None for value in values.values()):
            # A NULL loses its type on the way in; the columns keep what Describe said of them.
            types = binding.bind(self.connection, sql, {name: example(kind) for name, kind in kinds.items()}).types
        return Begun(labelled_columns(result.names, types, sql, self.user_types), result.reader)

    def _as_text(self, sql: str, values: Mapping[str, object], begun: binding.Submitted) -> Begun:
        """The same query, columns that Arrow cannot carry whole as text. It has begun once and is begun again."""
        begun.reader.close()
        chosen = ", ".join(
            f"CAST(#{number} AS VARCHAR{kind[kind.find('[') :] if kind.endswith(']') else ''})"
            if kind in LOSSY_IN_ARROW
            else f"#{number}"
            for number, kind in enumerate(begun.types, 1)
        )
        result = binding.submit(self.connection, f"SELECT {chosen} FROM (\n{sql}\n) AS whole", values)
        return Begun(labelled_columns(begun.names, begun.types, sql, self.user_types), result.reader)
