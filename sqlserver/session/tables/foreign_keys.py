"""Foreign keys, carried out by sets: after a statement that may have broken one, the rows that it broke are looked for.

DuckDB's own know no actions, cannot be added to a table that is there, and refuse a transaction that deletes the
referring rows and then the row referred to. Here a key is checked (or its action taken) when the statement has run, or
before COMMIT where it is deferred; every row that refers to nothing is one that this statement left behind.

Rows that a transaction inserted stand behind ``_LOCAL`` in DuckDB's numbering until it commits: an INSERT is checked by
those alone. Checks see the transaction's snapshot, as everything here does.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Protocol

import pyarrow as pa

from sqlserver.core.declared import Declared, Reference, TableName
from sqlserver.core.errors import FeatureNotSupported, ServerError
from sqlserver.engines.duckdb_violations import target_of
from sqlserver.engines.engine import EngineResult
from sqlserver.sql.quote import quote_identifier, quote_text

_LOCAL = 36_028_797_018_960_000
_FEW = 200
_WORDS = re.compile(r"[\w$]+")
REFERRING = frozenset({"INSERT", "UPDATE", "DELETE", "MERGE", "WITH"})
"""Statements after which keys are looked at."""


class ReferencingEngine(Protocol):
    async def execute(self, sql: str) -> EngineResult: ...
    async def declared(self) -> tuple[Declared, ...]: ...


class ForeignKeys:
    """One session's; it goes along with the transaction.

    ``touched`` before a statement runs, ``enforce`` after it, ``check_deferred`` before COMMIT."""

    def __init__(self, engine: ReferencingEngine) -> None:
        self._engine = engine
        self._waiting: dict[tuple[TableName, str], Declared] = {}
        self._all_deferred: bool | None = None
        self._lost: dict[tuple[TableName, str], list[tuple[object, ...]]] = {}

    def begin(self) -> None:
        self._waiting.clear()
        self._all_deferred = None

    async def commit(self) -> None:
        self.begin()

    def rollback(self) -> None:
        self.begin()

    def savepoint(self) -> object:
        return dict(self._waiting), self._all_deferred

    def rollback_to(self, moment: Any) -> None:
        waiting, self._all_deferred = moment
        self._waiting = dict(waiting)

    async def touched(self, text: str) -> tuple[Declared, ...]:
        """The foreign keys of whose tables one is named in a statement, whatever for."""
        keys = [one for one in await self._engine.declared() if one.reference is not None]
        if not keys:
            return ()
        lower = text.lower()
        await self._remember_lost()
        return tuple(one for one in keys if _is_in(one.table[1], lower) or _is_in(_target(one).table[1], lower))

    async def _remember_lost(self) -> None:
        """What keys that wait for their check already miss: no action is for those rows."""
        self._lost = {
            at: await self._rows(f"SELECT DISTINCT {_texts(key)} FROM {_name(key.table)} AS c WHERE {_orphaned(key)}")
            for at, key in self._waiting.items()
        }

    async def enforce(self, verb: str, text: str, keys: Sequence[Declared]) -> None:
        """Raises 23503. ``keys`` as ``touched`` gave them."""
        lower = text.lower()
        words = frozenset(_WORDS.findall(lower))
        verbs = _verbs(verb, words)
        target = target_of(text) if verb in ("WITH", "MERGE") else None
        name = None if target is None else target[1].lower()

        def changes(table: TableName) -> bool:
            return _is_in(table[1], lower) if name is None else table[1].lower() == name

        for key in keys:
            changed = "INSERT" in verbs or ("UPDATE" in verbs and _names_one(key.columns, lower, words))
            if changed and changes(key.table):
                await self._check(key, only_new=verb == "INSERT" and "UPDATE" not in verbs)
        for key in keys:
            if changes(_target(key).table):
                await self._take(key, verbs, updates=_names_one(_target(key).columns, lower, words))

    async def _take(self, key: Declared, verbs: frozenset[str], *, updates: bool) -> None:
        """What rows that went ask for. They stay where an UPDATE or a DELETE may have taken them."""
        reference = _target(key)
        if "UPDATE" in verbs and "DELETE" in verbs and updates and reference.on_update != reference.on_delete:
            await self._refuse_orphans(key)
        elif "DELETE" in verbs:
            await self._act(key, reference.on_delete, "DELETE")
        elif "UPDATE" in verbs and updates:
            await self._act(key, reference.on_update, "UPDATE")

    async def wait(self, table: str) -> None:
        """Has the keys of a table checked before COMMIT: its rows come in later."""
        for key in await self.touched(table):
            if key.table[1].lower() == table.lower():
                self._waiting[key.table, key.name] = key

    async def check_deferred(self) -> None:
        waiting = list(self._waiting.values())
        self._waiting.clear()
        for key in waiting:
            await self._refuse_missing(key, only_new=False)

    async def set_timing(self, *, deferred: bool) -> None:
        """SET CONSTRAINTS: those that may be deferred are, or are checked now and from now on at once."""
        self._all_deferred = deferred
        if not deferred:
            await self.check_deferred()

    async def check_new(self, key: Declared) -> None:
        """For a key that is added to a table with rows."""
        await self._refuse_missing(key, only_new=False)

    async def _check(self, key: Declared, *, only_new: bool) -> None:
        if self._is_deferred(key):
            self._waiting[key.table, key.name] = key
        else:
            await self._refuse_missing(key, only_new=only_new)

    def _is_deferred(self, key: Declared) -> bool:
        target = _target(key)
        return target.deferrable and (target.deferred if self._all_deferred is None else self._all_deferred)

    async def _act(self, key: Declared, action: str, verb: str) -> None:
        if action in ("a", "r"):
            if action == "a" and self._is_deferred(key):
                self._waiting[key.table, key.name] = key
            else:
                await self._refuse_orphans(key)
            return
        if action == "c" and verb == "UPDATE":
            await self._refuse_cascading_update(key)
            return
        if action == "c":
            changed = await self._engine.execute(f"DELETE FROM {_name(key.table)} AS c WHERE {self._left_behind(key)}")
            await self._follow("DELETE", key, changed)
            return
        value = "NULL" if action == "n" else "DEFAULT"
        assignments = ", ".join(f"{quote_identifier(one)} = {value}" for one in key.columns)
        changed = await self._engine.execute(
            f"UPDATE {_name(key.table)} AS c SET {assignments} WHERE {self._left_behind(key)}"
        )
        await self._follow("UPDATE", key, changed)
        if action == "d":
            await self._refuse_missing(key, only_new=False)

    async def _follow(self, verb: str, key: Declared, changed: EngineResult) -> None:
        """What an action did may ask for the next one: of the keys that refer to the table it changed."""
        if not changed.affected:
            return
        for other in await self._engine.declared():
            if other.reference is not None and other.reference.table == key.table:
                if verb == "DELETE":
                    await self._act(other, other.reference.on_delete, verb)
                elif set(other.reference.columns) & set(key.columns):
                    await self._act(other, other.reference.on_update, verb)

    async def _refuse_missing(self, key: Declared, *, only_new: bool) -> None:
        found = await self._first(key, await self._condition(key) if only_new else _orphaned(key))
        if found is not None:
            raise _broken(
                key,
                f'insert or update on table "{key.table[1]}" violates foreign key constraint "{key.name}"',
                f'Key ({", ".join(key.columns)})=({found}) is not present in table "{_target(key).table[1]}".',
            )

    async def _refuse_orphans(self, key: Declared) -> None:
        found = await self._first(key, self._left_behind(key))
        if found is not None:
            target = _target(key)
            raise _broken(
                key,
                f'update or delete on table "{target.table[1]}" violates foreign key constraint "{key.name}" on table '
                f'"{key.table[1]}"',
                f'Key ({", ".join(target.columns)})=({found}) is still referenced from table "{key.table[1]}".',
            )

    async def _refuse_cascading_update(self, key: Declared) -> None:
        if await self._first(key, self._left_behind(key)) is not None:
            raise FeatureNotSupported(
                f'ON UPDATE CASCADE of foreign key constraint "{key.name}" is not carried out',
                hint=f'Change the rows of "{key.table[1]}" as well, in a transaction, with the constraint deferred.',
            )

    def _left_behind(self, key: Declared) -> str:
        """The rows ``c`` whose row referred to went with the statement that has just run."""
        lost = self._lost.get((key.table, key.name))
        if not lost:
            return _orphaned(key)
        listed = ", ".join(f"({', '.join(quote_text(str(value)) for value in row)})" for row in lost)
        return f"{_orphaned(key)} AND ({_texts(key)}) NOT IN ({listed})"

    async def _condition(self, key: Declared) -> str:
        """Of the rows that this transaction inserted, those that refer to nothing.

        Few values are looked up by themselves, which an index answers; many by a join.
        """
        local = f"c.rowid >= {_LOCAL}"
        if len(key.columns) == 1:
            column = quote_identifier(key.columns[0])
            rows = await self._rows(
                f"SELECT DISTINCT CAST(c.{column} AS VARCHAR) FROM {_name(key.table)} AS c WHERE {local} "
                f"AND c.{column} IS NOT NULL LIMIT {_FEW + 1}"
            )
            if len(rows) <= _FEW:
                target = _target(key)
                values = ", ".join("'" + str(row[0]).replace("'", "''") + "'" for row in rows) or "NULL"
                there = quote_identifier(target.columns[0])
                return (
                    f"{local} AND c.{column} IS NOT NULL AND c.{column} NOT IN (SELECT p.{there} FROM "
                    f"{_name(target.table)} AS p WHERE p.{there} IN ({values}) AND p.{there} IS NOT NULL)"
                )
        return f"{local} AND {_orphaned(key)}"

    async def _first(self, key: Declared, condition: str) -> str | None:
        rows = await self._rows(f"SELECT {_texts(key)} FROM {_name(key.table)} AS c WHERE {condition} LIMIT 1")
        return ", ".join(map(str, rows[0])) if rows else None

    async def _rows(self, sql: str) -> list[tuple[object, ...]]:
        result = await self._engine.execute(sql)
        batches: list[pa.RecordBatch] = []
        while result.rows is not None and (batch := await result.rows.take()) is not None:
            batches.append(batch)
        return [tuple(column[at].as_py() for column in one.columns) for one in batches for at in range(one.num_rows)]


def _broken(key: Declared, message: str, detail: str) -> ServerError:
    error = ServerError(message, detail=detail, sqlstate="23503")
    error.schema_name, error.table_name = key.table
    error.constraint_name = key.name
    return error


def _target(key: Declared) -> Reference:
    if key.reference is None:
        raise ServerError(f'"{key.name}" is no foreign key')
    return key.reference


def _texts(key: Declared) -> str:
    return ", ".join(f"CAST(c.{quote_identifier(one)} AS VARCHAR)" for one in key.columns)


def _verbs(verb: str, words: frozenset[str]) -> frozenset[str]:
    """What a statement may do to rows."""
    if verb == "INSERT":
        return frozenset({"INSERT", "UPDATE"} if "conflict" in words else {"INSERT"})
    if verb in ("UPDATE", "DELETE"):
        return frozenset({verb})
    return frozenset(one for one in ("INSERT", "UPDATE", "DELETE") if one.lower() in words)


def _is_in(name: str, lower: str) -> bool:
    return name.lower().replace('"', '""') in lower


def _names_one(columns: Sequence[str], lower: str, words: frozenset[str]) -> bool:
    """Whether a statement speaks of one of the columns; a name of several words is looked for as it stands."""
    return any(one.lower() in words if _WORDS.fullmatch(one) else _is_in(one, lower) for one in columns)


def _name(table: TableName) -> str:
    return f"{quote_identifier(table[0])}.{quote_identifier(table[1])}"


def _orphaned(key: Declared) -> str:
    """The rows ``c`` of the referring table whose key is whole and stands in no row of the other (MATCH SIMPLE)."""
    target = _target(key)
    whole = " AND ".join(f"c.{quote_identifier(one)} IS NOT NULL" for one in key.columns)
    same = " AND ".join(
        f"p.{quote_identifier(there)} = c.{quote_identifier(here)}"
        for here, there in zip(key.columns, target.columns, strict=True)
    )
    return f"{whole} AND NOT EXISTS (SELECT 1 FROM {_name(target.table)} AS p WHERE {same})"
