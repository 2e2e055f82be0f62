"""A statement over PostgreSQL's catalog to one that DuckDB runs over the emulated tables."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.tokenizer_core import TokenType

from sqlserver.core.pgtypes import BOOL, VOID, PgType
from sqlserver.plan.catalog.casts import rewrite_cast
from sqlserver.plan.catalog.comparisons import (
    rewrite_collation,
    rewrite_operator,
    rewrite_pattern,
    rewrite_quantified,
    type_parameters,
)
from sqlserver.plan.catalog.functions import element_function, rewrite_function
from sqlserver.plan.catalog.names import rewrite_field, strip_schemas
from sqlserver.plan.catalog.output import show_names
from sqlserver.plan.catalog.privileges import rewrite_privilege
from sqlserver.plan.catalog.session import (
    Backend,
    CatalogPlan,
    CatalogSession,
    OpenCursor,
    PlannedColumn,
    Planning,
    PreparedText,
)
from sqlserver.plan.catalog.session_functions import rewrite_session_function
from sqlserver.plan.catalog.signals import NOTIFY, refuse_signal, take_signals
from sqlserver.plan.catalog.subscripts import rewrite_subscript
from sqlserver.plan.catalog.substrings import rewrite_substring
from sqlserver.plan.catalog.walk import Rule, Walk
from sqlserver.sql.parsed import POSTGRES, sqlglot_tokens, sqlglot_tree

RULES: tuple[Rule, ...] = (
    rewrite_collation,
    rewrite_operator,
    refuse_signal,
    rewrite_session_function,
    rewrite_privilege,
    rewrite_function,
    element_function,
    rewrite_field,
    rewrite_cast,
    rewrite_subscript,
    rewrite_substring,
    type_parameters,
    rewrite_quantified,
    rewrite_pattern,
)
"""In the order in which each node meets them."""

NEEDED: tuple[Rule, ...] = (rewrite_operator, rewrite_privilege, rewrite_function)
"""Those that do what DuckDB cannot."""

_REMEMBERED = 1024
_plans: OrderedDict[tuple[str, CatalogSession], CatalogPlan | None] = OrderedDict()


def plan_catalog(
    sql: str,
    session: CatalogSession,
    setting: Callable[[str], str | None],
    prepared: Callable[[], Sequence[PreparedText]] = tuple,
    backends: Callable[[], Iterable[Backend]] = tuple,
    *,
    cursors: Callable[[], Iterable[OpenCursor]] = tuple,
) -> CatalogPlan | None:
    """None where nothing of the statement is PostgreSQL's catalog, or where it cannot be read as PostgreSQL's SQL.

    ``setting`` gives the value of a setting, ``prepared`` the session's prepared statements, ``backends`` what
    ``pg_stat_activity`` shows, ``cursors`` those of the session.
    Raises 42704 for ``current_setting`` of an unknown one.
    """
    key = (sql, session)
    if key in _plans:
        _plans.move_to_end(key)
        return _plans[key]
    planning = Planning(session, setting, prepared, backends, cursors)
    plan = _planned(sql, planning)
    if planning.reusable:
        _plans[key] = plan
        if len(_plans) > _REMEMBERED:
            _plans.popitem(last=False)
    return plan


def _planned(sql: str, planning: Planning) -> CatalogPlan | None:
    tree = _tree(sql)
    if tree is None:
        return None
    planning.needed = strip_schemas(tree)
    signals = take_signals(tree, planning)
    outputs = Walk(planning, RULES, NEEDED).query(tree, None, {})
    if not planning.emulates:
        return None
    show_names(tree, planning)
    columns = (
        None
        if outputs is None
        else tuple(
            PlannedColumn(one.name, _kind_of_signal(signals[at]) if at in signals else one.kind)
            for at, one in enumerate(outputs)
        )
    )
    return CatalogPlan(
        tree.sql("duckdb", identify=True, copy=False),
        frozenset(planning.relations),
        columns,
        planning.parameter_kinds,
        tuple(planning.setting_changes),
        tuple(planning.checks),
        tuple(planning.sleeps),
        signals,
        not planning.reads_user_relations,
    )


def _kind_of_signal(name: str) -> PgType:
    return VOID if name == NOTIFY else BOOL


def _tree(sql: str) -> exp.Expr | None:
    """The query; None for what is none."""
    try:
        tree = sqlglot_tree(_array_types_named(sql), POSTGRES)
    except SqlglotError:
        return None
    return tree if isinstance(tree, exp.Query) else None


def _array_types_named(sql: str) -> str:
    """``regtype[]``, which the parser does not know, under PostgreSQL's own name for it: ``_regtype``."""
    if "[]" not in sql.replace(" ", ""):
        return sql
    tokens = sqlglot_tokens(sql, POSTGRES)
    pieces: list[str] = []
    at = 0
    for index in range(1, len(tokens) - 2):
        token, opening, closing = tokens[index : index + 3]
        before = tokens[index - 1]
        if opening.token_type != TokenType.L_BRACKET or closing.token_type != TokenType.R_BRACKET:
            continue
        typed = before.token_type in (TokenType.DCOLON, TokenType.ALIAS, TokenType.DOT)
        if typed and token.text.lower() in _UNKNOWN_TYPES:
            pieces += [sql[at : token.start], "_" + token.text.lower()]
            at = closing.end + 1
    return "".join([*pieces, sql[at:]])


_UNKNOWN_TYPES = frozenset(
    {"regtype", "regclass", "regproc", "regnamespace", "regrole", "oid", "name", "xid", "aclitem", "regprocedure"}
)
