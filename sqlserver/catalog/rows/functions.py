"""pg_proc for operators and macros, and how a function's arguments and result are printed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import pyarrow as pa

from sqlserver.catalog.objects import DatabaseObjects, FunctionObject
from sqlserver.catalog.postgres_rows import recorded_table
from sqlserver.catalog.quoting import qualified, quote_identifier
from sqlserver.catalog.rows.numbering import Numbering
from sqlserver.catalog.rows.relations import OWNER
from sqlserver.catalog.rows.types import printed_types, recorded_printed_types

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


DEFINITIONS = pa.schema(
    [("oid", pa.int64()), ("arguments", pa.string()), ("result", pa.string()), ("definition", pa.string())]
)
_DESCRIBED = [
    "oid", "proname", "prorettype", "proretset", "proargtypes", "proallargtypes", "proargmodes", "proargnames",
    "prokind",
]  # fmt: skip


@lru_cache(maxsize=1)
def recorded_definitions() -> pa.Table:
    """``pg_get_function_arguments`` and ``…_result`` of PostgreSQL's own functions."""
    shown = {row["oid"]: row["shown"] for row in recorded_printed_types().to_pylist()}
    rows = recorded_table("pg_proc").select(_DESCRIBED).to_pylist()
    return pa.Table.from_pylist([_described(row, shown, None) for row in rows], DEFINITIONS)


def function_definitions(objects: DatabaseObjects, oids: Numbering) -> Iterator[dict[str, Any]]:
    """The same of a database's functions, and ``pg_get_functiondef``."""
    every = (*recorded_printed_types().to_pylist(), *printed_types(objects, oids))
    shown = {row["oid"]: row["shown"] for row in every}
    for row, one in zip(functions(objects, oids), objects.functions, strict=True):
        yield _described(row, shown, one)


def _described(row: Mapping[str, Any], shown: Mapping[int, str], one: FunctionObject | None) -> dict[str, Any]:
    arguments, columns = _arguments(row, shown)
    result = shown.get(row["prorettype"], "-")
    if columns:
        result = f"TABLE({', '.join(columns)})"
    elif row["proretset"]:
        result = f"SETOF {result}"
    return {
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
