"""What a table was declared with and DuckDB does not keep: names of constraints, foreign keys with their actions,
identity columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

TableName = tuple[str, str]
"""Schema and name."""

ACTIONS = {"a": "NO ACTION", "r": "RESTRICT", "c": "CASCADE", "n": "SET NULL", "d": "SET DEFAULT"}
"""By the letters of ``pg_constraint.confdeltype``."""


@dataclass(frozen=True, slots=True)
class Reference:
    """What a foreign key refers to. ``columns`` () until the primary key stands in for them."""

    table: TableName
    columns: tuple[str, ...] = ()
    on_update: str = "a"
    on_delete: str = "a"
    deferrable: bool = False
    deferred: bool = False


@dataclass(frozen=True, slots=True)
class Declared:
    """``kind`` as in ``pg_constraint.contype``: p, u, c, f; i for GENERATED ALWAYS AS IDENTITY, d for BY DEFAULT.

    ``expression`` is a check's condition as the client wrote it. ``name`` '' where the client gave none.
    """

    table: TableName
    name: str
    kind: str
    columns: tuple[str, ...]
    expression: str = ""
    reference: Reference | None = None


def default_name(table: str, columns: Sequence[str], kind: str, taken: set[str]) -> str:
    """The name PostgreSQL gives: ``t_pkey``, ``t_a_b_key``, ``t_a_fkey``, ``t_a_check``; the next with a number."""
    suffix = {"p": "pkey", "u": "key", "f": "fkey", "c": "check"}[kind]
    parts = [table, *(() if kind == "p" else columns), suffix]
    base = "_".join(parts)
    name, number = base, 0
    while name in taken:
        number += 1
        name = f"{base}{number}"
    taken.add(name)
    return name
