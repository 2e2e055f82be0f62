"""What the binder said of a session's statements, so that a text sent again and again is not bound again and again.

Holds until something may have changed what names mean: any statement of this session that is not a plain read or
write, and any such statement of another session (``CatalogChanges`` counts those). A text that may read files is never
remembered: files change unseen.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from sqlserver.engines.engine import Description, ParsedStatement, StatementKind
from sqlserver.sql.edits import Edit

_KEEPING = frozenset(
    {
        StatementKind.SELECT,
        StatementKind.INSERT,
        StatementKind.UPDATE,
        StatementKind.DELETE,
        StatementKind.MERGE,
        StatementKind.EXPLAIN,
        StatementKind.SHOW,
    }
)
_DEFINING_NOTHING = frozenset(
    {
        "SET", "RESET", "SELECT", "COPY", "VACUUM", "ANALYZE", "TRUNCATE TABLE", "CREATE TABLE", "DROP TABLE",
        "CREATE INDEX", "DROP INDEX", "CREATE SEQUENCE", "DROP SEQUENCE",
    }
)  # fmt: skip
"""Tags of statements that change what names mean, but no view and no function."""
_LARGEST = 512
_LONGEST = 10_000
_MAY_READ_FILES = re.compile(
    r"""(?:\bfrom|\bjoin|,)\s*(?:'(?:[^']|'')*[./*:]|"[^"]*[./*:])"""
    r"|\bread_|\bglob\b|\bsniff_|_scan\b|\bparquet_|\bquery|\bpivot\b|\bunpivot\b|__",
    re.IGNORECASE,
)
"""A file's name has an ending, by which DuckDB tells how to read it. Names with two underscores are relations that the
server itself puts there for one statement."""


@dataclass(slots=True)
class CatalogChanges:
    """Shared by the sessions of a database. ``definitions`` counts those that may concern views or functions."""

    count: int = 0
    definitions: int = 0


@dataclass(slots=True)
class Remembered:
    """``kinds``: parameter types by what was declared; ``descriptions`` by the OIDs given at Parse; ``sums``: casts to
    be put into the text by the parameters' types; ``texts``: casts put for macros, likewise."""

    kinds: dict[tuple[str | None, ...], dict[str, str]] = field(default_factory=dict)
    descriptions: dict[tuple[int, ...], Description] = field(default_factory=dict)
    sums: dict[tuple[tuple[str, str], ...], tuple[Edit, ...]] = field(default_factory=dict)
    texts: dict[tuple[tuple[str, str], ...], tuple[Edit, ...]] = field(default_factory=dict)


class StatementMemory:
    def __init__(self, changes: CatalogChanges) -> None:
        self._changes = changes
        self._seen = changes.count
        self._changed_here = False
        self._defined_here = False
        self._known: dict[str, Remembered] = {}
        self._vouched: set[str] = set()

    def of(self, statement: ParsedStatement) -> Remembered | None:
        """What is known of a statement, to be read and filled; None for one that must be asked each time."""
        if self._changes.count != self._seen:
            self._seen = self._changes.count
            self._known.clear()
        known = self._known.get(statement.text)
        if known is None and self._worth_keeping(statement):
            if len(self._known) >= _LARGEST:
                self._known.clear()
            known = self._known[statement.text] = Remembered()
        return known

    @property
    def changed_here(self) -> bool:
        """Whether this session's open transaction may have changed what names mean."""
        return self._changed_here

    @property
    def defined_here(self) -> bool:
        """Whether it may have changed a view or a function."""
        return self._defined_here

    @property
    def changes(self) -> int:
        return self._changes.count

    def forget(self) -> None:
        """Names mean something else for this session."""
        self._known.clear()

    def ran(self, statement: ParsedStatement) -> None:
        if statement.kind not in _KEEPING and statement.kind is not StatementKind.TRANSACTION:
            self._changed_here = True
            self._changes.count += 1
            if statement.tag not in _DEFINING_NOTHING:
                self._defined_here = True
                self._changes.definitions += 1

    def changed(self) -> None:
        """What tables are declared with was changed beside any statement."""
        self._changed_here = True
        self._changes.count += 1

    def transaction_ended(self) -> None:
        """What this session changed is seen by the others only now, or taken back."""
        if self._changed_here:
            self._changed_here = False
            self._changes.count += 1
        if self._defined_here:
            self._defined_here = False
            self._changes.definitions += 1

    def vouch(self, text: str) -> None:
        """For a statement of the server's own making that reads nothing but its catalog, whose columns never change."""
        if len(self._vouched) >= _LARGEST:
            self._vouched.clear()
        self._vouched.add(text)

    def _worth_keeping(self, statement: ParsedStatement) -> bool:
        text = statement.text
        if text in self._vouched:
            return True
        return statement.kind in _KEEPING and len(text) <= _LONGEST and _MAY_READ_FILES.search(text) is None
