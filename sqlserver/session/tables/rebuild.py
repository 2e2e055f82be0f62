"""A table made anew with another definition, its rows, indexes and comments taken along.

DuckDB refuses most changes of a table that has an index, and knows no way to add or drop a check. The new table is
made beside the old one under a private name, filled, and given the old one's name; all in the open transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlserver.catalog.quoting import quote_identifier as printed_name
from sqlserver.core.declared import TableName
from sqlserver.core.declared_type import column_in_check, type_in_check
from sqlserver.session.state import SessionState
from sqlserver.session.tables.declarations import columns_of, rows
from sqlserver.sql.quote import quote_identifier, quote_text
from sqlserver.sql.table_elements import Element, closing, name_of, qualified_name, read_elements
from sqlserver.sql.tokens import Token, TokenKind, tokenize

_TYPE_ENDS = frozenset({"DEFAULT", "NOT", "NULL", "PRIMARY", "UNIQUE", "CHECK", "GENERATED", "COLLATE", "USING",
                        "REFERENCES", "CONSTRAINT"})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Piece:
    """One element of the definition as text, with how its rows come from the old table.

    ``column`` '' for a constraint. ``source`` is an expression over the old table, '' for a generated column.
    ``names`` are the columns that a constraint speaks of. ``kind`` t: a check that keeps a column's type.
    """

    column: str
    text: str
    source: str = ""
    kind: str = ""
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Index:
    name: str
    sql: str
    columns: frozenset[str]
    comment: str | None


@dataclass(frozen=True, slots=True)
class Definition:
    """What a table is made of. ``comments``: column ('' for the table itself) and text."""

    table: TableName
    pieces: tuple[Piece, ...]
    indexes: tuple[Index, ...]
    comments: tuple[tuple[str, str], ...]

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(one.column for one in self.pieces if one.column)

    def changed(self, column: str, text: str, source: str | None = None) -> Definition:
        """Another definition of one column."""
        pieces = (
            replace(one, text=text, source=one.source if source is None else source) if one.column == column else one
            for one in self.pieces
        )
        return replace(self, pieces=tuple(pieces))

    def keeps_type(self, column: str) -> bool:
        return any(one.kind == "t" and one.names == (column,) for one in self.pieces)

    def without_type(self, column: str) -> Definition:
        """Without the check that keeps the column's type."""
        return replace(self, pieces=tuple(one for one in self.pieces if one.kind != "t" or one.names != (column,)))

    def piece(self, column: str) -> Piece:
        return next(one for one in self.pieces if one.column == column)


async def definition_of(state: SessionState, table: TableName) -> Definition:
    where = (
        f"database_name = current_database() AND schema_name = {quote_text(table[0])} AND table_name = "
        f"{quote_text(table[1])}"
    )
    found = await rows(state, f"SELECT sql, comment FROM system.main.duckdb_tables() WHERE {where}")
    sql, comment = str(found[0][0]), found[0][1]
    tokens = tokenize(sql)
    at = next(n for n, token in enumerate(tokens) if token.upper == "TABLE") + 1
    _, opening = qualified_name(tokens, at)
    # DuckDB prints a name with capitals without quotes.
    written = {name.lower(): name for name in await columns_of(state, table)}
    pieces = tuple(_piece(sql, tokens, element, written) for element in read_elements(tokens, opening))
    indexes = await rows(
        state, f"SELECT index_name, sql, comment FROM system.main.duckdb_indexes() WHERE {where} AND sql IS NOT NULL"
    )
    comments = await rows(
        state, f"SELECT column_name, comment FROM system.main.duckdb_columns() WHERE {where} AND comment IS NOT NULL"
    )
    own = [] if comment is None else [("", str(comment))]
    return Definition(
        table,
        pieces,
        tuple(_index(str(name), str(text), note, written) for name, text, note in indexes),
        (*own, *((str(column), str(text)) for column, text in comments)),
    )


def _piece(sql: str, tokens: Sequence[Token], element: Element, written: Mapping[str, str]) -> Piece:
    text = sql[tokens[element.start].start : tokens[element.end - 1].end]
    if element.column:
        generated = any(token.upper == "GENERATED" for token in tokens[element.start + 1 : element.end])
        column = written[element.column.lower()]
        named = quote_identifier(column)
        behind = sql[tokens[element.start].end : tokens[element.end - 1].end]
        return Piece(column, f"{named}{behind}", "" if generated else named)
    if type_in_check(text) is not None:
        return Piece("", text, kind="t", names=(written[column_in_check(text).lower()],))
    words = {name_of(token) for token in tokens[element.start : element.end] if token.kind is not TokenKind.STRING}
    kind = element.constraints[0].kind if element.constraints else ""
    names = element.constraints[0].columns or tuple(words) if kind else ()
    return Piece("", text, kind=kind, names=tuple(written.get(name.lower(), name) for name in names))


def _index(name: str, sql: str, comment: object, written: Mapping[str, str]) -> Index:
    tokens = tokenize(sql)
    opening = next((n for n, token in enumerate(tokens) if token.is_symbol("(")), 0)
    inside = tokens[opening : closing(tokens, opening)]
    found = (name_of(token).lower() for token in inside if token.kind is not TokenKind.STRING)
    named = frozenset(written[name] for name in found if name in written)
    return Index(name, sql, named, None if comment is None else str(comment))


def with_type(text: str, kind: str) -> str:
    """A column's definition with another type."""
    tokens = tokenize(text)
    depth, end = 0, len(tokens)
    for at in range(1, len(tokens)):
        depth += (tokens[at].text in ("(", "[")) - (tokens[at].text in (")", "]"))
        if depth == 0 and tokens[at].upper in _TYPE_ENDS:
            end = at
            break
    behind = text[tokens[end].start :] if end < len(tokens) else ""
    return f"{text[: tokens[0].end]} {kind} {behind}".rstrip()


def without_words(text: str, *words: str) -> str:
    """A column's definition without a run of keywords: ``NOT NULL``, ``PRIMARY KEY``, ``UNIQUE``."""
    tokens = tokenize(text)
    depth = 0
    for at in range(1, len(tokens)):
        depth += tokens[at].is_symbol("(") - tokens[at].is_symbol(")")
        if depth == 0 and tuple(token.upper for token in tokens[at : at + len(words)]) == words:
            return text[: tokens[at].start].rstrip() + text[tokens[at + len(words) - 1].end :]
    return text


def without_default(text: str) -> str:
    """A column's definition without its DEFAULT, which DuckDB prints in brackets."""
    tokens = tokenize(text)
    depth = 0
    for at in range(1, len(tokens)):
        depth += tokens[at].is_symbol("(") - tokens[at].is_symbol(")")
        if depth == 0 and tokens[at].upper == "DEFAULT" and at + 1 < len(tokens):
            end = closing(tokens, at + 1) if tokens[at + 1].is_symbol("(") else at + 1
            return text[: tokens[at].start].rstrip() + text[tokens[end].end :]
    return text


def renamed(text: str, old: str, new: str) -> str:
    """Every column ``old`` in an expression as ``new``. Types and functions have names of their own."""
    made, at = [], 0
    tokens = tokenize(text)
    for n, token in enumerate(tokens):
        names = token.kind in (TokenKind.WORD, TokenKind.QUOTED) and name_of(token).lower() == old.lower()
        of_type = n > 0 and tokens[n - 1].text.upper() in ("AS", "::")
        called = n + 1 < len(tokens) and tokens[n + 1].is_symbol("(")
        if names and not of_type and not called:
            made += [text[at : token.start], printed_name(new)]
            at = token.end
    return "".join([*made, text[at:]])


def renamed_inside(text: str, old: str, new: str) -> str:
    """The same in the brackets of a definition: what stands outside are keywords, types and the table's name."""
    opening = text.find("(")
    return text if opening < 0 else text[:opening] + renamed(text[opening:], old, new)


async def rebuild(state: SessionState, old: TableName, new: Definition) -> None:
    """``new.table`` is where it stands afterwards."""
    making = (new.table[0], state.private_name("rebuilt"))
    engine = state.engine
    listed = ", ".join(one.text for one in new.pieces)
    await engine.execute(f"CREATE TABLE {_name(making)} ({listed})")
    filled = [one for one in new.pieces if one.source]
    if filled:
        columns = ", ".join(quote_identifier(one.column) for one in filled)
        values = ", ".join(one.source for one in filled)
        await engine.execute(f"INSERT INTO {_name(making)} ({columns}) SELECT {values} FROM {_name(old)}")
    for index in new.indexes:
        await engine.execute(f"DROP INDEX IF EXISTS {quote_identifier(old[0])}.{quote_identifier(index.name)}")
    await engine.execute(f"DROP TABLE {_name(old)}")
    await engine.execute(f"ALTER TABLE {_name(making)} RENAME TO {quote_identifier(new.table[1])}")
    for index in new.indexes:
        await engine.execute(_on(index, new.table))
        if index.comment is not None:
            name = f"{quote_identifier(new.table[0])}.{quote_identifier(index.name)}"
            await engine.execute(f"COMMENT ON INDEX {name} IS {quote_text(index.comment)}")
    for column, text in new.comments:
        what = f"COLUMN {_name(new.table)}.{quote_identifier(column)}" if column else f"TABLE {_name(new.table)}"
        await engine.execute(f"COMMENT ON {what} IS {quote_text(text)}")


def _on(index: Index, table: TableName) -> str:
    """CREATE INDEX as DuckDB prints it, on another table."""
    sql, tokens = index.sql, tokenize(index.sql)
    named = next(n for n, token in enumerate(tokens) if token.upper == "INDEX") + 1
    at = next(n for n, token in enumerate(tokens) if token.upper == "ON") + 1
    _, end = qualified_name(tokens, at)
    head = f"{sql[: tokens[named].start]}{quote_identifier(index.name)} ON {_name(table)}"
    return f"{head} {sql[tokens[end - 1].end :]}"


def _name(table: TableName) -> str:
    return f"{quote_identifier(table[0])}.{quote_identifier(table[1])}"
