"""The cheap test whether a statement may read PostgreSQL's catalog: a word in its text, whatever it is part of."""

from __future__ import annotations

import re
from functools import lru_cache

_WORDS = re.compile(
    r"pg_|generate_series|information_schema|\breg(?:class|type|proc|procedure|namespace|role|oper|operator|collation|config|dictionary)\b"
    r"|\b(?:current|session|system)_(?:schemas?|database|catalog|user|role|setting)\b|\bset_config\b|\bversion\s*\("
    r"|format_type|_description\b|\bto_reg|\bhas_\w+_privilege|\btxid_|\binet_(?:server|client)|\bgetdatabaseencoding"
    r"|\brow_security_active|\blo_|\baclexplode|::\s*(?:name|oid|xid|\"char\")|\bas\s(?:name|oid|xid)\s*\)"
    r"|select\s+user\b|tableoid",
    re.IGNORECASE,
)


_PARTS = (
    "pg_", "generate_series", "information_schema", "reg", "current_", "session_", "system_", "set_config", "version",
    "format_type", "_description", "has_", "txid_", "inet_", "getdatabase", "row_security", "lo_", "aclexplode", "::",
    " name", " oid", " xid", " user", "tableoid",
)  # fmt: skip
"""One of them is in every text that ``_WORDS`` finds something in: searching for them takes a fiftieth of the time."""


def may_read_catalog(sql: str) -> bool:
    """False for nearly all plain SQL, in a microsecond or two; true for whatever might need the emulation."""
    lower = sql.lower()
    return any(part in lower for part in _PARTS) and _found(sql)


@lru_cache(maxsize=1024)
def _found(sql: str) -> bool:
    return _WORDS.search(sql) is not None
