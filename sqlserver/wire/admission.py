"""How many sessions may be open at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlserver.core.errors import ServerError


class Admission:
    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._open = 0

    @contextmanager
    def admitted(self) -> Iterator[None]:
        """Raises 53300 when all places are taken. Cancel requests need none."""
        if self._open >= self._limit:
            raise ServerError("sorry, too many clients already", sqlstate="53300")
        self._open += 1
        try:
            yield
        finally:
            self._open -= 1
