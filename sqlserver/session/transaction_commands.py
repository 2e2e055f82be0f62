"""BEGIN, COMMIT, ROLLBACK and their other spellings; PostgreSQL's warnings where they do nothing."""

from __future__ import annotations

from collections.abc import Sequence

from sqlserver.core.errors import FeatureNotSupported
from sqlserver.core.notice import Notice, NoticeSink
from sqlserver.core.result import CommandTag, Result
from sqlserver.session.transaction import State, Transaction

_VERBS = {"BEGIN": "BEGIN", "START": "START TRANSACTION", "COMMIT": "COMMIT", "END": "COMMIT",
          "ROLLBACK": "ROLLBACK", "ABORT": "ROLLBACK"}  # fmt: skip
_SAVEPOINTS = {"SAVEPOINT", "RELEASE"}


def is_transaction_command(words: Sequence[str]) -> bool:
    first = words[0].upper() if words else ""
    return first in _VERBS or first in _SAVEPOINTS


def ends_failed_block(words: Sequence[str]) -> bool:
    """Whether the statement is let through while the block is failed."""
    return bool(words) and words[0].upper() in ("COMMIT", "END", "ROLLBACK", "ABORT")


async def run_transaction_command(words: Sequence[str], transaction: Transaction, notify: NoticeSink) -> Result:
    """``words``: the statement's leading words. Savepoints are refused: DuckDB has none."""
    upper = [word.upper() for word in words]
    if upper[0] in _SAVEPOINTS or (upper[0] == "ROLLBACK" and "TO" in upper[1:3]):
        raise FeatureNotSupported("savepoints are not supported", hint="Use a transaction of its own for each step.")
    if "PREPARED" in upper[1:2]:
        raise FeatureNotSupported("two-phase commit is not supported")
    verb = _VERBS[upper[0]]
    if verb in ("BEGIN", "START TRANSACTION"):
        if not await transaction.begin_block():
            notify(Notice("there is already a transaction in progress", "WARNING", "25001"))
        return Result(CommandTag(verb))
    if transaction.state in (State.NONE, State.IMPLICIT):
        notify(Notice("there is no transaction in progress", "WARNING", "25P01"))
    if verb == "COMMIT":
        if not transaction.open:
            committed = transaction.state is State.NONE or await transaction.commit()
        else:
            committed = await transaction.commit()
        return Result(CommandTag("COMMIT" if committed else "ROLLBACK"))
    await transaction.rollback()
    return Result(CommandTag("ROLLBACK"))
