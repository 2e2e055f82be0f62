"""What a session tells its client beside the result: NOTICE, WARNING, INFO."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Notice:
    """PostgreSQL's NoticeResponse fields. ``severity`` is DEBUG, LOG, INFO, NOTICE or WARNING."""

    message: str
    severity: str = "NOTICE"
    sqlstate: str = "00000"
    detail: str | None = None
    hint: str | None = None


NoticeSink = Callable[[Notice], None]
"""Called on the event loop; must not block."""
