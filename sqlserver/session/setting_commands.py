"""SET, SHOW, RESET for the settings in our table; a name that only DuckDB knows goes to DuckDB as written.

SET [SESSION | LOCAL] name {TO | =} {value | DEFAULT}     SET TIME ZONE value     SET NAMES 'UTF8'
SET [SESSION CHARACTERISTICS AS] TRANSACTION …            SHOW {name | ALL | TIME ZONE | TRANSACTION ISOLATION LEVEL}
RESET {name | ALL}
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from sqlserver.config.session_settings import SessionSettings
from sqlserver.config.setting_checks import names
from sqlserver.core.errors import InvalidParameterValue, ServerError, SyntaxFault
from sqlserver.core.notice import Notice, NoticeSink
from sqlserver.core.pgtypes import TEXT
from sqlserver.core.result import Column, CommandTag, Result, rows_of
from sqlserver.sql.tokens import Token, TokenKind, tokenize

_TRANSACTION_MODES = {
    ("read", "only"): ("transaction_read_only", "on"),
    ("read", "write"): ("transaction_read_only", "off"),
}
_ISOLATION_LEVELS = (("serializable",), ("repeatable", "read"), ("read", "committed"), ("read", "uncommitted"))


@dataclass(frozen=True, slots=True)
class Assignment:
    """``value`` None: back to the default. ``local``: until the end of the transaction."""

    name: str
    value: str | None
    local: bool = False


def read_assignment(sql: str) -> Assignment | None:
    """A SET statement as name and value; None where it sets a variable or something else of DuckDB's own."""
    tokens = tokenize(sql)[1:]
    words = [token.text.lower() for token in tokens]
    local = words[:1] == ["local"]
    if (
        words[:1] in (["local"], ["session"])
        and words[1:2] != ["characteristics"]
        and words[1:2] not in (["="], ["to"])
    ):
        tokens, words = tokens[1:], words[1:]
    if words[:2] == ["time", "zone"]:
        return Assignment("timezone", _offset(tokens[2:]) or _value(sql, tokens[2:]), local)
    if words[:1] == ["names"]:
        return Assignment("client_encoding", _value(sql, tokens[1:]), local)
    name_length = next((i for i, word in enumerate(words) if word in ("=", "to")), 0)
    name = "".join(words[:name_length])
    if not name or words[0] in ("variable", "global"):
        return None
    value = tokens[name_length + 1 :]
    if name == "search_path" and value[0:1] and value[0].text.lower() != "default":
        return Assignment(name, names(",".join(quoted(token) for token in value if token.text != ",")), local)
    return Assignment(name, _value(sql, value), local)


def quoted(token: Token) -> str:
    """A name of a list, in quotes where it was written so."""
    if token.kind is TokenKind.WORD:
        return token.text.lower()
    return '"' + token.text.replace('"', '""') + '"'


def _offset(tokens: Sequence[Token]) -> str | None:
    """``INTERVAL '+02:30' HOUR TO MINUTE`` as PostgreSQL shows it: ``<+02:30>-02:30``. None for anything else."""
    if len(tokens) < 2 or tokens[0].upper != "INTERVAL" or not tokens[1].is_string:
        return None
    found = re.fullmatch(r"\s*([+-]?)(\d{1,2})(?::(\d{2}))?(?::00)?\s*", tokens[1].text)
    if found is None:
        raise InvalidParameterValue("invalid interval value for time zone")
    sign, other = ("-", "+") if found[1] == "-" else ("+", "-")
    hours = f"{int(found[2]):02}" + (f":{found[3]}" if found[3] and int(found[3]) else "")
    return f"<{sign}{hours}>{other}{hours}"


def _value(sql: str, tokens: Sequence[Token]) -> str | None:
    if not tokens:
        raise SyntaxFault("syntax error at end of input", position=len(sql.rstrip().rstrip(";")) + 1)
    if len(tokens) == 1 and tokens[0].text.lower() == "default" and not tokens[0].is_string:
        return None
    parts: list[str] = []
    for token in tokens:
        if token.text == "-" or (parts and parts[-1] == "-"):
            parts[-1:] = [("" if not parts else parts[-1]) + token.text] if parts else [token.text]
        elif token.text != ",":
            parts.append(token.text)
    return ", ".join(parts)


def transaction_modes(words: Sequence[str]) -> list[tuple[str, str]]:
    """``ISOLATION LEVEL SERIALIZABLE, READ ONLY`` → settings. The isolation given is always snapshot isolation."""
    lower = [word.lower() for word in words if word != ","]
    found: list[tuple[str, str]] = []
    at = 0
    while at < len(lower):
        if lower[at : at + 2] == ["isolation", "level"]:
            level = next((x for x in _ISOLATION_LEVELS if tuple(lower[at + 2 : at + 2 + len(x)]) == x), None)
            if level is None:
                raise SyntaxFault(f'syntax error at or near "{" ".join(words[at : at + 3])}"')
            found.append(("transaction_isolation", " ".join(level)))
            at += 2 + len(level)
        elif (mode := _TRANSACTION_MODES.get((lower[at], lower[at + 1] if at + 1 < len(lower) else ""))) is not None:
            found.append(mode)
            at += 2
        elif lower[at] == "deferrable":
            at += 1
        elif lower[at : at + 2] == ["not", "deferrable"]:
            at += 2
        else:
            raise SyntaxFault(f'syntax error at or near "{lower[at]}"')
    return found


class SettingCommands:
    """Runs them on one session's settings."""

    def __init__(self, settings: SessionSettings, notify: NoticeSink) -> None:
        self._settings = settings
        self._notify = notify

    def set(self, sql: str, words: Sequence[str], *, in_block: bool) -> Result | None:
        """None where the setting is not ours."""
        lower = [word.lower() for word in words]
        if "transaction" in lower[1:5] and (lower[1] == "transaction" or "characteristics" in lower[1:3]):
            lasting = lower[1] != "transaction"
            if not lasting and not in_block:
                self._notify(Notice("SET TRANSACTION can only be used in transaction blocks", "WARNING", "25P01"))
            for name, value in transaction_modes(words[lower.index("transaction") + 1 :]):
                if lasting:
                    self._settings.set(f"default_{name}", value)
                elif in_block:
                    self._settings.set(name, value, local=True)
            return Result(CommandTag("SET"))
        assignment = read_assignment(sql)
        if assignment is None or not self._ours(assignment.name):
            return None
        if assignment.local and not in_block:
            self._notify(Notice("SET LOCAL can only be used in transaction blocks", "WARNING", "25P01"))
        elif assignment.value is None:
            self._settings.reset(assignment.name)
        else:
            self._settings.set(assignment.name, assignment.value, local=assignment.local)
        return Result(CommandTag("SET"))

    def reset(self, words: Sequence[str]) -> Result | None:
        name = "".join(words[1:]).lower()
        if name != "all" and not self._ours(name):
            return None
        self._settings.reset(None if name == "all" else name)
        return Result(CommandTag("RESET"))

    def show_columns(self, words: Sequence[str]) -> tuple[Column, ...] | None:
        """What ``show`` would return; None where the name is not ours."""
        name = self._show_name(words)
        if name == "all":
            return tuple(Column(label, TEXT) for label in ("name", "setting", "description"))
        return (Column(self._label(name), TEXT),) if self._ours(name) else None

    def show(self, words: Sequence[str]) -> Result | None:
        columns = self.show_columns(words)
        if columns is None:
            return None
        name = self._show_name(words)
        rows = list(self._settings) if name == "all" else [(self._settings.get(name),)]
        arrays = [pa.array([row[i] for row in rows], pa.string()) for i in range(len(columns))]
        batch = pa.RecordBatch.from_arrays(arrays, names=[column.name for column in columns])
        return Result(CommandTag("SHOW"), columns, rows_of(batch))

    def _ours(self, name: str) -> bool:
        if self._settings.knows(name):
            return True
        if name.startswith("semantic."):
            self._settings.get(name)  # raises 42704: a misspelt setting of ours must not become DuckDB's error
        return False

    @staticmethod
    def _show_name(words: Sequence[str]) -> str:
        name = "".join(words[1:]).lower()
        return {"timezone": "timezone", "transactionisolationlevel": "transaction_isolation"}.get(name, name)

    @staticmethod
    def _label(name: str) -> str:
        return {"datestyle": "DateStyle", "timezone": "TimeZone", "intervalstyle": "IntervalStyle"}.get(name, name)


def discard_target(words: Sequence[str]) -> str:
    target = words[1].upper() if len(words) == 2 else ""
    if target not in ("ALL", "PLANS", "SEQUENCES", "TEMP", "TEMPORARY"):
        raise ServerError(
            "syntax error in DISCARD", sqlstate="42601", hint="DISCARD { ALL | PLANS | SEQUENCES | TEMP }"
        )
    return target
