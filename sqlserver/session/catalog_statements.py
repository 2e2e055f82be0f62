"""Statements over PostgreSQL's catalog in one session: planned, their tables made ready, their columns named."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pyarrow as pa

from sqlserver.config.setting_checks import name_list
from sqlserver.core.client_session import BoundParameter, StatementDescription
from sqlserver.core.errors import ServerError
from sqlserver.core.pgtypes import BY_OID, PgType
from sqlserver.core.result import Column, rows_of
from sqlserver.core.roles import Role
from sqlserver.engines.engine import EngineResult
from sqlserver.execute.semantic_plan import read_table
from sqlserver.plan.catalog import CatalogPlan, CatalogSession, OpenCursor, PreparedText, plan_catalog
from sqlserver.plan.catalog.signals import NOTIFY
from sqlserver.session.state import SessionState
from sqlserver.session.statement import Statement

_QUERIES = frozenset({"SELECT", "WITH", "VALUES", "TABLE", "("})


def catalog_plan(state: SessionState, statement: Statement, text: str) -> CatalogPlan | None:
    """None for a statement that has nothing to do with the catalog: nearly all, told by their words alone."""
    if not statement.may_read_catalog or not (statement.verb in _QUERIES or text.lstrip()[:1] == "("):
        return None
    return plan_catalog(
        text,
        replace(_session(state), plain_series=statement.rewritten is not None),
        lambda name: _setting(state, name),
        lambda: _prepared(state),
        lambda: state.services.backends.shown_to(state),
        cursors=lambda: [
            OpenCursor(one.name, one.sql, one.hold, one.scroll, one.opened_at) for one in state.prepared.cursors()
        ],
    )


async def run_catalog(state: SessionState, plan: CatalogPlan, parameters: Sequence[BoundParameter]) -> EngineResult:
    """Raises 42P01, 42704 and the like for names in the statement that are not there."""
    for seconds in plan.sleeps:
        given = parameters[seconds - 1].value if isinstance(seconds, int) else seconds
        await asyncio.sleep(0 if given is None else max(float(str(given)), 0))
    await prepare_tables(state, plan, parameters)
    for change in plan.setting_changes:
        value = parameters[change.value - 1].value if isinstance(change.value, int) else change.value
        if value is not None and state.settings.knows(change.name):
            state.settings.set(change.name, str(value), local=change.local)
    with _no_position():
        result = await state.engine.execute(plan.sql, _typed(plan, parameters))
    if plan.signals:
        result = await _signalled(state, plan, result)
    return replace(result, columns=_columns(plan, result.columns))


async def _signalled(state: SessionState, plan: CatalogPlan, result: EngineResult) -> EngineResult:
    """Calls the functions with the process ids, in the order of the rows; 42501 ends it where it stands."""
    table = await read_table(result)
    if NOTIFY in plan.signals.values():
        await state.transaction.begin_implicit()
    for at, kind in plan.signals.items():
        sent = [_sent(state, kind, value) for value in table.column(at).to_pylist()]
        made = pa.string() if kind == NOTIFY else pa.bool_()
        table = table.set_column(at, table.field(at).with_type(made), pa.array(sent, made))
    return replace(result, rows=rows_of(*table.to_batches()))


def _sent(state: SessionState, kind: str, value: Any) -> object:
    """``value`` is a process id, or a channel and a payload."""
    if kind != NOTIFY:
        return None if value is None else state.services.backends.signal(kind, value, state)
    channel, payload = value
    state.notifications.notify(channel or "", payload or "")
    return ""


async def describe_catalog(state: SessionState, plan: CatalogPlan, oids: Sequence[int]) -> StatementDescription:
    await prepare_tables(state, plan)
    with _no_position():
        described = await state.engine.describe(plan.sql, oids)
    types = [
        plan.parameter_kinds.get(number, kind) if number > len(oids) or not oids[number - 1] else kind
        for number, kind in enumerate(described.parameter_types, 1)
    ]
    return StatementDescription(tuple(types), _columns(plan, described.columns))


async def prepare_tables(state: SessionState, plan: CatalogPlan, parameters: Sequence[BoundParameter] = ()) -> None:
    """Without ``parameters`` the names that they hold are not looked up."""
    services = state.services
    server = services.catalog.objects(services.operators.recent(), services.databases.names(), services.users.users())
    names = list(_names(plan, parameters))
    await state.engine.prepare_catalog(plan.relations, server, names, plan.sql if plan.lasting else "")


def _names(plan: CatalogPlan, parameters: Sequence[BoundParameter]) -> Iterator[tuple[str, str]]:
    for kind, name in plan.checks:
        if isinstance(name, str):
            yield kind, name
        elif name <= len(parameters):
            value = parameters[name - 1].value
            if isinstance(value, str) and not value.strip().isdigit() and value.strip() != "-":
                yield kind, value.strip()


@contextmanager
def _no_position() -> Iterator[None]:
    """A place in the rewritten statement says nothing to the client."""
    try:
        yield
    except ServerError as error:
        error.position = None
        raise


def _session(state: SessionState) -> CatalogSession:
    names = name_list(state.settings.get("search_path"))
    path = tuple(name for name in names if name and name not in ("$user", "pg_temp", "pg_catalog"))
    role = state.authority.role()
    return CatalogSession(
        state.db_user, state.database, path, state.engine.catalog_private, role >= Role.ANALYST, role >= Role.ADMIN
    )


def _setting(state: SessionState, name: str) -> str | None:
    if name == "pg_backend_pid":
        return str(state.process_id)
    if name == "pg_listening_channels":
        return "\n".join(state.notifications.channels)
    return state.settings.get(name) if state.settings.knows(name) else None


def _prepared(state: SessionState) -> list[PreparedText]:
    return [
        PreparedText(
            name,
            "" if one.statement is None else one.statement.text,
            one.prepared_at,
            one.parameter_oids if one.description is None else tuple(kind.oid for kind in one.description.parameters),
            one.from_sql,
        )
        for name, one in state.prepared.named()
    ]


def _typed(plan: CatalogPlan, parameters: Sequence[BoundParameter]) -> Sequence[BoundParameter]:
    """A parameter whose type was left open gets the one that its place in the catalog asks for."""
    return [
        BoundParameter(one.value, plan.parameter_kinds[number].oid)
        if not one.oid and number in plan.parameter_kinds and plan.parameter_kinds[number].element_oid
        else one
        for number, one in enumerate(parameters, 1)
    ]


def _columns(plan: CatalogPlan, columns: tuple[Column, ...] | None) -> tuple[Column, ...] | None:
    if columns is None or plan.columns is None or len(columns) != len(plan.columns):
        return columns
    return tuple(
        Column(planned.label, _known(planned.kind), -1)
        if planned.kind is not None
        else replace(column, name=planned.label)
        for column, planned in zip(columns, plan.columns, strict=True)
    )


def _known(kind: PgType) -> PgType:
    return BY_OID.get(kind.oid, kind)
