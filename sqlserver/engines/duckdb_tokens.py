"""DuckDB's tokens with character offsets. Reads text only: nothing is ever rewritten by them."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb


def tokens(sql: str) -> Iterator[tuple[int, str]]:
    """(character offset, text) of DuckDB's tokens; comments are tokens too."""
    raw = sql.encode()
    ascii_only = len(raw) == len(sql)
    starts = [position for position, _ in duckdb.tokenize(sql)]
    for index, begin in enumerate(starts):
        end = starts[index + 1] if index + 1 < len(starts) else len(raw)
        text = raw[begin:end].decode().rstrip()
        yield (begin if ascii_only else len(raw[:begin].decode())), text
