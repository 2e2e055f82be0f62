"""pg_rewrite: the rule of each view, and the relations that it reads, so that dumps make those before it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlserver.catalog.objects import DatabaseObjects, RelationObject
from sqlserver.catalog.rows.numbering import Name, Numbering
from sqlserver.core.errors import SyntaxFault
from sqlserver.sql.tokens import Token, TokenKind, tokenize


def rules(objects: DatabaseObjects, oids: Numbering) -> Iterator[dict[str, Any]]:
    for (schema, name), oid in oids.rules.items():
        yield {
            "oid": oid, "rulename": "_RETURN", "ev_class": oids.classes[schema, name], "ev_type": "1",
            "ev_enabled": "O", "is_instead": True, "ev_qual": "<>", "ev_action": "<>",
        }  # fmt: skip


def relations_read(view: RelationObject, oids: Numbering) -> set[Name]:
    """The relations that a view's query names, as far as its tokens tell."""
    try:
        tokens = tokenize(view.definition or "")
    except SyntaxFault:
        return set()
    names = {_name(tokens, at, view.schema) for at, token in enumerate(tokens) if _may_name(token)}
    return {name for name in names if name in oids.classes and name != (view.schema, view.name)}


def _may_name(token: Token) -> bool:
    return token.kind in (TokenKind.WORD, TokenKind.QUOTED)


def _name(tokens: list[Token], at: int, schema: str) -> Name:
    qualified = at > 1 and tokens[at - 1].is_symbol(".") and _may_name(tokens[at - 2])
    return (tokens[at - 2].text if qualified else schema, tokens[at].text)
