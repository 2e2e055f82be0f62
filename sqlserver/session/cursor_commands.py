"""Cursors in SQL.

DECLARE name [INSENSITIVE | ASENSITIVE] [[NO] SCROLL] CURSOR [{WITH | WITHOUT} HOLD] FOR query
{FETCH | MOVE} [direction] [FROM | IN] name     direction: NEXT, PRIOR, FIRST, LAST, ABSOLUTE n, RELATIVE n, n, ALL,
                                                FORWARD [n | ALL], BACKWARD [n | ALL]
CLOSE {name | ALL}
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from sqlserver.core.errors import FeatureNotSupported, InvalidCursorName, ServerError
from sqlserver.core.result import CommandTag, Result, Rows
from sqlserver.session.command_words import fault_at, name_at
from sqlserver.session.cursor import Cursor, Direction, Movement
from sqlserver.session.prepared import PreparedStatements
from sqlserver.sql.tokens import tokenize

Run = Callable[[], Awaitable[Result]]
"""Runs the cursor's query up to its first rows."""


@dataclass(frozen=True, slots=True)
class Declaration:
    """``query_start`` is the query's offset in the statement."""

    name: str
    scroll: bool
    hold: bool
    query_start: int


def read_declaration(sql: str) -> Declaration:
    tokens = tokenize(sql)
    name = name_at(tokens, 1, sql)
    scroll = hold = False
    at = 2
    while at < len(tokens) and tokens[at].upper != "CURSOR":
        word = tokens[at].upper
        if word == "BINARY":
            raise FeatureNotSupported(
                "binary cursors are not supported", hint="Ask for binary results in the extended query protocol."
            )
        if word == "SCROLL":
            scroll = tokens[at - 1].upper != "NO"
        elif word not in ("NO", "INSENSITIVE", "ASENSITIVE"):
            raise fault_at(tokens, at, sql)
        at += 1
    at += 1
    if [token.upper for token in tokens[at : at + 2]] in (["WITH", "HOLD"], ["WITHOUT", "HOLD"]):
        hold = tokens[at].upper == "WITH"
        at += 2
    if at + 1 >= len(tokens) or tokens[at].upper != "FOR":
        raise fault_at(tokens, at, sql)
    return Declaration(name, scroll, hold, tokens[at + 1].start)


async def declare(declaration: Declaration, sql: str, cursors: PreparedStatements, run: Run) -> Result:
    """The query starts now, so that its errors are the declaration's. ``sql`` is shown in ``pg_cursors``."""
    cursors.refuse_taken(declaration.name)
    result = await run()
    if result.columns is None or result.rows is None:
        raise ServerError("DECLARE CURSOR needs a query that returns rows", sqlstate="42P11")
    scroll, hold = declaration.scroll, declaration.hold
    cursors.add_cursor(Cursor(declaration.name, result.columns, result.rows, scroll=scroll, hold=hold, sql=sql))
    return Result(CommandTag("DECLARE CURSOR"))


def read_movement(sql: str) -> tuple[str, Movement]:
    """The cursor's name and where it goes."""
    tokens = tokenize(sql)[1:]
    words = [token.upper or token.text for token in tokens]
    signed = 0
    movement = Movement(Direction.FORWARD, 1)
    first = words[0] if len(words) > 1 else ""
    simple = {
        "NEXT": Movement(Direction.FORWARD, 1),
        "PRIOR": Movement(Direction.BACKWARD, 1),
        "FIRST": Movement(Direction.ABSOLUTE, 1),
        "LAST": Movement(Direction.ABSOLUTE, -1),
        "ALL": Movement(Direction.FORWARD, None),
    }
    counted = {name.name: name for name in Direction}
    if first in simple:
        movement, signed = simple[first], 1
    elif first in counted:
        count, signed = _count(words, 1)
        if signed == 1 and first in ("ABSOLUTE", "RELATIVE"):
            raise fault_at(tokens, 1, sql)
        movement = Movement(counted[first], count)
    elif first not in ("FROM", "IN"):
        count, signed = _count(words, 0)
        movement = Movement(Direction.FORWARD, count if signed else 1)
    rest = tokens[signed:]
    if rest and rest[0].upper in ("FROM", "IN") and len(rest) > 1:
        rest = rest[1:]
    if len(rest) != 1:
        raise fault_at(tokens, signed + 1, sql)
    return name_at(rest, 0, sql), movement


def _count(words: Sequence[str], at: int) -> tuple[int | None, int]:
    """The number at ``at`` and the index after it; 1 where there is none."""
    if words[at : at + 1] == ["ALL"]:
        return None, at + 1
    if words[at : at + 1] in (["-"], ["+"]) and words[at + 1 : at + 2] and words[at + 1].isdigit():
        return int(words[at] + words[at + 1]), at + 2
    if words[at : at + 1] and words[at].isdigit():
        return int(words[at]), at + 1
    return 1, at


def fetch(cursor: Cursor, movement: Movement) -> Result:
    return Result(CommandTag("FETCH", counts_rows=True), cursor.columns, Rows(cursor.move(movement)))


async def move(cursor: Cursor, movement: Movement) -> Result:
    moved = 0
    async for batch in cursor.move(movement):
        moved += batch.num_rows
    return Result(CommandTag(f"MOVE {moved}"))


async def close(sql: str, cursors: PreparedStatements) -> Result:
    tokens = tokenize(sql)
    if len(tokens) != 2:
        raise fault_at(tokens, 1, sql)
    if tokens[1].upper == "ALL":
        await cursors.close_all(held=True)
        return Result(CommandTag("CLOSE CURSOR ALL"))
    name = name_at(tokens, 1, sql)
    if not cursors.has_portal(name):
        raise InvalidCursorName(f'cursor "{name}" does not exist')
    await cursors.close(name)
    return Result(CommandTag("CLOSE CURSOR"))
