"""Statements that DuckDB's own lock lets through and that must not run.

Measured on DuckDB 2.0 with external access off: a database's own file stays allowed, so ``COPY … TO
'../default.duckdb' (USE_TMP_FILE false)`` overwrites it; and DETACH takes a source away from every session. So the
target of a COPY must be a name that can be checked, inside an allowed folder, and the sources stay attached.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from sqlserver.core.errors import FeatureNotSupported, InsufficientPrivilege
from sqlserver.engines.duckdb_tokens import tokens
from sqlserver.engines.engine import ParsedStatement, StatementKind

_MAY_COPY = frozenset({StatementKind.COPY, StatementKind.PREPARE, StatementKind.EXPLAIN})
_URL = re.compile(r"[a-z][a-z0-9+.-]+://", re.IGNORECASE)


class FileGuard:
    """``folders`` are resolved; relative names count from the first. ``kept`` are names that may not be detached."""

    def __init__(self, folders: Sequence[Path], kept: Sequence[str]) -> None:
        self._folders = tuple(folder.resolve() for folder in folders)
        self._kept = frozenset(name.lower() for name in kept)

    def check(self, statement: ParsedStatement) -> None:
        """Raises 42501 for a place outside, 0A000 for a target that is no plain name."""
        if statement.kind in _MAY_COPY:
            self._check_copy(statement.text)
        elif statement.kind is StatementKind.ATTACH:
            self._check_detach(statement.text)

    def _check_copy(self, sql: str) -> None:
        words = _words(sql)
        copies = [index for index, (_, word) in enumerate(words) if word.upper() == "COPY"]
        if not copies:
            return
        depth = 0
        for index in range(copies[0] + 1, len(words) - 1):
            word = words[index][1]
            depth += {"(": 1, ")": -1}.get(word, 0)
            if depth == 0 and word.upper() == "TO":
                self._check_target(words[index + 1], words[copies[0] + 1 : index])
                return

    def _check_target(self, target: tuple[int, str], before: Sequence[tuple[int, str]]) -> None:
        offset, word = target
        if word.upper() == "STDOUT" or [part[1].upper() for part in before[:2]] == ["FROM", "DATABASE"]:
            return
        if word[:1] in ("'", '"') and len(word) > 1 and word.endswith(word[0]):
            name = word[1:-1].replace(word[0] * 2, word[0])
        elif word.replace("_", "a").isalnum() and not word[0].isdigit():
            name = word
        else:
            raise FeatureNotSupported(
                "COPY TO needs the file's name as a plain string", hint="COPY … TO 'name.csv'", position=offset + 1
            )
        if _URL.match(name):
            return
        place = (self._folders[0] / name).resolve()
        if not any(place.is_relative_to(folder) and place != folder for folder in self._folders):
            raise InsufficientPrivilege(
                f'permission denied for file "{name}"',
                hint='SQL reads and writes files only in the "files" folder of the data directory.',
                position=offset + 1,
            )

    def _check_detach(self, sql: str) -> None:
        words = [word for _, word in _words(sql)]
        name = words[-1].strip('"') if words else ""
        if words and words[0].upper() == "DETACH" and name.lower() in self._kept:
            raise InsufficientPrivilege(f'permission denied to detach database "{name}"')


def _words(sql: str) -> list[tuple[int, str]]:
    """(offset, text) of the tokens without comments."""
    return [(offset, token) for offset, token in tokens(sql) if not token.startswith(("--", "/*"))]
