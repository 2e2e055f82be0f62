"""A column's default as PostgreSQL would print it, where clients read it: ``nextval('s')`` marks a serial column."""

from __future__ import annotations

import json
import re
from typing import Any

_NEXTVAL = re.compile(r"nextval\('((?:[^']|'')*)'\)")
_CAST = re.compile(r"\ACAST\((.*) AS (.*)\)\Z", re.DOTALL)
_CONSTANT = re.compile(r"\A'(?:[^']|'')*'\Z")
_TRUTH = {"'t'": "true", "'true'": "true", "'1'": "true", "'f'": "false", "'false'": "false", "'0'": "false"}
_NOW = {
    "current_timestamp": "CURRENT_TIMESTAMP", "get_current_timestamp()": "CURRENT_TIMESTAMP",
    "current_date": "CURRENT_DATE", "today()": "CURRENT_DATE", "current_time": "CURRENT_TIME",
    "current_localtimestamp()": "LOCALTIMESTAMP", "uuid()": "gen_random_uuid()",
}  # fmt: skip


def default_text(expression: str, printed_type: str) -> str:
    """``nextval('s')`` becomes ``nextval('s'::regclass)``, a constant text gets its column's type (``'a'::text``),
    ``CAST('t' AS BOOLEAN)`` becomes ``true``."""
    text = _NEXTVAL.sub(r"nextval('\1'::regclass)", expression)
    cast = _CAST.match(text)
    if cast is not None:
        text = cast[1]
    if printed_type == "boolean" and text.lower() in _TRUTH:
        return _TRUTH[text.lower()]
    if printed_type.endswith("[]") and (items := _list(text)) is not None:
        return f"'{array_text(items)}'::{printed_type}"
    if _CONSTANT.match(text):
        return f"{text}::{printed_type}"
    return _NOW.get(text.lower(), text)


def _list(text: str) -> list[Any] | None:
    """DuckDB's print of a constant list."""
    if text == "list_value()":
        return []
    try:
        found = json.loads(text[1:-1].replace("''", "'")) if _CONSTANT.match(text) else None
    except ValueError:
        return None
    return found if isinstance(found, list) else None


def array_text(items: list[Any]) -> str:
    """A list as PostgreSQL's array text."""
    shown = (
        "NULL" if one is None else array_text(one) if isinstance(one, list) else _item(str(one)) for one in items
    )  # fmt: skip
    return "{" + ",".join(shown) + "}"


def _item(text: str) -> str:
    if text and text.upper() != "NULL" and not re.search(r'[\s{},"\\]', text):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def generated_text(expression: str) -> str:
    """Without the cast to the column's own type that DuckDB puts around it."""
    cast = _CAST.match(expression)
    return expression if cast is None else cast[1]
