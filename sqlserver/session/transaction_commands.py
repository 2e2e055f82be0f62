"""BEGIN, COMMIT, ROLLBACK, SAVEPOINT and their other spellings; PostgreSQL's warnings where they do nothing.

{BEGIN | START TRANSACTION} [modes]     {COMMIT | END | ROLLBACK | ABORT} [WORK | TRANSACTION] [AND [NO] CHAIN]
SAVEPOINT name     RELEASE [SAVEPOINT] name     ROLLBACK [WORK | TRANSACTION] TO [SAVEPOINT] name
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlserver.core.errors import ServerError
from sqlserver.core.notice import Notice
from sqlserver.core.result import CommandTag, Result
from sqlserver.session.command_words import fault_at, name_at
from sqlserver.session.setting_commands import transaction_modes
from sqlserver.session.state import SessionState
from sqlserver.session.statement import Statement
from sqlserver.session.transaction import State
from sqlserver.session.unsupported import two_phase_fault
from sqlserver.sql.tokens import tokenize

_VERBS = {"BEGIN": "BEGIN", "START": "START TRANSACTION", "COMMIT": "COMMIT", "END": "COMMIT",
          "ROLLBACK": "ROLLBACK", "ABORT": "ROLLBACK"}  # fmt: skip
_SAVEPOINTS = frozenset({"SAVEPOINT", "RELEASE"})
_OPTIONAL = frozenset({"WORK", "TRANSACTION"})


def is_transaction_command(words: Sequence[str]) -> bool:
    first = words[0].upper() if words else ""
    return first in _VERBS or first in _SAVEPOINTS


def ends_failed_block(words: Sequence[str]) -> bool:
    """Whether the statement is let through while the block is failed."""
    return bool(words) and words[0].upper() in ("COMMIT", "END", "ROLLBACK", "ABORT")


async def run_transaction_command(state: SessionState, statement: Statement) -> Result:
    words = [word.upper() for word in statement.words]
    if words[0] in _SAVEPOINTS:
        return _set_or_release(state, statement.text)
    rest = words[1:]
    if words[0] != "START" and rest[:1] and rest[0] in _OPTIONAL:
        rest = rest[1:]
    if rest[:1] == ["PREPARED"] or words[:2] == ["PREPARE", "TRANSACTION"]:
        raise two_phase_fault()
    verb = _VERBS[words[0]]
    if verb == "ROLLBACK" and rest[:1] == ["TO"]:
        return await _roll_back_to(state, statement.text)
    if verb in ("BEGIN", "START TRANSACTION"):
        return await _begin(state, verb, rest[1:] if words[0] == "START" else rest)
    chained = rest == ["AND", "CHAIN"]
    if rest and not chained and rest != ["AND", "NO", "CHAIN"]:
        raise fault_at(tokenize(statement.text), 1, statement.text)
    return await _end(state, verb, chained=chained)


async def _begin(state: SessionState, verb: str, modes: Sequence[str]) -> Result:
    given = transaction_modes(modes)
    if not await state.transaction.begin_block():
        state.notify(Notice("there is already a transaction in progress", "WARNING", "25001"))
    for name, value in given:
        state.settings.set(name, value, local=True)
    return Result(CommandTag(verb))


async def _end(state: SessionState, verb: str, *, chained: bool) -> Result:
    transaction = state.transaction
    if transaction.state in (State.NONE, State.IMPLICIT):
        if chained:
            raise ServerError(f"{verb} AND CHAIN can only be used in transaction blocks", sqlstate="25P01")
        state.notify(Notice("there is no transaction in progress", "WARNING", "25P01"))
    if verb == "COMMIT" and transaction.open:
        await state.prepared.hold_cursors()
    # Before the end: rows that nobody can fetch any more need not be moved out of the engine's way.
    await state.prepared.close_all()
    committed = False
    if verb == "COMMIT":
        committed = transaction.state is State.NONE or await transaction.commit()
    else:
        await transaction.rollback()
    if chained:
        await transaction.begin_block()
    return Result(CommandTag("COMMIT" if committed else "ROLLBACK"))


def _set_or_release(state: SessionState, sql: str) -> Result:
    tokens = tokenize(sql)
    verb = tokens[0].upper
    at = 2 if verb == "RELEASE" and tokens[1:2] and tokens[1].upper == "SAVEPOINT" and len(tokens) > 2 else 1
    name = name_at(tokens, at, sql)
    if len(tokens) > at + 1:
        raise fault_at(tokens, at + 1, sql)
    if state.transaction.state is not State.BLOCK:
        shown = "RELEASE SAVEPOINT" if verb == "RELEASE" else verb
        raise ServerError(f"{shown} can only be used in transaction blocks", sqlstate="25P01")
    if verb == "SAVEPOINT":
        state.transaction.savepoint(name)
    else:
        state.transaction.release(name)
    return Result(CommandTag(verb))


async def _roll_back_to(state: SessionState, sql: str) -> Result:
    tokens = tokenize(sql)
    at = next(at for at, token in enumerate(tokens) if token.upper == "TO") + 1
    if tokens[at : at + 1] and tokens[at].upper == "SAVEPOINT" and len(tokens) > at + 1:
        at += 1
    name = name_at(tokens, at, sql)
    if len(tokens) > at + 1:
        raise fault_at(tokens, at + 1, sql)
    if state.transaction.state not in (State.BLOCK, State.FAILED):
        raise ServerError("ROLLBACK TO SAVEPOINT can only be used in transaction blocks", sqlstate="25P01")
    await state.transaction.rollback_to(name)
    return Result(CommandTag("ROLLBACK"))
