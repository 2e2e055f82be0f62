"""The transaction of one session, as PostgreSQL's clients expect it, over the engine's real ones.

    NONE      no transaction; a statement that needs several engine steps opens one for itself
    IMPLICIT  opened by the server: several statements in one simple query, or writes up to a Sync
    BLOCK     opened by BEGIN
    FAILED    a statement of the block failed: everything but its end is refused; the engine has rolled back already

An illegal change of state is a bug and raises.
"""

from __future__ import annotations

from enum import Enum
from typing import Protocol

from sqlserver.core.client_session import TransactionStatus
from sqlserver.core.errors import FailedTransaction, ServerError


class TransactionalEngine(Protocol):
    async def begin(self) -> None: ...
    async def commit(self) -> bool: ...
    async def rollback(self) -> None: ...


class Participant(Protocol):
    """What follows the transaction: session settings, buffered marks."""

    def begin(self) -> None: ...
    async def commit(self) -> None:
        """The engine has committed. May raise: what this participant held is then lost and the client is told."""
        ...

    def rollback(self) -> None: ...


class State(Enum):
    NONE = "none"
    IMPLICIT = "implicit"
    BLOCK = "block"
    FAILED = "failed"


_LEGAL = {
    State.NONE: {State.IMPLICIT, State.BLOCK},
    State.IMPLICIT: {State.NONE, State.BLOCK},
    State.BLOCK: {State.NONE, State.FAILED},
    State.FAILED: {State.NONE},
}


class Transaction:
    """Begins, ends and fails the session's transaction; the engine and every participant go along."""

    def __init__(self, engine: TransactionalEngine, participants: tuple[Participant, ...]) -> None:
        self._engine = engine
        self._participants = participants
        self._state = State.NONE

    @property
    def state(self) -> State:
        return self._state

    @property
    def status(self) -> TransactionStatus:
        if self._state is State.FAILED:
            return TransactionStatus.FAILED
        return TransactionStatus.ACTIVE if self._state is State.BLOCK else TransactionStatus.IDLE

    @property
    def open(self) -> bool:
        """Whether the engine is inside a transaction of ours."""
        return self._state in (State.IMPLICIT, State.BLOCK)

    def refuse_if_failed(self) -> None:
        if self._state is State.FAILED:
            raise FailedTransaction("current transaction is aborted, commands ignored until end of transaction block")

    async def begin_implicit(self) -> None:
        if self._state is State.NONE:
            await self._begin(State.IMPLICIT)

    async def begin_block(self) -> bool:
        """False where a block is open already (PostgreSQL warns and goes on)."""
        if self._state is State.BLOCK:
            return False
        if self._state is State.IMPLICIT:
            self._go(State.BLOCK)  # PostgreSQL: what the implicit one did becomes part of the block
        else:
            await self._begin(State.BLOCK)
        return True

    async def commit(self) -> bool:
        """False where the transaction had failed and was rolled back instead."""
        if self._state is State.FAILED:
            self._go(State.NONE)
            return False
        try:
            await self._engine.commit()
        except BaseException:
            await self._undo()
            self._go(State.NONE)
            raise
        self._go(State.NONE)
        for participant in self._participants:
            await participant.commit()
        return True

    async def rollback(self) -> None:
        if self.open:
            await self._undo()
        if self._state is not State.NONE:
            self._go(State.NONE)

    async def fail(self) -> None:
        """A statement failed: a block waits for its end, an implicit transaction is gone."""
        if self._state is State.BLOCK:
            await self._undo()
            self._go(State.FAILED)
        elif self._state is State.IMPLICIT:
            await self.rollback()

    async def end_implicit(self) -> None:
        if self._state is State.IMPLICIT:
            await self.commit()

    async def _begin(self, state: State) -> None:
        await self._engine.begin()
        for participant in self._participants:
            participant.begin()
        self._go(state)

    async def _undo(self) -> None:
        try:
            await self._engine.rollback()
        finally:
            for participant in self._participants:
                participant.rollback()

    def _go(self, state: State) -> None:
        if state not in _LEGAL[self._state]:
            raise ServerError(f"illegal transaction state change: {self._state.value} to {state.value}")
        self._state = state
