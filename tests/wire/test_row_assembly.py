"""Rows of many columns, of one width and of varying ones, are the same bytes together as one by one."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from sqlserver.core import pgtypes as pg
from sqlserver.core.output_style import OutputStyle
from sqlserver.core.pgtypes import PgType
from sqlserver.core.result import Column
from sqlserver.wire.row_encoder import RowEncoder

_ROWS = st.integers(9, 40)
_VALUES: dict[str, tuple[PgType, pa.DataType, st.SearchStrategy[Any]]] = {
    "same width": (pg.TEXT, pa.string(), st.just("abc")),
    "empty": (pg.TEXT, pa.string(), st.just("")),
    "varying": (pg.TEXT, pa.string(), st.text(st.characters(exclude_categories=("Cs",)), max_size=20)),
    "number": (pg.INT8, pa.int64(), st.integers(-(2**63), 2**63 - 1)),
    "boolean": (pg.BOOL, pa.bool_(), st.booleans()),
    "bytes": (pg.BYTEA, pa.binary(), st.binary(max_size=5)),
    "list": (pg.array_of(pg.INT4), pa.list_(pa.int32()), st.lists(st.integers(0, 9), max_size=3)),
}


@st.composite
def columns(draw: st.DrawFn) -> list[tuple[PgType, pa.Array, int]]:
    rows = draw(_ROWS)
    found = []
    for name in draw(st.lists(st.sampled_from(sorted(_VALUES)), min_size=1, max_size=6)):
        pg_type, arrow_type, values = _VALUES[name]
        values = {"none": values, "some": st.none() | values, "all": st.none()}[draw(st.sampled_from(_NULLS))]
        drawn = draw(st.lists(values, min_size=rows, max_size=rows))
        found.append((pg_type, pa.array(drawn, arrow_type), draw(st.sampled_from([0, 1]))))
    return found


_NULLS = ("none", "some", "all")


@given(columns())
def test_many_rows_are_the_bytes_of_each(drawn: list[tuple[PgType, pa.Array, int]]) -> None:
    batch = pa.record_batch([array for _, array, _ in drawn], [str(at) for at in range(len(drawn))])
    described = [Column("c", pg_type) for pg_type, _, _ in drawn]

    def encoded(rows: pa.RecordBatch) -> bytes:
        return b"".join(RowEncoder(described, [code for *_, code in drawn], OutputStyle()).encode(rows))

    one_by_one = b"".join(encoded(batch.slice(at, 1)) for at in range(batch.num_rows))
    assert encoded(batch) == one_by_one
    assert encoded(batch.slice(1)) == one_by_one[len(encoded(batch.slice(0, 1))) :]
