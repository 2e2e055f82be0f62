"""The rows of RETURNING (columns of training_examples_with_annotations) and of DRY RUN (what would change)."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

import pyarrow as pa

from sqlserver.catalog.log_relations import LOG_RELATIONS
from sqlserver.commands.annotation_batch import Change
from sqlserver.commands.command import CommandContext, with_rows
from sqlserver.core.errors import UndefinedColumn
from sqlserver.core.identity import canonical_json
from sqlserver.core.log_relation_plan import Comparison, Known, RelationRead
from sqlserver.core.pgtypes import TEXT
from sqlserver.core.result import Column, CommandTag, Result
from sqlserver.execute.annotation_overlay import Overlay
from sqlserver.execute.log_relations import read_relation

_RELATION = LOG_RELATIONS["training_examples_with_annotations"]
_CHANGE_COLUMNS = tuple(Column(name, TEXT) for name in ("trace_id", "field", "old_value", "new_value"))
_CHUNK = 10_000


def checked_columns(returning: Sequence[str] | None) -> None:
    """42703 with the nearest name for a column that is not there."""
    for name in returning or ():
        if name != "*" and _RELATION.column(name) is None:
            near = get_close_matches(name, _RELATION.column_names, 1)
            raise UndefinedColumn(
                f'column "{name}" does not exist',
                hint=f'Did you mean "{near[0]}"?' if near else f"RETURNING takes columns of {_RELATION.name}.",
            )


def returned_columns(returning: Sequence[str] | None, dry_run: bool) -> tuple[Column, ...] | None:
    """What the client gets, before anything runs."""
    if returning is None:
        return _CHANGE_COLUMNS if dry_run else None
    return tuple(
        Column(name, column.type) for name in _names(returning) if (column := _RELATION.column(name)) is not None
    )


def _names(returning: Sequence[str]) -> tuple[str, ...]:
    return _RELATION.column_names if tuple(returning) == ("*",) else tuple(returning)


async def returned_result(
    returning: Sequence[str], trace_ids: Sequence[str], preview: Overlay, tag: CommandTag, context: CommandContext
) -> Result:
    """One row for each of ``trace_ids`` that is a usable answer, as it is with ``preview`` laid over."""
    names = _names(returning)
    read = tuple(dict.fromkeys(("trace_id", *names)))
    overlay = {**context.marks.overlay, **preview}
    tables = []
    for start in range(0, max(len(trace_ids), 1), _CHUNK):
        chosen = tuple(Known(trace_id) for trace_id in trace_ids[start : start + _CHUNK]) or (Known(""),)
        wanted = RelationRead(_RELATION.name, "", read, (Comparison("trace_id", "IN", chosen),))
        tables.append(await read_relation(wanted, context.store, overlay))
    rows = pa.concat_tables(tables)
    columns = returned_columns(returning, False) or ()
    return with_rows(tag, columns, pa.table([rows[name] for name in names], names=list(names)))


def changes_result(changes: Sequence[Change], tag: str) -> Result:
    rows = [
        (change.trace_id, change.name, _shown(change.old), _shown(change.new))
        for change in changes
        if _shown(change.old) != _shown(change.new)
    ]
    arrays = [pa.array(values, pa.string()) for values in (zip(*rows, strict=True) if rows else ([], [], [], []))]
    return with_rows(CommandTag(tag), _CHANGE_COLUMNS, pa.table(arrays, names=[c.name for c in _CHANGE_COLUMNS]))


def _shown(value: object) -> str | None:
    """As the history shows it; None for what was never said."""
    if value is None or value == ():
        return None
    if isinstance(value, str):
        return value
    return canonical_json(list(value) if isinstance(value, tuple) else value)
