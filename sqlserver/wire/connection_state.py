"""Where a connection stands. Every change goes through ``advance``, so a step out of order is an error at once."""

from __future__ import annotations

from enum import IntEnum, auto


class ConnectionState(IntEnum):
    STARTING = auto()  # waits for the startup packet
    OPENING = auto()  # authenticates, opens the session
    READY = auto()  # has sent ReadyForQuery
    WORKING = auto()  # between a message and the ReadyForQuery it leads to
    SKIPPING = auto()  # drops messages up to Sync after an error
    CLOSED = auto()


_S = ConnectionState
_NEXT: dict[ConnectionState, frozenset[ConnectionState]] = {
    _S.STARTING: frozenset({_S.OPENING, _S.CLOSED}),
    _S.OPENING: frozenset({_S.READY, _S.CLOSED}),
    _S.READY: frozenset({_S.WORKING, _S.CLOSED}),
    _S.WORKING: frozenset({_S.WORKING, _S.READY, _S.SKIPPING, _S.CLOSED}),
    _S.SKIPPING: frozenset({_S.WORKING, _S.CLOSED}),
    _S.CLOSED: frozenset(),
}


class IllegalTransition(RuntimeError):
    """A bug in the connection's code."""


def advance(current: ConnectionState, target: ConnectionState) -> ConnectionState:
    if target not in _NEXT[current]:
        raise IllegalTransition(f"{current.name} → {target.name}")
    return target
