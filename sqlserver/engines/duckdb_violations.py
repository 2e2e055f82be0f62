"""A violated constraint as PostgreSQL reports it: with the names of the constraint, its table and its column.

DuckDB names the key's columns and nothing more, so that the constraint is looked for among those of the statement's
target. Where the target cannot be told, or no constraint of it fits, the error stays as ``duckdb_errors`` read it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from sqlserver.catalog.objects import ConstraintObject, DatabaseObjects
from sqlserver.core.errors import ServerError
from sqlserver.sql.split import head_tokens
from sqlserver.sql.tokens import Token, TokenKind, tokenize

Target = tuple[str | None, str]
"""Schema, where the statement names one, and table."""


class Key(NamedTuple):
    """A primary key, a UNIQUE constraint or a unique index."""

    name: str
    columns: tuple[str, ...]


def is_violation(error: ServerError) -> bool:
    return error.sqlstate.startswith("23")


def target_of(sql: str) -> Target | None:
    """The table that an INSERT, UPDATE, DELETE or MERGE changes; None for anything else."""
    return _target_among(head_tokens(sql, _HEAD)) or (_target_among(tokenize(sql)) if len(sql) > _HEAD else None)


_HEAD = 500


def _target_among(tokens: Sequence[Token]) -> Target | None:
    for at, token in enumerate(tokens):
        after = tokens[at + 1].upper if at + 1 < len(tokens) else ""
        if (token.upper, after) in _OPENINGS:
            return _name(tokens[at + 2 :])
        if token.upper == "UPDATE" and _starts_statement(tokens, at):
            return _name(tokens[at + 1 :])
    return None


_OPENINGS = frozenset({("INSERT", "INTO"), ("DELETE", "FROM"), ("MERGE", "INTO")})


def _starts_statement(tokens: Sequence[Token], at: int) -> bool:
    """UPDATE is also a word of ``FOR UPDATE``, ``DO UPDATE`` and ``ON UPDATE``."""
    return at == 0 or tokens[at - 1].upper not in ("FOR", "DO", "ON", "THEN", "KEY")


def _name(tokens: Sequence[Token]) -> Target | None:
    parts: list[str] = []
    expects_name = True
    for token in tokens:
        if not parts and token.upper == "ONLY":
            continue
        if expects_name and token.kind in (TokenKind.WORD, TokenKind.QUOTED):
            parts.append(token.text if token.kind is TokenKind.QUOTED else token.text.lower())
        elif expects_name or not token.is_symbol("."):
            break
        expects_name = not expects_name
    return (parts[-2] if len(parts) > 1 else None, parts[-1]) if parts else None


def name_violation(error: ServerError, message: str, target: Target, objects: DatabaseObjects) -> None:
    """Changes ``error``, made of DuckDB's ``message``, to PostgreSQL's words and fields where the names are known."""
    schema, table = _located(target, objects)
    for pattern, tell in _TELLERS:
        found = re.search(pattern, message, re.DOTALL)
        if found is not None:
            tell(error, found, _Table(schema, table, objects))
            return


def _located(target: Target, objects: DatabaseObjects) -> tuple[str, str]:
    schema, table = target
    if schema is None or schema == "main":
        schemas = [one.schema for one in objects.relations if one.name == table]
        schema = "public" if "public" in schemas or not schemas else schemas[0]
    return schema, table


class _Table(NamedTuple):
    schema: str
    name: str
    objects: DatabaseObjects

    def constraints(self, kinds: str) -> Iterator[ConstraintObject]:
        for one in self.objects.constraints:
            if one.kind in kinds and (one.schema, one.table) == (self.schema, self.name):
                yield one

    def unique_keys(self) -> list[Key]:
        indexes = (
            Key(one.name, tuple(key for key in one.keys if key is not None))
            for one in self.objects.indexes
            if one.unique and not one.expressions and (one.schema, one.table) == (self.schema, self.name)
        )
        found = {one.name: Key(one.name, one.columns) for one in self.constraints("pu")}
        return list((found | {one.name: one for one in indexes}).values())

    def told(self, error: ServerError, constraint: str | None = None) -> None:
        error.schema_name, error.table_name, error.constraint_name = self.schema, self.name, constraint


def _duplicate_of_columns(error: ServerError, found: re.Match[str], table: _Table) -> None:
    """``u: 1, v: x``"""
    written = found[1]
    for key in table.unique_keys():
        values = _values(written, key.columns)
        if values is not None:
            _duplicate(error, table, key.name, key.columns, values)
            return
    columns = re.findall(r"(?:^|, )(\w+): ", written)
    values = _values(written, columns)
    if values is not None:  # a table that this transaction made: its keys have the names that PostgreSQL gives
        name = "_".join([table.name, *columns, "key"]) if found[2] == "unique" else f"{table.name}_pkey"
        _duplicate(error, table, name, columns, values)


def _duplicate_of_values(error: ServerError, found: re.Match[str], table: _Table) -> None:
    """``1, x``, where the statement itself brings the key twice. Told where one key alone can be meant."""
    values = found[1]
    keys = [one for one in table.unique_keys() if len(one.columns) == values.count(", ") + 1]
    if len(keys) == 1:
        _duplicate(error, table, keys[0].name, keys[0].columns, values)
    else:
        table.told(error)


def _duplicate(error: ServerError, table: _Table, name: str, columns: Sequence[str], values: str) -> None:
    error.message = f'duplicate key value violates unique constraint "{name}"'
    error.detail = f"Key ({', '.join(columns)})=({values}) already exists."
    table.told(error, name)


def _null(error: ServerError, found: re.Match[str], table: _Table) -> None:
    table.told(error)
    error.column_name = found[1].strip('"')


def _check(error: ServerError, found: re.Match[str], table: _Table) -> None:
    checks = list(table.constraints("c"))
    for reading in (_bare, _words):
        same = [one for one in checks if reading(one.definition) == reading(found[1])]
        if len(same) == 1:
            checks = same
            break
    if len(checks) > 1:
        table.told(error)
        return
    name = checks[0].name if checks else f"{table.name}_check"
    error.message = f'new row for relation "{table.name}" violates check constraint "{name}"'
    table.told(error, name)


def _bare(definition: str) -> str:
    return re.sub(r"[\s()]", "", definition)


def _words(definition: str) -> list[str]:
    """Names and constants alone: DuckDB has operators and casts of its own."""
    return sorted(re.findall(r"'[^']*'|\w+", definition.lower()))


def _not_present(error: ServerError, found: re.Match[str], table: _Table) -> None:
    """DuckDB tells the columns of the referenced key."""
    one, values = _reference(table.constraints("f"), found[1], lambda one: one.referenced_columns)
    if one is not None and one.referenced is not None:
        error.message = f'insert or update on table "{table.name}" violates foreign key constraint "{one.name}"'
        error.detail = f'Key ({", ".join(one.columns)})=({values}) is not present in table "{one.referenced[1]}".'
        table.told(error, one.name)


def _still_referenced(error: ServerError, found: re.Match[str], table: _Table) -> None:
    """DuckDB tells the referencing columns; the constraint is the other table's."""
    others = (one for one in table.objects.constraints if one.referenced == (table.schema, table.name))
    one, values = _reference(others, found[1], lambda one: one.columns)
    if one is not None:
        error.message = (
            f'update or delete on table "{table.name}" violates foreign key constraint "{one.name}" '
            f'on table "{one.table}"'
        )
        error.detail = (
            f'Key ({", ".join(one.referenced_columns)})=({values}) is still referenced from table "{one.table}".'
        )
        error.schema_name, error.table_name, error.constraint_name = one.schema, one.table, one.name


def _reference(
    constraints: Iterable[ConstraintObject], written: str, columns: Callable[[ConstraintObject], tuple[str, ...]]
) -> tuple[ConstraintObject | None, str]:
    fitting = [(one, values) for one in constraints if (values := _values(written, columns(one))) is not None]
    return fitting[0] if len(fitting) == 1 else (None, "")


def _values(written: str, columns: Sequence[str]) -> str | None:
    """``u: 1, v: x`` as ``1, x``; None where the columns are others."""
    found = re.fullmatch(", ".join(f"{re.escape(column)}: (.*)" for column in columns), written, re.DOTALL)
    return None if found is None else ", ".join(found.groups())


_Teller = Callable[[ServerError, re.Match[str], _Table], None]
_TELLERS: tuple[tuple[str, _Teller], ...] = (
    (r'^Duplicate key "(.+)" violates (primary key|unique) constraint', _duplicate_of_columns),
    (r'PRIMARY KEY or UNIQUE constraint violation: duplicate key "(.*)"', _duplicate_of_values),
    (r"^NOT NULL constraint failed: .+\.(.+)$", _null),
    (r"^CHECK constraint failed on table \".+?\" with expression (.*)$", _check),
    (r'^Violates foreign key constraint because key "(.+)" does not exist', _not_present),
    (r'^Violates foreign key constraint because key "(.+)" is still referenced', _still_referenced),
)
