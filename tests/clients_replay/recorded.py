"""The recorded statements of real clients, and the answers PostgreSQL 15 gave."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from pathlib import Path

STATEMENTS = Path(__file__).with_name("statements.json.gz")


@dataclass(frozen=True, slots=True)
class Recorded:
    """``counts``: PostgreSQL itself ran it. ``rows`` are set where they do not depend on user objects.

    ``category`` is session, catalog, data, copy or ddl_dml; ``oids`` the types of the columns ``names``.
    """

    client: str
    number: int
    extended: bool
    sql: str
    parameters: tuple[str | None, ...]
    category: str
    counts: bool
    names: tuple[str, ...]
    oids: tuple[int, ...]
    rows: tuple[tuple[str | None, ...], ...] | None


def load() -> tuple[str, dict[str, list[Recorded]]]:
    """The schema the statements look at, as DuckDB holds it, and each client's statements in order."""
    found = json.loads(gzip.decompress(STATEMENTS.read_bytes()))
    clients = {
        client: [
            Recorded(
                client,
                number,
                item["kind"] == "extended",
                item["sql"],
                tuple(item["params"]),
                item["cat"],
                item["ok"] is True,
                tuple(item.get("names", ())),
                tuple(item.get("oids", ())),
                tuple(map(tuple, item["rows"])) if "rows" in item else None,
            )
            for number, item in enumerate(items, 1)
        ]
        for client, items in found["clients"].items()
    }
    return found["schema"], clients
