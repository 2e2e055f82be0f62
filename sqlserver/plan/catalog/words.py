"""The cheap test whether a statement may read PostgreSQL's catalog: a word in its text, whatever it is part of."""

from __future__ import annotations

import re

_WORDS = re.compile(
    r"pg_|generate_series|information_schema|\breg(?:class|type|proc|procedure|namespace|role|oper|operator|collation|config|dictionary)\b"
    r"|\b(?:current|session|system)_(?:schemas?|database|catalog|user|role|setting)\b|\bset_config\b|\bversion\s*\("
    r"|format_type|_description\b|\bto_reg|\bhas_\w+_privilege|\btxid_|\binet_(?:server|client)|\bgetdatabaseencoding"
    r"|\brow_security_active|\blo_|\baclexplode|::\s*(?:name|oid|xid|\"char\")|\bas\s+(?:name|oid|xid)\s*\)"
    r"|select\s+user\b|tableoid",
    re.IGNORECASE,
)


def may_read_catalog(sql: str) -> bool:
    """False for nearly all plain SQL, in a microsecond or two; true for whatever might need the emulation."""
    return _WORDS.search(sql) is not None
