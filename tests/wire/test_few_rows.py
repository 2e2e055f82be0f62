"""A row alone is written as it would be among many."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from sqlserver.core import pgtypes as pg
from sqlserver.core.output_style import DEFAULT_STYLE
from sqlserver.core.pgtypes import PgType
from sqlserver.core.result import Column
from sqlserver.wire.row_encoder import RowEncoder


@pytest.mark.parametrize("code", [0, 1])
@pytest.mark.parametrize(
    ("pg_type", "arrow_type", "values"),
    [
        (pg.INT2, pa.int16(), [-1, 32767, None]),
        (pg.INT4, pa.int32(), [0, -(2**31), None]),
        (pg.INT8, pa.int64(), [2**63 - 1, None]),
        (pg.FLOAT8, pa.float64(), [1e15, 0.1, float("nan"), None]),
        (pg.BOOL, pa.bool_(), [True, False, None]),
        (pg.TEXT, pa.string(), ["", "é", None]),
        (pg.JSON, pa.string(), ["{}", None]),
        (pg.JSONB, pa.string(), ["{}", None]),
    ],
)
def test_few_rows_are_written_like_many(pg_type: PgType, arrow_type: pa.DataType, values: list[Any], code: int) -> None:
    def encoded(rows: list[Any]) -> bytes:
        batch = pa.record_batch([pa.array(rows, arrow_type)], ["a"])
        return b"".join(RowEncoder((Column("a", pg_type),), (code,), DEFAULT_STYLE).encode(batch))

    assert encoded(values) * 10 == encoded(values * 10)
