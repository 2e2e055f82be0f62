"""SIMILAR TO takes SQL's patterns in PostgreSQL and regular expressions in DuckDB.

code SIMILAR TO 'a(b|c)%'   →  code SIMILAR TO 'a(?:b|c).*'
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlserver.plan.dialect.edit import Edit, Rule, Text


def _edits(text: Text) -> Iterator[Edit]:
    for at, token in enumerate(text.tokens[:-2]):
        pattern = text.tokens[at + 2]
        if token.upper == "SIMILAR" and text.tokens[at + 1].upper == "TO" and pattern.is_string:
            regular = "(?s:" + _regular(pattern.text) + ")"
            yield Edit(pattern.start, pattern.end, "'" + regular.replace("'", "''") + "'")


def _regular(pattern: str) -> str:
    pieces: list[str] = []
    in_class = False
    characters = iter(pattern)
    for character in characters:
        if character == "\\":
            pieces.append("\\" + next(characters, "\\"))
        elif in_class:
            in_class = character != "]"
            pieces.append(character)
        elif character == "[":
            in_class = True
            pieces.append(character)
        elif character == "(":
            pieces.append("(?:")
        elif character in "%_":
            pieces.append(".*" if character == "%" else ".")
        elif character in ".^$":
            pieces.append("\\" + character)
        else:
            pieces.append(character)
    return "".join(pieces)


RULE = Rule("patterns of SIMILAR TO", r"\bsimilar\s+to\b", _edits, needles=("similar",))
