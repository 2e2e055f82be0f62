"""What NOTIFY tells the sessions that listen to its channel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Notification:
    """``process_id`` is the sender's."""

    process_id: int
    channel: str
    payload: str = ""


NotificationSink = Callable[[Notification], None]
"""Called on the event loop; must not block."""
