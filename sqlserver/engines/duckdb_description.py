"""What the binder says of a statement: the types of its parameters, its columns, whether it must run to its end.

Called on a session's worker thread; nothing here changes the session.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import duckdb

from sqlserver.core import pgtypes
from sqlserver.core.client_session import BoundParameter
from sqlserver.core.column_label import column_labels
from sqlserver.core.declared_type import told_type
from sqlserver.core.errors import ServerError
from sqlserver.core.result import Column
from sqlserver.engines import duckdb_binding as binding
from sqlserver.engines.duckdb_errors import server_error
from sqlserver.engines.duckdb_parameters import Bind, bound_values, example, resolve_types, typed
from sqlserver.engines.duckdb_types import duckdb_type, pg_type
from sqlserver.engines.engine import Description, ParsedStatement, StatementKind
from sqlserver.engines.input_text import read_text
from sqlserver.engines.integer_sums import narrowing
from sqlserver.engines.statement_memory import Remembered
from sqlserver.engines.user_types import AskForTypes, holds_user_type, is_user_oid
from sqlserver.sql.edits import applied

_STREAMED = frozenset({StatementKind.SELECT, StatementKind.SHOW})
_WRITING_WORDS = re.compile("insert|update|delete|merge", re.IGNORECASE)
_DECLARABLE = frozenset({"VARCHAR", "JSON"})
_SHORT = 1_000
"""Characters of a text that is worth remembering with its columns."""


def bound(
    connection: duckdb.DuckDBPyConnection,
    statement: ParsedStatement,
    parameters: Sequence[BoundParameter],
    memory: Remembered | None,
    user_types: AskForTypes,
) -> tuple[dict[str, object], dict[str, str]]:
    if not statement.parameters:
        return {}, {}
    known = None if memory is None else memory.kinds
    values, kinds = bound_values(statement.parameters, parameters, binder(connection, statement.text), known)
    for number, parameter in enumerate(parameters, 1):
        if is_user_oid(parameter.oid) and (spelled := user_types().spelled(parameter.oid)) is not None:
            kinds[str(number)] = spelled
    for name, kind in kinds.items():
        value = values[name]
        if holds_user_type((kind,)) and isinstance(value, str | list):
            values[name] = typed(read_text(value, kind) if isinstance(value, str) else value, kind)
    return values, kinds


def binder(connection: duckdb.DuckDBPyConnection, sql: str) -> Bind:
    return _Binder(connection, sql)


@dataclass(frozen=True, slots=True)
class _Binder:
    """For trying types: an error of a bind with values has no position."""

    connection: duckdb.DuckDBPyConnection
    sql: str

    def __call__(self, values: Mapping[str, object] | None, text: str | None = None) -> binding.Signature:
        sql = self.sql if text is None else text
        try:
            return binding.bind(self.connection, sql, values)
        except duckdb.Error as error:
            plain = values or text is not None
            raise (server_error(error, sql) if plain else _placed(self.connection, sql, error)) from error

    def computed(self, expression: str) -> str:
        rows = self.connection.execute(f"SELECT CAST({expression} AS VARCHAR)").fetchall()
        return str(rows[0][0])


def _placed(connection: duckdb.DuckDBPyConnection, sql: str, error: duckdb.Error) -> ServerError:
    """The binder tells no position; PREPARE says the same with one, beside the transaction, which it would end."""
    prefix = "PREPARE asked_again AS "
    aside = connection.cursor()
    try:
        aside.execute("SET schema = 'public'")
        aside.execute(prefix + sql)
    except duckdb.Error as again:
        told = server_error(again, prefix + sql)
        plain = server_error(error, sql)
        same = (told.sqlstate, told.message) == (plain.sqlstate, plain.message)
        if same and told.position is not None and told.position > len(prefix):
            told.position -= len(prefix)
            return told
        return plain
    finally:
        aside.close()
    return server_error(error, sql)


def must_finish(
    connection: duckdb.DuckDBPyConnection, statement: ParsedStatement, values: Mapping[str, object]
) -> bool:
    """Whether leaving the rows unread would leave work undone."""
    if statement.kind not in _STREAMED:
        return True
    return _WRITING_WORDS.search(statement.text) is not None and binding.bind(connection, statement.text, values).writes


def row_count(result: binding.Submitted) -> int:
    return sum(int(batch.column(0)[0].as_py()) for batch in result.reader if batch.num_rows)


def labelled_columns(
    names: Sequence[str], types: Sequence[str], sql: str, user_types: AskForTypes
) -> tuple[Column, ...]:
    known = _known_columns if len(sql) <= _SHORT else _known_columns.__wrapped__
    columns = known(tuple(names), tuple(types), sql)
    if holds_user_type(types):
        told = [user_types().told(kind) for kind in types]
        columns = tuple(Column(column.name, *one) for column, one in zip(columns, told, strict=True))
    if not _DECLARABLE.isdisjoint(types) and (declared := user_types().declared_of(sql, names)) is not None:
        columns = tuple(
            Column(column.name, *told_type(one)) if one and kind in _DECLARABLE else column
            for column, kind, one in zip(columns, types, declared, strict=True)
        )
    return columns


@lru_cache(maxsize=1024)
def _known_columns(names: tuple[str, ...], types: tuple[str, ...], sql: str) -> tuple[Column, ...]:
    labels = column_labels(names, sql)
    return tuple(Column(label, *pg_type(kind)) for label, kind in zip(labels, types, strict=True))


def described(
    connection: duckdb.DuckDBPyConnection,
    statement: ParsedStatement,
    oids: Sequence[int],
    memory: Remembered | None,
    user_types: AskForTypes,
) -> Description:
    sql = statement.text
    names = statement.parameters
    numbers = [int(name) for name in names if name.isdigit()]
    declared = {
        str(number): user_types().spelled(oid) if is_user_oid(oid) else duckdb_type(oid)
        for number, oid in enumerate(oids, 1)
        if oid
    }
    bind = binder(connection, sql)
    kinds = resolve_types(names, declared, bind)
    values = {name: example(kind) for name, kind in kinds.items()}
    sql = applied(sql, narrowing(connection, statement, values, kinds, memory))[0]
    try:
        signature = binder(connection, sql)(values)
    except ServerError:
        bind(None)
        raise
    types = tuple(
        pgtypes.BY_OID[oids[number - 1]]
        if number <= len(oids) and oids[number - 1] in pgtypes.BY_OID
        else _told(kinds.get(str(number), "VARCHAR"), user_types)
        for number in range(1, max([*numbers, len(oids)], default=0) + 1)
    )
    if signature.return_type != "query_result":
        return Description(types, None)
    if signature.deferred:
        found = binding.submit(connection, sql, values)
        found.reader.close()
        return Description(types, labelled_columns(found.names, found.types, sql, user_types))
    return Description(types, labelled_columns(signature.names, signature.types, sql, user_types))


def _told(kind: str, user_types: AskForTypes) -> pgtypes.PgType:
    return user_types().told(kind)[0] if holds_user_type((kind,)) else pg_type(kind)[0]
