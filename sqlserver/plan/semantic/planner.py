"""Turns a statement with semantic calls into stages and a final query.

before   SELECT id FROM products WHERE price < 10 AND description MEANS 'eco'
stages   the distinct descriptions of products under 10 → answers_1
after    SELECT id FROM products WHERE (price < 10) AND CASE WHEN (price < 10) THEN (<lookup>) END

The final query is the client's text with each call replaced in place; nothing else of it moves. A call's input query
covers all rows for which the engine may look the call up, so a missing answer is a bug and fails the statement.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlserver.core.plan import SemanticPlan, Stage
from sqlserver.plan.semantic.branches import Guard, guarded_children
from sqlserver.plan.semantic.changes import plan_change
from sqlserver.plan.semantic.frames import Environment, Frame, Scope, normal_form
from sqlserver.plan.semantic.functions import holds_aggregate, is_aggregate, names_column
from sqlserver.plan.semantic.input_query import Binds, InputQueries
from sqlserver.plan.semantic.queries import plan_query, plan_with
from sqlserver.plan.semantic.refusals import check_call, check_steady, refusal, refuse_calls, spelled
from sqlserver.plan.semantic.splice import Splicer
from sqlserver.sql.outline import Call, Change, Function, Group, Lambda, Node, Query, Window, Wrapped, calls_in
from sqlserver.sql.recognise import SemanticStatement


def plan_statement(statement: SemanticStatement, *, prefix: str, binds: Binds | None = None) -> SemanticPlan:
    """Stages in the order they must run, and the final query.

    ``prefix`` begins the answers tables' names and every name the plan invents. ``binds`` asks the engine whether a
    plain query's names resolve (nothing runs); with it a subquery that does not depend on the queries around it is
    asked on its own, without it every subquery is taken to depend on them. Raises 0A000 for a place that cannot be
    staged.
    """
    planner = Planner(statement, prefix, binds)
    root = statement.root
    if isinstance(root, Query):
        plan_query(planner, root, Environment())
    elif isinstance(root, Change):
        plan_change(planner, root)
    elif isinstance(root, Wrapped):
        refuse_calls(root.others, root.others[0].place if root.others else root.command, "Use it in the query instead.")
        environment = Environment()
        if root.with_ is not None:
            environment = plan_with(planner, root.with_, environment)
        plan_query(planner, root.query, environment)
    else:
        refuse_calls((root,), root.place, _OPAQUE_HINT)
    sql = planner.splicer.span(0, len(statement.sql), (root,))
    return SemanticPlan(tuple(planner.stages), sql)


_OPAQUE_HINT = "Use it in a SELECT, INSERT … SELECT, CREATE TABLE AS, UPDATE or DELETE."


class Planner:
    """The state of planning one statement: the answers tables given so far, and what was asked for them."""

    def __init__(self, statement: SemanticStatement, prefix: str, binds: Binds | None) -> None:
        self.statement = statement
        self.splicer = Splicer(statement)
        self.stages: list[Stage] = []
        self._binds = binds
        self._prefix = prefix
        self._inputs = InputQueries(self.splicer, prefix, binds)
        self._asked: dict[tuple[object, ...], list[tuple[frozenset[str], str]]] = {}
        self._scopes = 0

    def new_identity(self) -> int:
        self._scopes += 1
        return self._scopes

    def plan(self, node: Node, frame: Frame, guards: tuple[Guard, ...] = ()) -> None:
        """Gives every call below ``node`` its answers table, inner calls first."""
        if not self.splicer.is_semantic(node):
            return
        if node in self.splicer.aliases:
            self.plan(self.splicer.aliases[node], frame)
            return
        if isinstance(node, Query):
            plan_query(self, node, frame.scope.environment.inside(frame.scope.outer_rows))
            return
        if isinstance(node, Lambda) or (isinstance(node, Group) and node.comprehension):
            place = "a lambda" if isinstance(node, Lambda) else "a list comprehension"
            refuse_calls((node,), place, "Unnest the list in FROM and use the operator on the rows.")
        if frame.before_group is not None and normal_form(self.splicer, node) in frame.group_keys:
            frame, guards = frame.before_group, ()
        if is_aggregate(node) and frame.before_group is not None:
            # an aggregate's input is evaluated whatever the CASE around the aggregate says
            frame, guards = frame.before_group, ()
        elif isinstance(node, Window) or (isinstance(node, Function) and node.windowed):
            frame, guards = frame.before_qualify or frame, ()
        for child, more in guarded_children(node, self.splicer.is_semantic):
            self.plan(child, frame, (*guards, *more))
        if isinstance(node, Call) and node not in self.splicer.tables:
            self._add(node, frame, guards)

    @property
    def resolves_names(self) -> bool:
        return self._binds is not None

    def is_column(self, scope: Scope, name: str) -> bool:
        """Whether a bare name is a column of the block's FROM. Raises nothing; false without name resolution."""
        if self._binds is None or scope.from_rows is None:
            return False
        return self._binds(self._inputs.probe(Frame(scope), name))

    def plan_subquery(self, query: Query, environment: Environment) -> None:
        """A subquery in FROM: its environment is given by what stands before it."""
        plan_query(self, query, environment)

    def plan_constants(self, values: Node) -> None:
        """One stage an operator for the calls of VALUES whose arguments are constants."""
        together: dict[str, list[Call]] = {}
        for call in calls_in(values):
            plain = not any(calls_in(node) or names_column(node) for node in call.arguments)
            if plain and call not in self.splicer.tables:
                together.setdefault(call.operator.name, []).append(call)
        for calls in together.values():
            for call in calls:
                check_call(call)
            self._add_stage(calls, self._inputs.constants(calls))

    def _add_stage(self, calls: Sequence[Call], query: str) -> str:
        check_steady(calls[0], query)
        table = f"{self._prefix}_{len(self.stages) + 1}"
        position = self.statement.position(calls[0])
        self.stages.append(Stage(calls[0].operator, query, table, position, spelled(calls[0])))
        for call in calls:
            self.splicer.tables[call] = table
        return table

    def _add(self, call: Call, frame: Frame, guards: tuple[Guard, ...]) -> None:
        check_call(call)
        varying = any(holds_aggregate(node) for node in call.arguments)
        if varying and frame.scope.unstable:
            raise refusal(
                call,
                "an aggregate over rows that change from read to read cannot be asked about",
                "Store the rows in a table first (CREATE TEMP TABLE … AS), then ask about the table.",
            )
        conditions = frozenset(
            (
                *(self.splicer.plain(node) for node in frame.conditions()),
                *(guard.text(self.splicer) for guard in guards),
            )
        )
        if not any(names_column(node) for node in call.arguments):
            # the engine may evaluate it once, ahead of all rows, even where there are none
            frame, guards, conditions = Frame(Scope(frame.scope.environment, None)), (), frozenset()
        arguments = tuple(self.splicer.arguments(call))
        key = (call.operator.name, arguments, frame.scope.identity, frame.stage if varying else "")
        for asked_under, table in self._asked.get(key, ()):
            if asked_under <= conditions:
                self.splicer.tables[call] = table
                return
        table = self._add_stage([call], self._inputs.write(frame, call, guards))
        self._asked.setdefault(key, []).append((conditions, table))
