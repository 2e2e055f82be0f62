"""What a statement holds beside plain SQL: log relations and semantic calls."""

from __future__ import annotations

from dataclasses import dataclass

from sqlserver.core.errors import FeatureNotSupported, ServerError, SyntaxFault
from sqlserver.core.log_relation_plan import LogRelationPlan
from sqlserver.plan.catalog import CatalogPlan
from sqlserver.plan.dialect import rewrite
from sqlserver.plan.dialect.edit import Rewritten
from sqlserver.plan.log_relations import plan_log_relations
from sqlserver.session.catalog_statements import catalog_plan
from sqlserver.session.state import SessionState
from sqlserver.session.statement import Statement
from sqlserver.sql.recognise import SemanticStatement, may_hold_operator, parse_statement


@dataclass(frozen=True, slots=True)
class Reading:
    """``text`` is the statement with its log relations renamed, then ``rewritten`` in DuckDB's dialect. At least one of
    ``logs``, ``semantic`` and ``catalog`` is set."""

    text: str
    logs: LogRelationPlan | None
    semantic: SemanticStatement | None
    catalog: CatalogPlan | None = None
    rewritten: Rewritten | None = None

    def client_position(self, position: int) -> int:
        """A position in ``text`` as one in what the client wrote."""
        if self.rewritten is not None:
            position = self.rewritten.client_position(position)
        return position if self.logs is None else self.logs.client_position(position)


def read_statement(state: SessionState, statement: Statement, *, fresh: bool = False) -> Reading | None:
    """None for plain SQL, found without parsing it again. Raises 42601, 42883, 0A000, 42501.

    ``fresh`` looks at the operator files again even where no operator that was known a moment ago is named.
    """
    operators = state.services.operators.current() if fresh else state.services.operators.recent()
    holds_operator = may_hold_operator(statement.text, operators)
    if holds_operator or statement.fault is not None:  # else DuckDB itself reads it: no need to look at the files again
        operators = state.services.operators.current()
        holds_operator = may_hold_operator(statement.text, operators)
    logs = None
    if statement.mentions_log_relation:
        logs = plan_log_relations(statement.text, operators=operators, function_exists=state.engine.function_exists)
    text = statement.text if logs is None else logs.sql
    rewritten = None
    if logs is not None and logs.clickhouse_sql is None and (rewritten := rewrite(text)) is not None:
        text = rewritten.sql
    semantic = None
    if holds_operator and (logs is None or logs.clickhouse_sql is None):
        semantic = parse_statement(
            text, operators, state.engine.can_parse, lambda neutral: _syntax_fault(state, neutral)
        )
    if semantic is not None and statement.verb == "EXPLAIN":
        raise FeatureNotSupported("EXPLAIN of a statement with operators is not supported yet")
    catalog = None
    if semantic is None and (logs is None or logs.clickhouse_sql is None):
        # PostgreSQL's catalog is planned from PostgreSQL's own words.
        catalog = catalog_plan(state, statement, logs.sql if logs is not None else statement.source or text)
    if logs is None and semantic is None and catalog is None:
        return None
    return Reading(text, logs, semantic, catalog, rewritten)


def _syntax_fault(state: SessionState, sql: str) -> ServerError | None:
    try:
        state.engine.parse(sql)
    except SyntaxFault as fault:
        return fault
    return None
