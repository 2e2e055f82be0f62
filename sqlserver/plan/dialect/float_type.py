"""``float`` has eight bytes in PostgreSQL and four in DuckDB.

x::float, CAST(x AS float), CREATE TABLE t (a float)   →  double
float(24)                                              →  real
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlserver.plan.dialect.edit import Edit, Rule, Text
from sqlserver.plan.dialect.type_place import names_type


def _edits(text: Text) -> Iterator[Edit]:
    for at, token in enumerate(text.tokens):
        if token.upper != "FLOAT" or not names_type(text, at):
            continue
        bits = text.tokens[at + 1 : at + 4]
        if len(bits) == 3 and bits[0].is_symbol("(") and bits[1].text.isdigit():
            yield Edit(token.start, bits[2].end, "real" if int(bits[1].text) < 25 else "double")
        else:
            yield Edit(token.start, token.end, "double")


RULE = Rule("float", r"\bfloat\b", _edits, needles=("float",))
