"""pg_extension: what the server brings, its log relations and operators, is one extension called ``semantic``.

So pg_dump leaves them out, and clients tell them from a user's own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlserver.catalog.objects import DatabaseObjects
from sqlserver.catalog.postgres_rows import PUBLIC_OID
from sqlserver.catalog.rows.numbering import Numbering
from sqlserver.catalog.rows.relations import OWNER

EXTENSION_OID = 16383
"""The last one that PostgreSQL keeps for itself."""


def extensions(objects: DatabaseObjects, oids: Numbering) -> Iterator[dict[str, Any]]:
    yield {
        "oid": EXTENSION_OID, "extname": "semantic", "extowner": OWNER, "extnamespace": PUBLIC_OID,
        "extrelocatable": False, "extversion": "1.0", "extconfig": None, "extcondition": None,
    }  # fmt: skip
