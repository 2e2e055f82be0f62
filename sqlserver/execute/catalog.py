"""What every database shows in its catalog beside its own objects: log relations, operators, the server's databases."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from sqlserver.catalog.log_relations import LogRelation
from sqlserver.catalog.objects import ColumnObject, FunctionObject, RelationObject
from sqlserver.catalog.semantic_operators import ALL_RELATIONS
from sqlserver.core.operators import Operator, OperatorTable
from sqlserver.core.pgtypes import PgType
from sqlserver.engines.duckdb_catalog import ServerObjects
from sqlserver.engines.duckdb_types import pg_type

_SCHEMA = "public"


class ServerCatalog:
    """Gives one value as long as nothing changed, so that tables made from it stay valid."""

    def __init__(self) -> None:
        self._operators: OperatorTable | None = None
        self._databases: tuple[str, ...] = ()
        self._objects = ServerObjects()

    def objects(self, operators: OperatorTable, databases: Sequence[str]) -> ServerObjects:
        if operators is not self._operators or tuple(databases) != self._databases:
            self._operators, self._databases = operators, tuple(databases)
            self._objects = ServerObjects(log_relations(), _functions(operators.operators), self._databases)
        return self._objects


@lru_cache(maxsize=1)
def log_relations() -> tuple[RelationObject, ...]:
    """Those that take INSERT are tables, the others views."""
    return tuple(_relation(one) for one in ALL_RELATIONS.values())


def _relation(one: LogRelation) -> RelationObject:
    columns = tuple(
        ColumnObject(column.name, column.type, not_null=not column.nullable, comment=column.comment or None)
        for column in one.columns
    )
    definition = None if one.insertable else f" SELECT * FROM {one.name};"
    return RelationObject(
        _SCHEMA, one.name, "r" if one.insertable else "v", columns, one.comment or None, definition=definition
    )


def _functions(operators: Iterable[Operator]) -> tuple[FunctionObject, ...]:
    found = []
    for one in operators:
        arguments: tuple[tuple[str, PgType | None], ...] = tuple(
            (argument.name, pg_type(argument.type)[0]) for argument in one.arguments
        )
        returns = pg_type(one.returns)[0]
        for name in dict.fromkeys((one.name, *one.aliases)):
            found.append(
                FunctionObject(
                    _SCHEMA, name.lower(), arguments, returns, "a" if one.shape == "aggregate" else "f",
                    one.shape == "table", one.cascade_id, one.description or None,
                )
            )  # fmt: skip
    return tuple(found)
