"""Words that PostgreSQL's input functions know and DuckDB's do not.

'on'::boolean            →  'true'::boolean
'today'::date            →  'today' stands for the transaction's day: (current_date)::date
'now'::timestamp         →  (now())::timestamp
'P1DT2H'::interval       →  '1 day 2 hours'::interval
'0044-03-15 BC'::date    →  '0044-03-15 (BC)'::date
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlserver.plan.dialect.edit import Edit, Rule, Text

_BOOLEANS = {"on": "true", "off": "false"}
_DAYS = {"today": "current_date", "yesterday": "current_date - 1", "tomorrow": "current_date + 1", "now": "now()"}
_DATE_TYPES = frozenset({"DATE", "TIMESTAMP", "TIMESTAMPTZ", "TIME"})
_ERA = re.compile(r"(\d+-\d+-\d+)((?: [\d:.]+)?)\s*bc", re.IGNORECASE)
_ISO = re.compile(
    r"P(?:(-?\d+)Y)?(?:(-?\d+)M)?(?:(-?\d+)W)?(?:(-?\d+)D)?(?:T(?:(-?\d+)H)?(?:(-?\d+)M)?(?:(-?\d+(?:\.\d+)?)S)?)?",
    re.IGNORECASE,
)
_UNITS = ("years", "months", "weeks", "days", "hours", "minutes", "seconds")


def _edits(text: Text) -> Iterator[Edit]:
    for at, token in enumerate(text.tokens):
        if not token.is_string:
            continue
        kind = _cast_to(text, at)
        word = token.text.strip()
        if kind in ("BOOL", "BOOLEAN") and word.lower() in _BOOLEANS:
            yield Edit(token.start, token.end, f"'{_BOOLEANS[word.lower()]}'")
        elif kind in _DATE_TYPES and word.lower() in _DAYS and text.words(at - 1, 1)[0] not in _DATE_TYPES:
            yield Edit(token.start, token.end, f"({_DAYS[word.lower()]})")
        elif kind in _DATE_TYPES and (era := _ERA.fullmatch(word)) is not None:
            yield Edit(token.start, token.end, f"'{era[1]} (BC){era[2]}'")
        elif kind == "INTERVAL" and (found := _ISO.fullmatch(word)) is not None and any(found.groups()):
            parts = " ".join(f"{n} {unit}" for n, unit in zip(found.groups(), _UNITS, strict=True) if n is not None)
            yield Edit(token.start, token.end, f"'{parts}'")


def _cast_to(text: Text, at: int) -> str:
    after = text.tokens[at + 1 : at + 3]
    if len(after) == 2 and (after[0].is_symbol("::") or after[0].upper == "AS"):
        return after[1].upper
    return text.words(at - 1, 1)[0] if at else ""


RULE = Rule("input words", r"'\s*(?:on|off|today|yesterday|tomorrow|now|P-?\d[^']*|PT[^']*|\d[^']*\s*bc)\s*'", _edits)
