"""ALTER TYPE: DuckDB's enums are fixed, and a column keeps the labels that its type had."""

from __future__ import annotations

from collections.abc import Iterator

from sqlserver.core.errors import FeatureNotSupported
from sqlserver.plan.dialect.edit import Edit, Rule, Text


def _edits(text: Text) -> Iterator[Edit]:
    if text.words(0, 2) == ("ALTER", "TYPE"):
        raise FeatureNotSupported(
            "ALTER TYPE is not supported",
            hint="Make another type and give it to the columns: "
            "ALTER TABLE t ALTER COLUMN c TYPE other USING c::text::other.",
            position=text.tokens[1].start + 1,
        )
    yield from ()


RULE = Rule("ALTER TYPE", r"^\s*alter\s+type\b", _edits, needles=("alter",))
