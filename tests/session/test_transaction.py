"""The session's transaction: PostgreSQL's states over an engine that only knows begin, commit and rollback."""

import pytest

from sqlserver.core.client_session import TransactionStatus
from sqlserver.core.errors import FailedTransaction, SerializationFailure, ServerError
from sqlserver.session.transaction import State, Transaction


class Engine:
    def __init__(self) -> None:
        self.done: list[str] = []
        self.refuse_commit = False

    async def begin(self) -> None:
        self.done.append("begin")

    async def commit(self) -> bool:
        if self.refuse_commit:
            raise SerializationFailure("conflict")
        self.done.append("commit")
        return True

    async def rollback(self) -> None:
        self.done.append("rollback")


class Participant:
    def __init__(self) -> None:
        self.done: list[str] = []

    def begin(self) -> None:
        self.done.append("begin")

    async def commit(self) -> None:
        self.done.append("commit")

    def rollback(self) -> None:
        self.done.append("rollback")


@pytest.fixture
def engine() -> Engine:
    return Engine()


@pytest.fixture
def participant() -> Participant:
    return Participant()


@pytest.fixture
def transaction(engine: Engine, participant: Participant) -> Transaction:
    return Transaction(engine, (participant,))


async def test_a_failed_block_is_rolled_back_at_once_and_refuses_all_but_its_end(
    transaction: Transaction, engine: Engine, participant: Participant
) -> None:
    await transaction.begin_block()
    await transaction.fail()
    assert (transaction.status, engine.done) == (TransactionStatus.FAILED, ["begin", "rollback"])
    with pytest.raises(FailedTransaction):
        transaction.refuse_if_failed()
    assert await transaction.commit() is False
    assert (transaction.status, participant.done) == (TransactionStatus.IDLE, ["begin", "rollback"])


async def test_an_implicit_transaction_becomes_part_of_a_block(transaction: Transaction, engine: Engine) -> None:
    await transaction.begin_implicit()
    assert transaction.status is TransactionStatus.IDLE
    assert await transaction.begin_block()
    assert transaction.status is TransactionStatus.ACTIVE
    await transaction.end_implicit()
    assert (transaction.state, engine.done) == (State.BLOCK, ["begin"])


async def test_an_implicit_transaction_ends_by_itself(transaction: Transaction, engine: Engine) -> None:
    await transaction.begin_implicit()
    await transaction.begin_implicit()
    await transaction.end_implicit()
    await transaction.end_implicit()
    assert engine.done == ["begin", "commit"]


async def test_participants_hear_of_a_commit_only_after_the_engine_made_it(
    transaction: Transaction, engine: Engine, participant: Participant
) -> None:
    engine.refuse_commit = True
    await transaction.begin_block()
    with pytest.raises(SerializationFailure):
        await transaction.commit()
    assert participant.done == ["begin", "rollback"]
    assert transaction.state is State.NONE


async def test_an_illegal_change_of_state_raises(transaction: Transaction) -> None:
    with pytest.raises(ServerError, match="illegal transaction state change"):
        transaction._go(State.FAILED)


async def test_a_second_begin_is_told(transaction: Transaction) -> None:
    assert await transaction.begin_block() is True
    assert await transaction.begin_block() is False
