"""extract() is numeric and date_part() a double in PostgreSQL; DuckDB has integers, and seconds without fraction.

extract(year FROM d)      →  _pg_extract('year', d)
extract(second FROM t)    →  _pg_extract_second('second', t)
date_part('epoch', t)     →  as it is, made a double: _pg_date_part('epoch', t)
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlserver.plan.dialect.edit import Edit, Rule, Text

_FRACTIONS = {
    "SECOND": "second", "SECONDS": "second", "SEC": "second", "SECS": "second", "MILLISECOND": "millisecond",
    "MILLISECONDS": "millisecond", "MSEC": "millisecond", "MSECS": "millisecond", "EPOCH": "epoch",
}  # fmt: skip
_DOUBLES = frozenset({"JULIAN"})


def _edits(text: Text) -> Iterator[Edit]:
    for at, token in enumerate(text.tokens[:-4]):
        if token.upper not in ("EXTRACT", "DATE_PART") or not text.tokens[at + 1].is_symbol("("):
            continue
        field, then = text.tokens[at + 2], text.tokens[at + 3]
        part = (field.text if field.is_string else field.upper).upper()
        if at and text.tokens[at - 1].is_symbol("."):
            continue
        suffix = f"_{_FRACTIONS[part]}" if part in _FRACTIONS else ""
        if token.upper == "EXTRACT" and then.upper == "FROM" and part and part not in _DOUBLES:
            yield Edit(token.start, token.end, f"_pg_extract{suffix}")
            yield Edit(field.start, then.end, f"'{part.lower()}',".replace("''", "'"))
        elif token.upper == "DATE_PART" and field.is_string and then.is_symbol(","):
            yield Edit(token.start, token.end, f"_pg_date_part{suffix}")


RULE = Rule("parts of times", r"\bextract\s*\(|\bdate_part\s*\(", _edits, needles=("date_part", "extract"))
