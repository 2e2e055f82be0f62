"""``users.json`` of the data directory: who may log in, with what verifier and which roles.

Mode 0600, written whole or not at all, by one writer at a time (a lock beside it): the program's ``user`` commands and
a running server change it side by side, and each reads it again when it has changed. Passwords are never kept, only
verifiers. A file that cannot be read lets nobody in.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import secrets
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from sqlserver.core.errors import ConfigurationFault, InvalidParameterValue, ServerError, UndefinedObject
from sqlserver.core.roles import ROLE_NAMES, Role, highest
from sqlserver.core.scram_verifier import ScramVerifier

_log = logging.getLogger(__name__)

_RESERVED = frozenset({*ROLE_NAMES, "public", "none", "current_user", "current_role", "session_user"})
_LONGEST_NAME = 63  # bytes, PostgreSQL's limit


@dataclass(frozen=True, slots=True)
class User:
    """``verifier`` None: no password lets this user in."""

    name: str
    roles: frozenset[Role] = frozenset()
    login: bool = True
    verifier: str | None = None


@dataclass(frozen=True, slots=True)
class _Content:
    users: Mapping[str, User]
    dummy_secret: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    """Makes the salts of users who are not there; kept, so that they stay the same over a restart."""


class UsersFile:
    """Changes are 42710 for a user who exists, 42704 for one who does not, 22023 and 42939 for names that cannot be."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / "users.json"
        self._seen: tuple[int, int, int] | None = None
        self._content = _Content({})

    def users(self) -> tuple[User, ...]:
        return tuple(sorted(self._current().users.values(), key=lambda user: user.name))

    def find(self, name: str) -> User | None:
        return self._current().users.get(name)

    def role(self, name: str) -> Role:
        """The highest that was granted; NONE for a user who is not there."""
        user = self.find(name)
        return Role.NONE if user is None else highest(user.roles)

    def login_verifier(self, name: str) -> tuple[ScramVerifier, bool]:
        """What to check a password against, and whether the right one lets the user in."""
        user = self.find(name)
        if user is None or user.verifier is None:
            return ScramVerifier.dummy(name, self._content.dummy_secret), False
        return ScramVerifier.parse(user.verifier), user.login

    def can_log_in(self) -> bool:
        """Whether there is anybody with a password."""
        return any(user.login and user.verifier is not None for user in self.users())

    def add(self, user: User) -> None:
        check_name(user.name)
        with self._changing() as users:
            if user.name in users:
                raise ServerError(f'role "{user.name}" already exists', sqlstate="42710")
            users[user.name] = user

    def change(self, name: str, /, **changes: object) -> User:
        """Fields of ``User``; a new name must be free."""
        with self._changing() as users:
            user = users.pop(self._known(users, name))
            changed = replace(user, **changes)  # type: ignore[arg-type]
            if changed.name != name:
                check_name(changed.name)
                if changed.name in users:
                    raise ServerError(f'role "{changed.name}" already exists', sqlstate="42710")
            users[changed.name] = changed
        return changed

    def drop(self, names: Iterable[str]) -> None:
        """All of them or none."""
        with self._changing() as users:
            for name in names:
                del users[self._known(users, name)]

    @staticmethod
    def _known(users: Mapping[str, User], name: str) -> str:
        if name not in users:
            raise UndefinedObject(f'role "{name}" does not exist')
        return name

    def _current(self) -> _Content:
        stamp = _stamp(self._path)
        if stamp != self._seen:
            self._content = self._read()
            self._seen = stamp
        return self._content

    def _read(self) -> _Content:
        try:
            raw = json.loads(self._path.read_text(encoding="utf-8"))
            return _Content(
                {name: _user(name, entry) for name, entry in raw["users"].items()}, bytes.fromhex(raw["dummy_secret"])
            )
        except FileNotFoundError:
            return _Content({}, self._content.dummy_secret)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            self._seen = None
            _log.error("%s cannot be read, so nobody can log in: %s", self._path, error)
            raise ConfigurationFault("the file of users cannot be read", hint="The server's log tells why.") from None

    @contextmanager
    def _changing(self) -> Iterator[dict[str, User]]:
        """The users, to be changed; written when the block ends without an error."""
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (self._path.with_suffix(".lock")).open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            content = self._current()
            users = dict(content.users)
            yield users
            self._write(_Content(users, content.dummy_secret))

    def _write(self, content: _Content) -> None:
        text = json.dumps(
            {
                "dummy_secret": content.dummy_secret.hex(),
                "users": {user.name: _entry(user) for user in content.users.values()},
            },
            indent=1,
            sort_keys=True,
            ensure_ascii=False,
        )
        fresh = self._path.with_suffix(".json.new")
        fresh.unlink(missing_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._path)


def check_name(name: str) -> None:
    """42939 for a name that means something else, 22023 for one that cannot be typed."""
    if name.lower() in _RESERVED or name.lower().startswith("pg_"):
        raise ServerError(f'role name "{name}" is reserved', sqlstate="42939")
    if not name or len(name.encode()) > _LONGEST_NAME or any(unicodedata.category(char) == "Cc" for char in name):
        raise InvalidParameterValue(f"a role's name has 1 to {_LONGEST_NAME} bytes and no control characters")


def _user(name: str, entry: Mapping[str, object]) -> User:
    roles, login, verifier = entry["roles"], entry["login"], entry["verifier"]
    if not isinstance(roles, list) or not isinstance(login, bool):
        raise ValueError(f'user "{name}" is not as it was written')  # noqa: TRY004 - what is wrong is the file
    if verifier is not None:
        ScramVerifier.parse(str(verifier))
    return User(name, frozenset(ROLE_NAMES[role] for role in roles), login, None if verifier is None else str(verifier))


def _entry(user: User) -> dict[str, object]:
    return {"roles": [role.label for role in sorted(user.roles)], "login": user.login, "verifier": user.verifier}


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
