"""What a catalog statement needs to know of the session that sent it, and what planning it gives."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlserver.core.pgtypes import PgType
from sqlserver.engines.duckdb_catalog import Relation, private_name, shared_name


@dataclass(frozen=True, slots=True)
class CatalogSession:
    """``path`` are the schemas of ``search_path`` that exist. ``private``: the session reads tables of its own.

    ``writes`` and ``admin`` say what the user's role allows."""

    user: str
    database: str
    path: tuple[str, ...] = ("public",)
    private: bool = False
    writes: bool = True
    admin: bool = True
    plain_series: bool = False
    """Whether ``generate_series`` alone is no reason to plan a statement: it was rewritten otherwise."""


@dataclass(frozen=True, slots=True)
class PreparedText:
    """A named prepared statement. ``types`` are the OIDs of its parameters; ``from_sql``: PREPARE made it."""

    name: str
    sql: str
    prepared_at: datetime
    types: tuple[int, ...]
    from_sql: bool


@dataclass(frozen=True, slots=True)
class OpenCursor:
    """A cursor as ``pg_cursors`` shows it. ``sql`` is its DECLARE."""

    name: str
    sql: str
    hold: bool
    scroll: bool
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class Backend:
    """A session as ``pg_stat_activity`` shows it; None where the viewer is not to know. ``waits`` for its client."""

    process_id: int
    user: str
    database: str
    application_name: str
    client_address: str | None
    client_port: int | None
    backend_start: datetime | None
    xact_start: datetime | None
    query_start: datetime | None
    state_change: datetime | None
    state: str | None
    query: str
    waits: bool


@dataclass(frozen=True, slots=True)
class SettingChange:
    """``set_config``. ``value`` is a text, or the number of the parameter that holds it."""

    name: str
    value: str | int | None
    local: bool


@dataclass(frozen=True, slots=True)
class PlannedColumn:
    """``kind`` None: as the engine says."""

    label: str
    kind: PgType | None


@dataclass(frozen=True, slots=True)
class CatalogPlan:
    """``sql`` is for the engine, with the tables ``relations`` made. ``columns`` None where they cannot be told from
    the text alone: then the engine's stand. ``checks`` are names that must exist: kind (regclass …) and text, or the
    number of the parameter that holds it."""

    sql: str
    relations: frozenset[Relation]
    columns: tuple[PlannedColumn, ...] | None
    parameter_kinds: dict[int, PgType] = field(default_factory=dict)
    setting_changes: tuple[SettingChange, ...] = ()
    checks: tuple[tuple[str, str | int], ...] = ()
    sleeps: tuple[str | int, ...] = ()
    """``pg_sleep``: seconds, or the number of the parameter that holds them."""
    signals: Mapping[int, str] = field(default_factory=dict)
    """Columns that hold process ids: the function that is to be called with them, and gives what the client sees."""
    lasting: bool = False
    """Whether it reads the catalog alone: then what is bound once holds."""


@dataclass(slots=True)
class Planning:
    """The state of one planning: what was found on the way. ``setting`` gives a setting's value, None if unknown,
    ``prepared`` the session's prepared statements, ``backends`` the sessions that are open, ``cursors`` its cursors."""

    session: CatalogSession
    setting: Callable[[str], str | None]
    prepared: Callable[[], Sequence[PreparedText]] = tuple
    backends: Callable[[], Iterable[Backend]] = tuple
    cursors: Callable[[], Iterable[OpenCursor]] = tuple
    relations: set[Relation] = field(default_factory=set)
    parameter_kinds: dict[int, PgType] = field(default_factory=dict)
    setting_changes: list[SettingChange] = field(default_factory=list)
    checks: list[tuple[str, str | int]] = field(default_factory=list)
    sleeps: list[str | int] = field(default_factory=list)
    needed: bool = False
    """Whether something was found that DuckDB cannot do: a catalog relation, a function or a type it lacks."""
    helpful: bool = False
    """Whether something was found that DuckDB does otherwise (``current_user``, LIKE's escape)."""
    holds_series: bool = False
    """Whether ``generate_series`` stands in FROM, whose types are told better from here."""
    reads_user_relations: bool = False
    reusable: bool = True
    """Whether the plan holds for the same text later: not where a setting's value went into it."""

    def table(self, relation: Relation) -> str:
        """The engine's name of a stored relation."""
        self.relations.add(relation)
        self.needed = True
        return private_name(relation) if self.session.private else shared_name(relation)

    @property
    def emulates(self) -> bool:
        """A statement over the user's own tables stays as it was written, unless DuckDB could not run it."""
        series = self.holds_series and not self.session.plain_series
        return self.needed or ((self.helpful or series) and not self.reads_user_relations)

    @property
    def schemas(self) -> Sequence[str]:
        """The search path with the schema that is always in front."""
        return ("pg_catalog", *self.session.path)
