"""pg_proc for operators and macros, and how a function's arguments and result are printed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlserver.catalog.objects import DatabaseObjects, FunctionObject
from sqlserver.catalog.postgres_rows import recorded_table
from sqlserver.catalog.quoting import qualified, quote_identifier
from sqlserver.catalog.rows.numbering import Numbering
from sqlserver.catalog.rows.relations import OWNER
from sqlserver.catalog.rows.types import printed_types

_ANYELEMENT, _RECORD, _SQL = 2283, 2249, 14
_MODES = {"i": "", "o": "OUT ", "b": "INOUT ", "v": "VARIADIC ", "t": "TABLE "}


def functions(objects: DatabaseObjects, oids: Numbering) -> Iterator[dict[str, Any]]:
    for oid, one in zip(oids.functions, objects.functions, strict=True):
        yield {
            "oid": oid, "proname": one.name, "pronamespace": oids.schemas[one.schema], "proowner": OWNER,
            "prolang": _SQL, "procost": 100.0, "prorows": 1000.0 if one.returns_set else 0.0, "provariadic": 0,
            "prosupport": 0, "prokind": one.kind, "prosecdef": False, "proleakproof": False, "proisstrict": False,
            "proretset": one.returns_set, "provolatile": "s", "proparallel": "u", "pronargs": len(one.arguments),
            "pronargdefaults": 0, "prorettype": _result(one),
            "proargtypes": [_ANYELEMENT if kind is None else kind.oid for _, kind in one.arguments],
            "proargnames": [name for name, _ in one.arguments] or None, "prosrc": one.body,
        }  # fmt: skip


def _result(one: FunctionObject) -> int:
    if one.returns is not None:
        return one.returns.oid
    return _RECORD if one.returns_set else _ANYELEMENT


def function_definitions(objects: DatabaseObjects, oids: Numbering) -> Iterator[dict[str, Any]]:
    """``pg_get_function_arguments``, ``…_result``, ``…_functiondef`` of every function, PostgreSQL's own too."""
    types = {row["oid"]: row["shown"] for row in printed_types(objects, oids)}
    own = recorded_table("pg_proc")
    wanted = ["oid", "proname", "prorettype", "proretset", "proargtypes", "proallargtypes", "proargmodes",
              "proargnames", "prokind"]  # fmt: skip
    bodies = dict(zip(oids.functions, objects.functions, strict=True))
    for row in (*own.select(wanted).to_pylist(), *functions(objects, oids)):
        arguments, columns = _arguments(row, types)
        result = types.get(row["prorettype"], "-")
        if columns:
            result = f"TABLE({', '.join(columns)})"
        elif row["proretset"]:
            result = f"SETOF {result}"
        one = bodies.get(row["oid"])
        yield {
            "oid": row["oid"], "arguments": ", ".join(arguments), "result": None if row["prokind"] == "p" else result,
            "definition": None if one is None else _definition(one, ", ".join(arguments), result),
        }  # fmt: skip


def _arguments(row: Mapping[str, Any], types: Mapping[int, str]) -> tuple[list[str], list[str]]:
    oids = row.get("proallargtypes") or row["proargtypes"]
    modes = row.get("proargmodes") or ["i"] * len(oids)
    names = row["proargnames"] or [""] * len(oids)
    arguments, columns = [], []
    for oid, mode, name in zip(oids, modes, names, strict=False):
        shown = f"{quote_identifier(name)} {types.get(oid, '-')}" if name else types.get(oid, "-")
        if mode == "t":
            columns.append(shown)
        else:
            arguments.append(_MODES[mode] + shown)
    return arguments, columns


def _definition(one: FunctionObject, arguments: str, result: str) -> str:
    return (
        f"CREATE OR REPLACE FUNCTION {qualified(one.schema, one.name)}({arguments})\n RETURNS {result}\n"
        f" LANGUAGE sql\nAS $function$ {one.body} $function$\n"
    )
