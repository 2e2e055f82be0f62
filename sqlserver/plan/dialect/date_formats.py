"""Text to dates by a template: DuckDB has strptime with other letters, and wants them as a constant.

to_date(t, 'DD Mon YYYY')          →  CAST(strptime(t, '%d %b %Y') AS DATE)
to_timestamp(t, 'YYYY-MM-DD')      →  CAST(strptime(t, '%Y-%m-%d') AS TIMESTAMPTZ)
to_timestamp(0)                    →  as it is
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlserver.plan.dialect.edit import Edit, Rule, Text

_TYPES = {"TO_DATE": "DATE", "TO_TIMESTAMP": "TIMESTAMPTZ"}
_LETTERS = {
    "YYYY": "%Y", "YY": "%y", "MONTH": "%B", "MON": "%b", "MM": "%m", "DDD": "%j", "DD": "%d", "HH24": "%H",
    "HH12": "%I", "HH": "%I", "MI": "%M", "SS": "%S", "MS": "%g", "US": "%f", "AM": "%p", "PM": "%p", "DAY": "%A",
    "DY": "%a", "FM": "", "TZ": "%Z",
}  # fmt: skip
_WORD = re.compile("|".join(sorted(_LETTERS, key=len, reverse=True)) + r'|"([^"]*)"', re.IGNORECASE)


def _edits(text: Text) -> Iterator[Edit]:
    for at, token in enumerate(text.tokens[:-3]):
        kind = _TYPES.get(token.upper)
        if kind is None or not text.tokens[at + 1].is_symbol("("):
            continue
        end = text.closing(at + 1)
        template = text.tokens[end - 1]
        if end == len(text.tokens) or not template.is_string or not text.tokens[end - 2].is_symbol(","):
            continue
        format_text = _WORD.sub(
            lambda found: found[1] if found[1] is not None else _LETTERS[found[0].upper()], template.text
        )
        yield Edit(token.start, token.end, "CAST(strptime")
        yield Edit(template.start, template.end, "'" + format_text.replace("'", "''") + "'")
        yield Edit(text.tokens[end].end, text.tokens[end].end, f" AS {kind})")


RULE = Rule(
    "templates of dates",
    r"\bto_(?:date|timestamp)\s*\(",
    _edits,
    {"strptime": ("to_date", "to_timestamp")},
    needles=("date", "timestamp"),
)
