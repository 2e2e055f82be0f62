"""Runs a statement and gives its rows as tuples."""

from __future__ import annotations

from typing import Any

from sqlserver.core.client_session import BoundParameter
from sqlserver.engines.engine import EngineResult, SessionEngine


async def rows_of(result: EngineResult) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = []
    while result.rows is not None and (batch := await result.rows.take()) is not None:
        found += zip(*(column.to_pylist() for column in batch.columns), strict=True)
    return found


async def run(session: SessionEngine, sql: str, *values: object, oids: tuple[int, ...] = ()) -> list[tuple[Any, ...]]:
    declared = oids or (0,) * len(values)
    parameters = [BoundParameter(value, oid) for value, oid in zip(values, declared, strict=True)]
    return await rows_of(await session.execute(sql, parameters))
