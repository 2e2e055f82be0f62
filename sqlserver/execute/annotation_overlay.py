"""Marks of an open transaction laid over what the store gives, so that a session sees its own before they are written.

An overlay holds, for each trace it touches, the whole annotation as it will be. Rows are patched after they are read;
the statement's own conditions run on the patched rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from sqlserver.store.annotation_state import FIELDS, NOT_ANNOTATED, Annotation

Overlay = Mapping[str, Annotation]
"""Trace id to what it will be, with ``annotated_at`` and ``annotated_by``. Empty outside a block with marks."""

ANNOTATION_COLUMNS = frozenset({*FIELDS, "annotated_at", "annotated_by"})
OVERLAID_RELATIONS = frozenset(
    {"training_annotations", "training_examples_with_annotations", "training_stats_by_cascade"}
)


def shown(annotation: Annotation) -> dict[str, Any]:
    """As the relations show it: unsaid flags are false, and what is not annotated at all has no time."""
    said = is_said(annotation)
    return annotation.values() | {
        "trainable": bool(annotation.trainable),
        "verified": bool(annotation.verified),
        "confidence": annotation.effective_confidence,
        "tags": list(annotation.tags),
        "annotated_at": annotation.annotated_at if said else None,
        "annotated_by": annotation.annotated_by if said else None,
    }


def is_said(annotation: Annotation) -> bool:
    """Whether anything is said about the trace, or all of it was taken back."""
    return annotation.values() != NOT_ANNOTATED.values()


def overlaid_examples(table: pa.Table, overlay: Overlay) -> pa.Table:
    """``table`` has ``trace_id`` and any other columns of training_examples_with_annotations."""
    touched = [index for index, trace_id in enumerate(table["trace_id"].to_pylist()) if trace_id in overlay]
    if not touched:
        return table
    rows = table.take(touched).to_pylist()
    for row in rows:
        row |= {name: value for name, value in shown(overlay[row["trace_id"]]).items() if name in row}
    untouched = table.filter(pc.invert(pc.is_in(table["trace_id"], pa.array(list(overlay), pa.string()))))
    return pa.concat_tables([untouched, pa.Table.from_pylist(rows, schema=table.schema)])


def overlaid_annotations(table: pa.Table, overlay: Overlay) -> pa.Table:
    """``table`` has ``trace_id`` and any other columns of training_annotations; rows come and go with the overlay."""
    untouched = table.filter(pc.invert(pc.is_in(table["trace_id"], pa.array(list(overlay), pa.string()))))
    rows = [
        {
            name: value
            for name, value in ({"trace_id": trace_id} | shown(annotation)).items()
            if name in table.column_names
        }
        for trace_id, annotation in overlay.items()
        if is_said(annotation)
    ]
    return pa.concat_tables([untouched, pa.Table.from_pylist(rows, schema=table.schema)])


def statistics(examples: pa.Table, columns: Sequence[str]) -> pa.Table:
    """training_stats_by_cascade over examples with ``cascade_id, cell_name, trainable, verified, confidence``."""
    counted = examples.append_column("trainable_count", pc.cast(examples["trainable"], pa.int64()))
    counted = counted.append_column("verified_count", pc.cast(examples["verified"], pa.int64()))
    grouped = counted.group_by(["cascade_id", "cell_name"]).aggregate(
        [("trainable_count", "sum"), ("verified_count", "sum"), ("confidence", "mean"), ([], "count_all")]
    )
    renamed = grouped.rename_columns(
        {
            "trainable_count_sum": "trainable_count",
            "verified_count_sum": "verified_count",
            "confidence_mean": "avg_confidence",
            "count_all": "total_count",
        }
    )
    return renamed.select(list(columns))
