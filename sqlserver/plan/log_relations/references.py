"""Where a statement names log relations as tables: never in strings, comments, columns or shadowing CTEs.

Names are found in the tree, whose identifiers carry their place in the text. A statement that sqlglot cannot read is
searched token by token instead, with DuckDB's clause words telling what stands in a FROM list.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlglot import Token, TokenType, exp

from sqlserver.core.errors import FeatureNotSupported, InsufficientPrivilege, ServerError
from sqlserver.plan.log_relations.relations import RELATIONS, USER_SCHEMA

TEXT_TOKENS = frozenset(
    {
        TokenType.STRING,
        TokenType.HEREDOC_STRING,
        TokenType.BYTE_STRING,
        TokenType.NATIONAL_STRING,
        TokenType.RAW_STRING,
        TokenType.UNICODE_STRING,
        TokenType.NUMBER,
    }
)
_CLAUSES_AFTER_FROM = frozenset(
    {"SELECT", "WHERE", "GROUP", "ORDER", "HAVING", "LIMIT", "WINDOW", "QUALIFY", "SET", "VALUES", "ON", "USING"}
)
_DEFINITIONS = (exp.Drop, exp.TruncateTable, exp.Alter, exp.Create, exp.Index)
_WRITES = (exp.Insert, exp.Update, exp.Delete, exp.Merge)


@dataclass(frozen=True, slots=True)
class Reference:
    """``start``/``end`` (exclusive) enclose the name with its schema. ``table`` is None where no tree could be had."""

    relation: str
    start: int
    end: int
    has_alias: bool
    alias: str
    table: exp.Table | None = None


def references_in_tree(tree: exp.Expr) -> tuple[Reference, ...]:
    """In text order. Raises 42501 for a statement that would change or define a log relation."""
    found = [_reference(table) for table in tree.find_all(exp.Table) if _is_log_relation(table)]
    if found and isinstance(tree, exp.Create) and tree.args.get("kind") == "VIEW":
        raise FeatureNotSupported(
            f'a view cannot read the log relation "{found[0].relation}"',
            hint="Use CREATE TABLE … AS SELECT to keep a copy, or query the log relation itself.",
            position=found[0].start + 1,
        )
    return tuple(sorted(found, key=lambda reference: reference.start))


def _reference(table: exp.Table) -> Reference:
    name, schema = table.this, table.args.get("db")
    relation = name.name.lower()
    start = (schema or name).meta["start"]
    _refuse_target(table, relation, start)
    return Reference(relation, start, name.meta["end"] + 1, bool(table.alias), (table.alias or relation).lower(), table)


def _is_log_relation(table: exp.Table) -> bool:
    name = table.this
    if not isinstance(name, exp.Identifier) or name.name.lower() not in RELATIONS or "start" not in name.meta:
        return False
    schema = table.args.get("db")
    if schema is not None:
        return schema.name.lower() == USER_SCHEMA and not table.args.get("catalog")
    return not _shadowed(table, name.name.lower())


def _shadowed(table: exp.Table, name: str) -> bool:
    """Whether a CTE of that name is in sight: any of an enclosing WITH, or one defined before the CTE we stand in."""
    inside: exp.Expr = table
    node = table.parent
    while node is not None:
        clause = node.args.get("with_")
        if clause is not None:
            for cte in clause.expressions:
                own = cte is inside or (clause is inside and _encloses(cte, table))
                if own and not clause.args.get("recursive"):
                    break
                if cte.alias.lower() == name:
                    return True
        inside, node = node, node.parent
    return False


def _encloses(ancestor: exp.Expr, node: exp.Expr) -> bool:
    current: exp.Expr | None = node
    while current is not None:
        if current is ancestor:
            return True
        current = current.parent
    return False


def _refuse_target(table: exp.Table, relation: str, start: int) -> None:
    child: exp.Expr = table
    parent = table.parent
    if isinstance(parent, exp.Schema):
        child, parent = parent, parent.parent
    if isinstance(parent, _DEFINITIONS) and (child is parent.this or not isinstance(parent, exp.Create)):
        raise refusal(relation, "defines" if isinstance(parent, exp.Create) else parent.key, start)
    if isinstance(parent, _WRITES) and child is parent.this:
        raise refusal(relation, parent.key, start)


def refusal(relation: str, verb: str, start: int) -> ServerError:
    """42501 with the way that works; 42P07 for CREATE TABLE over the name."""
    if verb == "defines":
        return ServerError(
            f'relation "{relation}" already exists', sqlstate="42P07", position=start + 1,
            hint="It is one of the server's log relations; choose another name.",
        )  # fmt: skip
    hint = (
        "Annotations are withdrawn with UNMARK {TRAINABLE | VERIFIED | ALL} WHERE …, the last batch with UNDO MARK."
        if relation.startswith("training_")
        else "The log is append-only. What the model should not learn from is left unmarked (UNMARK … WHERE …)."
    )
    return InsufficientPrivilege(
        f'log relation "{relation}" cannot be changed by this statement', hint=hint, position=start + 1
    )


def references_in_tokens(tokens: Sequence[Token]) -> tuple[Reference, ...]:
    """The search without a tree. A name that the statement defines itself (``name AS (``) is left alone."""
    defined = {
        token.text.lower()
        for token, following, after in zip(tokens, tokens[1:], tokens[2:], strict=False)
        if following.token_type == TokenType.ALIAS and after.token_type == TokenType.L_PAREN
    }
    return tuple(reference for reference in _names_after_from(tokens) if reference.relation not in defined)


def _names_after_from(tokens: Sequence[Token]) -> Iterator[Reference]:
    in_from = [False]
    expects_name = False
    position = 0
    while position < len(tokens):
        token = tokens[position]
        word = token.text.upper() if token.token_type not in TEXT_TOKENS else ""
        if token.token_type == TokenType.L_PAREN:
            in_from.append(expects_name)
        elif token.token_type == TokenType.R_PAREN and len(in_from) > 1:
            in_from.pop()
            expects_name = False
        elif word in ("FROM", "JOIN", "SUMMARIZE", "DESCRIBE", "TABLE", "PIVOT", "UNPIVOT"):
            in_from[-1] = expects_name = True
        elif word == "," and in_from[-1]:
            expects_name = True
        elif word in _CLAUSES_AFTER_FROM:
            in_from[-1] = word == "ON" and in_from[-1]
            expects_name = False
        elif expects_name:
            expects_name = False
            taken, reference = _named(tokens, position)
            if reference is not None:
                yield reference
            position += taken
            continue
        position += 1


def _named(tokens: Sequence[Token], position: int) -> tuple[int, Reference | None]:
    """The dotted name at ``position``: how many tokens it takes and, if it is a log relation, its reference."""
    parts = [tokens[position]]
    at = position + 1
    while at + 1 < len(tokens) and tokens[at].token_type == TokenType.DOT:
        parts.append(tokens[at + 1])
        at += 2
    name = parts[-1].text.lower()
    schema_fits = len(parts) == 1 or (len(parts) == 2 and parts[0].text.lower() == USER_SCHEMA)
    if parts[-1].token_type in TEXT_TOKENS or name not in RELATIONS or not schema_fits:
        return at - position, None
    following = tokens[at] if at < len(tokens) else None
    has_alias = following is not None and following.token_type in (
        TokenType.ALIAS, TokenType.VAR, TokenType.IDENTIFIER,
    )  # fmt: skip
    return at - position, Reference(name, parts[0].start, parts[-1].end + 1, has_alias, name)
