"""DuckDB's tokens with character offsets. Reads text only: nothing is ever rewritten by them."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb


def tokens(sql: str) -> Iterator[tuple[int, str]]:
    """(character offset, text) of DuckDB's tokens; comments are tokens too."""
    raw = sql.encode()
    starts = [position for position, _ in duckdb.tokenize(sql)]
    if not starts:
        return
    offset = len(raw[: starts[0]].decode())
    for begin, end in zip(starts, [*starts[1:], len(raw)], strict=True):
        text = raw[begin:end].decode()
        yield offset, text.rstrip()
        offset += len(text)
