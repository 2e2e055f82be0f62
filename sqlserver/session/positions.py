"""Positions of errors, counted from the start of the client's text."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlserver.core.errors import ServerError
from sqlserver.session.statement import Statement


@contextmanager
def positions_from(start: int) -> Iterator[None]:
    """Errors inside tell their place in a text that begins ``start`` characters into the client's."""
    try:
        yield
    except ServerError as error:
        if error.position is not None:
            error.position += start
        raise


@contextmanager
def positions_within(start: int, statement: Statement) -> Iterator[None]:
    """Errors of ``statement`` tell their place in a text that holds its own from ``start`` on."""
    try:
        yield
    except ServerError as error:
        statement.place(error)
        if error.position is not None:
            error.position += start
        raise
