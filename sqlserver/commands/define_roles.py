"""CREATE, ALTER and DROP ROLE (or USER): who may log in.

CREATE {ROLE | USER} name [WITH] [LOGIN | NOLOGIN] [PASSWORD {'text' | NULL}] [IN ROLE role [, …]]
ALTER {ROLE | USER} name {[WITH] [LOGIN | NOLOGIN] [PASSWORD {'text' | NULL}] | RENAME TO name}
DROP {ROLE | USER} [IF EXISTS] name [, …]

A user made by CREATE USER may log in, one by CREATE ROLE only with LOGIN, as in PostgreSQL. The roles to grant are the
four that exist. No message of this module repeats the statement's text: it holds passwords.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlserver.commands.command import Command, CommandContext, Words, tagged
from sqlserver.commands.statement_reader import StatementReader
from sqlserver.config.users_file import User
from sqlserver.core.client_session import BoundParameter
from sqlserver.core.errors import FeatureNotSupported, ServerError, SyntaxFault
from sqlserver.core.result import Result
from sqlserver.core.roles import ROLE_NAMES, Role
from sqlserver.core.scram_verifier import verifier_of

_KINDS = ("ROLE", "USER")
_GRANTED_TO_NOBODY = (
    "NOSUPERUSER", "NOCREATEDB", "NOCREATEROLE", "NOREPLICATION", "NOBYPASSRLS", "INHERIT", "NOINHERIT",
)  # fmt: skip
_REFUSED = (
    "SUPERUSER", "CREATEDB", "CREATEROLE", "REPLICATION", "BYPASSRLS", "CONNECTION", "VALID", "ADMIN", "USER", "ROLE",
    "SYSID", "SET", "RESET",
)  # fmt: skip
_HINT = "[LOGIN | NOLOGIN] [PASSWORD {'text' | NULL}] [IN ROLE reader | annotator | analyst | admin]"


@dataclass(frozen=True, slots=True)
class RoleRequest:
    """``password`` is kept out of ``repr``. ``password_said`` with None takes the password away."""

    action: str
    names: tuple[str, ...]
    login: bool | None = None
    password: str | None = field(default=None, repr=False)
    password_said: bool = False
    roles: frozenset[Role] = frozenset()
    new_name: str | None = None
    if_exists: bool = False

    @property
    def changes_password_alone(self) -> bool:
        return self.action == "ALTER" and self.password_said and self.login is None and self.new_name is None


def matches(words: Words) -> bool:
    return words[:1] in (("CREATE",), ("ALTER",), ("DROP",)) and words[1:2] in (("ROLE",), ("USER",))


def parse(sql: str, parameters: Sequence[BoundParameter] | None = None) -> RoleRequest:
    reader = StatementReader(sql, parameters)
    action = next(word for word in ("CREATE", "ALTER", "DROP") if reader.take(word))
    kind = next(word for word in _KINDS if reader.take(word))
    if action == "DROP":
        if_exists = reader.take("IF") and reader.take("EXISTS")
        names = [reader.name("a role")]
        while reader.take(","):
            names.append(reader.name("a role"))
        _end(reader)
        return RoleRequest(action, tuple(names), if_exists=if_exists)
    name = reader.name("a role")
    if action == "ALTER" and (reader.take("RENAME", "TO") or reader.take("RENAME TO")):
        new_name = reader.name("the new name")
        _end(reader)
        return RoleRequest(action, (name,), new_name=new_name)
    return _options(reader, action, name, login=True if (action, kind) == ("CREATE", "USER") else None)


def _options(reader: StatementReader, action: str, name: str, login: bool | None) -> RoleRequest:
    password: str | None = None
    password_said = False
    roles: set[Role] = set()
    reader.take("WITH")
    while not reader.at_end:
        if reader.take("LOGIN"):
            login = True
        elif reader.take("NOLOGIN"):
            login = False
        elif reader.take("ENCRYPTED", "PASSWORD") or reader.take("PASSWORD"):
            password_said = True
            password = None if reader.take("NULL") else _password(reader)
        elif action == "CREATE" and any(reader.take("IN", word) for word in ("ROLE", "GROUP")):
            roles |= read_roles(reader)
        elif not any(reader.take(word) for word in _GRANTED_TO_NOBODY):
            _refuse(reader)
    return RoleRequest(action, (name,), login, password, password_said, frozenset(roles))


def _password(reader: StatementReader) -> str:
    position = reader.position
    try:
        password = reader.string("the password")
    except SyntaxFault:
        raise SyntaxFault("the password must be a quoted string or NULL", position=position) from None
    if not password:
        raise ServerError("an empty password is no password", sqlstate="22023", hint="PASSWORD NULL takes it away.")
    return password


def _refuse(reader: StatementReader) -> None:
    for word in _REFUSED:
        if reader.sees(word):
            raise FeatureNotSupported(
                f"the option {word} is not supported for roles", hint=_HINT, position=reader.position
            )
    _end(reader)


def _end(reader: StatementReader) -> None:
    if not reader.at_end:
        raise SyntaxFault("syntax error in the definition of a role", hint=_HINT, position=reader.position)


def read_roles(reader: StatementReader) -> set[Role]:
    """``reader [, analyst …]``; 42704 for a role that is not one of the four."""
    roles: set[Role] = set()
    while True:
        position = reader.position
        name = reader.name("a role")
        if name not in ROLE_NAMES:
            raise ServerError(
                f'role "{name}" cannot be granted',
                hint=f"The roles to grant are {', '.join(ROLE_NAMES)}.",
                sqlstate="42704",
                position=position,
            )
        roles.add(ROLE_NAMES[name])
        if not reader.take(","):
            return roles


def needs(request: RoleRequest, user: str) -> Role:
    """An administrator's matter, but for one's own password."""
    return Role.NONE if request.changes_password_alone and request.names == (user,) else Role.ADMIN


async def run(request: RoleRequest, context: CommandContext) -> Result:
    await asyncio.to_thread(_apply, request, context)
    return tagged(f"{request.action} ROLE")


def _apply(request: RoleRequest, context: CommandContext) -> None:
    users, name = context.users, request.names[0]
    verifier = None if request.password is None else verifier_of(request.password)
    if request.action == "CREATE":
        users.add(User(name, request.roles, bool(request.login), verifier))
    elif request.action == "DROP":
        _drop(request, context)
    elif request.new_name is not None:
        if name == context.db_user:
            raise ServerError("session user cannot be renamed", sqlstate="0A000")
        users.change(name, name=request.new_name)
    else:
        said: dict[str, object] = {} if request.login is None else {"login": request.login}
        users.change(name, **said | ({"verifier": verifier} if request.password_said else {}))


def _drop(request: RoleRequest, context: CommandContext) -> None:
    if context.db_user in request.names and context.users.find(context.db_user) is not None:
        raise ServerError("current user cannot be dropped", sqlstate="55006")
    there = [name for name in dict.fromkeys(request.names) if context.users.find(name) is not None]
    if request.if_exists:
        for name in request.names:
            if name not in there:
                context.notice(f'role "{name}" does not exist, skipping')
        context.users.drop(there)
    else:
        context.users.drop(dict.fromkeys(request.names))


COMMAND = Command("CREATE ROLE", matches, parse, run, needs=needs)
