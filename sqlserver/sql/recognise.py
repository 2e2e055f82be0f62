"""From text to a statement with semantic calls, or to the knowledge that it is plain SQL.

What the engine's parser takes as written stays plain, unless it calls an operator's function by name. Only a statement
the engine refuses is read with operator words, and only between operands. Nothing executes here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from sqlserver.core.errors import ServerError, SyntaxFault
from sqlserver.core.operators import OperatorTable
from sqlserver.sql.outline import Call, Node, Opaque, calls_in
from sqlserver.sql.queries import read_query
from sqlserver.sql.quote import quote_identifier
from sqlserver.sql.source import source_of
from sqlserver.sql.statements import Statement, read_statement
from sqlserver.sql.tokens import Token


@dataclass(frozen=True, slots=True)
class SemanticStatement:
    """A statement that holds at least one call.

    ``literals`` are the SQL texts that stand for parameter tokens, by the token's start (see ``bind_statement``).
    """

    sql: str
    tokens: tuple[Token, ...]
    root: Statement
    calls: tuple[Call, ...]
    literals: tuple[tuple[int, str], ...] = ()

    def position(self, call: Call) -> int:
        """Where an error about ``call`` points: characters of the client's text, from 1."""
        return call.word + 1


@lru_cache(maxsize=16)
def _first_words(words: frozenset[str]) -> re.Pattern[str]:
    alternatives = "|".join(re.escape(word) for word in sorted(words))
    return re.compile(rf"(?<![\w$])(?:{alternatives})(?![\w$])", re.IGNORECASE)


@lru_cache(maxsize=16)
def _calls_by_name(names: frozenset[str]) -> re.Pattern[str]:
    alternatives = "|".join(re.escape(name) for name in sorted(names))
    return re.compile(rf"(?<![\w$])(?:{alternatives})\"?\s*(?:\(|/\*|--)", re.IGNORECASE)


def may_hold_operator(sql: str, table: OperatorTable) -> bool:
    """False for certain where no operator can be meant; true where it takes a parse to know. Reads words only."""
    return bool(table.first_words) and _first_words(table.first_words).search(sql) is not None


def parse_statement(
    sql: str,
    table: OperatorTable,
    plain_parses: Callable[[str], bool],
    syntax_fault: Callable[[str], ServerError | None] | None = None,
) -> SemanticStatement | None:
    """One statement's outline with its calls, or None for plain SQL.

    ``plain_parses`` asks the engine's parser. ``syntax_fault`` may give the engine's own syntax error for a text, whose
    offsets are those of ``sql``. Raises 42601 for a syntax error, 42883 for arguments that fit no operator, 0A000 for
    forms not supported.
    """
    if not may_hold_operator(sql, table):
        return None
    infix = not plain_parses(sql)
    if not infix and not _calls_by_name(frozenset(table.by_function)).search(sql):
        return None
    try:
        source = source_of(sql, table, infix, read_query)
        if not source.tokens:
            return None
        root = read_statement(source)
    except SyntaxFault:
        if infix:
            raise
        return None  # the engine takes it; what the outline cannot read holds no call of ours
    calls = tuple(calls_in(root))
    if not calls:
        return None
    statement = SemanticStatement(sql, source.tokens, root, calls)
    if infix:
        _check_syntax(statement, plain_parses, syntax_fault)
    return statement


def _check_syntax(
    statement: SemanticStatement,
    plain_parses: Callable[[str], bool],
    syntax_fault: Callable[[str], ServerError | None] | None,
) -> None:
    if plain_parses(function_text(statement)):
        return
    fault = syntax_fault(neutral_text(statement)) if syntax_fault is not None else None
    if fault is not None:
        raise fault
    if isinstance(statement.root, Opaque):
        return  # how far an operand reaches is not known there; such a place is refused by its name
    word = statement.calls[0].word
    near = next(token for token in statement.tokens if token.start == word)
    raise SyntaxFault(f'syntax error in a statement with operator "{near.text}"', position=word + 1)


def function_text(statement: SemanticStatement) -> str:
    """The statement with each call as a function call in brackets: plain SQL for the engine's parser."""

    def write(node: Node) -> str:
        if not isinstance(node, Call):
            return splice(node.start, node.end, node.children)
        call = f"({quote_identifier(node.operator.name)}({', '.join(map(write, node.arguments))}))"
        return f"(NOT {call})" if node.negated else call

    def splice(start: int, end: int, children: Sequence[Node]) -> str:
        pieces: list[str] = []
        for child in children:
            pieces.extend((statement.sql[start : child.start], write(child)))
            start = child.end
        return "".join((*pieces, statement.sql[start:end]))

    return splice(0, len(statement.sql), (statement.root,))


def neutral_text(statement: SemanticStatement) -> str:
    """The statement with each operator word overwritten by LIKE (or ``~``), so that no offset moves."""
    text = list(statement.sql)
    for call in statement.calls:
        if call.typed_name is not None:
            continue
        first = next(n for n, token in enumerate(statement.tokens) if token.start == call.word)
        form = next(form for form in call.operator.infix if _stands(statement.tokens, first, form.words))
        end = statement.tokens[first + len(form.words) - 1].end
        start = call.word
        if end - start < len("LIKE"):
            if call.negated:
                start = statement.tokens[first - 1].start
            word = "~"
        else:
            word = "LIKE"
        text[start:end] = word.ljust(end - start)
    return "".join(text)


def _stands(tokens: tuple[Token, ...], first: int, words: tuple[str, ...]) -> bool:
    return tuple(token.upper for token in tokens[first : first + len(words)]) == words
