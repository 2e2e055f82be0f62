"""What names mean inside one query: its sources, and the queries around it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlserver.core.pgtypes import PgType

Kind = PgType | None
"""None: PostgreSQL's unknown literal, or a type that only DuckDB knows."""


@dataclass(frozen=True, slots=True)
class Output:
    """A column that a query or a source gives."""

    name: str
    kind: Kind


@dataclass(slots=True)
class Source:
    """``columns`` None: a user's relation, whose columns are not known here. ``oid``: of a catalog relation."""

    alias: str
    columns: Sequence[Output] | None
    oid: int = 0

    def find(self, name: str) -> Output | None:
        return next((one for one in self.columns or () if one.name.lower() == name), None)


@dataclass(slots=True)
class Scope:
    """``ctes`` are those in sight, by lower-case name."""

    outer: Scope | None = None
    ctes: Mapping[str, Sequence[Output]] = field(default_factory=dict)
    sources: list[Source] = field(default_factory=list)

    def source(self, alias: str) -> Source | None:
        found = next((one for one in self.sources if one.alias.lower() == alias), None)
        return found if found is not None or self.outer is None else self.outer.source(alias)

    def holder(self, column: str) -> tuple[Source, Output] | None:
        """The source that an unqualified name belongs to; None where no known source has it."""
        for one in self.sources:
            output = one.find(column)
            if output is not None:
                return one, output
        if any(one.columns is None for one in self.sources):
            return None
        return None if self.outer is None else self.outer.holder(column)
