"""pg_cancel_backend, pg_terminate_backend and pg_notify: they act, so the session calls them with what the query gives.

SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE …
→ SELECT CAST(pid AS INT) AS pg_terminate_backend FROM pg_stat_activity WHERE …
"""

from __future__ import annotations

from sqlglot import exp

from sqlserver.core.errors import FeatureNotSupported
from sqlserver.plan.catalog.calls import call_of
from sqlserver.plan.catalog.session import Planning

NOTIFY = "pg_notify"
_SIGNALS = frozenset({"pg_cancel_backend", "pg_terminate_backend", NOTIFY})


def take_signals(tree: exp.Expr, planning: Planning) -> dict[int, str]:
    """The columns of the outermost query that are such calls; their arguments take their places."""
    found: dict[int, str] = {}
    for at, column in enumerate(tree.expressions if isinstance(tree, exp.Select) else ()):
        called = column.this if isinstance(column, exp.Alias) else column
        call = call_of(called)
        if call is None or call[0] not in _SIGNALS or not call[1]:
            continue
        if any(one.is_star for one in tree.expressions[:at]):
            raise _not_here(call[0])
        found[at] = call[0]
        planning.needed = True
        called.replace(_arguments(*call))
        if called is column:
            tree.expressions[at].replace(exp.alias_(tree.expressions[at].copy(), call[0]))
    return found


def _arguments(name: str, arguments: list[exp.Expr]) -> exp.Expr:
    """One value that holds them all."""
    if name != NOTIFY:
        return exp.cast(arguments[0], "INT")
    return exp.Array(expressions=[exp.cast(one, "TEXT") for one in arguments])


def refuse_signal(node: exp.Expr, planning: Planning) -> exp.Expr | None:
    """A call anywhere else."""
    call = call_of(node)
    if call is not None and call[0] in _SIGNALS:
        raise _not_here(call[0])
    return None


def _not_here(name: str) -> FeatureNotSupported:
    return FeatureNotSupported(
        f"{name} is supported as a column of the outermost query only", hint=f"SELECT {name}(…) FROM …"
    )
