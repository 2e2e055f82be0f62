"""One answered input."""

from __future__ import annotations

from dataclasses import dataclass

from sqlserver.core.errors import ServerError


@dataclass(frozen=True, slots=True)
class Answer:
    """``value`` is None where ``error`` tells why. ``cached``: no call was made for this statement."""

    value: object | None
    trace_id: str
    cached: bool = False
    error: ServerError | None = None
