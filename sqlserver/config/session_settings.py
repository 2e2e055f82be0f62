"""What a session can SET and SHOW: our ``semantic.*`` settings and PostgreSQL's.

A name with a dot that is not ours is the client's own variable, as in PostgreSQL. DuckDB's own settings are not here: a
name without a dot that this table lacks goes to DuckDB.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, cast

from sqlserver.config.postgres_settings import FIXED, KEPT
from sqlserver.config.setting_checks import (
    Check,
    anything,
    boolean,
    choice,
    date_style,
    duration,
    encoding,
    from_words,
    milliseconds,
    names,
    time_zone,
    whole,
)
from sqlserver.core.errors import InvalidParameterValue, ServerError, UndefinedObject


@dataclass(frozen=True, slots=True)
class SessionSetting:
    """``reported`` settings are sent to the client as ParameterStatus; a read-only one has ``check`` None."""

    name: str
    type: str
    default: str
    help: str
    check: Check | None
    reported: bool = False


_ISOLATION = choice("serializable", "repeatable read", "read committed", "read uncommitted")

SESSION_SETTINGS: tuple[SessionSetting, ...] = (
    SessionSetting("semantic.model", "text", "", "Model alias that answers instead of the one a cell names", anything),
    SessionSetting("semantic.max_calls", "integer", "", "Model calls a statement may make", whole(0, 1_000_000_000)),
    SessionSetting("semantic.concurrency", "integer", "", "Model calls of this session under way at once", whole(1, 10_000)),
    SessionSetting("semantic.on_error", "text", "null", "null: a failed answer is NULL with a WARNING; error: the statement fails", choice("null", "error")),
    SessionSetting("semantic.training", "boolean", "on", "Inject marked examples", boolean),
    SessionSetting("semantic.corrections", "boolean", "on", "Answer a corrected input by its correction", boolean),
    SessionSetting("semantic.cache", "text", "on", "on, off (ask again, keep nothing) or refresh (ask again, keep)", choice("on", "off", "refresh")),
    SessionSetting("semantic.timeout", "time", "0", "How long the model calls of a statement may take together; 0: the server's limit", duration),
    SessionSetting("application_name", "text", "", "Name of the client's application", anything, reported=True),
    SessionSetting("client_encoding", "text", "UTF8", "Encoding of the client: UTF8", encoding, reported=True),
    SessionSetting("datestyle", "text", "ISO, MDY", "How dates are shown: ISO, SQL, Postgres, German; and the order of day and month", anything, reported=True),
    SessionSetting("timezone", "text", "UTC", "Time zone in which timestamptz values are shown", time_zone, reported=True),
    SessionSetting("intervalstyle", "text", "postgres", "How intervals are shown", choice("postgres", "iso_8601", "postgres_verbose", "sql_standard"), reported=True),
    SessionSetting("standard_conforming_strings", "boolean", "on", "Backslashes in plain strings are data", choice("on", "true", "1"), reported=True),
    SessionSetting("search_path", "text", '"$user", public', "Schemas that names without one are looked for in", names),
    SessionSetting("extra_float_digits", "integer", "1", "Digits of floating-point output; above 0: the shortest exact", whole(-15, 3)),
    SessionSetting("bytea_output", "text", "hex", "How bytea values are shown", choice("hex", "escape")),
    SessionSetting("client_min_messages", "text", "notice", "Least severe message sent", choice("debug5", "debug4", "debug3", "debug2", "debug1", "log", "notice", "warning", "error")),
    SessionSetting("statement_timeout", "time", "0", "How long a statement may take; 0: no limit", duration),
    SessionSetting("lock_timeout", "time", "0", "How long a change waits for another transaction's; 0: no limit", duration),
    SessionSetting("idle_in_transaction_session_timeout", "time", "0", "How long a transaction block may stay idle", duration),
    SessionSetting("idle_session_timeout", "time", "0", "How long a session may stay idle", duration),
    SessionSetting("default_transaction_read_only", "boolean", "off", "Whether new transactions are read only", boolean, reported=True),
    SessionSetting("transaction_read_only", "boolean", "off", "Whether the transaction is read only", boolean),
    SessionSetting("default_transaction_isolation", "text", "repeatable read", "DuckDB's snapshot isolation", _ISOLATION),
    SessionSetting("transaction_isolation", "text", "repeatable read", "DuckDB's snapshot isolation", _ISOLATION),
    SessionSetting("row_security", "boolean", "on", "Kept for drivers", boolean),
    SessionSetting("jit", "boolean", "off", "Kept for drivers", boolean),
    SessionSetting("synchronous_commit", "text", "on", "Kept for drivers", choice("on", "off", "local", "remote_write", "remote_apply")),
    SessionSetting("escape_string_warning", "boolean", "on", "Kept for drivers", boolean),
    SessionSetting("server_version", "text", "15.0", "PostgreSQL version whose behaviour clients may expect", None, reported=True),
    SessionSetting("server_version_num", "integer", "150000", "The same as a number", None),
    SessionSetting("server_encoding", "text", "UTF8", "Encoding of the server", None, reported=True),
    SessionSetting("integer_datetimes", "boolean", "on", "Timestamps are 64-bit integers", None, reported=True),
    SessionSetting("in_hot_standby", "boolean", "off", "Never a standby", None, reported=True),
    SessionSetting("is_superuser", "boolean", "on", "Whether the user is an administrator", None, reported=True),
    SessionSetting("role", "text", "none", "The role set by SET ROLE: none, as a session keeps its user", None),
    SessionSetting("session_authorization", "text", "", "The user who has logged in", None),
    SessionSetting("max_identifier_length", "integer", "63", "PostgreSQL's limit; longer names work", None),
)  # fmt: skip

_KEPT_SETTINGS = (
    *(
        SessionSetting(name.lower(), kind.split()[0], check(default), "", check)
        for name, kind, default in KEPT
        for check in (from_words(kind),)
    ),
    *(SessionSetting(name, "text", value, "", None) for name, value in FIXED),
)
_ALL_SETTINGS = (*SESSION_SETTINGS, *_KEPT_SETTINGS)

_BY_NAME = {setting.name: setting for setting in _ALL_SETTINGS}
_DEFAULTS = {setting.name: setting.default for setting in _ALL_SETTINGS}
_SPELLING = {"datestyle": "DateStyle", "timezone": "TimeZone", "intervalstyle": "IntervalStyle"}
_VARIABLE = re.compile(r"[a-z_][a-z0-9_$]*(?:\.[a-z_][a-z0-9_$]*)+")

_OF_TRANSACTION = {
    "transaction_isolation": "default_transaction_isolation",
    "transaction_read_only": "default_transaction_read_only",
}
"""What the running transaction has, and where it gets it from."""


class SessionSettings:
    """One session's values. They follow its transactions: SET is undone by ROLLBACK, SET LOCAL also by COMMIT."""

    def __init__(self) -> None:
        self._values = dict(_DEFAULTS)
        self._startup = dict(self._values)
        self._before_transaction: dict[str, str] | None = None
        self._locals: dict[str, str] = {}
        self._reported: dict[str, str] | None = None
        self.revision = 0
        """Another number means that a value may have changed."""

    def _changed(self) -> None:
        self._reported = None
        self.revision += 1

    @staticmethod
    def knows(name: str) -> bool:
        key = name.lower()
        return key in _BY_NAME or (_VARIABLE.fullmatch(key) is not None and not key.startswith("semantic."))

    def get(self, name: str) -> str:
        """The value as text. 42704 for an unknown name."""
        key = name.lower()
        if key in self._locals:
            return self._locals[key]
        key = _OF_TRANSACTION.get(key, key)
        if key not in self._values:
            raise UndefinedObject(f'unrecognized configuration parameter "{name}"')
        return self._values[key]

    def set(self, name: str, raw: str, *, local: bool = False) -> None:
        """Checks and keeps. 22023 for a bad value, 55P02 for a read-only setting."""
        key = name.lower()
        setting = _BY_NAME.get(key)
        if setting is None and not self.knows(name):
            raise UndefinedObject(f'unrecognized configuration parameter "{name}"')
        value = raw if setting is None else self._checked(setting, name, raw)
        self._changed()
        if key in _OF_TRANSACTION:
            local = True
            if self._before_transaction is None:
                return  # there is no transaction that it could hold for
        if local:
            self._locals[key] = value
        else:
            self._values[key] = value
            self._locals.pop(key, None)

    def _checked(self, setting: SessionSetting, name: str, raw: str) -> str:
        if setting.check is None:
            raise ServerError(f'parameter "{name}" cannot be changed', sqlstate="55P02")
        try:
            return date_style(raw, self.get("datestyle")) if setting.name == "datestyle" else setting.check(raw)
        except ValueError as error:
            raise InvalidParameterValue(
                f'invalid value for parameter "{_SPELLING.get(setting.name, name)}": "{raw}"', hint=f"It takes {error}."
            ) from None

    def state(self, name: str, value: str) -> None:
        """What is so in this session, of a setting that nobody may change."""
        self._values[name] = value

    def reset(self, name: str | None = None) -> None:
        """To the value at startup; all of them where no name is given."""
        self._changed()
        for key in [name.lower()] if name else list(self._values):
            if key not in self._values:
                raise UndefinedObject(f'unrecognized configuration parameter "{name}"')
            self._values[key] = self._startup.get(key, "")
            self._locals.pop(key, None)

    def keep_as_startup(self) -> None:
        """What was set until now came with the connection: RESET goes back to it."""
        self._startup = dict(self._values)

    def with_hints(self, hints: Sequence[tuple[str, str]]) -> SessionSettings:
        """A copy in which ``hints`` are set: for one statement."""
        copy = SessionSettings()
        copy._values = {**self._values, **self._locals}
        for name, value in hints:
            copy.set(name, value)
        return copy

    def begin(self) -> None:
        self._before_transaction = dict(self._values)
        for key, default in _OF_TRANSACTION.items():
            if self._values[default] != _DEFAULTS[default]:
                self._locals[key] = self._values[default]

    async def commit(self) -> None:
        self._before_transaction = None
        if self._locals:
            self._locals.clear()
            self._changed()

    def rollback(self) -> None:
        self._changed()
        if self._before_transaction is not None:
            self._values = self._before_transaction
        self._before_transaction = None
        self._locals.clear()

    def savepoint(self) -> tuple[dict[str, str], dict[str, str]]:
        return dict(self._values), dict(self._locals)

    def rollback_to(self, moment: object) -> None:
        values, local = cast(tuple[dict[str, str], dict[str, str]], moment)
        self._values, self._locals = dict(values), dict(local)
        self._changed()

    def reported(self) -> dict[str, str]:
        """What ParameterStatus tells, in PostgreSQL's spelling of the names: the same mapping until something changes."""
        if self._reported is None:
            self._reported = {_SPELLING.get(s.name, s.name): self.get(s.name) for s in SESSION_SETTINGS if s.reported}
        return self._reported

    def __iter__(self) -> Iterator[tuple[str, str, str]]:
        """(name, value, help) by name, for SHOW ALL."""
        for setting in sorted(_ALL_SETTINGS, key=lambda s: s.name):
            yield _SPELLING.get(setting.name, setting.name), self.get(setting.name), setting.help

    def flag(self, name: str) -> bool:
        return self.get(name) == "on"

    def integer(self, name: str) -> int | None:
        value = self.get(name)
        return int(value) if value else None

    def cache_mode(self) -> Literal["on", "off", "refresh"]:
        value = self.get("semantic.cache")
        return "off" if value == "off" else "refresh" if value == "refresh" else "on"

    def seconds(self, name: str) -> float | None:
        """A time setting in seconds; None for 0, which means no limit."""
        value = milliseconds(self.get(name)) / 1000
        return value or None
