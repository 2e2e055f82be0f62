"""What of a table's constraints DuckDB does not know: the server keeps it and carries it out (``declared_in``).

a int CONSTRAINT x CHECK (a > 0)            →  a int CHECK (a > 0)
a int REFERENCES p ON DELETE CASCADE, …     →  a int, …
…, FOREIGN KEY (a) REFERENCES p (b)         →  …
a int UNIQUE DEFERRABLE INITIALLY DEFERRED  →  a int UNIQUE
g int GENERATED ALWAYS AS (a * 2) STORED    →  g int GENERATED ALWAYS AS (a * 2)
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from sqlserver.core.declared import Declared, Reference, default_name
from sqlserver.engines.array_text import parse_array_text
from sqlserver.plan.dialect.create_table import table_at
from sqlserver.plan.dialect.edit import Edit, Rule, Text
from sqlserver.sql.quote import quote_text
from sqlserver.sql.table_elements import Constraint, Element, closing, qualified_name, read_elements


def _edits(text: Text) -> Iterator[Edit]:
    elements = _elements(text)
    kept = [one for one in elements if one.column or [c.kind for c in one.constraints] != ["f"]]
    for one in elements:
        if one not in kept:
            yield _without(text, one, first=not kept or one.start < kept[0].start)
            continue
        for constraint in one.constraints:
            yield from _trimmed(text, constraint)
        yield from _virtual(text, one)
        yield from _array_default(text, one)


def declared_in(text: Text) -> tuple[Declared, ...]:
    """The constraints of a CREATE TABLE that must be kept: all checks and foreign keys, and others that have a name.

    The table's schema is '' where the text names none; a foreign key's likewise.
    """
    at = table_at(text)
    if at is None or text.words(0, 1) != ("CREATE",) or {"TEMP", "TEMPORARY"} & set(text.words(1, 3)):
        return ()
    name, _ = qualified_name(text.tokens, at)
    table = (name[-2] if len(name) > 1 else "", name[-1])
    elements = _elements(text)
    columns = [one.column for one in elements if one.column]
    constraints = [constraint for one in elements for constraint in one.constraints]
    taken = {one.name for one in constraints if one.name}
    return tuple(
        declared(text, one, table, taken, columns)
        for one in constraints
        if one.name or one.kind in ("c", "f", "i", "d")
    )


def declared(
    text: Text, one: Constraint, table: tuple[str, str], taken: set[str], columns: Collection[str]
) -> Declared:
    name = one.name
    if not name and one.kind in ("p", "u", "c", "f"):
        name = default_name(table[1], one.columns or _columns_in(text, one, columns), one.kind, taken)
    first, last = one.inner
    expression = text.sql[text.tokens[first].start : text.tokens[last - 1].end] if last > first else ""
    reference = None
    if one.kind == "f":
        referred = (one.table[-2] if len(one.table) > 1 else "", one.table[-1])
        reference = Reference(
            referred, one.referenced, one.on_update, one.on_delete, one.deferrable, one.deferred
        )  # fmt: skip
    return Declared(table, name, one.kind, one.columns, expression, reference)


def _columns_in(text: Text, one: Constraint, columns: Collection[str]) -> tuple[str, ...]:
    """The column that a check of the whole table is named after, where it speaks of one alone."""
    first, last = one.inner
    words = [token.text if token.kind == "quoted name" else token.text.lower() for token in text.tokens[first:last]]
    found = list(dict.fromkeys(word for word in words if word in columns))
    return tuple(found) if len(found) == 1 else ()


def _elements(text: Text) -> list[Element]:
    at = table_at(text)
    if at is None or text.words(0, 1) != ("CREATE",):
        return []
    _, opening = qualified_name(text.tokens, at)
    if opening >= len(text.tokens) or not text.tokens[opening].is_symbol("("):
        return []
    if closing(text.tokens, opening) + 1 < len(text.tokens) and text.words(closing(text.tokens, opening) + 1, 1) == (
        "AS",
    ):
        return []
    return read_elements(text.tokens, opening)


def _without(text: Text, one: Element, *, first: bool) -> Edit:
    """The element with the comma before it; with the one behind it where nothing that stays is before."""
    tokens = text.tokens
    if first and one.end < len(tokens) and tokens[one.end].is_symbol(","):
        return Edit(tokens[one.start].start, tokens[one.end].end, "")
    before = one.start if first else one.start - 1
    return Edit(tokens[before].start, tokens[one.end - 1].end, "")


def _trimmed(text: Text, one: Constraint) -> Iterator[Edit]:
    tokens = text.tokens
    if one.kind == "f":
        yield Edit(tokens[one.start].start, tokens[one.end - 1].end, "")
    elif one.body > one.start:
        yield Edit(tokens[one.start].start, tokens[one.body].start, "")
    for start, end in one.timing if one.kind != "f" else [pair for pair in one.timing if pair[0] >= one.end]:
        yield Edit(tokens[start].start, tokens[end - 1].end, "")


def _virtual(text: Text, one: Element) -> Iterator[Edit]:
    for at in range(one.start + 1, one.end):
        if text.tokens[at].upper == "STORED" and text.tokens[at - 1].is_symbol(")"):
            yield Edit(text.tokens[at].start, text.tokens[at].end, "")


def _array_default(text: Text, one: Element) -> Iterator[Edit]:
    """``tags text[] DEFAULT '{a,b}'``: DuckDB reads no list from a text."""
    tokens = text.tokens[one.start : one.end]
    at = next((n for n, token in enumerate(tokens[:-1]) if token.upper == "DEFAULT" and tokens[n + 1].is_string), None)
    typed = tokens[1:at]
    if at is None or not any(token.is_symbol("[") or token.upper == "ARRAY" for token in typed):
        return
    default = tokens[at + 1]
    values = ", ".join("NULL" if value is None else quote_text(str(value)) for value in parse_array_text(default.text))
    yield Edit(default.start, default.end, f"[{values}]")


RULE = Rule(
    "table constraints",
    r"^\s*create\b[^(]*\btable\b(?s:.*?)\b(?:constraint|references|deferrable|stored|check|identity)\b"
    r"|^\s*create\b[^(]*\btable\b(?s:.*?)(?:\]|\barray)(?s:.*?)\bdefault\s*'",
    _edits,
    needles=("create", "default"),
)
