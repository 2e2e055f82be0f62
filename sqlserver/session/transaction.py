"""The transaction of one session, as PostgreSQL's clients expect it, over the engine's real ones.

    NONE      no transaction; a statement that needs several engine steps opens one for itself
    IMPLICIT  opened by the server: several statements in one simple query, or writes up to a Sync
    BLOCK     opened by BEGIN
    FAILED    a statement of the block failed: everything but its end is refused; the engine has rolled back already,
              unless a savepoint may still be gone back to

DuckDB has no savepoints. Going back to one is the same as what PostgreSQL does where nothing was written before it
(the transaction starts anew) or nothing since (it goes on); anything else is refused and leaves the block failed.

An illegal change of state is a bug and raises.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from sqlserver.core.client_session import TransactionStatus
from sqlserver.core.errors import FailedTransaction, FeatureNotSupported, ServerError


class TransactionalEngine(Protocol):
    async def begin(self) -> None: ...
    async def commit(self) -> bool: ...
    async def rollback(self) -> None: ...
    async def resume(self) -> bool:
        """After an error: whether the transaction can go on as if the failed statement had not been."""
        ...


class Participant(Protocol):
    """What follows the transaction: session settings, buffered marks."""

    def begin(self) -> None: ...
    async def commit(self) -> None:
        """The engine has committed. May raise: what this participant held is then lost and the client is told."""
        ...

    def rollback(self) -> None: ...
    def savepoint(self) -> object:
        """What ``rollback_to`` needs to bring back this moment."""
        ...

    def rollback_to(self, moment: object) -> None: ...


@dataclass(frozen=True, slots=True)
class Savepoint:
    """``writes``: how many statements had written when it was set. ``moments``: one of each participant."""

    name: str
    writes: int
    moments: tuple[object, ...]


class State(Enum):
    NONE = "none"
    IMPLICIT = "implicit"
    BLOCK = "block"
    FAILED = "failed"


_LEGAL = {
    State.NONE: {State.IMPLICIT, State.BLOCK},
    State.IMPLICIT: {State.NONE, State.BLOCK},
    State.BLOCK: {State.NONE, State.FAILED},
    State.FAILED: {State.NONE, State.BLOCK},
}


class Transaction:
    """Begins, ends and fails the session's transaction; the engine and every participant go along."""

    def __init__(
        self,
        engine: TransactionalEngine,
        participants: tuple[Participant, ...],
        before_commit: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """``before_commit`` may still refuse: then nothing is committed."""
        self._engine = engine
        self._participants = participants
        self._before_commit = before_commit
        self._state = State.NONE
        self.began = 0.0
        """When the present or the last transaction did, in seconds since 1970."""
        self._savepoints: list[Savepoint] = []
        self._writes = 0
        self._touched = False

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

    @property
    def has_savepoints(self) -> bool:
        return bool(self._savepoints)

    @property
    def touched(self) -> bool:
        """Whether something was read or written in the transaction that is open: it could not begin anew unseen."""
        return self._state is not State.NONE and (self._touched or self._writes > 0 or self.has_savepoints)

    def touch(self) -> None:
        self._touched = True

    async def start_again(self) -> None:
        """A new transaction of the engine's in the place of one that is not ``touched``."""
        if self.open:
            await self._engine.rollback()
            await self._engine.begin()

    def wrote(self) -> None:
        """A statement that may have changed the engine's data has run."""
        self._writes += 1

    def savepoint(self, name: str) -> None:
        """A name that is taken hides the earlier one until it is released."""
        moments = tuple(participant.savepoint() for participant in self._participants)
        self._savepoints.append(Savepoint(name, self._writes, moments))

    def release(self, name: str) -> None:
        """Forgets it and all after it. 3B001 where there is none."""
        del self._savepoints[self._savepoint_at(name) :]

    async def rollback_to(self, name: str) -> None:
        """Back to the savepoint, which stays. 3B001 where there is none, 0A000 where DuckDB cannot."""
        at = self._savepoint_at(name)
        savepoint = self._savepoints[at]
        failed = self._state is State.FAILED
        if savepoint.writes == 0 and (failed or self._writes):
            await self._engine.rollback()
            await self._engine.begin()
        elif self._writes != savepoint.writes or (failed and not await self._engine.resume()):
            if not failed:
                await self.fail()
            raise FeatureNotSupported(
                f'cannot roll back to savepoint "{name}": the transaction wrote before it',
                detail="DuckDB has no savepoints. Going back is possible where nothing was written before the "
                "savepoint, or nothing since and no statement failed while it ran.",
                hint="ROLLBACK the transaction, and set the savepoint before its first write.",
            )
        del self._savepoints[at + 1 :]
        self._writes = savepoint.writes
        for participant, moment in zip(self._participants, savepoint.moments, strict=True):
            participant.rollback_to(moment)
        if failed:
            self._go(State.BLOCK)

    def _savepoint_at(self, name: str) -> int:
        at = next((at for at in reversed(range(len(self._savepoints))) if self._savepoints[at].name == name), None)
        if at is None:
            raise ServerError(f'savepoint "{name}" does not exist', sqlstate="3B001")
        return at

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
            await self.rollback()
            return False
        try:
            if self._before_commit is not None:
                await self._before_commit()
        except BaseException:
            await self._undo()
            self._go(State.NONE)
            raise
        try:
            await self._engine.commit()
        except BaseException:  # the engine has rolled back by itself
            self._forget()
            self._go(State.NONE)
            raise
        self._go(State.NONE)
        self._savepoints.clear()
        for participant in self._participants:
            await participant.commit()
        return True

    async def rollback(self) -> None:
        if self.open or self._savepoints:
            await self._undo()
        if self._state is not State.NONE:
            self._go(State.NONE)

    async def fail(self) -> None:
        """A statement failed: a block waits for its end, an implicit transaction is gone."""
        if self._state is State.BLOCK:
            if not self._savepoints:
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
        self._writes = 0
        self._touched = False
        self._go(state)

    async def _undo(self) -> None:
        try:
            await self._engine.rollback()
        finally:
            self._forget()

    def _forget(self) -> None:
        self._savepoints.clear()
        for participant in self._participants:
            participant.rollback()

    def _go(self, state: State) -> None:
        if state not in _LEGAL[self._state]:
            raise ServerError(f"illegal transaction state change: {self._state.value} to {state.value}")
        if self._state is State.NONE:
            self.began = time.time()
        self._state = state
