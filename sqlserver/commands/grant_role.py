"""GRANT role [, …] TO user [, …] and REVOKE role [, …] FROM user [, …]: what a user may do.

A user may what the highest of its roles may. It holds from the next statement on, in sessions that are open as well.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from sqlserver.commands.command import Command, CommandContext, Words, tagged
from sqlserver.commands.define_roles import read_roles
from sqlserver.commands.statement_reader import StatementReader
from sqlserver.core.client_session import BoundParameter
from sqlserver.core.errors import FeatureNotSupported, SyntaxFault, UndefinedObject
from sqlserver.core.result import Result
from sqlserver.core.roles import Role

_PRIVILEGES = ("ALL", "SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER", "USAGE", "CREATE",
               "CONNECT", "TEMPORARY", "TEMP", "EXECUTE", "SET")  # fmt: skip
_HINT = "GRANT {reader | annotator | analyst | admin} TO user"


@dataclass(frozen=True, slots=True)
class GrantRequest:
    grants: bool
    roles: frozenset[Role]
    users: tuple[str, ...]


def matches(words: Words) -> bool:
    return words[:1] in (("GRANT",), ("REVOKE",))


def parse(sql: str, parameters: Sequence[BoundParameter] | None = None) -> GrantRequest:
    reader = StatementReader(sql, parameters)
    grants = reader.take("GRANT")
    if not grants:
        reader.expect("REVOKE")
    if any(reader.sees(word) for word in _PRIVILEGES):
        raise FeatureNotSupported("privileges on single objects are not supported", hint=_HINT)
    roles = read_roles(reader)
    reader.expect("TO" if grants else "FROM", hint=_HINT)
    users = [reader.name("a user")]
    while reader.take(","):
        users.append(reader.name("a user"))
    if reader.sees("WITH") or reader.sees("GRANTED"):
        raise FeatureNotSupported("options of GRANT are not supported", hint=_HINT, position=reader.position)
    if not reader.at_end:
        raise SyntaxFault("syntax error: unexpected here", hint=_HINT, position=reader.position)
    return GrantRequest(grants, frozenset(roles), tuple(users))


async def run(request: GrantRequest, context: CommandContext) -> Result:
    await asyncio.to_thread(_apply, request, context)
    return tagged("GRANT ROLE" if request.grants else "REVOKE ROLE")


def _apply(request: GrantRequest, context: CommandContext) -> None:
    for name in request.users:
        user = context.users.find(name)
        if user is None:
            raise UndefinedObject(f'role "{name}" does not exist')
        roles = user.roles | request.roles if request.grants else user.roles - request.roles
        if roles == user.roles:
            state = "already has" if request.grants else "does not have"
            context.notice(f'role "{name}" {state} {", ".join(sorted(role.label for role in request.roles))}')
        else:
            context.users.change(name, roles=roles)


COMMAND = Command("GRANT", matches, parse, run)
