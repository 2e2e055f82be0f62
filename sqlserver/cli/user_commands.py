"""``sqlserver user add | list | password | drop``: who may log in. A running server follows at once.

A password comes from the terminal, or from the first line of standard input where that is no terminal; never from the
command line, which every user of the machine can read.
"""

from __future__ import annotations

import getpass
import sys
from argparse import ArgumentParser, Namespace

from sqlserver.cli.command import Command
from sqlserver.cli.options import add_data_dir, settings_from
from sqlserver.config.users_file import User, UsersFile, check_name
from sqlserver.core.errors import InvalidParameterValue, UndefinedObject
from sqlserver.core.roles import ROLE_NAMES
from sqlserver.core.scram_verifier import verifier_of


def _name(parser: ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME")
    add_data_dir(parser)


def _name_and_role(parser: ArgumentParser) -> None:
    _name(parser)
    parser.add_argument("--role", required=True, choices=list(ROLE_NAMES), help="what the user may do")


def _users(chosen: Namespace) -> UsersFile:
    return UsersFile(settings_from(chosen).data_dir)


def _password() -> str:
    if sys.stdin.isatty():
        password = getpass.getpass("Password: ")
        if getpass.getpass("Again: ") != password:
            raise InvalidParameterValue("the passwords are not the same")
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    if not password:
        raise InvalidParameterValue("the password is empty", hint="Type it, or give it as a line of standard input.")
    return password


def _add(chosen: Namespace) -> int:
    users = _users(chosen)
    check_name(chosen.name)
    users.add(User(chosen.name, frozenset({ROLE_NAMES[chosen.role]}), verifier=verifier_of(_password())))
    print(f"user {chosen.name} was added as {chosen.role}")
    return 0


def _list(chosen: Namespace) -> int:
    for user in _users(chosen).users():
        roles = ", ".join(role.label for role in sorted(user.roles)) or "no role"
        limits = [] if user.login else ["may not log in"]
        limits += [] if user.verifier is not None else ["has no password"]
        print("  ".join([user.name, roles, *limits]))
    return 0


def _set_password(chosen: Namespace) -> int:
    users = _users(chosen)
    if users.find(chosen.name) is None:
        raise UndefinedObject(f'role "{chosen.name}" does not exist')
    users.change(chosen.name, verifier=verifier_of(_password()))
    print(f"user {chosen.name} has a new password")
    return 0


def _drop(chosen: Namespace) -> int:
    _users(chosen).drop([chosen.name])
    print(f"user {chosen.name} was dropped")
    return 0


ADD = Command(("user", "add"), "add a user; the password is read from the terminal or stdin", _name_and_role, _add)
LIST = Command(("user", "list"), "list the users and their roles", add_data_dir, _list)
PASSWORD = Command(("user", "password"), "change a user's password", _name, _set_password)
DROP = Command(("user", "drop"), "drop a user", _name, _drop)
