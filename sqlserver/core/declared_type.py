"""Types that DuckDB has no like of, kept with their column in a check: ``varchar(10)``, ``character(3)``, ``jsonb``.

DuckDB has one type of text and one of JSON. The check stands in the table's own definition, so that the type lives and
goes with its column, follows a rename, a rollback and a restart; that of a length also refuses a longer value, with
PostgreSQL's words. A file opened by DuckDB alone has the same checks.

    v varchar(10)   CHECK (CASE WHEN length(v) > 10 THEN error('value too long for type character varying(10)') ELSE true END)
    c char(3)       CHECK (CASE WHEN length(rtrim(c, ' ')) > 3 THEN error('value too long for type character(3)') ELSE true END)
    j jsonb         CHECK (CASE WHEN j IS NULL THEN true ELSE 'jsonb' = 'jsonb' END)
"""  # noqa: E501 - the checks as they are written

from __future__ import annotations

import re
from collections.abc import Mapping

from sqlserver.core import pgtypes as pg
from sqlserver.core.pgtypes import PgType

HEADER = 4
"""What a length's typmod counts beside the characters."""
_LONGEST = 10_485_760
_SPELLING = re.compile(r"(varchar|character varying|char|character|bpchar|jsonb)(?:\s*\(\s*(\d+)\s*\))?", re.IGNORECASE)
_LENGTHS: Mapping[str, str] = {
    "varchar": "character varying", "character varying": "character varying", "char": "character",
    "character": "character", "bpchar": "character",
}  # fmt: skip
_CHECK = re.compile(
    r"\bCASE\s+WHEN\b.*\berror\"?\('value too long for type (character(?: varying)?\(\d+\))'\).*\bELSE true END"
    r"|\bCASE\s+WHEN\b.* IS NULL\b.*'(jsonb)' = 'jsonb'",
    re.IGNORECASE | re.DOTALL,
)
_COLUMN = re.compile(r"(?:length\((?:rtrim\()?|WHEN \(*)(\"(?:[^\"]|\"\")*\"|\w+)(?:,| IS NULL|\))", re.IGNORECASE)


def declared_type(words: str) -> str | None:
    """``character varying(10)`` for ``VARCHAR ( 10 )``; None for a type that is no other than DuckDB's."""
    found = _SPELLING.fullmatch(words.strip())
    if found is None:
        return None
    name, length = " ".join(found[1].lower().split()), found[2]
    if name == "jsonb":
        return "jsonb" if length is None else None
    if length is None:
        return "character(1)" if name in ("char", "character") else None
    return f"{_LENGTHS[name]}({length})" if 0 < int(length) <= _LONGEST else None


def check_of(column: str, declared: str) -> str:
    """The check that keeps what ``declared_type`` gave. ``column`` as it is written in SQL."""
    if declared == "jsonb":
        return f"CHECK (CASE WHEN {column} IS NULL THEN true ELSE 'jsonb' = 'jsonb' END)"
    length = declared[declared.index("(") + 1 : -1]
    counted = f"length(rtrim({column}, ' '))" if declared.startswith("character(") else f"length({column})"
    return f"CHECK (CASE WHEN {counted} > {length} THEN error('value too long for type {declared}') ELSE true END)"


def type_in_check(expression: str | None) -> str | None:
    """What a check as DuckDB prints it keeps; None for any other check."""
    found = _CHECK.search(expression or "")
    return None if found is None else found[1] or found[2]


def column_in_check(expression: str) -> str:
    """The column that such a check is over."""
    found = _COLUMN.search(expression)
    name = "" if found is None else found[1]
    return name[1:-1].replace('""', '"') if name.startswith('"') else name


def told_type(declared: str) -> tuple[PgType, int]:
    """The type and typmod in a RowDescription.

    ``character(3)`` is a column, shown as it is stored: a value that a client has read finds its row again, which the
    blanks that PostgreSQL adds would hinder, as DuckDB compares them. ``bpchar(3)`` is a cast, shown with them.
    """
    if declared == "jsonb":
        return pg.JSONB, -1
    name, _, length = declared.removesuffix(")").partition("(")
    kind = {"character": pg.BPCHAR, "bpchar": pg.padded(int(length))}.get(name, pg.VARCHAR)
    return kind, int(length) + HEADER
