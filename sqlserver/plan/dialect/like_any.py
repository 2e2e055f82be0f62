"""LIKE against several patterns, which DuckDB lacks.

name LIKE ANY (ARRAY['a%', 'b%'])   →  _pg_like_any(name, (ARRAY['a%', 'b%']))
name NOT ILIKE ALL ('{a%,b%}')      →  (NOT _pg_ilike_any(name, (['a%', 'b%'])))
name LIKE ANY (SELECT p FROM t)     →  _pg_like_any(name, ARRAY(SELECT p FROM t))
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlserver.engines.array_text import parse_array_text
from sqlserver.plan.dialect.edit import Edit, Rule, Text
from sqlserver.plan.dialect.operands import operand_start

_QUANTIFIERS = {"ANY": "any", "SOME": "any", "ALL": "all"}
_OPPOSITE = {"any": "all", "all": "any"}


def _edits(text: Text) -> Iterator[Edit]:
    for at, token in enumerate(text.tokens[:-3]):
        quantifier = _QUANTIFIERS.get(text.tokens[at + 1].upper)
        if token.upper not in ("LIKE", "ILIKE") or quantifier is None or not text.tokens[at + 2].is_symbol("("):
            continue
        negated = at > 1 and text.tokens[at - 1].upper == "NOT"
        last = at - 2 if negated else at - 1
        end = text.closing(at + 2)
        if last < 0 or end == len(text.tokens):
            continue
        start = text.tokens[operand_start(text, last)].start
        call = f"_pg_{token.text.lower()}_{_OPPOSITE[quantifier] if negated else quantifier}("
        of_rows = text.words(at + 3, 1) in (("SELECT",), ("WITH",), ("VALUES",))
        yield Edit(start, start, f"(NOT {call}" if negated else call)
        yield Edit(text.tokens[last].end, text.tokens[at + 1].end, ", ARRAY" if of_rows else ", ")
        yield Edit(text.tokens[end].end, text.tokens[end].end, "))" if negated else ")")
        if text.tokens[at + 3].is_string and end == at + 4:
            patterns = text.tokens[at + 3]
            yield Edit(patterns.start, patterns.end, _list(parse_array_text(patterns.text)))


def _list(patterns: Sequence[object]) -> str:
    quoted = ("NULL" if one is None else "'" + str(one).replace("'", "''") + "'" for one in patterns)
    return f"[{', '.join(quoted)}]::VARCHAR[]"


RULE = Rule("LIKE ANY", r"\bi?like\s+(?:any|all|some)\b", _edits, needles=("like",))
