"""For whom and under which limits a cascade runs, and what comes out."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlserver.core.operators import Operator


@dataclass(frozen=True, slots=True)
class RunContext:
    """``caller_id`` is the SQL statement's id. ``deadline`` is a time on the event loop's clock.

    ``operator`` None means that the cascade was run by name. ``model`` is an alias that replaces the cells' own.
    ``cache_key`` is written to the log rows of the last cell alone: theirs is the answer.
    """

    session_id: str
    caller_id: str
    deadline: float
    db_user: str = ""
    operator: Operator | None = None
    model: str | None = None
    cache_key: str = ""
    parent_trace: str = ""

    def without_cache_key(self) -> RunContext:
        """For the cells before the last."""
        return replace(self, cache_key="") if self.cache_key else self


@dataclass(frozen=True, slots=True)
class CascadeAnswer:
    """``value`` is typed as the operator returns; ``output`` the same as text, from which it can be read again.

    ``warning`` is what the user should know about it; the same words for every row that has the same cause.
    """

    value: object
    output: str
    trace_id: str
    warning: str = ""
