"""Errors of generated queries, told in terms of the text the client wrote."""

from __future__ import annotations

import logging

from sqlserver.core.errors import ServerError, SyntaxFault
from sqlserver.core.plan import MISSING_ANSWER
from sqlserver.sql.tokens import Token, tokenize

log = logging.getLogger(__name__)


def client_fault(error: ServerError, generated: str, client_sql: str) -> ServerError:
    """The same error with its position in ``client_sql``, or none where that cannot be told.

    A generated query repeats the client's words, so the word at the error's place is looked up in the client's text.
    An input without an answer is a bug of ours (XX000), never the client's.
    """
    if MISSING_ANSWER in error.message:
        log.error("%s; final query: %s", error.message, generated)
        return ServerError(
            "an input of a semantic operator was not asked about",
            detail=error.message,
            hint="This is a bug; the statement changed nothing.",
        )
    if error.position is not None:
        error.position = _client_position(error.position, generated, client_sql)
    return error


def _client_position(position: int, generated: str, client_sql: str) -> int | None:
    at = position - 1
    word = next((token for token in _tokens(generated) if token.start <= at < token.end), None)
    if word is None:
        return None
    same = [token for token in _tokens(client_sql) if (token.kind, token.text) == (word.kind, word.text)]
    return same[0].start + 1 if same else None


def _tokens(sql: str) -> list[Token]:
    try:
        return tokenize(sql)
    except SyntaxFault:
        return []
