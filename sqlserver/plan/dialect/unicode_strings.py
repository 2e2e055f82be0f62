"""Characters by their number, which DuckDB does not read.

U&'d\\0061t\\+000061'          →  'data'
U&'d!0061' UESCAPE '!'        →  'da'
E'\\u00e9'                     →  'é'
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlserver.core.errors import SyntaxFault
from sqlserver.plan.dialect.edit import Edit, Rule, Text
from sqlserver.sql.tokens import TokenKind


def _edits(text: Text) -> Iterator[Edit]:
    for at, token in enumerate(text.tokens):
        if (
            token.is_string
            and text.sql[token.start] in "eE"
            and re.search(r"\\[uU]", text.sql[token.start : token.end])
        ):
            yield Edit(token.start, token.end, _quoted(token.text, "'"))
        if token.upper != "U" or text.sql[token.end : token.end + 2] not in ("&'", '&"'):
            continue
        constant = text.tokens[at + 2]
        escape, end = "\\", constant.end
        if text.words(at + 3, 1) == ("UESCAPE",) and at + 4 < len(text.tokens):
            escape, end = text.tokens[at + 4].text, text.tokens[at + 4].end
        mark = '"' if constant.kind is TokenKind.QUOTED else "'"
        yield Edit(token.start, end, _quoted(_decoded(constant.text, escape, constant.start), mark))


def _decoded(body: str, escape: str, start: int) -> str:
    mark = re.escape(escape)

    def one(found: re.Match[str]) -> str:
        if found[1] is None and found[2] is None:
            if found[0] == escape * 2:
                return escape
            raise SyntaxFault("invalid Unicode escape", position=start + found.start() + 2)
        return chr(int(found[1] or found[2], 16))

    return re.sub(rf"{mark}(?:([0-9a-fA-F]{{4}})|\+([0-9a-fA-F]{{6}})|{mark}|)", one, body)


def _quoted(value: str, mark: str) -> str:
    return mark + value.replace(mark, mark * 2) + mark


RULE = Rule("characters by number", r"\bu&['\"]|\be'[^']*\\u", _edits, needles=("e'", "u&"))
