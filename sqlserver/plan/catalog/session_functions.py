"""Functions that tell of the session: the user, the database, the search path, settings, the version."""

from __future__ import annotations

from sqlglot import exp

from sqlserver.core import pgtypes as pg
from sqlserver.core.errors import UndefinedObject
from sqlserver.core.pgtypes import PgType, array_of
from sqlserver.plan.catalog.calls import call_of
from sqlserver.plan.catalog.session import Planning, SettingChange
from sqlserver.plan.catalog.tree import cast, expand, with_kind

VERSION = "PostgreSQL 15.0 (SQLserver on DuckDB and ClickHouse)"
_OWN = frozenset({"version", "pg_backend_pid", "current_setting", "set_config", "current_schemas"})
"""DuckDB's are missing or tell of DuckDB."""
_USERS = frozenset({"current_user", "session_user", "current_role", "system_user"})
_SURE = ("public",)
_DATABASES = frozenset({"current_database", "current_catalog"})


def rewrite_session_function(node: exp.Expr, planning: Planning) -> exp.Expr | None:
    call = call_of(node)
    if call is None:
        return None
    name, arguments = call
    session = planning.session
    planning.needed = planning.needed or name in _OWN
    if name in _USERS:
        return _text(session.user, pg.NAME)
    if name in _DATABASES:
        return _text(session.database, pg.NAME)
    if name == "current_schema":
        if session.path == _SURE:
            return _text(session.path[0], pg.NAME)
        return expand(f"({_existing(session.path)})[1]", [], planning, pg.NAME)
    if name == "current_schemas":
        with_implicit = not arguments or arguments[0].sql().upper() == "TRUE"
        names = planning.schemas if with_implicit else session.path
        if session.path != _SURE:
            return expand(_existing(tuple(names)), [], planning, array_of(pg.NAME))
        values = exp.Array(expressions=[exp.Literal.string(one) for one in names])
        return cast(values, array_of(pg.NAME))
    if name == "version":
        return _text(VERSION, pg.TEXT)
    if name == "pg_backend_pid":
        planning.reusable = False
        return with_kind(exp.Literal.number(planning.setting("pg_backend_pid") or "0"), pg.INT4)
    handler = _HANDLERS.get(name)
    return None if handler is None else handler(arguments, planning)


def _existing(names: tuple[str, ...]) -> str:
    """The schemas of a search path that there are, in its order."""
    listed = ", ".join("'" + name.replace("'", "''") + "'" for name in names)
    return (
        f"(SELECT coalesce(list(p_.name ORDER BY p_.n), []) FROM (SELECT unnest([{listed}]::VARCHAR[]) AS name, "
        f"unnest(range({len(names)})) AS n) AS p_ JOIN catalog.pg_namespace AS n_ ON n_.nspname = p_.name)"
    )


def _text(value: str, kind: PgType) -> exp.Expr:
    return with_kind(exp.Literal.string(value), kind)


def _current_setting(arguments: list[exp.Expr], planning: Planning) -> exp.Expr | None:
    if not arguments:
        return None
    planning.reusable = False
    name = arguments[0]
    if isinstance(name, exp.Cast | exp.Paren):
        name = name.this
    if not isinstance(name, exp.Literal):
        # A parameter's value is not known while planning; the recorded settings answer for it.
        planning.table(("pg_catalog", "pg_settings"))
        return expand(
            "(SELECT max(s_.setting) FROM catalog.pg_settings AS s_ WHERE s_.name = lower($1))", arguments, planning,
            pg.TEXT,
        )  # fmt: skip
    value = planning.setting(name.name)
    if value is None:
        if len(arguments) > 1:
            return with_kind(exp.cast(exp.null(), "VARCHAR"), pg.TEXT)
        raise UndefinedObject(f'unrecognized configuration parameter "{name.name}"')
    return _text(value, pg.TEXT)


def _channels(arguments: list[exp.Expr], planning: Planning) -> exp.Expr:
    planning.needed, planning.reusable = True, False
    channels = [exp.Literal.string(one) for one in (planning.setting("pg_listening_channels") or "").split("\n") if one]
    return with_kind(exp.func("unnest", cast(exp.Array(expressions=channels), array_of(pg.TEXT))), pg.TEXT)


def _sleep(arguments: list[exp.Expr], planning: Planning) -> exp.Expr | None:
    """The session waits before the statement runs: once, however many rows it has."""
    written = arguments[0].unnest() if arguments else exp.null()
    seconds = written.this if isinstance(written, exp.Cast) else written
    if isinstance(seconds, exp.Parameter):
        number = int(seconds.name)
        planning.parameter_kinds.setdefault(number, pg.FLOAT8)
        planning.sleeps.append(number)
    elif isinstance(seconds, exp.Literal):
        planning.sleeps.append(seconds.name)
    else:
        return None
    planning.needed = True
    return expand("CASE WHEN CAST($1 AS DOUBLE) IS NOT NULL THEN '' END", [written], planning, pg.VOID)


def _set_config(arguments: list[exp.Expr], planning: Planning) -> exp.Expr | None:
    if len(arguments) != 3:
        return None
    name, value, local = arguments
    if not isinstance(name, exp.Literal):  # pg_dump asks so for what versions after this one have: nothing to set
        return with_kind(cast(value, pg.TEXT), pg.TEXT)
    number = int(value.name) if isinstance(value, exp.Parameter) else None
    text = value.name if isinstance(value, exp.Literal) else None
    planning.setting_changes.append(
        SettingChange(name.name, number if number is not None else text, local.sql().upper() == "TRUE")
    )
    return with_kind(cast(value, pg.TEXT), pg.TEXT)


_HANDLERS = {
    "current_setting": _current_setting,
    "pg_listening_channels": _channels,
    "pg_sleep": _sleep,
    "set_config": _set_config,
}
