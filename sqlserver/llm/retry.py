"""When a failed request is tried again, and how long it waits before."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

RETRIED_STATUSES = frozenset({408, 409, 429, *range(500, 600)})
FIRST_DELAY, LONGEST_DELAY = 0.25, 8.0


def is_retried(status: int) -> bool:
    return status in RETRIED_STATUSES


def delay(attempt: int, retry_after: float | None) -> float:
    """Seconds before the try after ``attempt`` (1, 2, …): what the endpoint asked for, plus full jitter.

    Full jitter (a random share of the exponential delay) keeps many callers from coming back at the same moment.
    """
    jitter = random.uniform(0, min(LONGEST_DELAY, FIRST_DELAY * 2 ** (attempt - 1)))  # noqa: S311 - no secret
    return jitter if retry_after is None else retry_after + jitter / 4


def parse_retry_after(value: str | None) -> float | None:
    """Seconds, from a ``Retry-After`` header in seconds or as an HTTP date; None where there is none to read."""
    if value is None:
        return None
    try:
        return max(0.0, float(value))
    except ValueError:
        pass  # then it is a date
    try:
        when = parsedate_to_datetime(value)
    except ValueError:
        return None
    when = when if when.tzinfo is not None else when.replace(tzinfo=UTC)
    return max(0.0, (when - datetime.now(UTC)).total_seconds())
