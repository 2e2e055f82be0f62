"""What a user's ClickHouse query may touch: one SELECT over log relations, and nothing of the machine.

The reader clients are read only, which stops writes and table functions; the functions below read files or other
systems even so. ``training_annotations`` is the name of the history in ClickHouse, so reads of it are pointed at the
current state here.
"""

from __future__ import annotations

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from sqlserver.catalog.log_relations import LOG_RELATIONS, source_of
from sqlserver.core.errors import InsufficientPrivilege, SyntaxFault, UndefinedTable

_REFUSED_FUNCTIONS = (
    "file", "filesystem", "dict", "joinget", "hostname", "fqdn", "getserver", "getmacro", "getsetting", "sleep",
    "catboost", "addressto", "currentuser", "tcpport", "serveruuid", "connectionid", "remote", "url", "buildid",
)  # fmt: skip
"""Prefixes of lower-case names."""

_READABLE = {source_of(relation): relation for relation in LOG_RELATIONS.values()}


def checked_query(sql: str, database: str) -> str:
    """``sql`` ready to run. Raises 42601, 42P01 for a relation that is not ours, 42501 for what may not be used."""
    text = sql.strip().rstrip(";")
    tree = _parse(text)
    common_tables = {cte.alias for cte in tree.find_all(exp.CTE)}
    replacements: list[tuple[int, int, str]] = []
    for table in tree.find_all(exp.Table):
        if not isinstance(table.this, exp.Identifier):
            raise InsufficientPrivilege("table functions may not be used in a query on the log")
        if not table.db and table.name in common_tables:
            continue
        replacement = _source(table, database)
        if replacement is not None:
            meta = table.this.meta
            replacements.append((meta["start"], meta["end"] + 1, replacement))
    for function in tree.find_all(exp.Func):
        name = (function.name if isinstance(function, exp.Anonymous) else function.sql_name()).lower()
        if name.startswith(_REFUSED_FUNCTIONS):
            raise InsufficientPrivilege(f"the function {name} may not be used in a query on the log")
    for start, end, replacement in sorted(replacements, reverse=True):
        text = text[:start] + replacement + text[end:]
    return text


def _parse(sql: str) -> exp.Query:
    try:
        statements = sqlglot.parse(sql, read="clickhouse")
    except SqlglotError as error:
        raise SyntaxFault("this query on the log cannot be read", detail=_plain(str(error))) from None
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        raise SyntaxFault("a query on the log is one SELECT")
    tree = statements[0]
    if any(
        select.args.get(clause) for select in tree.find_all(exp.Select) for clause in ("settings", "format", "into")
    ):
        raise InsufficientPrivilege("SETTINGS, FORMAT and INTO may not be used in a query on the log")
    return tree


def _source(table: exp.Table, database: str) -> str | None:
    """What stands for the name, or None where the name itself is read."""
    relation = LOG_RELATIONS.get(table.name)
    if table.db not in ("", database) or table.catalog or (relation is None and table.name not in _READABLE):
        raise UndefinedTable(f'relation "{table.name}" does not exist in the log')
    if relation is None or not relation.source:
        return None
    return relation.source if table.alias else f"{relation.source} AS {relation.name}"


def _plain(message: str) -> str:
    """sqlglot underlines with terminal escapes."""
    return message.replace("\x1b[4m", "").replace("\x1b[0m", "")
