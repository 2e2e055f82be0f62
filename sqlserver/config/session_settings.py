"""What a session can SET and SHOW: our ``semantic.*`` settings and PostgreSQL's that drivers send.

DuckDB's own settings are not here: a name this table lacks goes to DuckDB.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, cast

from sqlserver.core.errors import InvalidParameterValue, ServerError, UndefinedObject

Check = Callable[[str], str]
"""Text as given to text as kept. Raises ValueError with what is allowed."""

_BOOLEANS = {
    "on": "on", "true": "on", "yes": "on", "1": "on", "t": "on", "y": "on",
    "off": "off", "false": "off", "no": "off", "0": "off", "f": "off", "n": "off",
}  # fmt: skip


def boolean(raw: str) -> str:
    value = _BOOLEANS.get(raw.strip().lower())
    if value is None:
        raise ValueError("a Boolean value: on or off")
    return value


def choice(*allowed: str) -> Check:
    def check(raw: str) -> str:
        value = raw.strip().lower()
        if value not in allowed:
            raise ValueError(f"one of: {', '.join(allowed)}")
        return value

    return check


def encoding(raw: str) -> str:
    """The server speaks UTF-8 alone; drivers spell it in many ways, some in quotes of their own."""
    if raw.strip().strip("'\"").lower().replace("-", "") not in ("utf8", "unicode", "sql_ascii"):
        raise ValueError("UTF8")
    return "UTF8"


def whole(low: int, high: int) -> Check:
    def check(raw: str) -> str:
        try:
            value = int(raw)
        except ValueError:
            value = low - 1
        if not low <= value <= high:
            raise ValueError(f"an integer between {low} and {high}")
        return str(value)

    return check


def number(low: float, high: float) -> Check:
    def check(raw: str) -> str:
        try:
            value = float(raw)
        except ValueError:
            value = low - 1
        if not low <= value <= high:
            raise ValueError(f"a number between {low:g} and {high:g}")
        return f"{value:g}"

    return check


_UNITS_MS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "min": 60_000.0, "h": 3_600_000.0, "d": 86_400_000.0}


@lru_cache(maxsize=256)
def milliseconds(raw: str) -> float:
    """PostgreSQL's time settings: ``500``, ``'2s'``, ``'5min'``. Raises ValueError."""
    text = raw.strip().lower()
    unit = next((u for u in sorted(_UNITS_MS, key=len, reverse=True) if text.endswith(u)), "ms")
    value = float(text.removesuffix(unit).strip()) * _UNITS_MS[unit]
    if not 0 <= value <= 2_147_483_647:
        raise ValueError("between 0 and 2147483647 ms")
    return value


def duration(raw: str) -> str:
    try:
        milliseconds(raw)
    except ValueError:
        raise ValueError("a time such as 500, '2s' or '5min', at most 2147483647 ms") from None
    return raw.strip()


def anything(raw: str) -> str:
    return raw


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
    SessionSetting("datestyle", "text", "ISO, MDY", "How dates are shown", anything, reported=True),
    SessionSetting("timezone", "text", "UTC", "Time zone in which timestamptz values are shown", anything, reported=True),
    SessionSetting("intervalstyle", "text", "postgres", "How intervals are shown", choice("postgres", "iso_8601", "postgres_verbose", "sql_standard"), reported=True),
    SessionSetting("standard_conforming_strings", "boolean", "on", "Backslashes in plain strings are data", choice("on", "true", "1"), reported=True),
    SessionSetting("extra_float_digits", "integer", "1", "Digits of floating-point output", whole(-15, 3)),
    SessionSetting("bytea_output", "text", "hex", "How bytea values are shown", choice("hex", "escape")),
    SessionSetting("client_min_messages", "text", "notice", "Least severe message sent", choice("debug5", "debug4", "debug3", "debug2", "debug1", "log", "notice", "warning", "error")),
    SessionSetting("statement_timeout", "time", "0", "How long a statement may take; 0: no limit", duration),
    SessionSetting("lock_timeout", "time", "0", "Kept for drivers: DuckDB takes no locks that wait", duration),
    SessionSetting("idle_in_transaction_session_timeout", "time", "0", "How long a transaction block may stay idle", duration),
    SessionSetting("idle_session_timeout", "time", "0", "How long a session may stay idle", duration),
    SessionSetting("default_transaction_read_only", "boolean", "off", "Kept for drivers", boolean, reported=True),
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
    SessionSetting("max_identifier_length", "integer", "63", "PostgreSQL's limit; longer names work", None),
)  # fmt: skip

_BY_NAME = {setting.name: setting for setting in SESSION_SETTINGS}
_SPELLING = {"datestyle": "DateStyle", "timezone": "TimeZone", "intervalstyle": "IntervalStyle"}


class SessionSettings:
    """One session's values. They follow its transactions: SET is undone by ROLLBACK, SET LOCAL also by COMMIT."""

    def __init__(self) -> None:
        self._values = {setting.name: setting.default for setting in SESSION_SETTINGS}
        self._startup = dict(self._values)
        self._before_transaction: dict[str, str] | None = None
        self._locals: dict[str, str] = {}
        self._reported: dict[str, str] | None = None

    @staticmethod
    def knows(name: str) -> bool:
        return name.lower() in _BY_NAME

    def get(self, name: str) -> str:
        """The value as text. 42704 for an unknown name."""
        key = name.lower()
        if key in self._locals:
            return self._locals[key]
        if key not in self._values:
            raise UndefinedObject(f'unrecognized configuration parameter "{name}"')
        return self._values[key]

    def set(self, name: str, raw: str, *, local: bool = False) -> None:
        """Checks and keeps. 22023 for a bad value, 55P02 for a read-only setting."""
        setting = _BY_NAME.get(name.lower())
        if setting is None:
            raise UndefinedObject(f'unrecognized configuration parameter "{name}"')
        if setting.check is None:
            raise ServerError(f'parameter "{name}" cannot be changed', sqlstate="55P02")
        try:
            value = setting.check(raw)
        except ValueError as error:
            raise InvalidParameterValue(
                f'invalid value for parameter "{name}": "{raw}"', hint=f"It takes {error}."
            ) from None
        self._reported = None
        if local:
            self._locals[setting.name] = value
        else:
            self._values[setting.name] = value
            self._locals.pop(setting.name, None)

    def state(self, name: str, value: str) -> None:
        """What is so in this session, of a setting that nobody may change."""
        self._values[name] = value

    def reset(self, name: str | None = None) -> None:
        """To the value at startup; all of them where no name is given."""
        self._reported = None
        for key in [name.lower()] if name else list(self._values):
            if key not in self._values:
                raise UndefinedObject(f'unrecognized configuration parameter "{name}"')
            self._values[key] = self._startup[key]
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

    async def commit(self) -> None:
        self._before_transaction = None
        if self._locals:
            self._locals.clear()
            self._reported = None

    def rollback(self) -> None:
        self._reported = None
        if self._before_transaction is not None:
            self._values = self._before_transaction
        self._before_transaction = None
        self._locals.clear()

    def savepoint(self) -> tuple[dict[str, str], dict[str, str]]:
        return dict(self._values), dict(self._locals)

    def rollback_to(self, moment: object) -> None:
        values, local = cast(tuple[dict[str, str], dict[str, str]], moment)
        self._values, self._locals = dict(values), dict(local)
        self._reported = None

    def reported(self) -> dict[str, str]:
        """What ParameterStatus tells, in PostgreSQL's spelling of the names: the same mapping until something changes."""
        if self._reported is None:
            self._reported = {_SPELLING.get(s.name, s.name): self.get(s.name) for s in SESSION_SETTINGS if s.reported}
        return self._reported

    def __iter__(self) -> Iterator[tuple[str, str, str]]:
        """(name, value, help) by name, for SHOW ALL."""
        for setting in sorted(SESSION_SETTINGS, key=lambda s: s.name):
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
