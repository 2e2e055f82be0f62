"""bytea's hexadecimal form: DuckDB wants ``\\x`` before every byte.

'\\x6162'::bytea         →  '\\x61\\x62'::bytea
CAST('\\x6162' AS bytea) →  CAST('\\x61\\x62' AS bytea)
VALUES ('\\x6162')       →  as it is: it may be a text
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlserver.plan.dialect.edit import Edit, Rule, Text

_HEX = re.compile(r"\\x((?:[0-9a-fA-F]{2}\s*)*)")


def _edits(text: Text) -> Iterator[Edit]:
    for at, token in enumerate(text.tokens[:-2]):
        cast = text.tokens[at + 1].is_symbol("::") or text.tokens[at + 1].upper == "AS"
        if not token.is_string or not cast or text.tokens[at + 2].upper != "BYTEA":
            continue
        written = duckdb_hex(token.text)
        if written is not None:
            yield Edit(token.start, token.end, f"'{written}'")


def duckdb_hex(text: str) -> str | None:
    """None where the text is not in hexadecimal form."""
    found = _HEX.fullmatch(text)
    return None if found is None else "".join(f"\\x{byte:02X}" for byte in bytes.fromhex(found[1]))


RULE = Rule("bytea constants", r"\bbytea\b", _edits)
