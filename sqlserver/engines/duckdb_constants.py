r"""Constants without a type: PostgreSQL's unknown literals, which take the type that their place asks for.

INSERT INTO t (b, a) VALUES ('\x6162', '{1,2}')  →  … VALUES (CAST('\x61\x62' AS BLOB), CAST('["1", "2"]' AS INTEGER[]))

They are what parameters of no declared type are, so they are read as such: in the statement's shape a parameter stands
in the place of each, the binder tells its type, and the text is read for that type. Only constants that DuckDB might
read otherwise are looked at; a statement without one costs one search in its text. Shapes are remembered.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import duckdb

from sqlserver.core.calendar_input import Relative
from sqlserver.core.errors import QueryCanceled, ServerError, SyntaxFault
from sqlserver.engines.duckdb_errors import server_error
from sqlserver.engines.duckdb_parameters import Bind, known_types
from sqlserver.engines.duckdb_types import duckdb_type
from sqlserver.engines.engine import ParsedStatement, StatementKind
from sqlserver.engines.input_text import Read, duckdb_text, may_differ, may_hold_text, read_text, relative_sql
from sqlserver.engines.row_comparisons import compared_by_column, may_compare_rows
from sqlserver.engines.statement_memory import Remembered
from sqlserver.engines.user_types import AskForTypes
from sqlserver.sql.edits import Edit, applied, place_before
from sqlserver.sql.tokens import Token, tokenize

T = TypeVar("T")

K = StatementKind
_KINDS = frozenset({K.SELECT, K.INSERT, K.UPDATE, K.DELETE, K.MERGE, K.CREATE_TABLE_AS, K.EXPLAIN, K.ALTER})
_NOT_BEFORE = frozenset(
    {
        "DATE", "TIME", "TIMESTAMP", "TIMESTAMPTZ", "TIMETZ", "INTERVAL", "ZONE", "BYTEA", "BLOB", "JSON", "JSONB",
        "UUID", "ESCAPE", "LIKE", "ILIKE", "COLLATE", "COMMENT", "AS", "FROM", "JOIN",
    }
)  # fmt: skip
"""In front of a constant whose type is written there, of a pattern, and of a file's name."""
_UNDEFINED = ("42P01", "42703", "3F000")
_ORDERED = re.compile(r"[<>]=?\s*'|'\s*[<>]|\bbetween\s*'", re.IGNORECASE)
_DEFAULT = re.compile(r"\balter\b.*\bset\s+default\b", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Shape:
    """``text``: the statement with ``names`` of parameters for constants, as the binder can be asked about it."""

    text: str
    names: tuple[str, ...]


def with_typed_constants(
    statement: ParsedStatement,
    oids: Sequence[int],
    binder: Callable[[str], Bind],
    memory: Callable[[str], Remembered | None],
    work: Callable[[ParsedStatement], T],
    *,
    user_types: AskForTypes,
) -> T:
    """What ``work`` gives for the statement with its constants in DuckDB's spelling.

    ``oids``: types of its parameters, 0 where the client gave none. ``memory`` keeps what is known of a shape. Raises
    PostgreSQL's error for a constant that its type cannot read, with its position.
    """
    asked = _Asked(statement, oids, binder, memory)
    # DuckDB compares an enum with a constant as texts: m > 'ok' would go by the alphabet.
    labels = user_types().labels() if _may_order(statement.text) else frozenset()
    edits: tuple[Edit, ...] = ()
    if labels or _may_hold(statement):
        edits = asked.edits(lambda text: text in labels or may_differ(text))
    try:
        return _worked(statement, edits, work)
    except (duckdb.BinderException, ServerError) as error:
        # DuckDB gives up on ``1 + '5'`` and ``age('2020-01-01', …)``, where the other operand or the text decides.
        again = asked.edits(lambda text: True) if _is_ambiguous(error) else ()
        if not again:
            raise
    return _worked(statement, again, work)


def _worked(statement: ParsedStatement, edits: tuple[Edit, ...], work: Callable[[ParsedStatement], T]) -> T:
    if not edits:
        return work(statement)
    sql, edits = applied(statement.text, edits)
    try:
        return work(replace(statement, text=sql))
    except (duckdb.Error, ServerError) as error:
        fault = error if isinstance(error, ServerError) else server_error(error, sql)
        if fault.position is not None:
            fault.position = place_before(edits, fault.position)
        if fault is error:
            raise
        raise fault from error


def _is_ambiguous(error: Exception) -> bool:
    fault = error if isinstance(error, ServerError) else server_error(error, "")
    return fault.sqlstate == "42725"


def _may_order(sql: str) -> bool:
    """Whether a constant may be compared by its order."""
    return ("<" in sql or ">" in sql or "between" in sql.lower()) and _ORDERED.search(sql) is not None


def _may_hold(statement: ParsedStatement) -> bool:
    kind = statement.kind
    if kind not in _KINDS and not (kind is K.CREATE and statement.tag == "CREATE VIEW"):
        return False
    return may_hold_text(statement.text) or may_compare_rows(statement.text)


def _untyped(tokens: Sequence[Token], sql: str) -> Iterator[Token]:
    for at, token in enumerate(tokens):
        if not token.is_string or sql[token.start] in "xXbBnN":
            continue
        after = tokens[at + 1] if at + 1 < len(tokens) else None
        typed = after is not None and (after.is_symbol("::") or (after.upper == "AS" and _in_cast(tokens, at)))
        joined = after is not None and after.is_string
        named = at > 0 and tokens[at - 1].upper in _NOT_BEFORE and not _is_distinct_from(tokens, at)
        if not typed and not joined and not named:
            yield token


def _is_distinct_from(tokens: Sequence[Token], at: int) -> bool:
    return at > 1 and (tokens[at - 2].upper, tokens[at - 1].upper) == ("DISTINCT", "FROM")


def _in_cast(tokens: Sequence[Token], at: int) -> bool:
    return at > 1 and tokens[at - 1].is_symbol("(") and tokens[at - 2].upper in ("CAST", "TRY_CAST")


@dataclass(frozen=True, slots=True)
class _Asked:
    """One statement and whom to ask about it."""

    statement: ParsedStatement
    oids: Sequence[int]
    binder: Callable[[str], Bind]
    memory: Callable[[str], Remembered | None]

    def edits(self, chosen: Callable[[str], bool]) -> tuple[Edit, ...]:
        """For the constants whose text is ``chosen``."""
        try:
            tokens = tokenize(self.statement.text)
        except SyntaxFault:
            return ()
        sql = self.statement.text
        rows = compared_by_column(sql, tokens) != sql  # DuckDB compares rows of unlike types, as text or not at all
        constants = [token for token in _untyped(tokens, sql) if rows or chosen(token.text)]
        if not constants or any(not name.isdigit() for name in self.statement.parameters):
            return ()
        return tuple(_edits(constants, self.kinds(tokens, constants)))

    def kinds(self, tokens: Sequence[Token], constants: Sequence[Token]) -> dict[int, str]:
        """The types of ``constants``, by the offset where each stands."""
        shape = _shape(self.statement, tokens, constants)
        names = (*self.statement.parameters, *shape.names)
        texts = {name: token.text for name, token in zip(shape.names, constants, strict=True)}
        declared = {str(number): duckdb_type(oid) for number, oid in enumerate(self.oids, 1) if oid}
        remembered = self.memory(_without_numbers(shape.text))
        known = None if remembered is None else remembered.kinds
        try:
            kinds = known_types(names, declared, self.binder(shape.text), texts, known)
        except QueryCanceled:
            raise
        except ServerError as error:
            # A place that takes no parameter. What is wrong with the statement itself is told when it runs.
            if len(constants) == 1 or error.sqlstate in _UNDEFINED:
                return {}
            half = len(constants) // 2
            return {**self.kinds(tokens, constants[:half]), **self.kinds(tokens, constants[half:])}
        return {token.start: kinds[name] for name, token in zip(shape.names, constants, strict=True)}


def _shape(statement: ParsedStatement, tokens: Sequence[Token], constants: Sequence[Token]) -> Shape:
    first = 1 + max((int(name) for name in statement.parameters), default=0)
    names = tuple(str(first + at) for at in range(len(constants)))
    holes = [Edit(token.start, token.end, f"${name}") for token, name in zip(constants, names, strict=True)]
    if statement.kind is K.CREATE:  # a view: its query can be asked about
        query = next((token.end for token in tokens if token.upper == "AS"), 0)
        return Shape(applied(statement.text, [Edit(0, query, ""), *holes])[0], names)
    if statement.kind is K.ALTER and _DEFAULT.search(statement.text) is not None:
        return Shape(_asking_for_default(statement.text, tokens, names), names)
    return Shape(applied(statement.text, holes)[0], names)


def _asking_for_default(sql: str, tokens: Sequence[Token], names: Sequence[str]) -> str:
    """ALTER TABLE t ALTER COLUMN b SET DEFAULT …   →   UPDATE t SET b = …"""
    words = [token.upper for token in tokens]
    table = words.index("TABLE") + 1
    while words[table] in ("IF", "EXISTS", "ONLY"):
        table += 1
    column = words.index("ALTER", table)
    name = column + 2 if words[column + 1] == "COLUMN" else column + 1
    target = sql[tokens[table].start : tokens[column].start]
    return f"UPDATE {target} SET {sql[tokens[name].start : tokens[name].end]} = ${names[0]}"


_NUMBER = re.compile(r"(?<![\w$.])\d{1,9}(?![\w.])")


def _without_numbers(shape: str) -> str:
    """Rows that differ in their numbers alone have one shape."""
    return _NUMBER.sub("0", shape)


def _edits(constants: Sequence[Token], kinds: Mapping[int, str]) -> Iterator[Edit]:
    for token in constants:
        kind = kinds.get(token.start, "VARCHAR")
        if kind == "VARCHAR":
            continue
        try:
            read = read_text(token.text, kind)
        except ServerError as error:
            error.position = token.start + 1
            raise
        if read != token.text or "(" not in kind or kind.startswith("ENUM("):  # a struct has no short name
            yield Edit(token.start, token.end, _written(read, kind))


def _written(read: Read, kind: str) -> str:
    if isinstance(read, Relative):
        return f"CAST({relative_sql(read)} AS {kind})"
    if kind == "DECIMAL":
        return f"CAST('{read}' AS DOUBLE)" if isinstance(read, float) else f"({duckdb_text(read)})"
    text = duckdb_text(read).replace("'", "''")
    return f"CAST('{text}' AS {kind})"
