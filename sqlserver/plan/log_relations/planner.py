"""A statement's log relations: found, reduced to what must be read, and renamed to private copies.

    SELECT e.user_input FROM training_examples_mv e WHERE e.cascade_id = 'a' AND e.user_input MEANS 'x'
    →  read training_examples_mv (user_input, cascade_id) where cascade_id = 'a' as __log_relation_1
       SELECT e.user_input FROM __log_relation_1 e WHERE e.cascade_id = 'a' AND e.user_input MEANS 'x'

The rest of the statement stays byte for byte, so what follows (the planner of semantic operators, DuckDB) sees the
client's own text. Assumes one statement a text.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Sequence

from sqlglot import Token, TokenType, exp
from sqlglot.errors import ParseError, TokenError

from sqlserver.catalog.log_relations import LogRelation
from sqlserver.core.log_relation_plan import LogRelationPlan, RelationRead, Splice, apply_splices
from sqlserver.core.operators import OperatorTable
from sqlserver.plan.log_relations.clickhouse_functions import MACROS, called_functions, macro_definition, path_splices
from sqlserver.plan.log_relations.clickhouse_statement import clickhouse_statement
from sqlserver.plan.log_relations.pushed_predicates import NOTHING, pushed_down
from sqlserver.plan.log_relations.references import (
    TEXT_TOKENS,
    Reference,
    references_in_tokens,
    references_in_tree,
)
from sqlserver.plan.log_relations.relations import RELATIONS
from sqlserver.sql.parsed import DUCKDB, sqlglot_tokens, sqlglot_tree

_numbers = itertools.count(1)

_WHOLE_ROW_WORDS = frozenset({"NATURAL", "PIVOT", "UNPIVOT", "SUMMARIZE", "DESCRIBE", "COLUMNS"})
_TREE_WORDS = frozenset(
    {
        "SELECT", "WITH", "FROM", "TABLE", "VALUES", "INSERT", "UPDATE", "DELETE", "MERGE", "CREATE", "DROP", "ALTER",
        "TRUNCATE", "COPY", "SUMMARIZE", "DESCRIBE", "PIVOT", "UNPIVOT", "(",
    }
)  # fmt: skip


_NAMES = re.compile("|".join(map(re.escape, RELATIONS)), re.IGNORECASE)


def mentions_log_relation(sql: str) -> bool:
    """The cheap test: a statement without any of the names needs no plan."""
    return _NAMES.search(sql) is not None


def plan_log_relations(
    sql: str,
    *,
    operators: OperatorTable | None = None,
    function_exists: Callable[[str], bool] | None = None,
) -> LogRelationPlan | None:
    """None where the statement reads no log relation.

    ``operators`` are those the statement may hold: without them a statement with infix operators still works, but its
    relations are read whole. ``function_exists`` tells what DuckDB can call: a statement on log relations alone that
    calls anything else goes to the store as written.
    Raises 42501 and 42P07 for statements that would change or define a log relation, 0A000 for a view over one.
    """
    if not mentions_log_relation(sql):
        return None
    try:
        tokens = _tokens(sql)
    except TokenError:  # DuckDB, which gets it then, tells what is wrong
        return None
    tree = _tree(sql, tokens, operators)
    references = references_in_tree(tree) if tree is not None else references_in_tokens(tokens)
    if not references:
        return None
    called = called_functions(tokens)
    if tree is not None and function_exists is not None:
        elsewhere = [name for name in called if name not in MACROS and not function_exists(name)]
        whole = clickhouse_statement(sql, tree, tokens) if elsewhere else None
        if whole is not None:
            return LogRelationPlan(sql, clickhouse_sql=whole)
    reads = tuple(_read(reference, tree, tokens, len(references)) for reference in references)
    splices = _splices(references, reads, tree, path_splices(tokens))
    macros = tuple(macro_definition(name) for name in called if name in MACROS)
    return LogRelationPlan(apply_splices(sql, splices), reads, splices, macros)


def _tokens(sql: str) -> list[Token]:
    """The tokens after EXPLAIN, PREPARE and their like, whose rest sqlglot takes for one string."""
    tokens = sqlglot_tokens(sql, DUCKDB)
    if len(tokens) > 1 and tokens[1].token_type == TokenType.STRING and sql[tokens[1].start] not in "'\"":
        return _tokens(" " * (tokens[0].end + 1) + sql[tokens[0].end + 1 :])
    return tokens


def _tree(sql: str, tokens: Sequence[Token], operators: OperatorTable | None) -> exp.Expr | None:
    """The tree, of what is explained where the statement is an EXPLAIN; None for what sqlglot does not read."""
    start = _end_of_explain(tokens)
    if start >= len(tokens) or tokens[start].text.upper() not in _TREE_WORDS:
        return None
    offset = tokens[start].start
    blanked = " " * offset + sql[offset:]
    for text in (blanked, _with_plain_operators(blanked, tokens, operators)):
        try:
            return sqlglot_tree(text, DUCKDB)
        except ParseError:  # what is not understood is read whole, see ``_columns``
            continue
    return None


def _with_plain_operators(sql: str, tokens: Sequence[Token], operators: OperatorTable | None) -> str:
    """Infix words as ``~``, which no store is asked about, at the same length. Only this module's tree sees it."""
    forms = sorted(operators.by_words if operators is not None else (), key=len, reverse=True)
    at = 0
    while at < len(tokens):
        taken = next((len(form) for form in forms if _words_at(tokens, at, form)), 0)
        if taken:
            start, end = tokens[at].start, tokens[at + taken - 1].end + 1
            sql = sql[:start] + "~".ljust(end - start) + sql[end:]
        at += taken or 1
    return sql


def _words_at(tokens: Sequence[Token], at: int, words: Sequence[str]) -> bool:
    return len(tokens) >= at + len(words) and all(
        token.token_type not in (*TEXT_TOKENS, TokenType.IDENTIFIER) and token.text.upper() == word
        for token, word in zip(tokens[at:], words, strict=False)
    )


def _end_of_explain(tokens: Sequence[Token]) -> int:
    """The index of the first token after ``ANALYZE`` and ``(FORMAT JSON)``."""
    at = 0
    while at < len(tokens) and tokens[at].text.upper() in ("ANALYZE", "VERBOSE"):
        at += 1
    if [token.token_type for token in tokens[at : at + 1]] != [TokenType.L_PAREN]:
        return at
    if at + 1 < len(tokens) and tokens[at + 1].text.upper() in (*_TREE_WORDS, "("):
        return at
    while at < len(tokens) and tokens[at].token_type != TokenType.R_PAREN:
        at += 1
    return at + 1


def _read(
    reference: Reference,
    tree: exp.Expr | None,
    tokens: Sequence[Token],
    reference_count: int,
) -> RelationRead:
    relation = RELATIONS[reference.relation]
    pushed = pushed_down(reference, relation) if tree is not None else NOTHING
    limited = reference_count == 1
    return RelationRead(
        reference.relation,
        f"__log_relation_{next(_numbers)}",
        _columns(reference, relation, tree, tokens),
        pushed.predicates,
        pushed.order_by if limited else (),
        pushed.limit if limited else None,
    )


def _columns(
    reference: Reference, relation: LogRelation, tree: exp.Expr | None, tokens: Sequence[Token]
) -> tuple[str, ...]:
    """Every column whose name the statement mentions at all; all of them where it may mean the whole row.

    A mention that means another table's column only costs a read; a column left out could silently change which
    table a bare name belongs to.
    """
    if tree is None or _takes_whole_rows(reference, tree, tokens):
        return relation.column_names
    mentioned = {token.text.lower() for token in tokens if token.token_type not in TEXT_TOKENS}
    return tuple(name for name in relation.column_names if name in mentioned) or relation.column_names[:1]


def _takes_whole_rows(reference: Reference, tree: exp.Expr, tokens: Sequence[Token]) -> bool:
    if any(not isinstance(star.parent, exp.Count) for star in tree.find_all(exp.Star)):
        return True
    if any(token.text.upper() in _WHOLE_ROW_WORDS for token in tokens if token.token_type not in TEXT_TOKENS):
        return True
    if any(isinstance(join.args.get("method"), str) for join in tree.find_all(exp.Join)):
        return True
    alias = reference.table.args.get("alias") if reference.table is not None else None
    if alias is not None and alias.args.get("columns"):
        return True
    return any(_is_row_value(column, reference.alias) for column in tree.find_all(exp.Column))


def _is_row_value(column: exp.Column, alias: str) -> bool:
    """``SELECT e FROM training_examples_mv e``: the alias alone is the row as a struct."""
    return not column.table and column.name.lower() == alias


def _splices(
    references: Iterable[Reference],
    reads: Iterable[RelationRead],
    tree: exp.Expr | None,
    paths: Iterable[Splice],
) -> tuple[Splice, ...]:
    splices = list(paths)
    splices += [
        Splice(
            reference.start,
            reference.end,
            read.private_name if reference.has_alias else f"{read.private_name} AS {reference.relation}",
        )
        for reference, read in zip(references, reads, strict=True)
    ]
    for column in tree.find_all(exp.Column) if tree is not None else ():
        schema, table = column.args.get("db"), column.args.get("table")
        if schema is not None and table is not None and table.name.lower() in RELATIONS:
            splices.append(Splice(schema.meta["start"], table.meta["start"], ""))
    return tuple(sorted(splices, key=lambda splice: splice.start))
