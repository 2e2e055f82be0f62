"""CREATE TABLE and ALTER TABLE … ADD COLUMN as PostgreSQL writes them.

    id serial PRIMARY KEY                     →  id integer DEFAULT nextval('t_id_seq') NOT NULL PRIMARY KEY
    id bigint GENERATED ALWAYS AS IDENTITY    →  id bigint DEFAULT nextval('t_id_seq') NOT NULL
    CREATE UNLOGGED TABLE t (…)               →  CREATE TABLE t (…)
    … ) WITH (fillfactor = 70) TABLESPACE x   →  … )
    … ON COMMIT PRESERVE ROWS                 →  …

The sequences are made before the table (``numbering``).
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlserver.core.errors import FeatureNotSupported
from sqlserver.plan.dialect.edit import Edit, Numbering, Rule, Text

SERIALS = {
    "SERIAL": "integer", "SERIAL4": "integer", "BIGSERIAL": "bigint", "SERIAL8": "bigint", "SMALLSERIAL": "smallint",
    "SERIAL2": "smallint",
}  # fmt: skip
_NAMES = ("word", "quoted name")


def _edits(text: Text) -> Iterator[Edit]:
    table = table_at(text)
    if table is None:
        return
    for at, token in enumerate(text.tokens):
        if token.upper == "UNLOGGED" and at == 1:
            yield Edit(token.start, token.end, "")
    for at, _column, sequence in numbered_columns(text):
        token = text.tokens[at]
        default = f"DEFAULT nextval('{sequence.replace(chr(39), chr(39) * 2)}')"
        if token.upper in SERIALS:
            yield Edit(token.start, token.end, f"{SERIALS[token.upper]} {default} NOT NULL")
        else:
            yield Edit(token.start, text.tokens[_identity_end(text, at)].end, f"{default} NOT NULL")
    yield from _options(text)


def table_at(text: Text) -> int | None:
    """Where the table's name begins, in CREATE TABLE and ALTER TABLE."""
    if text.words(0, 1)[:1] not in (("CREATE",), ("ALTER",)):
        return None
    at = next((at for at, token in enumerate(text.tokens[:6]) if token.upper == "TABLE"), None)
    if at is None:
        return None
    at += 1
    while text.words(at, 1) in (("IF",), ("NOT",), ("EXISTS",), ("ONLY",)):
        at += 1
    return at if at < len(text.tokens) else None


def numbered_columns(text: Text) -> list[tuple[int, str, str]]:
    """(token of SERIAL or GENERATED, column, sequence) of each column that numbers its rows."""
    table = table_at(text)
    if table is None:
        return []
    name_end = table
    while name_end + 2 < len(text.tokens) and text.tokens[name_end + 1].is_symbol("."):
        name_end += 2
    found = []
    column = ""
    depth = 0
    start_of_column = False
    for at in range(name_end + 1, len(text.tokens)):
        token = text.tokens[at]
        if token.is_symbol("(") or token.is_symbol(")"):
            depth += 1 if token.text == "(" else -1
            start_of_column = depth == 1 and token.text == "("
            continue
        if token.is_symbol(",") and depth <= 1:
            start_of_column = True
            continue
        if token.upper in ("COLUMN",) or (token.upper == "ADD" and depth == 0):
            start_of_column = True
            continue
        if start_of_column and token.upper in ("IF", "NOT", "EXISTS"):
            continue
        if start_of_column and token.kind in _NAMES:
            column, start_of_column = token.text if token.kind == "quoted name" else token.text.lower(), False
            continue
        identity = token.upper == "GENERATED" and "IDENTITY" in text.words(at + 1, 5)
        if depth <= 1 and column and (identity or (token.upper in SERIALS and text.tokens[at - 1].kind in _NAMES)):
            found.append((at, column, _sequence_name(text, table, name_end, column)))
    return found


def numbering(text: Text) -> Numbering | None:
    columns = numbered_columns(text)
    table = table_at(text)
    if not columns or table is None:
        return None
    end = table
    while end + 2 < len(text.tokens) and text.tokens[end + 1].is_symbol("."):
        end += 2
    written = text.sql[text.tokens[table].start : text.tokens[end].end]
    return Numbering(written, tuple(sequence + _sequence_options(text, at) for at, _, sequence in columns))


def _sequence_name(text: Text, table: int, name_end: int, column: str) -> str:
    parts = [t.text if t.kind == "quoted name" else t.text.lower() for t in text.tokens[table : name_end + 1 : 2]]
    quoted = [_quoted(part) for part in (*parts[:-1], f"{parts[-1]}_{column}_seq")]
    return ".".join(quoted)


def _quoted(name: str) -> str:
    plain = name.replace("_", "a").isalnum() and name.islower() and not name[0].isdigit()
    return name if plain else '"' + name.replace('"', '""') + '"'


def _identity_end(text: Text, at: int) -> int:
    end = next(i for i in range(at, len(text.tokens)) if text.tokens[i].upper == "IDENTITY")
    if end + 1 < len(text.tokens) and text.tokens[end + 1].is_symbol("("):
        end = text.closing(end + 1)
    return end


def _sequence_options(text: Text, at: int) -> str:
    """``(START WITH 10 CACHE 1)`` behind IDENTITY as CREATE SEQUENCE takes it."""
    end = _identity_end(text, at) if text.tokens[at].upper not in SERIALS else at
    if not text.tokens[end].is_symbol(")"):
        return ""
    start = next(n for n in range(end, at, -1) if text.tokens[n].is_symbol("("))
    words: list[str] = []
    skip = False
    for token in text.tokens[start + 1 : end]:
        if token.upper in ("CACHE", "SEQUENCE", "OWNED"):
            skip = True
        elif token.upper in ("START", "INCREMENT", "MINVALUE", "MAXVALUE", "NO", "CYCLE", "AS"):
            skip = token.upper == "AS"
        if not skip:
            words.append(text.sql[token.start : token.end])
    return "".join(f" {word}" for word in words)


def _options(text: Text) -> Iterator[Edit]:
    """What stands between the column list and the end, or AS."""
    depth = 0
    for at, token in enumerate(text.tokens):
        depth += token.is_symbol("(") - token.is_symbol(")")
        if depth or at < 3:
            continue
        if token.upper == "AS":
            return
        if text.words(at, 2) == ("ON", "COMMIT"):
            if text.words(at + 2, 1) in (("DROP",), ("DELETE",)):
                raise FeatureNotSupported(
                    "ON COMMIT DROP and ON COMMIT DELETE ROWS are not supported", position=token.start + 1
                )
            yield Edit(token.start, text.tokens[min(at + 3, len(text.tokens) - 1)].end, "")
        elif token.upper == "TABLESPACE" and at + 1 < len(text.tokens):
            yield Edit(token.start, text.tokens[at + 1].end, "")
        elif token.upper == "WITH" and at + 1 < len(text.tokens) and text.tokens[at + 1].is_symbol("("):
            yield Edit(token.start, text.tokens[min(text.closing(at + 1), len(text.tokens) - 1)].end, "")
        elif token.upper == "INHERITS" or text.words(at, 2) == ("PARTITION", "BY"):
            raise FeatureNotSupported(f"{token.upper} is not supported for tables", position=token.start + 1)


RULE = Rule(
    "CREATE TABLE",
    r"^\s*(?:create\b[^(]*\btable|alter\s+table)\b(?s:.*?)\b(?:unlogged|(?:big|small)?serial[248]?|identity|commit|with"
    r"|tablespace|inherits|partition)\b|^\s*create\s+unlogged\b",
    _edits,
    needles=("alter", "create", "unlogged"),
)
