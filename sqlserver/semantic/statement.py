"""What one statement brings to the answering of its calls."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from sqlserver.core.errors import BudgetExceeded
from sqlserver.core.notice import Notice, NoticeSink

CacheMode = Literal["on", "off", "refresh"]


@dataclass(frozen=True, slots=True)
class SemanticOptions:
    """The session's ``semantic.*`` settings. ``model`` None: the cell's own. ``concurrency``: calls under way at once.

    ``timeout`` in seconds is for all model calls of the statement together.
    """

    model: str | None = None
    max_calls: int = 100_000
    concurrency: int = 64
    fail_on_error: bool = False
    training: bool = True
    corrections: bool = True
    cache: CacheMode = "on"
    timeout: float = 3600.0


@dataclass(slots=True)
class SemanticStatement:
    """One running statement: who asks, how, until when, and what it has used up so far.

    ``deadline`` is a time on the event loop's clock; ``text`` seeds the random strategy.
    """

    session_id: str
    caller_id: str
    db_user: str
    text: str
    options: SemanticOptions
    deadline: float
    notify: NoticeSink
    calls_made: int = 0
    used_semantics: bool = False
    _told: set[Notice] = field(default_factory=set)

    def tell_once(self, notice: Notice) -> None:
        """The first time this statement has it to tell."""
        if notice not in self._told:
            self._told.add(notice)
            self.notify(notice)

    def reserve(self, calls: int, what: str) -> None:
        """Takes calls out of the statement's budget, before any of them is made. Raises 53400."""
        allowed = self.options.max_calls
        if self.calls_made + calls > allowed:
            raise BudgetExceeded(
                f"this statement needs {self.calls_made + calls} model calls, more than semantic.max_calls = {allowed}",
                detail=f"{calls} of them are for {what} and were not made; {self.calls_made} were made before.",
                hint="Add a cheap condition that leaves fewer rows, or raise the limit: SET semantic.max_calls = …",
            )
        self.calls_made += calls
