"""The plain SQL that gives a call's distinct inputs.

before   SELECT id FROM products WHERE price < 10 AND description MEANS 'eco'
after    SELECT DISTINCT in_1 AS arg_1, in_2 AS arg_2 FROM
           (SELECT CAST((description) AS VARCHAR) AS in_1, CAST(('eco') AS VARCHAR) AS in_2
            FROM products WHERE (price < 10)) AS inputs
         WHERE in_1 IS NOT NULL AND in_2 IS NOT NULL
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlserver.plan.semantic.branches import Guard
from sqlserver.plan.semantic.frames import CteLevel, Frame, RowsText, bare_names
from sqlserver.plan.semantic.functions import holds_aggregate
from sqlserver.plan.semantic.splice import Splicer
from sqlserver.sql.outline import Call, Cte
from sqlserver.sql.quote import quote_identifier
from sqlserver.sql.tokens import tokenize

Binds = Callable[[str], bool]
"""Whether the engine can bind a plain query: every name in it resolves. Nothing runs."""


class InputQueries:
    """Writes input queries. Without ``binds`` a subquery is taken to depend on every query around it."""

    def __init__(self, splicer: Splicer, prefix: str, binds: Binds | None) -> None:
        self._splicer = splicer
        self._prefix = prefix
        self._binds = binds

    def write(self, frame: Frame, call: Call, guards: Sequence[Guard]) -> str:
        outers = self._outers_needed(frame, call, guards)
        return self._whole(self._splicer, frame, call, guards, outers)

    def probe(self, frame: Frame, expression: str) -> str:
        """A plain query that binds where ``expression`` has a meaning over the frame's rows."""
        plain = self._splicer.unanswered()
        query = f"SELECT * FROM ({frame.rows(plain, [expression], (), grouped=False)}) AS {self._name('inputs')}"
        for level in reversed(frame.scope.environment.ctes):
            query = self._with(plain, level, query)
        return query

    def constants(self, calls: Sequence[Call]) -> str:
        """The distinct inputs of several calls of one operator whose arguments name no column."""
        inputs = [self._name(f"in_{n}") for n in range(1, len(calls[0].arguments) + 1)]
        named = ", ".join(f"{name} AS arg_{n}" for n, name in enumerate(inputs, 1))
        lists = ", ".join(inputs)
        tuples = ", ".join(f"({', '.join(self._splicer.arguments(call))})" for call in calls)
        filters = " AND ".join(f"{name} IS NOT NULL" for name in inputs)
        return f"SELECT DISTINCT {named} FROM (VALUES {tuples}) AS {self._name('inputs')}({lists}) WHERE {filters}"

    def _name(self, name: str) -> str:
        return quote_identifier(f"{self._prefix}_{name}")

    def _outers_needed(self, frame: Frame, call: Call, guards: Sequence[Guard]) -> tuple[RowsText, ...]:
        outers = frame.scope.environment.outers
        if not outers:
            return ()
        if self._binds is None:
            return outers
        plain = self._splicer.unanswered()
        for count in range(len(outers) + 1):
            needed = outers[len(outers) - count :]
            if self._binds(self._whole(plain, frame, call, guards, needed)):
                return needed
        return outers

    def _whole(
        self, splicer: Splicer, frame: Frame, call: Call, guards: Sequence[Guard], outers: Sequence[RowsText]
    ) -> str:
        arguments = splicer.arguments(call)
        inputs = [self._name(f"in_{n}") for n in range(1, len(arguments) + 1)]
        if guards:  # an argument may fail for a row that the guards keep from it
            tests = " AND ".join(guard.text(splicer) for guard in guards)
            arguments = [f"CASE WHEN {tests} THEN {text} END" for text in arguments]
        columns = [f"{text} AS {name}" for text, name in zip(arguments, inputs, strict=True)]
        conditions = [node for guard in guards for node in (guard.condition, guard.operand) if node is not None]
        mentioned = (*call.arguments, *conditions)
        grouped = frame.group_by is not None or any(holds_aggregate(node) for node in mentioned)
        body = frame.rows(splicer, columns, mentioned, grouped=grouped)
        wanted = ", ".join(inputs)
        for outer in reversed(outers):
            body = self._beside(outer(splicer), body, wanted, alone=len(outers) == 1 and self._binds is not None)
        filters = " AND ".join(f"{name} IS NOT NULL" for name in inputs)
        named = ", ".join(f"{name} AS arg_{n}" for n, name in enumerate(inputs, 1))
        query = f"SELECT DISTINCT {named} FROM ({body}) AS {self._name('inputs')} WHERE {filters}"
        for level in reversed(frame.scope.environment.ctes):
            query = self._with(splicer, level, query)
        return query

    def _beside(self, outer: str, body: str, wanted: str, *, alone: bool) -> str:
        """``body`` for every row of the outer query.

        Where ``body`` may not depend on the outer rows after all, a row of NULLs stands in for an empty outer query:
        the engine evaluates an uncorrelated subquery even then.
        """
        inner = f"LATERAL (SELECT {wanted} FROM ({body}) AS {self._name('inner')}) AS {self._name('each')}"
        if alone:
            return f"SELECT {self._name('each')}.* FROM {outer}, {inner}"
        one = f"(VALUES (1)) AS {self._name('one')}({self._name('row')})"
        return f"SELECT {self._name('each')}.* FROM {one} LEFT JOIN ({outer}) ON TRUE, {inner}"

    def _with(self, splicer: Splicer, level: CteLevel, query: str) -> str:
        ctes = level.with_.ctes[: level.visible]
        needed = _needed(splicer, ctes, query)
        if not needed:
            return query
        recursive = "RECURSIVE " if level.with_.recursive else ""
        body = query if not query.startswith("WITH ") else f"SELECT * FROM ({query}) AS {self._name('query')}"
        return f"WITH {recursive}{', '.join(splicer.text(cte) for cte in needed)} {body}"


def _needed(splicer: Splicer, ctes: Sequence[Cte], query: str) -> list[Cte]:
    """The common table expressions that ``query`` may read, directly or through one another."""
    names = bare_names(tokenize(query))
    needed: list[Cte] = []
    for cte in reversed(ctes):
        if cte.name in names:
            needed.append(cte)
            names |= bare_names(tokenize(splicer.text(cte)))
    return needed[::-1]
