"""information_schema's views, from ``information_schema.sql``: queries over pg_catalog, in PostgreSQL's own words."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files


def _read(text: str) -> dict[str, str]:
    blocks = (block.partition("\n") for block in text.split("\n\n")[1:])
    return {head.removeprefix("-- "): body for head, _, body in blocks}


STANDARD: Mapping[str, str] = _read(
    files("sqlserver.plan.catalog").joinpath("information_schema.sql").read_text(encoding="utf-8")
)
