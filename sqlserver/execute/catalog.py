"""What every database shows in its catalog beside its own objects: log relations, operators, the server's databases."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from sqlserver.catalog.log_relations import LogRelation
from sqlserver.catalog.objects import ColumnObject, FunctionObject, RelationObject, RoleObject
from sqlserver.catalog.semantic_operators import ALL_RELATIONS
from sqlserver.config.users_file import User
from sqlserver.core.operators import Operator, OperatorTable
from sqlserver.core.pgtypes import PgType
from sqlserver.core.roles import ROLE_NAMES, Role, highest
from sqlserver.engines.duckdb_catalog import ServerObjects
from sqlserver.engines.duckdb_types import pg_type

_SCHEMA = "public"


class ServerCatalog:
    """Gives one value as long as nothing changed, so that tables made from it stay valid."""

    def __init__(self) -> None:
        self._operators: OperatorTable | None = None
        self._databases: tuple[str, ...] = ()
        self._users: tuple[User, ...] = ()
        self._objects = ServerObjects()

    def objects(self, operators: OperatorTable, databases: Sequence[str], users: tuple[User, ...]) -> ServerObjects:
        if operators is not self._operators or tuple(databases) != self._databases or users != self._users:
            self._operators, self._databases, self._users = operators, tuple(databases), users
            self._objects = ServerObjects(
                log_relations(), _functions(operators.operators), self._databases, tuple(_roles(users))
            )
        return self._objects


def _roles(users: Iterable[User]) -> Iterator[RoleObject]:
    """The roles that can be granted, then the users."""
    for name, role in ROLE_NAMES.items():
        yield RoleObject(name, superuser=role is Role.ADMIN, can_login=False)
    for user in users:
        granted = tuple(role.label for role in sorted(user.roles))
        yield RoleObject(user.name, highest(user.roles) is Role.ADMIN, user.login, granted)


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
        _SCHEMA,
        one.name,
        "r" if one.insertable else "v",
        columns,
        one.comment or None,
        definition=definition,
        of_server=True,
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
                    one.shape == "table", one.cascade_id, one.description or None, of_server=True,
                )
            )  # fmt: skip
    return tuple(found)
