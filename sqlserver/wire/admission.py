"""How many connections may be open at once: in all, from one address, for one user."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from sqlserver.core.errors import ServerError


class Admission:
    """A limit of None is none. Once ``closed`` nobody is admitted any more."""

    def __init__(self, limit: int, *, per_address: int | None = None, per_user: int | None = None) -> None:
        self._limit = limit
        self._per_address = per_address
        self._per_user = per_user
        self.closed = False
        self._open = 0
        self._addresses: Counter[str] = Counter()
        self._users: Counter[str] = Counter()

    @contextmanager
    def admitted(self, address: str = "") -> Iterator[None]:
        """Raises 53300 when all places are taken, 57P03 when closed. Cancel requests need none."""
        if self.closed:
            raise ServerError("the database system is shutting down", sqlstate="57P03")
        if self._open >= self._limit:
            raise ServerError("sorry, too many clients already", sqlstate="53300")
        self._open += 1
        try:
            with _counted(self._addresses, address, self._per_address, f'too many connections from "{address}"'):
                yield
        finally:
            self._open -= 1

    @contextmanager
    def user_admitted(self, user: str) -> Iterator[None]:
        """Raises 53300 as well. For a user who is known to be that user, or others could use up the places."""
        with _counted(self._users, user, self._per_user, f'too many connections for role "{user}"'):
            yield


@contextmanager
def _counted(counts: Counter[str], key: str, limit: int | None, refusal: str) -> Iterator[None]:
    if limit is not None and counts[key] >= limit:
        raise ServerError(refusal, sqlstate="53300")
    counts[key] += 1
    try:
        yield
    finally:
        counts[key] -= 1
        if not counts[key]:
            del counts[key]
